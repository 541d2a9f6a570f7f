"""The port that every payment provider is fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments.outcome import (
    Abandoned,
    Declined,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
    Unknown,
)


class NoticeRefused(LargesseError):
    """The notice could not be shown to be genuine."""

    code = "notice_refused"


class ProofRefused(LargesseError):
    """The store did not sell this, or not here."""

    code = "proof_refused"
    next = "Restore your purchases in the app, or contact support with the store's receipt."


@dataclass(frozen=True, slots=True)
class CheckoutWanted:
    """What the provider is asked to collect, and where the payer returns to.

    `reference` is our order's id; the provider repeats it in every notice, and
    asking by it works even when we never learned the provider's own id. `customer` is the
    provider's id of this buyer once it has one; `save` asks it to keep the method for next time.
    `phone_address` is the payer's network address when they sit at a phone's browser: some
    providers then open their app, and want to know whom they open it for.
    """

    reference: str
    price: Money
    description: str
    method: str
    return_url: str
    expires_at: datetime
    attempts_max: int
    country: str = ""
    product: str = ""
    customer: str = ""
    save: bool = False
    phone_address: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutStarted:
    """The provider's page is ready: its id there, and where to send the payer.

    A `url` that begins with `weixin:` is no page: it is shown as a QR code for the payer's app.

    A store has no page: `url` is empty, and the app buys the order's product with the order's
    id as its account token.
    """

    checkout: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A genuine message from a provider, in our words.

    `outcomes` are all facts that it proves, oldest first: a notice about a
    dispute also proves that the money had been paid.
    """

    event: str
    reference: str
    checkout: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class NoticeAnswer:
    """What a provider wants to read when its notice was taken; anything else makes it come again."""

    status: int = 204
    body: bytes = b""
    media_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Missed:
    """What a store knows and its notices may not have brought: its own id of it, and what it said."""

    event: str
    body: bytes


# A refund is done, failed, on its way (`Pending`), or nobody knows.
RefundAnswer = Refunded | RefundFailed | Pending | Unknown
# A charge without its payer present: no page can ask them anything.
ChargeAnswer = Settled | Pending | RequiresAction | Declined | Abandoned | Unknown


class Provider(Protocol):
    """One way to collect money. Methods never raise for the network: that is `Unknown`."""

    @property
    def code(self) -> str:
        """The name in URLs and rows, such as `sandbox`."""
        ...

    @property
    def party(self) -> int:
        """The provider's number in the books: its clearing account is what it owes us."""
        ...

    @property
    def seller(self) -> Seller:
        """Whether we sell through it, or it sells on its own account."""
        ...

    @property
    def taken(self) -> NoticeAnswer:
        """The answer to a notice that was kept."""
        ...

    def fee(self, paid: Money) -> Money:
        """What the provider keeps of a payment, as its contract states it."""
        ...

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """Open a page to pay on. The same key never opens a second one."""
        ...

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """All that happened to the payments of this order, oldest first.

        `checkout` is the provider's id where we know it: many can be asked by their own id
        exactly and by ours only late, dearly or, as PayPal, not at all. Without it the answer may
        be `Unknown` for longer. Where we never learned it nobody saw its page to pay on.
        """
        ...

    async def close_checkout(self, *, checkout: str) -> None:
        """Ask that nobody can start to pay any more; a payment on its way may still arrive."""
        ...

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        """Give money back. The same key never does so twice; asking again tells how far it is."""
        ...

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Translate a notice, or raise `NoticeRefused`. Reads only; the caller stores it.

        It may have to ask outside (a certificate, the purchase behind a hint); what cannot be
        asked now raises `Unavailable`, so that the provider comes again.
        """
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


@runtime_checkable
class TakesCurrencies(Protocol):
    """A provider that collects in some currencies only; in others its methods are not offered."""

    @property
    def currencies(self) -> frozenset[str]:
        """ISO 4217 codes, as our lists price in them."""
        ...


@runtime_checkable
class KeepsMethods(Protocol):
    """A provider that keeps ways to pay for its customers and charges them without a page."""

    async def charge_saved(
        self, wanted: CheckoutWanted, *, token: str, key: str
    ) -> tuple[ChargeAnswer, ...]:
        """Collect with a saved method while the payer is away. The same key never charges twice."""
        ...

    async def forget_method(self, *, customer: str, token: str) -> bool:
        """Make the provider forget a method; False when it did not say that it has."""
        ...


@runtime_checkable
class Storefront(Protocol):
    """An app store: it sells on its own account, and an app brings the proof of a purchase.

    It does not know our orders: a purchase names one, and is asked for by its own id, which its
    notices and proofs have as `checkout`.
    """

    async def read_proof(self, proof: str) -> Notice:
        """The purchase behind what an app sent us. Raises `ProofRefused` or `Unavailable`."""
        ...

    async def missed(self, *, since: datetime, until: datetime) -> tuple[Missed, ...]:
        """What happened then that a lost notice would have told. Raises `Unavailable`."""
        ...

    async def read_missed(self, missed: Missed) -> Notice:
        """What it means. Raises `NoticeRefused` or `Unavailable`."""
        ...

    async def acknowledge(self, *, purchase: str, product: str) -> bool:
        """Tell the store that the coins were given; False when it has to be told again.

        `purchase` is what its notices and proofs have as `checkout`.
        """
        ...
