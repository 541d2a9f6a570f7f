"""The wallet: a person's coins, what they cost, and everything that ever happened to them.

It reads the ledger and words it for a person; nothing here moves a coin.
"""

from largesse.wallet.read import WalletEntry, WalletView, entries, entry, wallet

__all__ = ["WalletEntry", "WalletView", "entries", "entry", "wallet"]
