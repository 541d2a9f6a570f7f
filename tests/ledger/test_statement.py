"""Statements, the trial balance and the reports, against books in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from largesse import ledger
from largesse.ledger import COIN, DIAMOND, Committer, Period
from largesse.ledger.chart import BY_CODE, CHART, Side
from largesse.ledger.statement import AssetBalance, StatementLine
from tests.ledger.conftest import CREATOR, Books
from tests.ledger.plain import PlainBooks, PlainCoin, PlainLeg

FAR = datetime(2200, 1, 1, tzinfo=UTC)
HOUSE_CODES = (150, 151, 160, 161, 173, 250, 400, 420, 600)

Shown = tuple[datetime, int, int, int, int, int]


@pytest.fixture(scope="module")
def kept() -> list[PlainBooks]:
    """The plain books go on from test to test, as the real ones do."""
    return []


@pytest.fixture
async def plain(books: Books, committer: Committer, kept: list[PlainBooks]) -> PlainBooks:
    if not kept:
        kept.append(PlainBooks(books, committer))
    kept[0].committer = committer
    return kept[0]


async def read(
    books: Books, account: int, period: Period
) -> tuple[tuple[AssetBalance, ...], list[StatementLine]]:
    async with ledger.open_statement(books.database, account=account, period=period) as open_one:
        return open_one.balances, [line async for line in open_one.lines]


def sign(account: int) -> int:
    return 1 if BY_CODE[account % 1000].side is Side.CREDIT else -1


def grown(legs: list[PlainLeg], account: int, asset: int, until: datetime) -> int:
    return sign(account) * sum(
        (leg.amount if leg.credit == account else 0) - (leg.amount if leg.debit == account else 0)
        for leg in legs
        if leg.at < until and leg.asset == asset
    )


def expected(legs: list[PlainLeg], account: int, period: Period) -> list[Shown]:
    since = period.since or datetime.min.replace(tzinfo=UTC)
    running: Counter[int] = Counter()
    lines = []
    for leg in sorted(legs, key=lambda leg: leg.at):
        if account not in (leg.debit, leg.credit) or leg.at >= period.until:
            continue
        up = leg.credit == account
        running[leg.asset] += sign(account) * (leg.amount if up else -leg.amount)
        if leg.at >= since:
            counter = leg.debit if up else leg.credit
            change = leg.amount if up else -leg.amount
            lines.append((leg.at, counter, leg.asset, change, running[leg.asset], account))
    return lines


def shown(lines: list[StatementLine], account: int) -> list[Shown]:
    return [
        (line.at, line.counter, line.asset, line.credit - line.debit, line.balance, account)
        for line in lines
    ]


def cuts(plain: PlainBooks, luck: random.Random) -> list[datetime]:
    """Moments among the acts, many of them exactly the moment of one."""
    moments = [luck.choice(plain.legs).at for _ in range(6)]
    moments += [luck.choice(plain.legs).at + timedelta(hours=luck.randint(-3, 300)) for _ in "abc"]
    return sorted(moments)


def accounts(plain: PlainBooks, luck: random.Random) -> list[int]:
    some = luck.sample(plain.people, 3)
    mine = [one.account * 1000 + code for one in some for code in (100, 110, 130)]
    return [*mine, *(1000 + code for code in HOUSE_CODES), 10_310, CREATOR * 1000 + 200]


@pytest.mark.parametrize("seed", range(4))
async def test_reports_say_what_plain_books_say_at_any_moment(
    plain: PlainBooks, books: Books, seed: int
) -> None:
    luck = random.Random(seed)
    await plain.live(luck, steps=60)
    moments = cuts(plain, luck)

    for account in accounts(plain, luck):
        since, until = sorted(luck.sample(moments, 2))
        for period in (Period(since, until), Period(None, until), Period(since, FAR)):
            balances, lines = await read(books, account, period)
            assert shown(lines, account) == expected(plain.legs, account, period)
            for balance in balances:
                start = period.since or datetime.min.replace(tzinfo=UTC)
                assert balance.opening == grown(plain.legs, account, balance.asset, start)
                assert balance.closing == grown(plain.legs, account, balance.asset, period.until)
                mine = [line for line in lines if line.asset == balance.asset]
                assert balance.debits == sum(line.debit for line in mine)
                assert balance.credits == sum(line.credit for line in mine)

    for moment in moments:
        await trial_balance_is(plain, books, moment)
        await unused_is(plain, books, moment)
    since, until = moments[1], moments[-1]
    await breakage_is(plain, books, Period(since, until))


async def trial_balance_is(plain: PlainBooks, books: Books, moment: datetime) -> None:
    found = await ledger.trial_balance(books.database, before=moment)
    due: Counter[tuple[int, int, int | None]] = Counter()
    for leg in plain.legs:
        if leg.at < moment:
            for number, amount in ((leg.debit, leg.amount), (leg.credit, -leg.amount)):
                due[leg.asset, number % 1000, number if number < 1_000_000 else None] += amount
    lines = {(x.asset, x.code, x.account): x.debit_balance - x.credit_balance for x in found.lines}
    assert lines == dict(due)
    assert all(total.balances for total in found.totals)
    assert {total.asset for total in found.totals} == {asset for asset, _, _ in due}


def there(coin: PlainCoin, moment: datetime) -> bool:
    return coin.arrived < moment and (coin.left is None or coin.left >= moment)


async def unused_is(plain: PlainBooks, books: Books, moment: datetime) -> None:
    due: dict[tuple[str, str | None, str | None], list[int]] = {}
    for person in plain.people:
        for pool, coins in (("paid", person.ever_paid), ("promo", person.ever_promo)):
            for coin in coins:
                if there(coin, moment):
                    sums = due.setdefault((pool, coin.country, coin.currency), [0, 0, 0])
                    sums[0] += 1
                    sums[1] += coin.micro
                    sums[2] += coin.tax
    found = await ledger.unused_coins(books.database, before=moment)
    assert {
        (one.pool, one.country, one.currency): [one.coins, one.micro, one.tax_micro]
        for one in found
    } == due


async def breakage_is(plain: PlainBooks, books: Books, period: Period) -> None:
    found = await ledger.breakage(books.database, period=period)
    gone: Counter[tuple[str, str, str]] = Counter()
    aged: Counter[tuple[int, str, str]] = Counter()
    for person in plain.people:
        for coin in person.ever_promo:
            assert period.since is not None
            if coin.why == "expired" and coin.left and period.since <= coin.left < period.until:
                gone[coin.left.strftime("%Y-%m"), coin.country, coin.currency] += 1
        for coin in person.ever_paid:
            if there(coin, period.until):
                days = (period.until - coin.arrived).days
                age = max(edge for edge in (0, 30, 90, 180, 365, 730, 1095, 1825) if edge <= days)
                aged[age, coin.country, coin.currency] += 1
    assert {
        (one.month, one.country, one.currency): one.coins
        for one in found.gone
        if (one.reason, one.pool, one.micro) == ("expired", "promo", 0)
    } == dict(gone)
    assert len(found.gone) == len(gone)
    assert {(one.days_min, one.country, one.currency): one.coins for one in found.unused} == dict(
        aged
    )


async def test_what_was_unused_on_a_day_stays_so_whatever_comes_later(
    plain: PlainBooks, books: Books
) -> None:
    luck = random.Random(7)
    await plain.live(luck, steps=30)
    day = plain.now + timedelta(hours=1)
    before = await ledger.unused_coins(books.database, before=day)
    trial = await ledger.trial_balance(books.database, before=day)
    plain.now = day + timedelta(days=1)
    for person in plain.people:
        await plain.credit(person, paid=7, price=90, promo=9, expires=plain.now + timedelta(days=1))
        await plain.gift(person, 12)
    assert await ledger.unused_coins(books.database, before=day) == before
    assert await ledger.trial_balance(books.database, before=day) == trial
    assert await ledger.unused_coins(books.database, before=plain.now) == before


async def test_every_leg_of_a_purse_is_in_its_own_journals(plain: PlainBooks, books: Books) -> None:
    """A purse's statement reads its own journals only, which is quick and must be enough."""
    strangers = await books.rows(
        "select t.account, t.seq, side.number from ledger.transfers t"
        " cross join lateral (values (t.debit), (t.credit)) side (number)"
        " where mod(side.number, 1000) = any(%s) and side.number / 1000 <> t.account",
        [line.code for line in CHART if line.guard.value == "purse"],
    )
    assert strangers == []


async def test_an_account_without_a_leg_has_a_statement_of_nothing(books: Books) -> None:
    period = Period(None, FAR)
    assert await read(books, 999_999_100, period) == ((AssetBalance(COIN, 0, 0, 0, 0),), [])
    assert await read(books, 999_999_200, period) == ((AssetBalance(DIAMOND, 0, 0, 0, 0),), [])
    assert await read(books, 999_310, period) == ((), [])
