"""Ways to pay that a provider keeps, and what auto-recharge was told to do with them.

We know a label and a token; the card is the provider's.
"""
