"""The port that every payment provider is fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.payments.outcome import Outcome, Refunded, Unknown


class NoticeRefused(LargesseError):
    """The notice could not be shown to be genuine."""

    code = "notice_refused"


@dataclass(frozen=True, slots=True)
class CheckoutWanted:
    """What the provider is asked to collect, and where the payer returns to.

    `reference` is our order's id; the provider repeats it in every notice, and
    asking by it works even when we never learned the provider's own id.
    """

    reference: str
    price: Money
    description: str
    method: str
    return_url: str
    expires_at: datetime
    attempts_max: int


@dataclass(frozen=True, slots=True)
class CheckoutStarted:
    """The provider's page is ready: its id there, and where to send the payer."""

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


RefundAnswer = Refunded | Unknown


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

    def fee(self, paid: Money) -> Money:
        """What the provider keeps of a payment, as its contract states it."""
        ...

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """Open a page to pay on. The same key never opens a second one."""
        ...

    async def query(self, *, reference: str) -> tuple[Outcome, ...]:
        """All that happened to the payments of this order, oldest first."""
        ...

    async def close_checkout(self, *, checkout: str) -> None:
        """Ask that nobody can start to pay any more; a payment on its way may still arrive."""
        ...

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        """Give money back. The same key never does so twice."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Notice:
        """Translate a notice, or raise `NoticeRefused`. Reads only; the caller stores it."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
