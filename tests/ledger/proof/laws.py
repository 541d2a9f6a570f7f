"""What must be true after every step: what people are shown, and the laws of the books."""

from __future__ import annotations

from collections import Counter

from largesse import ledger
from tests.ledger.conftest import Books
from tests.ledger.proof.coins import (
    NEVER,
    PAID,
    POOLS,
    PRIZE,
    PROMO,
    UNIT,
    Person,
    cost_of,
    periods,
)
from tests.ledger.proof.earnings import released
from tests.ledger.proof.reading import balances
from tests.ledger.proof.world import (
    ASSET,
    AVAILABLE,
    COIN,
    DIAMOND,
    DIAMONDS_OWED,
    ESCROW,
    HELD,
    OWED,
    PENDING,
    WITHDRAWING,
    Act,
    World,
)


async def the_purse_is_the_list(books: Books, world: World, person: Person) -> None:
    """Every number that a person is shown."""
    async with books.database.read() as connection:
        purse = await ledger.purse(connection, person.account, at=world.now)
    assert {PROMO: purse.promo, PRIZE: purse.prize, PAID: purse.paid} == {
        pool: person.free(pool) for pool in POOLS
    }
    assert {PROMO: purse.held_promo, PRIZE: purse.held_prize, PAID: purse.held_paid} == {
        pool: person.promised(pool) + person.set_aside(pool) for pool in POOLS
    }
    assert purse.basis_micro == cost_of(person.coins).micro
    assert (purse.debt, purse.currency) == (person.debt, person.currency)
    reasons = {
        word
        for word, is_so in (
            ("OPERATOR", person.paused),
            ("DISPUTE", person.disputed),
            ("DEBT", person.debt > 0),
        )
        if is_so
    }
    assert {reason.name for reason in purse.frozen_for} == reasons
    assert (purse.spent_day_micro, purse.spent_week_micro, purse.spent_month_micro) == tuple(
        person.used[key] for key in periods(world.now).items()
    )
    limits = purse.limits
    assert {"day": limits.day, "week": limits.week, "month": limits.month} == {
        name: person.limits.get(name) for name in ("day", "week", "month")
    }
    if line := person.line(PROMO):
        assert (purse.promo_until or NEVER) <= line[0].lot.expires


async def the_next_coins_cost_what_they_cost(
    books: Books, world: World, person: Person, coins: int
) -> None:
    """What is shown before a gift is sent."""
    async with books.database.read() as connection:
        basis = await ledger.next_basis(connection, person.account, coins=coins, at=world.now)
    wanted = person.split(min(coins, person.spendable))
    cost = cost_of(person.next(wanted))
    assert (basis.promo, basis.prize, basis.paid) == (wanted[PROMO], wanted[PRIZE], wanted[PAID])
    assert (basis.micro, basis.tax_micro, basis.fee_micro) == cost


async def diamonds_are_where_they_should_be(books: Books, world: World) -> None:
    for creator in world.creators.values():
        async with books.database.read() as connection:
            found = await ledger.diamonds(connection, creator.party)
        assert found == ledger.Diamonds(
            creator.pending, creator.available, creator.withdrawing, creator.redeemed, creator.debt
        )


def the_laws_hold(world: World, history: list[Act]) -> None:
    """What lies where, counted from the objects, is what the legs of all acts leave (invariants 8 to 10, 13)."""
    sums = balances(history)
    _coins_are_somewhere(world, sums)
    for creator in world.creators.values():
        party = creator.party * 1000
        in_flight: Counter[int] = Counter()
        for payout in creator.payouts:
            in_flight[ASSET[payout.currency]] += payout.amount * (payout.state == "requested")
        assert all(sums[party + 411, asset] == in_flight[asset] for asset in ASSET.values())
        assert (
            sums[party + PENDING, DIAMOND], sums[party + AVAILABLE, DIAMOND],
            sums[party + WITHDRAWING, DIAMOND], -sums[party + DIAMONDS_OWED, DIAMOND],
        ) == (creator.pending, creator.available, creator.withdrawing, creator.debt)  # fmt: skip
        assert min(creator.pending, creator.available, creator.withdrawing, creator.debt) >= 0
        assert not (creator.debt and creator.available)
    disputed: Counter[tuple[int, int]] = Counter()
    for claim in world.claims.values():
        if claim.word == "dispute" and claim.state == "open":
            disputed[claim.sale.party * 1000 + 320, ASSET[claim.person.currency]] += claim.amount
    receivable = {key: -left for key, left in sums.items() if key[0] % 1000 == 320 and left}
    assert receivable == +disputed
    for currency in UNIT:
        _deferred_is_what_coins_cost(world, history, sums, currency)


def _coins_are_somewhere(world: World, sums: Counter[tuple[int, int]]) -> None:
    aside: Counter[int] = Counter()
    for escrow in world.escrows.values():
        aside[escrow.holder] += len(escrow.coins)
    for person in world.people.values():
        party = person.account * 1000
        promised = {pool: person.promised(pool) + person.set_aside(pool) for pool in POOLS}
        assert sums[party + 100, COIN] == person.free(PAID) >= 0
        assert sums[party + 110, COIN] == person.free(PROMO) + person.unswept
        assert sums[party + 120, COIN] == person.free(PRIZE) >= 0
        assert sums[party + HELD, COIN] == sum(promised.values())
        assert -sums[party + OWED, COIN] == person.debt
    for holder, coins in aside.items():
        assert sums[holder * 1000 + ESCROW, COIN] == coins
    issued = -sums[1150, COIN] - sums[1151, COIN]
    owed = sum(person.debt for person in world.people.values())
    kept = sum(len(person.coins) + person.unswept for person in world.people.values())
    gone = sum(left for (number, _), left in sums.items() if 1160 <= number <= 1173)
    assert issued + owed == kept + aside.total() + gone


def _deferred_is_what_coins_cost(
    world: World, history: list[Act], sums: Counter[tuple[int, int]], currency: str
) -> None:
    """Invariant 10: what is not earned yet is the net cost of unspent coins, to the minor unit.

    Each act that undoes whole minor units of its own may leave less than one behind.
    """
    unit, asset = UNIT[currency], ASSET[currency]
    unspent = sum(
        coin.cost.net
        for person in world.people.values()
        if person.currency == currency
        for coin in person.coins
    )
    unspent += sum(
        coin.cost.net
        for escrow in world.escrows.values()
        if escrow.person.currency == currency
        for coin in escrow.coins
    )
    waiting = sum(
        micro
        for act in history
        if act.seq > world.booked and act.currency == currency
        for (debit, _), micro in released(act).items()
        if debit == 1400
    )
    gone = sum(
        micro for (of, debit, _), micro in world.released.items() if (of, debit) == (currency, 1400)
    )
    others = sum(
        act.kind not in {150, 400} and any(key[1:] == (1400, asset) for key in act.sides)
        for act in history
    )
    books = sums[1400, asset] * unit
    assert abs(books - unspent - waiting - gone % unit) <= others * unit
