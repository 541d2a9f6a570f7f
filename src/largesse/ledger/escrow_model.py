"""What escrows, pots and prizes are: frozen values, and which coins come next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from largesse.ledger.chart import Kind
from largesse.ledger.model import LOT_COINS_MAX
from largesse.ledger.rules import whole


class Serials(NamedTuple):
    """The serials [first, end) of a pool."""

    first: int
    end: int

    @property
    def coins(self) -> int:
        """How many they are."""
        return self.end - self.first


class Part(NamedTuple):
    """Certain coins of an escrow, by pool."""

    promo: Serials
    prize: Serials
    paid: Serials


class EscrowState(IntEnum):
    """An escrow is open until all its coins are spent, or what is left has gone back."""

    OPEN = 0
    SPENT = 1
    RETURNED = 2


class PotState(IntEnum):
    """A pot takes entries until it is shared out or cancelled, once."""

    OPEN = 0
    CLOSED = 1
    CANCELLED = 2


@dataclass(frozen=True, slots=True)
class EscrowOrder:
    """Coins to put aside for something later: a membership, or the entry into an event.

    Without a `pot` the coins stay the person's own escrow; with one they lie in it.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    kind: Kind
    coins: int
    at: datetime
    pot: UUID | None = None

    def __post_init__(self) -> None:
        whole(self.coins, "coins", least=1, most=LOT_COINS_MAX)
        assert self.kind.spends, f"{self.kind.name} does not take coins"


@dataclass(frozen=True, slots=True)
class Escrow:
    """Coins in escrow. Money in micro is what the coins that are still there had cost.

    The serials are those that the coins had in the purse: they name the lots.
    """

    account: int
    id: UUID
    holder: int
    seq: int
    at: datetime
    kind: Kind
    promo: int
    prize: int
    paid: int
    promo_from: int
    prize_from: int
    paid_from: int
    used: int
    micro: int
    tax_micro: int
    fee_micro: int
    state: EscrowState

    @property
    def coins(self) -> int:
        """All coins that were put in."""
        return self.promo + self.prize + self.paid

    @property
    def left(self) -> int:
        """Coins that are still there."""
        return self.coins - self.used

    def next_coins(self, coins: int) -> Part:
        """The serials of the next coins: promo first, then prize, then paid, as in a purse."""
        assert 0 <= coins <= self.left
        start, end = self.used, self.used + coins
        found = []
        for size, first in (
            (self.promo, self.promo_from),
            (self.prize, self.prize_from),
            (self.paid, self.paid_from),
        ):
            found.append(Serials(first + min(max(start, 0), size), first + min(max(end, 0), size)))
            start, end = start - size, end - size
        return Part(*found)


@dataclass(frozen=True, slots=True)
class EscrowReturn:
    """Take what is left of an escrow back."""

    id: UUID
    account: int
    escrow: UUID
    key: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class EscrowReturned:
    """Coins that are back in the purse, and what could be spent right after."""

    id: UUID
    seq: int
    account: int
    at: datetime
    promo: int
    prize: int
    paid: int
    micro: int
    balance: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Release:
    """Spend coins that are in escrow, for a creator: one period of a membership."""

    id: UUID
    account: int
    escrow: UUID
    key: str
    body: bytes
    creator: int
    coins: int
    diamonds: int
    at: datetime

    def __post_init__(self) -> None:
        whole(self.coins, "coins", least=1)
        whole(self.diamonds, "diamonds", least=0)


@dataclass(frozen=True, slots=True)
class Pot:
    """Where the entries of many people lie; `party` has the escrow account."""

    party: int
    id: UUID
    currency: str
    state: PotState
    key: UUID | None
    body: UUID | None


@dataclass(frozen=True, slots=True)
class Prize:
    """What a winner gets of a pot: prize coins or, where law allows, diamonds for them."""

    id: UUID
    account: int
    coins: int
    country: str
    diamonds: int = 0

    def __post_init__(self) -> None:
        whole(self.coins, "coins", least=1, most=LOT_COINS_MAX)
        whole(self.diamonds, "diamonds", least=0)


@dataclass(frozen=True, slots=True)
class PotClose:
    """How a pot is shared out: the fee first, then the prizes in their order, to the last coin."""

    id: UUID
    pot: UUID
    key: str
    body: bytes
    at: datetime
    fee: int = 0
    prizes: tuple[Prize, ...] = ()

    def __post_init__(self) -> None:
        whole(self.fee, "fee", least=0)

    @property
    def coins(self) -> int:
        """All coins that it shares out."""
        return self.fee + sum(prize.coins for prize in self.prizes)


@dataclass(frozen=True, slots=True)
class Award:
    """A prize that was given, with the cost basis that came along, in micro."""

    id: UUID
    seq: int
    account: int
    coins: int
    diamonds: int
    micro: int


@dataclass(frozen=True, slots=True)
class PotClosed:
    """How a pot was shared out."""

    coins: int
    fee: int
    fee_micro: int
    awards: tuple[Award, ...]
    replayed: bool
