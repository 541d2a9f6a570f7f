"""A buyer gives unspent coins back for money: asked, carried out, and driven to its end.

The provider is called outside any transaction, with a key that derives from the refund.
"""
