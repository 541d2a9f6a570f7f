"""An act is posted by the quick statement or by the careful function: the books say the same."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio
from msgspec.structs import replace

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.columns import understand_columns
from largesse.kernel.database import Connection
from largesse.kernel.money import LARGEST_AMOUNT
from largesse.ledger import (
    Committer,
    EscrowOrder,
    EscrowReturn,
    InsufficientCoins,
    Kind,
    LimitReached,
    Limits,
    Spend,
    SpendingFrozen,
    Spent,
    part,
)
from largesse.ledger.batch_store import SESSION, Outcome, key_bytes, post
from largesse.ledger.model import LOT_COINS_MAX
from tests.ledger.conftest import NOON, Books
from tests.ledger.test_pot import close, closing, enter, new_pot, prize

# The week ends with it, and the month two days later.
SUNDAY = datetime(2026, 3, 29, 12, tzinfo=UTC)
ROOM, ROSE, COMBO = ids.make(), ids.make(), ids.make()
ways = pytest.mark.parametrize("careful", [False, True], ids=["quick", "careful"])

_JOURNAL = (
    "select at, promo, paid, prize, promo_from, paid_from, prize_from, party, diamonds, micro,"
    " tax_micro, fee_micro, balance, kind, shape, hidden, count, rate, place, item, thread"
    " from ledger.journal where account = %s and shape = 1 order by seq"
)
_PURSE = (
    "select paid_out, promo_out, prize_out, day, week, month, day_spent, week_spent, month_spent,"
    # Of a purse without paid coins nobody asks what the next one costs.
    " case when paid_in > paid_out then"
    " array[head_to, head_base, head_coins, head_micro, head_tax, head_fee] end"
    " from ledger.purse where account = %s"
)


@pytest_asyncio.fixture
async def writer(books: Books) -> AsyncIterator[Connection]:
    """A connection as a writer of the committer has it; each statement commits by itself."""
    async with await psycopg.AsyncConnection.connect(
        books.urls.app, options=SESSION, autocommit=True
    ) as connection:
        understand_columns(connection)
        yield connection


async def posted(writer: Connection, *spends: Spend, careful: bool = False) -> list[Outcome]:
    """One batch; None for what the quick statement leaves to the careful function."""
    return await post(writer, spends, [key_bytes(spend.key) for spend in spends], careful=careful)


def told(books: Books, account: int, coins: int, *, at: datetime = NOON) -> Spend:
    """A gift of which no two facts are alike."""
    return replace(
        books.gift(account, coins, at=at), diamonds=3 * coins, place=ROOM, item=ROSE, thread=COMBO,
        count=coins + 1, rate=7_000, hidden=True, kind=Kind.UNLOCK, creator=account + 1,
    )  # fmt: skip


@ways
async def test_the_journal_keeps_every_fact_in_its_own_place(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """Tax and fee, coins and diamonds, its own time and the time of its batch are never mixed up."""
    account, other = await books.person(paid=50, promo=4), await books.person(paid=1)
    late = told(books, other, 1, at=NOON + timedelta(seconds=2))
    spent, _ = await posted(writer, told(books, account, 10), late, careful=careful)
    assert isinstance(spent, Spent)
    assert (spent.at, spent.promo, spent.paid, spent.balance) == (NOON, 4, 6, 44)
    assert (spent.micro, spent.tax_micro, spent.fee_micro) == (60_000, 6_000, 2_400)
    assert await books.rows(_JOURNAL, account) == [
        (NOON, 4, 6, 0, 0, 0, 0, account + 1, 30, 60_000, 6_000, 2_400, 44, Kind.UNLOCK, 1,
         True, 11, 7_000, ROOM, ROSE, COMBO),
    ]  # fmt: skip
    await posted(writer, told(books, account, 10), careful=careful)
    again = (await books.rows(_JOURNAL, account))[1]
    assert again[1:7] == (0, 10, 0, 4, 6, 0)


@ways
async def test_however_a_lot_is_spent_its_parts_add_up_to_its_price(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """Seventy coins for 99 cents: a coin is 14,142 or 14,143 millionths, by its place in the lot."""
    account = await books.person()
    await books.recharge(account, coins=70, cents=99)
    found = []
    for _ in range(70):
        (spent,) = await posted(writer, books.gift(account, 1), careful=careful)
        assert isinstance(spent, Spent)
        found.append((spent.micro, spent.tax_micro, spent.fee_micro))
    assert [sum(column) for column in zip(*found, strict=True)] == [990_000, 90_000, 40_000]
    assert [micro for micro, _, _ in found] == [
        990_000 * n // 70 - 990_000 * (n - 1) // 70 for n in range(1, 71)
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_both_ways_answer_and_write_the_same(
    books: Books, writer: Connection, seed: int
) -> None:
    """Twins do the same over the end of a week and a month, one of them with care."""
    dice = random.Random(seed)
    twins = [await books.person(promo=5), await books.person(promo=5)]
    for coins in (7, 30, 70):
        cents = dice.randrange(10, 200)
        for twin in twins:
            await books.recharge(twin, coins=coins, cents=cents)
    await _limit(books, twins, Limits(day=700_000, week=1_200_000, month=1_500_000))
    for step in range(24):
        at = SUNDAY + timedelta(hours=4 * step)
        coins = dice.randrange(1, 12)
        answers = [await _act(writer, told(books, twins[0], coins, at=at), careful=False)]
        answers.append(await _act(writer, told(books, twins[1], coins, at=at), careful=True))
        assert answers[0] == answers[1]
    quick, careful = [await books.rows(_PURSE, twin) for twin in twins]
    assert quick == careful
    quick, careful = [await books.rows(_JOURNAL, twin) for twin in twins]
    assert [row[:7] + row[8:] for row in quick] == [row[:7] + row[8:] for row in careful]
    await books.audit()


async def _act(writer: Connection, spend: Spend, *, careful: bool) -> object:
    (outcome,) = await posted(writer, spend, careful=careful)
    if outcome is None:
        (outcome,) = await posted(writer, spend, careful=True)
    if isinstance(outcome, Spent):
        return replace(outcome, id=COMBO, seq=0, account=0)
    assert outcome is not None
    return type(outcome), outcome.facts


async def _limit(books: Books, people: list[int], limits: Limits) -> None:
    async with books.database.work() as connection:
        for account in people:
            await ledger.set_limits(connection, account=account, limits=limits)


@ways
@pytest.mark.parametrize("period", ["day", "week", "month"])
async def test_each_limit_may_be_reached_and_says_what_is_left_of_it(
    books: Books, writer: Connection, period: str, *, careful: bool
) -> None:
    """A coin on Sunday, two on Monday, three on Tuesday: each period has another sum."""
    days = {"month": (0, 1, 2), "week": (1, 2), "day": (2,)}[period]
    account = await books.person(paid=100)
    await _limit(books, [account], Limits(**{period: 100_000}))
    for day in (0, 1, 2):
        at = SUNDAY + timedelta(days=day)
        (spent,) = await posted(writer, books.gift(account, day + 1, at=at), careful=careful)
        assert isinstance(spent, Spent)
    left = 10 - sum(day + 1 for day in days)
    at = SUNDAY + timedelta(days=2)
    (refused,) = await posted(writer, books.gift(account, left + 1, at=at), careful=careful)
    assert isinstance(refused, LimitReached)
    assert refused.facts == {
        "period": period, "left_micro": left * 10_000, "currency": "USD",
    }  # fmt: skip
    (spent,) = await posted(writer, books.gift(account, left, at=at), careful=careful)
    assert isinstance(spent, Spent)
    (refused,) = await posted(writer, books.gift(account, 1, at=at), careful=careful)
    assert isinstance(refused, LimitReached)
    assert refused.facts["left_micro"] == 0


@ways
async def test_a_clock_that_lags_takes_no_period_back(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """What is counted late counts in the later day, or a limit could be passed around midnight."""
    account = await books.person(paid=100)
    later = NOON + timedelta(days=40)
    await posted(writer, books.gift(account, 5, at=later), careful=careful)
    await posted(writer, books.gift(account, 6, at=NOON), careful=careful)
    purse = await books.purse(account, at=later)
    assert (purse.spent_day_micro, purse.spent_week_micro, purse.spent_month_micro) == (
        110_000, 110_000, 110_000,
    )  # fmt: skip


@ways
async def test_held_coins_of_each_kind_are_left_alone(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """Six of eight promo coins and none of the paid ones are free, then none at all."""
    account = await books.person(paid=10, promo=8)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(account, 2))
    (spent,) = await posted(writer, books.gift(account, 7), careful=careful)
    assert isinstance(spent, Spent)
    assert (spent.promo, spent.paid, spent.balance) == (6, 1, 9)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(account, 5))
    (refused,) = await posted(writer, books.gift(account, 5), careful=careful)
    assert isinstance(refused, InsufficientCoins)
    assert refused.facts == {"missing": 1}
    (spent,) = await posted(writer, books.gift(account, 4), careful=careful)
    assert isinstance(spent, Spent)
    assert (spent.promo, spent.paid, spent.balance) == (0, 4, 0)
    await books.audit()


async def test_a_repeated_gift_is_answered_while_the_purse_is_frozen(
    books: Books, committer: Committer
) -> None:
    """Its sender may only not have heard the answer; what is new is refused."""
    account = await books.person(paid=10)
    first = await committer.spend(books.gift(account, 1, key="tap"))
    async with books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    assert await committer.spend(books.gift(account, 1, key="tap")) == replace(first, replayed=True)
    with pytest.raises(SpendingFrozen):
        await committer.spend(books.gift(account, 1))


@ways
async def test_a_frozen_purse_pays_nothing_and_changes_nothing(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    account = await books.person(paid=10)
    async with books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    before = await books.digest()
    (refused,) = await posted(writer, books.gift(account, 1), careful=careful)
    assert isinstance(refused, SpendingFrozen)
    assert await books.digest() == before


async def test_a_repeated_gift_says_what_was_true_at_first(
    books: Books, writer: Connection, committer: Committer
) -> None:
    """Also after another day, with other coins in the purse, and where tax and fee differ."""
    account = await _winner(books, prize_coins=4, paid=6, promo=3)
    (first,) = await posted(writer, books.gift(account, 9, key="tap"), careful=True)
    assert isinstance(first, Spent)
    assert (first.promo, first.prize, first.paid, first.balance) == (3, 4, 2, 4)
    await books.bonus(account, coins=50)
    later = books.gift(account, 9, key="tap", at=NOON + timedelta(days=1))
    assert await committer.spend(later) == replace(first, replayed=True)


async def _winner(books: Books, *, prize_coins: int, paid: int, promo: int) -> int:
    """Somebody who won coins that had cost two cents each; their own cost one."""
    account, entrant = await books.person(), await books.person()
    await books.recharge(entrant, coins=prize_coins, cents=20 * prize_coins)
    pot, _ = await new_pot(books)
    await enter(books, entrant, pot, prize_coins)
    await close(books, closing(pot, prize(account, prize_coins), fee=0))
    await books.recharge(account, coins=paid, cents=10 * paid)
    if promo:
        await books.bonus(account, coins=promo)
    return account


async def test_prize_coins_go_before_paid_ones_and_each_pool_has_its_own_serials(
    books: Books, committer: Committer
) -> None:
    account = await _winner(books, prize_coins=10, paid=6, promo=3)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(account, 5))
    spent = [await committer.spend(books.gift(account, coins)) for coins in (3, 4, 4)]
    assert [(one.promo, one.prize, one.paid, one.balance) for one in spent] == [
        (0, 3, 0, 11), (0, 4, 0, 7), (0, 1, 3, 3),
    ]  # fmt: skip
    assert [one.micro for one in spent] == [600_000, 800_000, 200_000 + 300_000]
    assert [one.tax_micro for one in spent] == [60_000, 80_000, 50_000]
    rows = await books.rows(_JOURNAL, account)
    assert [row[4:7] for row in rows] == [(0, 0, 0), (0, 0, 3), (0, 0, 7)]
    await books.audit()


@ways
async def test_the_purse_remembers_the_lot_of_the_next_paid_coin(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """After the first lot's last coin the second one's price counts, whichever way came before."""
    account = await books.person()
    await books.recharge(account, coins=5, cents=50)
    await books.recharge(account, coins=8, cents=160)
    (first,) = await posted(writer, books.gift(account, 5), careful=True)
    (second,) = await posted(writer, books.gift(account, 3), careful=careful)
    (third,) = await posted(writer, books.gift(account, 5), careful=False)
    assert isinstance(first, Spent)
    assert isinstance(second, Spent)
    assert isinstance(third, Spent)
    assert (first.micro, second.micro, third.micro) == (500_000, 600_000, 1_000_000)
    assert (second.tax_micro, second.fee_micro) == (60_000, 30_000)
    assert (third.tax_micro, third.fee_micro) == (100_000, 50_000)


async def test_a_gift_that_reaches_over_a_lot_by_one_coin_pays_both_prices(
    books: Books, committer: Committer
) -> None:
    account = await books.person()
    await books.recharge(account, coins=5, cents=50)
    await books.recharge(account, coins=8, cents=160)
    spent = await committer.spend(books.gift(account, 6))
    assert spent.micro == 500_000 + 200_000
    assert (await committer.spend(books.gift(account, 7))).micro == 1_400_000


async def test_acts_of_one_batch_are_judged_in_their_order(
    books: Books, writer: Connection
) -> None:
    account = await books.person(paid=10)
    spends = [books.gift(account, coins) for coins in (7, 4, 3)]
    first, second, third = await posted(writer, *spends, careful=True)
    assert isinstance(first, Spent)
    assert isinstance(second, InsufficientCoins)
    assert isinstance(third, Spent)
    assert (first.balance, second.facts, third.balance) == (3, {"missing": 1}, 0)
    assert first.seq < third.seq


@ways
async def test_a_second_writer_waits_for_the_purse_and_sees_what_the_first_left(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """Without its lock the second would write the first one's odometers over."""
    account = await books.person(paid=10)
    async with await psycopg.AsyncConnection.connect(books.urls.app, options=SESSION) as first:
        understand_columns(first)
        await posted(first, books.gift(account, 6))
        waiting = asyncio.create_task(posted(writer, books.gift(account, 4), careful=careful))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await first.commit()
    (second,) = await waiting
    assert isinstance(second, Spent)
    assert second.balance == 0
    assert (await books.purse(account)).paid == 0
    await books.audit()


@ways
async def test_a_batch_locks_purses_by_their_numbers_whatever_order_its_acts_have(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """It waits for the first purse and holds none behind it: so two batches never wait in a ring."""
    low, high = await books.person(paid=5), await books.person(paid=5)
    async with books.database.work() as other:
        await other.execute("select 1 from ledger.purse where account = %s for update", (low,))
        gifts = [books.gift(high, 1), books.gift(low, 1)]
        waiting = asyncio.create_task(posted(writer, *gifts, careful=careful))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        free = await other.execute(
            "select 1 from ledger.purse where account = %s for update skip locked", (high,)
        )
        assert await free.fetchall() == [(1,)]
    assert [isinstance(outcome, Spent) for outcome in await waiting] == [True, True]


@ways
async def test_coins_that_came_back_from_escrow_cost_what_their_places_in_the_lot_cost(
    books: Books, writer: Connection, *, careful: bool
) -> None:
    """Their serials are new, so the next coin's place is no longer told by its serial alone."""
    account = await books.person()
    await books.recharge(account, coins=70, cents=99)
    await posted(writer, books.gift(account, 3), careful=careful)
    act = ids.make()
    aside = EscrowOrder(act, account, "aside", b"", Kind.EVENT_FEE, 10, NOON)
    back = EscrowReturn(ids.make(), account, act, "back", b"", NOON)
    async with books.database.work() as connection:
        await ledger.put_in_escrow(connection, aside)
    async with books.database.work() as connection:
        await ledger.return_escrow(connection, back)
    for place in range(3, 70):
        gift = books.gift(account, 1)
        (spent,) = await posted(writer, gift, careful=careful)
        if spent is None:
            # The head's coins are used up: the first one behind them wants care.
            (spent,) = await posted(writer, gift, careful=True)
        assert isinstance(spent, Spent)
        assert spent.micro == 990_000 * (place + 1) // 70 - 990_000 * place // 70
    await books.audit()


async def test_a_part_in_the_tables_is_the_part_of_the_rules_up_to_the_largest_lot(
    books: Books,
) -> None:
    """The product of a price and a number of coins leaves 64 bits; no part of it may."""
    dice = random.Random(3)
    most = LARGEST_AMOUNT
    cases = [
        (most, LOT_COINS_MAX, LOT_COINS_MAX),
        (most, LOT_COINS_MAX, 1),
        (most, 1, 1),
        (0, 1, 0),
    ]
    for _ in range(200):
        coins = dice.randrange(1, LOT_COINS_MAX)
        cases.append((dice.randrange(most), coins, dice.randrange(coins + 1)))
    found = await books.rows(
        "select ledger.part(c.total, c.coins, c.upto) from"
        " unnest(%s::bigint[], %s::bigint[], %s::bigint[]) with ordinality c (total, coins, upto, o)"
        " order by c.o",
        *(list(column) for column in zip(*cases, strict=True)),
    )
    assert [one for (one,) in found] == [
        part(total, coins=coins, upto=upto) for total, coins, upto in cases
    ]
