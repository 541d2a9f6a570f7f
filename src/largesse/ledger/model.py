"""The ledger's values: integers only, and none that could not be true.

What a gift makes of them is a struct, which is put together in C: a fifth of the
time of a frozen dataclass, ten thousand times a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from uuid import UUID

import msgspec

from largesse.kernel.money import Money
from largesse.ledger.chart import HOUSE, Kind, Shape
from largesse.ledger.claims_model import NOT_FROZEN, Freeze, Seller
from largesse.ledger.rules import whole

# A lot's arithmetic stays inside 64 bits up to here.
LOT_COINS_MAX = 3_000_000_000


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """One act that takes coins from a purse for a creator.

    `body` is the canonical content of the request: the same key with another body
    is a conflict. What the feature wants to find again is kept as it comes: where
    (`place`), what thing (`item`), how many of it (`count`), what belongs together
    (`thread`), whether the doer stays unnamed there (`hidden`), and what a diamond is
    worth in the purse's currency (`rate`, in micro).
    """

    id: UUID
    account: int
    key: str
    body: bytes
    kind: Kind
    creator: int
    coins: int
    diamonds: int
    at: datetime
    place: UUID | None = None
    item: UUID | None = None
    thread: UUID | None = None
    count: int = 1
    rate: int = 0
    hidden: bool = False

    def __post_init__(self) -> None:
        whole(self.coins, "coins", least=1)
        whole(self.diamonds, "diamonds", least=0)
        assert self.kind.spends, f"{self.kind.name} does not take coins"


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What an act took. Money is in micro, for paid and prize coins: promo coins cost nothing.

    `balance` is what could be spent right after it; a replay says what the first answer said.
    """

    id: UUID
    seq: int
    account: int
    at: datetime
    coins: int
    promo: int
    paid: int
    micro: int
    tax_micro: int
    fee_micro: int
    currency: str
    balance: int
    replayed: bool
    prize: int = 0


@dataclass(frozen=True, slots=True)
class Credit:
    """Coins that enter a purse: bought ones, granted ones, or both in one act.

    `price` is gross, tax included, `fee` what the provider states that it keeps.
    `clearing` is the provider's party (below 1000). A grant without a price is a
    bonus; its coins are promo and may expire. Where a store is the seller, `fee` is its
    commission, the tax is its own affair, and it owes us the rest.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    at: datetime
    country: str
    origin: str
    paid: int = 0
    promo: int = 0
    promo_expires: datetime | None = None
    price: Money | None = None
    tax: Money | None = None
    fee: Money | None = None
    source: UUID | None = None
    clearing: int = HOUSE
    seller: Seller = Seller.HOUSE

    def __post_init__(self) -> None:
        whole(self.paid, "paid", least=0, most=LOT_COINS_MAX)
        whole(self.promo, "promo", least=0, most=LOT_COINS_MAX)
        assert self.paid + self.promo > 0, "a credit brings coins"
        assert (self.paid > 0) == (self.price is not None), "paid coins have a price"
        for money in (self.price, self.tax, self.fee):
            if money is not None:
                whole(money.amount, "amount", least=0)
        assert self.gross_minor >= self.tax_minor, "tax is a part of the price"
        if self.seller is Seller.STORE:
            net = self.gross_minor - self.tax_minor
            assert net >= self.fee_minor, "a store owes us the rest"
            assert net > 0 or self.gross_minor == 0, "a store sells for more than the tax"

    @property
    def kind(self) -> Kind:
        """A recharge, or a bonus when nobody paid."""
        return Kind.RECHARGE if self.paid else Kind.BONUS

    @property
    def gross_minor(self) -> int:
        """What the buyer paid, in minor units."""
        return self.price.amount if self.price else 0

    @property
    def tax_minor(self) -> int:
        """The part of it that is tax."""
        return self.tax.amount if self.tax else 0

    @property
    def fee_minor(self) -> int:
        """What the provider or the store keeps."""
        return self.fee.amount if self.fee else 0


@dataclass(frozen=True, slots=True)
class Credited:
    """What a credit brought, the part of it that paid a debt, and what can be spent after it."""

    id: UUID
    seq: int
    account: int
    at: datetime
    paid: int
    promo: int
    balance: int
    replayed: bool
    repaid: int = 0


class OnExpiry(IntEnum):
    """What becomes of a hold that nobody resolved in time."""

    POST = 1
    VOID = 2


class HoldState(IntEnum):
    """A hold is open until it is posted or voided, once."""

    OPEN = 0
    POSTED = 1
    VOIDED = 2


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """Coins to set aside for a creator until `due`; `on_expiry` decides if nobody else does.

    `rate` is what a diamond is worth, in micro of the purse's currency, when it is made.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    kind: Kind
    creator: int
    coins: int
    diamonds: int
    at: datetime
    due: datetime
    on_expiry: OnExpiry
    rate: int | None = None

    def __post_init__(self) -> None:
        whole(self.coins, "coins", least=1)
        whole(self.diamonds, "diamonds", least=0)
        assert self.kind.spends, f"{self.kind.name} does not take coins"
        assert self.due > self.at, "a hold lasts"


@dataclass(frozen=True, slots=True)
class Hold:
    """Coins set aside. `micro` is what counted towards the gift budget when it was made."""

    account: int
    id: UUID
    seq: int
    at: datetime
    kind: Kind
    promo: int
    paid: int
    micro: int
    party: int
    diamonds: int
    on_expiry: OnExpiry
    due: datetime
    state: HoldState
    prize: int = 0
    rate: int | None = None

    @property
    def coins(self) -> int:
        """All coins that it keeps."""
        return self.promo + self.prize + self.paid


@dataclass(frozen=True, slots=True)
class Limits:
    """The gift budget in micro of the purse's currency; None sets no limit."""

    day: int | None = None
    week: int | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class Purse:
    """A person's coins now. Held coins are apart from `spendable`; spent sums are in micro.

    `basis_micro` is what all remaining paid and prize coins, held ones included, cost whoever
    bought them. `debt` is what the person owes in coins.
    """

    account: int
    currency: str
    paid: int
    promo: int
    prize: int
    held_paid: int
    held_promo: int
    held_prize: int
    debt: int
    spent_day_micro: int
    spent_week_micro: int
    spent_month_micro: int
    limits: Limits
    basis_micro: int
    promo_until: datetime | None
    frozen_for: Freeze = NOT_FROZEN

    @property
    def is_frozen(self) -> bool:
        """Whether nothing can be spent at the moment."""
        return bool(self.frozen_for)

    @property
    def spendable(self) -> int:
        """Coins that a gift could take now."""
        return self.paid + self.promo + self.prize

    @property
    def held(self) -> int:
        """Coins that are promised to something still undecided."""
        return self.held_paid + self.held_promo + self.held_prize


@dataclass(frozen=True, slots=True)
class Basis:
    """What certain coins cost their buyer, in micro."""

    coins: int
    promo: int
    paid: int
    micro: int
    tax_micro: int
    fee_micro: int
    currency: str
    prize: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in a person's history: `coins` and its three parts say how what they can spend changed.

    A hold takes coins and its void brings them back; its post changes nothing any more,
    but says what the coins cost. So it is with escrow, its return and its release. `source`
    is the order that paid for a credit, or the pot that a prize was won from.
    """

    id: UUID
    seq: int
    at: datetime
    kind: Kind
    shape: Shape
    coins: int
    paid: int
    promo: int
    party: int | None
    micro: int
    currency: str
    balance: int
    source: UUID | None
    prize: int = 0


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer of a rare act: `amount` moves from the debit to the credit side."""

    debit: int
    credit: int
    amount: int
    asset: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A rare act among accounts that nobody guards, such as a provider's settlement."""

    id: UUID
    account: int
    key: str
    body: bytes
    kind: Kind
    at: datetime
    legs: tuple[Leg, ...] = field(default=())
