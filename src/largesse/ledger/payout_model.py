"""What a creator withdraws, and how far that has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from largesse.kernel.money import Money
from largesse.ledger.rules import whole


class PayoutState(IntEnum):
    """Requested, then paid or rejected, once; what was paid may come back, once."""

    REQUESTED = 0
    PAID = 1
    REJECTED = 2
    RETURNED = 3


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """Diamonds that a creator wants as money. `amount` is what they are worth.

    What arrives is that less our fee and the tax that has to be withheld.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    at: datetime
    diamonds: int
    amount: Money
    fee: Money | None = None
    withheld: Money | None = None

    def __post_init__(self) -> None:
        whole(self.diamonds, "diamonds", least=1)
        whole(self.amount.amount, "amount", least=1)
        for part in (self.fee, self.withheld):
            if part is not None:
                whole(part.amount, "amount", least=0)
                assert part.currency == self.amount.currency, "a payout has one currency"
        assert self.fee_minor + self.withheld_minor <= self.amount.amount, "something arrives"

    @property
    def fee_minor(self) -> int:
        """What the house keeps for it."""
        return self.fee.amount if self.fee else 0

    @property
    def withheld_minor(self) -> int:
        """What the house passes on to the tax office."""
        return self.withheld.amount if self.withheld else 0


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout as it stands in the table."""

    account: int
    id: UUID
    seq: int
    at: datetime
    diamonds: int
    amount: int
    fee: int
    withheld: int
    asset: int
    currency: str
    state: int = PayoutState.REQUESTED

    @property
    def arriving(self) -> int:
        """What is sent to the creator."""
        return self.amount - self.fee - self.withheld


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout after an act. `arriving` is what the bank sends."""

    id: UUID
    seq: int
    account: int
    diamonds: int
    amount: Money
    arriving: Money
    state: PayoutState
    replayed: bool
