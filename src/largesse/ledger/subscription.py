"""Memberships that are paid with money: deferred when paid, earned period by period (journal J5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import deferral_store, store
from largesse.ledger.chart import HOUSE, Kind, Shape, account
from largesse.ledger.deferral_store import Deferral
from largesse.ledger.earlier import earlier_act
from largesse.ledger.model import Leg
from largesse.ledger.rules import digest, key_digest, part, whole
from largesse.ledger.store import JournalRow

DEFERRED, PAYABLE, REVENUE = account(HOUSE, 401), account(HOUSE, 410), account(HOUSE, 502)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A membership that a provider says is paid.

    `price` is gross; `share` is the creator's part of what is left after tax, and
    `diamonds` are what it is worth to them over all `periods`.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    at: datetime
    price: Money
    tax: Money
    share: Money
    creator: int
    diamonds: int
    periods: int
    clearing: int

    def __post_init__(self) -> None:
        whole(self.tax.amount, "tax", least=0, most=self.price.amount - 1)
        whole(self.share.amount, "share", least=0, most=self.net.amount)
        whole(self.diamonds, "diamonds", least=0)
        whole(self.periods, "periods", least=1, most=2**31 - 1)

    @property
    def net(self) -> Money:
        """What is left of the price after tax."""
        return self.price - self.tax


@dataclass(frozen=True, slots=True)
class Earned:
    """What the time that passed since the last look made ours and the creator's. Minor units."""

    share: int
    revenue: int
    diamonds: int


async def defer_subscription(connection: Connection, order: Subscription) -> int:
    """Book a paid membership as money not yet earned, once a key; returns the journal's number.

    Raises `IdempotencyConflict` when the key was used for something else.
    """
    key, body = key_digest(order.key, of="subscription"), digest(order.body)
    await store.lock_books(connection, account=order.account, key=key)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return earlier.seq
    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=Kind.MEMBERSHIP_PAID,
        shape=Shape.OTHER,
        balance=0,
        party=order.creator,
    )
    clearing, tax = account(order.clearing, 310), account(HOUSE, 420)
    asset = NUMERIC[order.price.currency]
    parts = ((DEFERRED, order.net.amount), (tax, order.tax.amount))
    legs = [Leg(clearing, target, amount, asset) for target, amount in parts if amount > 0]
    await store.add_journal(connection, row, legs)
    await deferral_store.add_deferral(connection, _deferral(order, row))
    return row.seq


async def earn_subscription(
    connection: Connection, *, account: int, subscription: UUID, passed: int, at: datetime
) -> Earned:
    """Earn what the periods that have passed since the last look are worth, and issue diamonds.

    `passed` counts from the start, so a second worker and a missed run do no harm: a
    number that was reached earns nothing again. The parts add up to the net price.
    Raises `NotFound`.
    """
    found = await deferral_store.locked_deferral(connection, account=account, deferral=subscription)
    if found is None:
        raise NotFound
    if passed <= found.passed:
        return Earned(0, 0, 0)
    whole(passed, "passed", least=1, most=found.periods)
    earned = Earned(
        _between(found, found.share, passed),
        _between(found, found.net - found.share, passed),
        _between(found, found.diamonds, passed),
    )
    await deferral_store.pass_periods(connection, found, passed=passed)
    if earned != Earned(0, 0, 0):
        await _book(connection, found, earned, passed=passed, at=at)
    return earned


async def _book(
    connection: Connection, found: Deferral, earned: Earned, *, passed: int, at: datetime
) -> None:
    act = digest(b"earned:%d:%s" % (passed, found.id.bytes))
    row = JournalRow(
        account=found.account,
        seq=await store.next_seq(connection),
        id=act,
        at=at,
        key=act,
        body=digest(found.id.bytes),
        kind=Kind.MEMBERSHIP,
        shape=Shape.OTHER,
        balance=0,
        party=found.creator,
        diamonds=earned.diamonds,
    )
    asset = NUMERIC[found.currency]
    parts = ((PAYABLE, earned.share), (REVENUE, earned.revenue))
    legs = [Leg(DEFERRED, target, amount, asset) for target, amount in parts if amount > 0]
    await store.add_journal(connection, row, legs)


def _between(found: Deferral, total: int, passed: int) -> int:
    earned = part(total, coins=found.periods, upto=passed)
    return earned - part(total, coins=found.periods, upto=found.passed)


def _deferral(order: Subscription, row: JournalRow) -> Deferral:
    return Deferral(
        account=order.account,
        id=order.id,
        seq=row.seq,
        currency=order.price.currency,
        creator=order.creator,
        net=order.net.amount,
        share=order.share.amount,
        diamonds=order.diamonds,
        periods=order.periods,
    )
