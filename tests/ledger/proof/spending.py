"""What a person does with coins: buy them, give them, promise them, let them go (J1 to J4, J9)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.ledger.proof.coins import (
    NEVER,
    PAID,
    POOLS,
    PROMO,
    UNIT,
    Coin,
    Cost,
    Hold,
    Person,
    Refused,
    cost_of,
    counted,
)
from tests.ledger.proof.world import (
    COIN,
    CREDIT,
    FORFEIT,
    HELD,
    HOLD,
    OWED,
    POST,
    SPEND,
    VOID,
    Act,
    World,
)

GIFT, RECHARGE, BONUS, FORFEITED, DEBT_PAID = 160, 150, 151, 172, 190


@dataclass(eq=False)
class Sale:
    """A recharge, with its money in minor units. A store keeps its fee, and the tax is its own affair."""

    source: UUID
    person: Person
    coins: list[Coin]
    gross: int
    tax: int
    fee: int
    party: int
    store: bool
    claims: list[Any] = field(default_factory=list)

    @property
    def clearing(self) -> int:
        return self.party * 1000 + (312 if self.store else 310)

    def money(self, cost: Cost) -> tuple[int, int, int]:
        """Net, tax and fee that are undone when coins of this cost go back, each rounded down."""
        unit = UNIT[self.person.currency]
        net = cost.net // unit
        return (net, 0, min(cost.fee // unit, net)) if self.store else (net, cost.tax // unit, 0)


def credit(
    world: World,
    person: Person,
    *,
    paid: int,
    promo: int,
    expires: datetime | None,
    sale: Sale | None,
    country: str,
    currency: str,
) -> tuple[Act, int]:
    """Coins come in; a debt is paid first. Returns the act and the coins that paid a debt."""
    if sale and currency != person.currency:
        raise Refused("CurrencyMismatch")
    unit = UNIT[person.currency]
    cost = Cost(sale.gross * unit, sale.tax * unit, sale.fee * unit) if sale else Cost()
    source = sale.source if sale else None
    if sale:
        bought = world.lot(
            person, PAID, coins=paid, cost=cost, country=country, source=source, expires=NEVER
        )
        sale.coins = bought
        world.sales[sale.source] = sale
    world.lot(
        person, PROMO, coins=promo, cost=Cost(), country=country, source=source,
        expires=expires or NEVER,
    )  # fmt: skip
    pools = Counter({PAID: paid, PROMO: promo})
    act = Act(
        person.account, RECHARGE if paid else BONUS, CREDIT, world.now, pools, cost,
        currency=person.currency, sign=1, source=source,
    )  # fmt: skip
    act.move(1151, person.account * 1000 + 110, promo, COIN)
    act.move(1150, person.account * 1000 + 100, paid, COIN)
    if sale:
        net = sale.gross - sale.tax
        if sale.store:
            act.pay({sale.clearing: net - sale.fee, 1601: sale.fee}, {1400: net})
        else:
            act.pay({sale.clearing: sale.gross}, {1400: net, 1420: sale.tax})
    world.write(act)
    repaid = repay(world, person) if person.debt and person.free(PAID) else 0
    return act, repaid


def repay(world: World, person: Person) -> int:
    """The oldest free paid coins pay a debt; what was going to be earned with them is no loss now."""
    coins = min(person.debt, person.free(PAID))
    taken = person.line(PAID)[:coins]
    cost = cost_of(taken)
    person.leave(taken, "debt", at=world.now)
    person.debt -= coins
    act = Act(
        person.account, DEBT_PAID, SPEND, world.now, counted(taken), cost,
        currency=person.currency, sign=-1,
    )  # fmt: skip
    act.move(person.account * 1000 + 100, person.account * 1000 + OWED, coins, COIN)
    earned = cost.net // UNIT[person.currency]
    act.pay({1400: earned}, {1603: earned})
    world.write(act)
    return coins


def pay_debt(world: World, person: Person) -> int:
    if not person.debt:
        raise Refused("NothingOwed")
    if not person.free(PAID):
        raise Refused("InsufficientCoins")
    return repay(world, person)


def may_spend(person: Person, coins: int) -> Counter[str]:
    if person.frozen:
        raise Refused("SpendingFrozen")
    return person.split(coins)


def spent(world: World, act: Act, coins: list[Coin]) -> Act:
    """These coins went for this act, in this order."""
    for spot, coin in enumerate(coins):
        coin.act, coin.spot = act, spot
    act.coins = coins
    return world.write(act)


def gift(
    world: World,
    person: Person,
    *,
    coins: int,
    creator: int,
    diamonds: int,
    rate: int,
    place: UUID | None,
) -> Act:
    taken = person.next(may_spend(person, coins))
    cost = cost_of(taken)
    person.count(cost.micro, world.now)
    person.leave(taken, "spent", at=world.now)
    act = Act(
        person.account, GIFT, SPEND, world.now, counted(taken), cost, creator, diamonds, rate,
        person.currency, sign=-1, place=place,
    )  # fmt: skip
    act.from_pools(person.account, 1000 + GIFT)
    return spent(world, act, taken)


def hold(
    world: World,
    person: Person,
    *,
    name: UUID,
    kind: int,
    coins: int,
    creator: int,
    diamonds: int,
    rate: int | None,
    due: datetime,
    posts: bool,
) -> Hold:
    wanted = may_spend(person, coins)
    micro = cost_of(person.next(wanted, behind_promises=True)).micro
    person.count(micro, world.now)
    made = Hold(name, creator, kind, wanted, diamonds, rate, micro, world.now, due, posts)
    person.holds.append(made)
    act = Act(
        person.account, kind, HOLD, world.now, wanted, Cost(micro), creator,
        currency=person.currency, sign=-1,
    )  # fmt: skip
    act.from_pools(person.account, person.account * 1000 + HELD)
    world.write(act)
    return made


def end_hold(world: World, person: Person, made: Hold, *, posts: bool, by_clock: bool) -> Act:
    """Post or void; the clock does it only when the time is up, everybody else only before."""
    if made.state != "open":
        raise Refused("HoldPosted" if made.state == "posted" else "HoldVoided")
    if not by_clock and made.due <= world.now:
        raise Refused("HoldOverdue")
    taken = person.next(made.coins) if posts else []
    made.state = "posted" if posts else "voided"
    held = person.account * 1000 + HELD
    act = Act(
        person.account, made.kind, POST if posts else VOID, world.now, made.coins, cost_of(taken),
        made.creator, currency=person.currency, sign=0 if posts else 1,
    )  # fmt: skip
    if not posts:
        act.into_pools(held, person.account)
        person.give_back(made.micro, made.at)
        return world.write(act)
    act.move(held, 1000 + made.kind, made.coins.total(), COIN)
    act.diamonds, act.rate = made.diamonds, made.rate
    person.leave(taken, "spent", at=world.now)
    return spent(world, act, taken)


def forfeit(world: World, person: Person, *, unclaimed_in: frozenset[str]) -> Act | None:
    """Everything goes; nothing may be undecided."""
    aside = any(
        escrow.person is person and escrow.state == "open" for escrow in world.escrows.values()
    )
    if aside or len(person.coins) > person.spendable:
        raise Refused("CoinsPromised")
    if person.debt:
        raise Refused("CoinsOwed")
    if person.frozen:
        raise Refused("SpendingFrozen")
    coins = list(person.coins)
    if not coins:
        return None
    cost, unit = cost_of(coins), UNIT[person.currency]
    claimed = cost_of(coin for coin in coins if coin.lot.country in unclaimed_in).net // unit
    person.leave(coins, "forfeited", at=world.now)
    act = Act(
        person.account, FORFEITED, FORFEIT, world.now, counted(coins), cost,
        currency=person.currency, sign=-1,
    )  # fmt: skip
    for pool in POOLS:
        code = {PAID: 100, PROMO: 110}.get(pool, 120)
        target = 1173 if pool == PROMO else 1172
        act.move(person.account * 1000 + code, target, act.pools[pool], COIN)
    whole = cost.net // unit
    act.pay({1400: whole}, {1450: claimed, 1510: whole - claimed})
    return world.write(act)


def settled(world: World, *, cents: int, at: datetime) -> Act:
    """A provider's fee that we learn of late: it is booked for the day on which it was taken."""
    act = Act(1, 600, 0, at, currency="USD")
    act.pay({1600: cents}, {10_310: cents})
    return world.write(act)
