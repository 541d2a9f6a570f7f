"""A payment provider for development and tests: an outside party in its own process.

It keeps its own books in its own file, has a merchant API, a hosted page where
a person pays with a test card, and sends signed notices over HTTP. Told to, it
lies: notices get lost, late, doubled, out of order or damaged.

It speaks to the rest only over HTTP and imports nothing of it but ids and logs.
It knows no coin, no pack and no account, and it refuses to start in production.
"""

from __future__ import annotations
