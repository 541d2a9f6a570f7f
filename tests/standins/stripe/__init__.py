"""A Stripe of our own: stateful, over real HTTP, for its official library to talk to.

It keeps what Stripe would keep and refuses what Stripe would refuse, in the shapes and words of
its public API (version 2026-10-28.endive), as far as we use it: Checkout, payment intents and
methods, customers, refunds, disputes, balance transactions, events with signed webhooks,
idempotency, connected accounts and transfers. `Faults` make it lie.
"""

from __future__ import annotations

from tests.standins.stripe.books import Faults
from tests.standins.stripe.server import FakeStripe, open_stripe

__all__ = ["FakeStripe", "Faults", "open_stripe"]
