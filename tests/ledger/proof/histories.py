"""What is looked at every few steps: histories and statements, by any two questions at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from largesse import ledger
from largesse.ledger import Period
from tests.ledger.conftest import Books
from tests.ledger.proof.coins import (
    PAID,
    PRIZE,
    PROMO,
    Cost,
)
from tests.ledger.proof.reading import balances, pools_of
from tests.ledger.proof.world import (
    ESCROW,
    HOLD,
    POST,
    SPEND,
    VOID,
    Act,
    World,
)

AHEAD = timedelta(days=3650)


async def the_history_is_the_list(
    books: Books, world: World, history: list[Act], luck: Random
) -> None:
    """Newest first, page by page, each act exactly once; from any number on, with any limit."""
    person = luck.choice(list(world.people.values()))
    mine = [act for act in reversed(history) if act.account == person.account and act.shape]
    edges = [act.seq + luck.choice([0, 1]) for act in luck.sample(history, min(2, len(history)))]
    async with books.database.read() as connection:
        for edge in (None, *edges):
            before, limit = edge, luck.randint(1, 9)
            left = [act for act in mine if before is None or act.seq < before]
            while True:
                page = await ledger.entries(
                    connection, person.account, before_seq=before, limit=limit
                )
                assert [_told(entry) for entry in page] == [_shown(act) for act in left[:limit]]
                if not page:
                    break
                left, before = left[limit:], page[-1].seq
        for act in luck.sample(mine, min(2, len(mine))):
            assert act.id is not None
            entry = await ledger.entry(connection, person.account, act=act.id)
            assert _told(entry) == _shown(act)


def _shown(act: Act) -> tuple[object, ...]:
    pools = pools_of(act)
    party = None if act.shape in {7, 8, 11} else act.party
    return (
        act.id, act.seq, act.at, act.kind, act.shape, sum(pools.values()), pools[PAID], pools[PROMO],
        pools[PRIZE], party, act.cost.micro, act.balance, act.source, act.currency,
    )  # fmt: skip


def _told(entry: ledger.Entry) -> tuple[object, ...]:
    return (
        entry.id, entry.seq, entry.at, int(entry.kind), int(entry.shape), entry.coins, entry.paid,
        entry.promo, entry.prize, entry.party, entry.micro, entry.balance, entry.source,
        entry.currency,
    )  # fmt: skip


async def gifts_are_found_by_any_two_questions(
    books: Books, history: list[Act], luck: Random
) -> None:
    """Who sent, who received, where, since when: alone and together."""
    gifts = [act for act in history if act.kind == 160 and act.shape in {SPEND, POST}]
    if not gifts:
        return
    one = luck.choice(gifts)
    questions: dict[str, tuple[object, Callable[[Act], bool]]] = {
        "sender = %s": (one.account, lambda act: act.account == one.account),
        "creator = %s": (one.party, lambda act: act.party == one.party),
        "room = %s": (one.place, lambda act: one.place is not None and act.place == one.place),
        "at >= %s": (one.at, lambda act: act.at >= one.at),
        "seq < %s": (one.seq, lambda act: act.seq < one.seq),
    }
    asked = luck.sample(sorted(questions), luck.randint(1, 3))
    limit = luck.randint(1, 20)
    rows = await books.rows(
        f"select seq, coins, diamonds, micro from sent_gift where {' and '.join(asked)}"
        " order by seq desc limit %s",
        *(questions[word][0] for word in asked),
        limit,
    )
    wanted = [act for act in gifts if all(questions[word][1](act) for word in asked)]
    assert rows == [
        (act.seq, act.pools.total(), act.diamonds, act.cost.micro)
        for act in sorted(wanted, key=lambda act: -act.seq)[:limit]
    ]


async def what_was_received_is_found(books: Books, history: list[Act], luck: Random) -> None:
    """Across the horizon: the folds below it, the numbers above it. Memberships are no gifts there."""
    received = [
        act
        for act in history
        if act.shape in {SPEND, POST} and act.party and 160 <= act.kind <= 169
    ]
    if not received:
        return
    one, limit = luck.choice(received), luck.choice([luck.randint(1, 9), 10_000])
    before = one.seq + luck.choice([0, 1])
    rows = await books.rows(
        "select r.account, r.seq from ledger.received_before(%s, %s, %s) r"
        " join ledger.journal j using (account, seq)"
        " where j.kind between 160 and 169 and j.shape in (1, 4) order by 2 desc",
        one.party,
        before,
        limit,
    )
    mine = [act for act in received if act.party == one.party and act.seq < before]
    newest = [(act.account, act.seq) for act in sorted(mine, key=lambda act: -act.seq)]
    # Other acts above the horizon may take some of the places.
    assert rows == newest[: len(rows)]
    assert limit < len(mine) + len(history) or len(rows) == len(newest)


async def the_statement_is_the_list(books: Books, history: list[Act], luck: Random) -> None:
    """Any account over any period: opening, lines in order, closing."""
    numbers = sorted({number for act in history for _, number, _ in act.sides})
    moments = sorted({act.at for act in history})
    if not numbers:
        return
    number = luck.choice(numbers)
    since = luck.choice(
        [None, *(at + luck.choice([-1, 0, 1]) * timedelta(hours=1) for at in moments)]
    )
    until = luck.choice([*moments, moments[-1] + timedelta(seconds=1), *moments[-3:]])
    if since is not None and since > until:
        since, until = until, since
    acts = sorted((act for act in history), key=lambda act: (act.at, act.seq))
    opening = _sides(number, (act for act in acts if since is not None and act.at < since))
    inside = [act for act in acts if act.at < until and (since is None or act.at >= since)]
    during = _sides(number, inside)
    grows = 1 if _grows_on_credit(number) else -1
    async with ledger.open_statement(
        books.database, account=number, period=Period(since, until)
    ) as found:
        for balance in found.balances:
            before = grows * (opening["credit", balance.asset] - opening["debit", balance.asset])
            debits, credits_ = during["debit", balance.asset], during["credit", balance.asset]
            assert (balance.opening, balance.debits, balance.credits) == (before, debits, credits_)
            assert balance.closing == before + grows * (credits_ - debits)
        told = {balance.asset for balance in found.balances}
        assert {asset for _, asset in (*opening, *during)} <= told
        lines = [line async for line in found.lines]
    assert all((a.at, a.seq) <= (b.at, b.seq) for a, b in pairwise(lines))
    running = {balance.asset: balance.opening for balance in found.balances}
    for line in lines:
        running[line.asset] += grows * (line.credit - line.debit)
        assert line.balance == running[line.asset]
    by_act: dict[int, Counter[tuple[str, int]]] = {}
    for line in lines:
        sides = by_act.setdefault(line.seq, Counter())
        sides["debit", line.asset] += line.debit
        sides["credit", line.asset] += line.credit
    moved = {act.seq: +_sides(number, [act]) for act in inside if +_sides(number, [act])}
    assert {seq: +sides for seq, sides in by_act.items()} == moved
    assert list(by_act) == list(moved)


def _sides(number: int, acts: Iterable[Act]) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for act in acts:
        for (side, of, asset), amount in act.sides.items():
            if of == number:
                found[side, asset] += amount
    return found


def _grows_on_credit(number: int) -> bool:
    """By the chart in docs/ledger.md."""
    code = number % 1000
    return not (
        code in {150, 151, 190, 290} or 250 <= code < 260 or 300 <= code < 400 or code >= 600
    )


async def every_balance_is_the_sum(books: Books, history: list[Act], *, before: datetime) -> None:
    """The trial balance line by line at a moment, and each summed account by snapshot and tail."""
    trial = await ledger.trial_balance(books.database, before=before)
    assert all(total.balances for total in trial.totals)
    wanted: Counter[tuple[int, int]] = Counter()
    for act in history:
        if act.at < before:
            for (side, number, asset), amount in act.sides.items():
                line = number if number < 1_000_000 else number % 1000
                wanted[line, asset] += amount if side == "credit" else -amount
    found = {
        (line.account or line.code, line.asset): line.credit_balance - line.debit_balance
        for line in trial.lines
    }
    assert {key: left for key, left in found.items() if left} == {
        key: left for key, left in wanted.items() if left
    }


async def unlocked_balances_are_the_sum(books: Books, history: list[Act]) -> None:
    """Snapshot and tail, for every account that nobody locks."""
    sums = {
        (number, asset): left
        for (number, asset), left in balances(history).items()
        if number % 1000 not in {100, 110, 120, 130, 140, 210, 220, 290}
    }
    rows = await books.rows(
        "select n, a, ledger.open_balance(n, a::smallint)"
        " from unnest(%s::bigint[], %s::smallint[]) x (n, a)",
        [number for number, _ in sums],
        [asset for _, asset in sums],
    )
    assert {(number, asset): left for number, asset, left in rows} == sums


async def what_was_unused_is_known_for_ever(
    books: Books, world: World, history: list[Act], *, before: datetime
) -> None:
    """Coins in purses at any moment, by where they were bought, and what they had cost (Japan's rule)."""
    wanted: dict[tuple[object, ...], tuple[int, Cost]] = {}
    for coin in world.minted:
        lot = coin.lot
        if lot.pool != PROMO and coin.was_there(before):
            coins, cost = wanted.get(key := (lot.pool, lot.country, lot.currency), (0, Cost()))
            wanted[key] = coins + 1, Cost(*map(sum, zip(cost, coin.cost, strict=True)))
    found = await ledger.unused_coins(books.database, before=before)
    assert {
        (one.pool, one.country, one.currency): (one.coins, one.micro, one.tax_micro)
        for one in found
        if one.pool in {PAID, PRIZE}
    } == {key: (coins, cost.micro, cost.tax) for key, (coins, cost) in wanted.items()}
    # Promo coins cost nothing, and leave when somebody looks: only their number is compared.
    acts = [act for act in history if act.at < before]
    sums = balances(acts)
    held = sum(_promo_held(act) for act in acts)
    promo = sum(left for (number, _), left in sums.items() if number % 1000 == 110)
    aside = sum(left for (number, _), left in sums.items() if number % 1000 == ESCROW)
    assert sum(one.coins for one in found if one.pool == PROMO) == promo + held
    assert sum(one.coins for one in found if one.pool == "escrow") == aside


def _promo_held(act: Act) -> int:
    return act.pools[PROMO] * {HOLD: 1, POST: -1, VOID: -1}.get(act.shape, 0)


async def what_went_unused_is_known_for_ever(books: Books, world: World, *, period: Period) -> None:
    """Forfeited coins by month, pool and country, with what they had cost."""
    wanted: dict[tuple[object, ...], tuple[int, int]] = {}
    for coin in world.minted:
        went = coin.stays[-1][1]
        lot = coin.lot
        inside = (period.since is None or went >= period.since) and went < period.until
        if coin.fate == "forfeited" and lot.pool != PROMO and inside:
            key = (f"{went:%Y-%m}", lot.pool, lot.country, lot.currency)
            coins, micro = wanted.get(key, (0, 0))
            wanted[key] = coins + 1, micro + coin.cost.micro
    found = await ledger.breakage(books.database, period=period)
    assert {
        (one.month, one.pool, one.country, one.currency): (one.coins, one.micro)
        for one in found.gone
        if one.reason == "forfeited"
    } == wanted
