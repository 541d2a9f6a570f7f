"""Gift codes: a batch is printed once, each code is redeemed once.

Only digests are kept.
"""
