"""What a buyer or their bank takes back: refunds, disputes, debts and clawbacks (J6, J7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tests.ledger.proof.coins import (
    PAID,
    PROMO,
    UNIT,
    Coin,
    Cost,
    Person,
    Refused,
    cost_of,
    counted,
)
from tests.ledger.proof.spending import Sale
from tests.ledger.proof.world import (
    AVAILABLE,
    COIN,
    DIAMOND,
    DIAMONDS_OWED,
    HELD,
    HOLD,
    OTHER,
    OWED,
    PENDING,
    POST,
    SPEND,
    VOID,
    Act,
    Creator,
    World,
)

REFUND, LOST, OPENED, WON, CLAWED = 170, 171, 320, 310, 261


@dataclass(eq=False)
class Claim:
    """A refund or a dispute, and the coins that are set aside for it."""

    id: UUID
    word: str
    sale: Sale
    coins: list[Coin]
    amount: int = 0
    state: str = "open"
    owed: int = 0
    diamonds: int = 0

    @property
    def person(self) -> Person:
        return self.sale.person


def of_sale(sale: Sale, word: str, *states: str) -> list[Claim]:
    return [claim for claim in sale.claims if claim.word == word and claim.state in states]


def unspent(sale: Sale) -> list[Coin]:
    """The coins of a sale and its bonus that are free: those that would be spent last, where some are promised."""
    found = []
    for pool in (PAID, PROMO):
        own = [coin for coin in sale.person.line(pool) if coin.lot.source == sale.source]
        number = min(len(own), sale.person.free(pool))
        found += own[len(own) - number :]
    return found


def refunded(sale: Sale) -> tuple[int, int, int]:
    """Net, tax and fee that went back already."""
    back = [sale.money(cost_of(claim.coins)) for claim in of_sale(sale, "refund", "posted")]
    net, tax, fee = (sum(column) for column in zip((0, 0, 0), *back, strict=True))
    return net, tax, fee


def _no_dispute(sale: Sale) -> None:
    if of_sale(sale, "dispute", "open"):
        raise Refused("DisputeOpen")
    if of_sale(sale, "dispute", "lost"):
        raise Refused("DisputeLost")


def _aside(world: World, claim: Claim, kind: int) -> Act:
    """Put coins aside, behind all others; nothing happens to an empty list of them."""
    for coin in claim.coins:
        coin.mark = claim
    person = claim.person
    act = Act(
        person.account, kind, HOLD if claim.coins else OTHER, world.now, counted(claim.coins),
        cost_of(claim.coins), currency=person.currency, sign=-1,
    )  # fmt: skip
    act.from_pools(person.account, person.account * 1000 + HELD)
    claim.sale.claims.append(claim)
    person.claims.append(claim)
    world.claims[claim.id] = claim
    return world.write(act)


def hold_refund(world: World, sale: Sale, *, name: UUID) -> Claim:
    _no_dispute(sale)
    if of_sale(sale, "refund", "open"):
        raise Refused("RefundOpen")
    if sale.person.debt:
        raise Refused("CoinsOwed")
    coins = unspent(sale)
    cost, unit = cost_of(coins), UNIT[sale.person.currency]
    if not cost.net // unit + cost.tax // unit:
        raise Refused("NothingToRefund")
    claim = Claim(name, "refund", sale, coins)
    _aside(world, claim, REFUND)
    return claim


def end_refund(world: World, claim: Claim, *, paid: bool) -> Act:
    """Paid back by the provider, or not."""
    if claim.word != "refund":
        raise Refused("RefundNotFound")
    if claim.state != "open":
        raise Refused("RefundPosted" if claim.state == "posted" else "RefundVoided")
    if not paid:
        claim.state = "voided"
        return _given_back(world, claim, REFUND)
    claim.state = "posted"
    person, pools = claim.person, counted(claim.coins)
    person.leave(claim.coins, "refunded", at=world.now)
    cost = cost_of(claim.coins)
    act = Act(person.account, REFUND, POST, world.now, pools, cost, currency=person.currency)
    held = person.account * 1000 + HELD
    act.move(held, 1173, pools[PROMO], COIN)
    act.move(held, 1170, pools[PAID], COIN)
    net, tax, fee = claim.sale.money(cost)
    act.pay({1400: net, 1420: tax}, {claim.sale.clearing: net + tax - fee, 1601: fee})
    return world.write(act)


def _given_back(world: World, claim: Claim, kind: int) -> Act:
    person = claim.person
    for coin in claim.coins:
        coin.mark = None
    act = Act(
        person.account, kind, VOID if claim.coins else OTHER, world.now, counted(claim.coins),
        currency=person.currency, sign=1,
    )  # fmt: skip
    act.into_pools(person.account * 1000 + HELD, person.account)
    return world.write(act)


def open_dispute(
    world: World,
    sale: Sale,
    *,
    name: UUID,
    fee: int,
    currency: str,
) -> Claim:
    if fee and currency != sale.person.currency:
        raise Refused("CurrencyMismatch")
    _no_dispute(sale)
    net, tax, store_fee = refunded(sale)
    amount = sale.gross - sale.tax - sale.fee if sale.store else sale.gross
    amount -= net - store_fee if sale.store else net + tax
    if amount <= 0:
        raise Refused("RechargeRefunded")
    claim = Claim(name, "dispute", sale, unspent(sale), amount)
    act = _aside(world, claim, OPENED)
    act.pay({sale.party * 1000 + 320: amount, 1602: fee}, {sale.clearing: amount + fee})
    return claim


def _decidable(claim: Claim) -> None:
    if claim.word != "dispute":
        raise Refused("DisputeNotFound")
    if claim.state != "open":
        raise Refused("DisputeWon" if claim.state == "won" else "DisputeLost")


def win(world: World, claim: Claim) -> Act:
    _decidable(claim)
    claim.state = "won"
    act = _given_back(world, claim, WON)
    act.pay({claim.sale.clearing: claim.amount}, {claim.sale.party * 1000 + 320: claim.amount})
    return act


def lose(world: World, claim: Claim, *, clawback: str) -> Claim:
    """The money is gone: coins that are left go, coins that are gone are owed, creators give back."""
    _decidable(claim)
    sale, person = claim.sale, claim.person
    if of_sale(sale, "refund", "open"):
        raise Refused("RefundOpen")
    more = unspent(sale)
    cost = cost_of([*claim.coins, *more])
    refunds = refunded(sale)
    claim.state = "lost"
    person.leave([*claim.coins, *more], "clawed back", at=world.now)
    over = {"refunded", "clawed back", "forfeited"}
    claim.owed = sum(coin.fate not in over for coin in sale.coins)
    person.debt += claim.owed
    act = Act(
        person.account, LOST, POST if claim.coins else OTHER, world.now, counted(claim.coins),
        cost_of(claim.coins), currency=person.currency,
    )  # fmt: skip
    act.move(person.account * 1000 + HELD, 1171, len(claim.coins), COIN)
    act.move(person.account * 1000 + OWED, 1171, claim.owed, COIN)
    _loss(act, claim, cost=cost, refunds=refunds)
    world.write(act)
    if more:
        rest = Act(
            person.account, LOST, SPEND, world.now, counted(more), cost_of(more),
            currency=person.currency, sign=-1,
        )  # fmt: skip
        rest.from_pools(person.account, 1171)
        world.write(rest)
    if clawback != "nothing":
        claim.diamonds = _claw_back(world, sale, matured_too=clawback == "all")
    return claim


def _loss(act: Act, claim: Claim, *, cost: Cost, refunds: tuple[int, int, int]) -> None:
    """Dr 400 what was not earned yet, 420 tax that is not due, 603 the rest / Cr 320, 601."""
    sale, disputed = claim.sale, claim.sale.party * 1000 + 320
    unearned = cost.net // UNIT[sale.person.currency]
    tax = 0 if sale.store else sale.tax - refunds[1]
    commission = sale.fee - refunds[2] if sale.store else 0
    act.pay(
        {1400: unearned, 1420: tax, 1603: claim.amount + commission - unearned - tax},
        {disputed: claim.amount, 1601: commission},
    )


def _claw_back(world: World, sale: Sale, *, matured_too: bool) -> int:
    """Creators give back what these coins earned them: what is pending of that hour, then the rest."""
    spent = [coin for coin in sale.coins if coin.act is not None and coin.fate == "spent"]
    taken = 0
    for party in sorted({coin.act.party for coin in spent if coin.act.diamonds}):
        own = [coin for coin in spent if coin.act.party == party and coin.act.diamonds]
        own.sort(key=lambda coin: (coin.act.seq, coin.spot))
        taken += _from(world, world.creator(party), own, matured_too=matured_too)
    return taken


def _from(world: World, creator: Creator, coins: list[Coin], *, matured_too: bool) -> int:
    pending: Counter[datetime] = Counter()
    matured = worth = 0
    left = {at: hour.pending for at, hour in creator.hours.items()}
    for coin in coins:
        act = coin.act
        diamonds = _of_coin(act, coin.spot)
        hour = act.at.replace(minute=0, second=0, microsecond=0)
        from_pending = min(diamonds, left[hour])
        left[hour] -= from_pending
        pending[hour] += from_pending
        rest = diamonds - from_pending if matured_too else 0
        matured += rest
        worth += (from_pending + rest) * (act.rate or 0)
    if not pending.total() + matured:
        return 0
    for at, diamonds in pending.items():
        creator.hours[at].clawed += diamonds
    available = min(creator.available, matured)
    creator.available -= available
    creator.debt += matured - available
    currency = coins[0].lot.currency
    act = Act(creator.party, CLAWED, OTHER, world.now, currency=currency)
    party = creator.party * 1000
    act.move(party + PENDING, 1261, pending.total(), DIAMOND)
    act.move(party + AVAILABLE, 1261, available, DIAMOND)
    act.move(party + DIAMONDS_OWED, 1261, matured - available, DIAMOND)
    act.pay({1410: worth // UNIT[currency]}, {1603: worth // UNIT[currency]})
    world.write(act)
    return pending.total() + matured


def _of_coin(act: Act, spot: int) -> int:
    """The diamonds that one coin of an act earned; an act's coins share them like a lot its price."""
    coins = act.pools.total()
    return act.diamonds * (spot + 1) // coins - act.diamonds * spot // coins
