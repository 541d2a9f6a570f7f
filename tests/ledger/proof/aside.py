"""Coins that left for something later: escrow, pots and prizes, memberships paid in money (J5, J10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from tests.ledger.proof.coins import (
    NEVER,
    PAID,
    PRIZE,
    Coin,
    Cost,
    Person,
    Refused,
    cost_of,
    counted,
    shares,
)
from tests.ledger.proof.spending import may_spend, spent
from tests.ledger.proof.world import (
    AWARD,
    BACK,
    COIN,
    ESCROW,
    OTHER,
    PUT,
    RELEASE,
    Act,
    World,
)

MEMBERSHIP, EVENT_FEE, CASH_PRIZE, PRIZE_WON, MEMBERSHIP_PAID = 162, 163, 164, 120, 401


@dataclass(eq=False)
class Pot:
    """Where entries lie. `party` is its number in the books."""

    id: UUID
    party: int
    currency: str
    state: str = "open"
    entries: list[Escrow] = field(default_factory=list)


@dataclass(eq=False)
class Escrow:
    """Coins in the order in which they will be spent."""

    id: UUID
    person: Person
    kind: int
    coins: list[Coin]
    act: Act
    pot: Pot | None
    state: str = "open"

    @property
    def holder(self) -> int:
        return self.pot.party if self.pot else self.person.account


@dataclass(frozen=True)
class Win:
    """What somebody wins."""

    id: UUID
    account: int
    coins: int
    country: str
    diamonds: int


def put(
    world: World, person: Person, *, name: UUID, kind: int, coins: int, pot: Pot | None
) -> Escrow:
    if pot and pot.state != "open":
        raise Refused("PotEnded")
    if pot and pot.currency != person.currency:
        raise Refused("CurrencyMismatch")
    taken = person.next(may_spend(person, coins))
    cost = cost_of(taken)
    person.count(cost.micro, world.now)
    person.leave(taken, "aside", at=world.now)
    holder = pot.party if pot else person.account
    act = Act(
        person.account, kind, PUT, world.now, counted(taken), cost, holder,
        currency=person.currency, sign=-1,
    )  # fmt: skip
    act.from_pools(person.account, holder * 1000 + ESCROW)
    world.write(act)
    escrow = world.escrows[name] = Escrow(name, person, kind, taken, act, pot)
    if pot:
        pot.entries.append(escrow)
    return escrow


def still_open(escrow: Escrow) -> None:
    if escrow.state != "open":
        raise Refused("EscrowSpent" if escrow.state == "spent" else "EscrowReturnedAlready")


def release(world: World, escrow: Escrow, *, coins: int, creator: int, diamonds: int) -> Act:
    still_open(escrow)
    if coins > len(escrow.coins):
        raise Refused("EscrowShort")
    taken, escrow.coins = escrow.coins[:coins], escrow.coins[coins:]
    if not escrow.coins:
        escrow.state = "spent"
    for coin in taken:
        coin.fate = "spent"
    account = escrow.person.account
    act = Act(
        account, escrow.kind, RELEASE, world.now, counted(taken), cost_of(taken), creator, diamonds,
        currency=escrow.person.currency,
    )  # fmt: skip
    act.move(account * 1000 + ESCROW, 1000 + escrow.kind, coins, COIN)
    return spent(world, act, taken)


def back(world: World, escrow: Escrow) -> Act:
    """What is left is where it was, whatever came and went meanwhile."""
    still_open(escrow)
    coins, escrow.coins, escrow.state = escrow.coins, [], "returned"
    for coin in coins:
        coin.come(world.now)
    person, cost = escrow.person, cost_of(coins)
    person.coins += coins
    person.give_back(cost.micro, escrow.act.at)
    act = Act(
        person.account, escrow.kind, BACK, world.now, counted(coins), cost, escrow.holder,
        currency=person.currency, sign=1,
    )  # fmt: skip
    act.into_pools(escrow.holder * 1000 + ESCROW, person.account)
    return world.write(act)


def close_pot(world: World, pot: Pot, *, fee: int, wins: list[Win]) -> list[int]:
    """The fee, then the prizes, as if the pot were one lot. Returns what each of them had cost."""
    if pot.state != "open":
        raise Refused("PotEnded")
    lying = [coin for entry in pot.entries for coin in entry.coins]
    if len(lying) != fee + sum(win.coins for win in wins):
        raise Refused("PotNotSharedOut")
    for win in wins:
        if not win.diamonds and win.account not in world.people:
            raise Refused("NotFound")
    for win in wins:
        if not win.diamonds and world.people[win.account].currency != pot.currency:
            raise Refused("CurrencyMismatch")
    costs = list(zip(*(shares(total, len(lying)) for total in cost_of(lying)), strict=True))
    parts, first = [], 0
    for size in (fee, *(win.coins for win in wins)):
        parts.append(
            Cost(
                *(
                    sum(column)
                    for column in zip((0, 0, 0), *costs[first : first + size], strict=True)
                )
            )
        )
        first += size
    pot.state = "closed"
    for coin in lying:
        coin.fate = "shared out"
    for entry in pot.entries:
        if entry.state == "open":
            entry.coins, entry.state = [], "spent"
    if fee:
        _share(world, pot, EVENT_FEE, coins=fee, cost=parts[0])
    for win, cost in zip(wins, parts[1:], strict=True):
        if win.diamonds:
            _share(world, pot, CASH_PRIZE, coins=win.coins, cost=cost, win=win)
        else:
            _award(world, pot, win, cost=cost)
    return [cost.micro for cost in parts]


def _share(
    world: World, pot: Pot, kind: int, *, coins: int, cost: Cost, win: Win | None = None
) -> None:
    act = Act(
        pot.party, kind, RELEASE, world.now, Counter({PAID: coins}), cost,
        win.account if win else None, win.diamonds if win else 0, currency=pot.currency,
    )  # fmt: skip
    act.move(pot.party * 1000 + ESCROW, 1000 + kind, coins, COIN)
    world.write(act)


def _award(world: World, pot: Pot, win: Win, *, cost: Cost) -> None:
    winner = world.people[win.account]
    world.lot(
        winner, PRIZE, coins=win.coins, cost=cost, country=win.country, source=pot.id, expires=NEVER
    )
    act = Act(
        winner.account, PRIZE_WON, AWARD, world.now, Counter({PRIZE: win.coins}), cost, pot.party,
        currency=pot.currency, sign=1, source=pot.id,
    )  # fmt: skip
    act.into_pools(pot.party * 1000 + ESCROW, winner.account)
    world.write(act)


def cancel_pot(pot: Pot) -> None:
    if pot.state != "open":
        raise Refused("PotEnded")
    pot.state = "cancelled"


def return_cancelled(world: World) -> int:
    """Everything in cancelled pots goes home."""
    waiting = [
        escrow
        for escrow in world.escrows.values()
        if escrow.state == "open" and escrow.pot and escrow.pot.state == "cancelled"
    ]
    for escrow in sorted(waiting, key=lambda one: (one.person.account, one.id)):
        back(world, escrow)
    return len(waiting)


@dataclass(eq=False)
class Membership:
    """Paid in money; earned a period at a time."""

    id: UUID
    account: int
    currency: str
    creator: int
    net: int
    share: int
    diamonds: int
    periods: int
    passed: int = 0


def defer(world: World, made: Membership, *, tax: int) -> Act:
    act = Act(
        made.account, MEMBERSHIP_PAID, OTHER, world.now, party=made.creator, currency=made.currency
    )
    act.pay({10_310: made.net + tax}, {1401: made.net, 1420: tax})
    return world.write(act)


def earn(world: World, made: Membership, *, passed: int) -> tuple[int, int, int]:
    """The periods up to this one are over: the share, our revenue and the diamonds of the new ones."""
    first, made.passed = made.passed, max(made.passed, passed)
    share, revenue, diamonds = (
        sum(shares(total, made.periods)[first : made.passed])
        for total in (made.share, made.net - made.share, made.diamonds)
    )
    if share or revenue or diamonds:
        act = Act(
            made.account, MEMBERSHIP, OTHER, world.now, party=made.creator, diamonds=diamonds,
            currency=made.currency,
        )  # fmt: skip
        act.pay({1401: share + revenue}, {1410: share, 1502: revenue})
        world.write(act)
    return share, revenue, diamonds
