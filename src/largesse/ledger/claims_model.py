"""What a buyer, a bank or a creator may claim: refunds, disputes, and how they were decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, IntFlag, StrEnum
from uuid import UUID

from largesse.kernel.money import MICRO_PLACES, Money, exponent
from largesse.ledger.chart import HOUSE, Kind, account
from largesse.ledger.rules import whole


class Freeze(IntFlag):
    """Why nothing can be spent from a purse. One reason may end while another stays."""

    OPERATOR = 1
    DISPUTE = 2
    DEBT = 4
    SECURITY = 8


NOT_FROZEN = Freeze(0)


class Seller(StrEnum):
    """Who sold the coins: the house through a payment provider, or an app store for itself."""

    HOUSE = "house"
    STORE = "store"


class ClaimState(IntEnum):
    """A refund or a dispute is open until it is decided, once: the money went back, or stayed."""

    OPEN = 0
    TAKEN = 1
    KEPT = 2


class Clawback(StrEnum):
    """Which diamonds a lost dispute takes back from the creators who got its coins.

    PENDING takes what has not matured. ALL takes the rest too: from what they could
    withdraw, and where that does not reach they owe it.
    """

    NOTHING = "nothing"
    PENDING = "pending"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about an open refund, dispute or payout (`on`), under a key of its own."""

    id: UUID
    account: int
    on: UUID
    key: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """The unspent coins of one recharge shall go back, and their money too. `source` is its order."""

    id: UUID
    account: int
    source: UUID
    key: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as it stands. `money` is what the buyer gets for the paid coins, `tax` the tax in it.

    `balance` is what could be spent right after the act that answered.
    """

    id: UUID
    seq: int
    account: int
    source: UUID
    paid: int
    promo: int
    money: Money
    tax: Money
    state: ClaimState
    balance: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Refundable:
    """What could go back now: the unspent coins of a recharge, its bonus, and their money."""

    paid: int
    promo: int
    money: Money


@dataclass(frozen=True, slots=True)
class CoinUse:
    """Coins of a recharge that an act spent: `coins` of the act's own, out of `coins_of_act`."""

    id: UUID
    at: datetime
    kind: Kind
    party: int | None
    coins: int
    coins_of_act: int
    diamonds: int


@dataclass(frozen=True, slots=True)
class DisputeOrder:
    """A buyer's bank has taken the payment of an order back; `fee` is what the provider adds."""

    id: UUID
    account: int
    source: UUID
    key: str
    body: bytes
    at: datetime
    fee: Money | None = None

    def __post_init__(self) -> None:
        if self.fee is not None:
            whole(self.fee.amount, "fee", least=0)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as it stands. `amount` was taken from what the provider owes us.

    `paid` and `promo` coins were left and are set aside; `owed` coins were gone and
    became debt, and `diamonds` were taken back from creators when it was lost.
    """

    id: UUID
    seq: int
    account: int
    source: UUID
    amount: Money
    paid: int
    promo: int
    owed: int
    diamonds: int
    state: ClaimState
    balance: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class DebtOrder:
    """Somebody pays what they owe from the paid coins they have."""

    id: UUID
    account: int
    key: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class DebtPaid:
    """How many coins went into a debt, and how many are still owed."""

    id: UUID
    seq: int
    coins: int
    left: int
    balance: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of a sale in minor units: earned later (`net`), tax, and a store's commission.

    Where the house sells, the fee is its expense for good and is no part of this; where
    a store sells, the tax is not.
    """

    net: int
    tax: int
    fee: int

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.net + other.net, self.tax + other.tax, self.fee + other.fee)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.net - other.net, self.tax - other.tax, self.fee - other.fee)

    @property
    def cleared(self) -> int:
        """What the provider or the store owes us for it, or takes back."""
        return self.net + self.tax - self.fee


@dataclass(frozen=True, slots=True)
class Cost:
    """What coins cost their buyer in micro, and the tax and fee in it."""

    micro: int = 0
    tax: int = 0
    fee: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.micro + other.micro, self.tax + other.tax, self.fee + other.fee)


@dataclass(frozen=True, slots=True)
class Sale:
    """A recharge as the books know it: how many coins, what they cost, who took the money."""

    account: int
    source: UUID
    seq: int
    coins: int
    currency: str
    micro: int
    tax_micro: int
    fee_micro: int
    party: int
    seller: Seller

    @property
    def clearing(self) -> int:
        """The ledger account of what the provider or the store owes us."""
        return account(self.party, 310 if self.seller is Seller.HOUSE else 312)

    @property
    def disputed(self) -> int:
        """The ledger account of what a bank has taken back for the time being."""
        return account(self.party, 320)

    @property
    def amounts(self) -> Amounts:
        """All money of it."""
        return self.amounts_of(Cost(self.micro, self.tax_micro, self.fee_micro))

    def amounts_of(self, cost: Cost) -> Amounts:
        """The money of some of its coins. Each part is rounded down, so parts never exceed the whole.

        A store that keeps all but a crumb could round its commission above the net: it never
        gives back more than was kept for later.
        """
        unit = minor_unit(self.currency)
        net = (cost.micro - cost.tax) // unit
        if self.seller is Seller.STORE:
            return Amounts(net, 0, min(cost.fee // unit, net))
        return Amounts(net, cost.tax // unit, 0)

    def gross_of(self, cost: Cost) -> Money:
        """What the buyer gets back for some of its coins, tax included."""
        unit = minor_unit(self.currency)
        return Money((cost.micro - cost.tax) // unit, self.currency) + self.tax_of(cost)

    def tax_of(self, cost: Cost) -> Money:
        """The tax in it."""
        return Money(cost.tax // minor_unit(self.currency), self.currency)


def minor_unit(currency: str) -> int:
    """How many micro one minor unit of a currency has: USD 10,000."""
    unit: int = 10 ** (MICRO_PLACES - exponent(currency))
    return unit


EARNED_LATER = account(HOUSE, 400)
TAX = account(HOUSE, 420)
COMMISSION = account(HOUSE, 601)
DISPUTE_FEES = account(HOUSE, 602)
LOSSES = account(HOUSE, 603)
PAYABLE = account(HOUSE, 410)
