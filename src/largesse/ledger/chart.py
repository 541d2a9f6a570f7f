"""The chart of accounts: which kinds of account there are, and which side they grow on.

A ledger account is a party and a code: `party * 1000 + code`. Parties below 1000
are the house's own; a person's party is their number. docs/ledger.md shows this
table, and a test keeps both equal. Codes are kept for ever: they are in the books.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

HOUSE = 1
PARTY_WIDTH = 1000
PEOPLE_FROM = 1000

COIN = 1
DIAMOND = 2


class Unit(StrEnum):
    """What an account counts."""

    COIN = "coin"
    DIAMOND = "diamond"
    MONEY = "money"


class Side(StrEnum):
    """The side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class Guard(StrEnum):
    """Which row keeps an account from going below zero; an open account is only summed."""

    PURSE = "purse"
    CREATOR = "creator"
    ESCROW = "escrow"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One line of the chart; `reference` is its code in the accounting reference."""

    code: int
    reference: str
    name: str
    unit: Unit
    side: Side
    guard: Guard = Guard.OPEN


def _line(
    code: int, reference: str, name: str, side: Side, *, guard: Guard = Guard.OPEN
) -> ChartLine:
    unit = {1: Unit.COIN, 2: Unit.DIAMOND}.get(code // 100, Unit.MONEY)
    return ChartLine(code, reference, name, unit, side, guard)


CHART: tuple[ChartLine, ...] = (
    _line(100, "C100", "paid coins of a person", Side.CREDIT, guard=Guard.PURSE),
    _line(110, "C110", "promo coins of a person", Side.CREDIT, guard=Guard.PURSE),
    _line(120, "C120", "prize coins of a person", Side.CREDIT, guard=Guard.PURSE),
    _line(130, "C130", "coins of a person on hold", Side.CREDIT, guard=Guard.PURSE),
    _line(140, "C140", "coins in escrow", Side.CREDIT, guard=Guard.ESCROW),
    _line(150, "C500", "paid coins issued", Side.DEBIT),
    _line(151, "C510", "promo coins issued", Side.DEBIT),
    _line(160, "C600", "coins spent on gifts", Side.CREDIT),
    _line(161, "C600", "coins spent on highlighted messages", Side.CREDIT),
    _line(162, "C600", "coins spent on memberships", Side.CREDIT),
    _line(163, "C600", "coins spent on event fees", Side.CREDIT),
    _line(164, "C600", "coins spent on prizes", Side.CREDIT),
    _line(165, "C600", "coins spent on unlocks and effects", Side.CREDIT),
    _line(170, "C700", "coins refunded", Side.CREDIT),
    _line(171, "C710", "coins clawed back", Side.CREDIT),
    _line(172, "C720", "coins forfeited", Side.CREDIT),
    _line(173, "C730", "promo coins expired", Side.CREDIT),
    _line(190, "C190", "coins that a person owes", Side.DEBIT),
    _line(200, "D100", "pending diamonds of a creator", Side.CREDIT),
    _line(210, "D110", "available diamonds of a creator", Side.CREDIT, guard=Guard.CREATOR),
    _line(220, "D120", "diamonds being withdrawn", Side.CREDIT, guard=Guard.CREATOR),
    _line(250, "D500", "diamonds issued for gifts", Side.DEBIT),
    _line(251, "D500", "diamonds issued for highlighted messages", Side.DEBIT),
    _line(252, "D500", "diamonds issued for memberships", Side.DEBIT),
    _line(253, "D500", "diamonds issued for event fees", Side.DEBIT),
    _line(254, "D500", "diamonds issued for prizes", Side.DEBIT),
    _line(255, "D500", "diamonds issued for unlocks and effects", Side.DEBIT),
    _line(260, "D600", "diamonds redeemed", Side.CREDIT),
    _line(261, "D610", "diamonds clawed back", Side.CREDIT),
    _line(262, "D620", "diamonds forfeited", Side.CREDIT),
    _line(290, "D190", "diamonds that a creator owes", Side.DEBIT, guard=Guard.CREATOR),
    _line(300, "1000", "cash in bank", Side.DEBIT),
    _line(310, "1100", "clearing with a payment provider", Side.DEBIT),
    _line(311, "1110", "reserve held by a payment provider", Side.DEBIT),
    _line(312, "1120", "receivable from an app store", Side.DEBIT),
    _line(320, "1200", "disputes receivable", Side.DEBIT),
    _line(321, "1210", "receivable from people", Side.DEBIT),
    _line(322, "1220", "receivable from creators", Side.DEBIT),
    _line(390, "1900", "suspense", Side.DEBIT),
    _line(400, "2000", "deferred revenue of coins", Side.CREDIT),
    _line(401, "2010", "deferred revenue of memberships", Side.CREDIT),
    _line(410, "2100", "payable to creators", Side.CREDIT),
    _line(411, "2110", "payouts in flight", Side.CREDIT),
    _line(412, "2120", "withholding tax payable", Side.CREDIT),
    _line(420, "2200", "tax payable", Side.CREDIT),
    _line(430, "2300", "refunds payable", Side.CREDIT),
    _line(440, "2400", "prize pools", Side.CREDIT),
    _line(450, "2500", "unclaimed property", Side.CREDIT),
    _line(500, "4000", "revenue from gifts", Side.CREDIT),
    _line(501, "4000", "revenue from highlighted messages", Side.CREDIT),
    _line(502, "4000", "revenue from memberships", Side.CREDIT),
    _line(503, "4000", "revenue from events", Side.CREDIT),
    _line(504, "4000", "revenue from payout fees", Side.CREDIT),
    _line(505, "4000", "revenue from unlocks and effects", Side.CREDIT),
    _line(510, "4100", "breakage", Side.CREDIT),
    _line(600, "5000", "payment provider fees", Side.DEBIT),
    _line(601, "5010", "app store commission", Side.DEBIT),
    _line(602, "5020", "dispute fees", Side.DEBIT),
    _line(603, "5030", "chargeback losses", Side.DEBIT),
    _line(604, "5040", "cost of promo coins", Side.DEBIT),
    _line(605, "5050", "payout fees", Side.DEBIT),
    _line(606, "5060", "gain and loss of exchange", Side.DEBIT),
    _line(607, "5070", "rounding", Side.DEBIT),
)

BY_CODE: dict[int, ChartLine] = {line.code: line for line in CHART}


class Kind(IntEnum):
    """Why an act happened: the chart code of the account that it is about.

    A kind that spends is the code of its sink; its diamonds are issued by the
    account 90 above. That is how one wide row says both legs.
    """

    GIFT = 160
    HIGHLIGHT = 161
    MEMBERSHIP = 162
    EVENT_FEE = 163
    PRIZE = 164
    UNLOCK = 165
    RECHARGE = 150
    BONUS = 151
    FORFEITED = 172
    PROMO_EXPIRED = 173
    PRIZE_WON = 120
    REFUND = 170
    DISPUTE_LOST = 171
    DEBT_PAID = 190
    DIAMONDS_MATURED = 210
    PAYOUT_REQUESTED = 220
    PAYOUT_PAID = 260
    DIAMONDS_CLAWED_BACK = 261
    PROVIDER_SETTLED = 300
    MEMBERSHIP_PAID = 401
    SPENDS_BOOKED = 400
    DISPUTE_WON = 310
    DISPUTE_OPENED = 320
    PAYOUT_RETURNED = 410
    PAYOUT_REJECTED = 411
    PROVIDER_FEE = 600

    @property
    def spends(self) -> bool:
        """Whether acts of this kind take coins out of a purse."""
        return 160 <= self <= 169


class Shape(IntEnum):
    """What an act does to the purse it belongs to."""

    OTHER = 0
    SPEND = 1
    CREDIT = 2
    HOLD = 3
    POST = 4
    VOID = 5
    EXPIRE = 6
    ESCROW = 7
    RETURN = 8
    RELEASE = 9
    FORFEIT = 10
    AWARD = 11


def account(party: int, code: int) -> int:
    """The ledger account of a party, such as 1042's paid coins: 1042100."""
    assert code in BY_CODE, f"{code} is not in the chart"
    return party * PARTY_WIDTH + code


def name_of(number: int) -> str:
    """A ledger account in words, for the audit and the operator."""
    party, code = divmod(number, PARTY_WIDTH)
    line = BY_CODE.get(code)
    return f"{line.name if line else 'unknown account'} ({party})"
