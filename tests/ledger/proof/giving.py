"""Rules of a purse: coins come in, are given, promised, limited, frozen and forfeited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.ledger import (
    Credit,
    DebtOrder,
    Forfeit,
    HoldOrder,
    Kind,
    Limits,
    OnExpiry,
    Seller,
    Spend,
    Spent,
)
from tests.ledger.proof import spending
from tests.ledger.proof.coins import PAID, PRIZE, PROMO, Hold, Person, Refused
from tests.ledger.proof.machine import CREATORS, ROOMS, STRANGER, Machine
from tests.ledger.proof.spending import Sale

picks = st.integers(0, 50)
sizes = st.one_of(st.integers(1, 40), st.integers(1, 4))
rates = st.sampled_from([0, 5_000, 7_003, 1_000_000])
creators = st.sampled_from(CREATORS)
gifts = st.tuples(picks, sizes, creators, st.integers(0, 60), rates, picks)


class Giving(Machine):
    """People buy and give."""

    @precondition(lambda self: self.rarely or self.somebody_is_poor)
    @rule(
        pick=picks, paid=sizes, gross=st.integers(0, 900), tax=st.integers(0, 12),
        fee=st.integers(0, 12), promo=st.one_of(st.just(0), sizes), days=st.integers(1, 40),
        store=st.booleans(), country=st.sampled_from(["US", "JP"]), currency=st.sampled_from(["", "", "", "KWD"]),
    )  # fmt: skip
    def recharge(
        self, pick: int, paid: int, gross: int, tax: int, fee: int, promo: int, days: int,
        store: bool, country: str, currency: str,
    ) -> None:  # fmt: skip
        """`tax` and `fee` are twelfths of the price, or of what is left of it; no store lives on tax."""
        person, source = self.person(pick), ids.make()
        currency = currency or person.currency
        taxed = gross * (min(tax, 11) if store else tax) // 12
        kept = (gross - taxed) * fee // 12
        party = 20 if store else 10
        sale = Sale(source, person, [], gross, taxed, kept, party, store)
        expires = self.world.now + timedelta(days=days) if promo else None
        key = self.key(person.account, "credit")

        def order(honest: bool) -> Awaitable[ledger.Credited]:
            made = Credit(
                id=ids.make(), account=person.account, key=key, body=b"pack" if honest else b"other",
                at=self.world.now, country=country, origin="sandbox", paid=paid, promo=promo,
                promo_expires=expires, price=Money(gross, currency), tax=Money(taxed, currency),
                fee=Money(kept, currency), source=source, clearing=party,
                seller=Seller.STORE if store else Seller.HOUSE,
            )  # fmt: skip
            return self.work(lambda connection: ledger.credit(connection, made))

        both = self.act(
            lambda: spending.credit(
                self.world, person, paid=paid, promo=promo, expires=expires, sale=sale,
                country=country, currency=currency,
            ),
            lambda: order(True),
        )  # fmt: skip
        if both:
            (act, repaid), credited = both
            assert (credited.seq, credited.repaid) == (act.seq, repaid)
            assert credited.balance == self.reader.running[person.account]
            self.remember(person.account, order, credited)

    @property
    def somebody_is_poor(self) -> bool:
        return any(person.spendable < 30 for person in self.world.people.values())

    @precondition(lambda self: self.rarely or self.somebody_is_poor)
    @rule(pick=picks, promo=sizes, days=st.one_of(st.none(), st.integers(1, 40)))
    def bonus(self, pick: int, promo: int, days: int | None) -> None:
        person = self.person(pick)
        expires = self.world.now + timedelta(days=days) if days else None
        key = self.key(person.account, "credit")

        def order(honest: bool) -> Awaitable[ledger.Credited]:
            made = Credit(
                id=ids.make(), account=person.account, key=key, body=b"bonus" if honest else b"other",
                at=self.world.now, country="US", origin="welcome", promo=promo, promo_expires=expires,
            )  # fmt: skip
            return self.work(lambda connection: ledger.credit(connection, made))

        both = self.act(
            lambda: spending.credit(
                self.world, person, paid=0, promo=promo, expires=expires, sale=None, country="US",
                currency="",
            ),
            lambda: order(True),
        )  # fmt: skip
        assert both is not None
        self.remember(person.account, order, both[1])

    @rule(wanted=st.lists(gifts, min_size=1, max_size=5), tap_again=st.booleans())
    def give(self, wanted: list[tuple[int, int, int, int, int, int]], tap_again: bool) -> None:
        """Several people at once; the gifts of one of them are judged in their order."""
        spends = [self._spend(*one) for one in wanted]
        if tap_again:
            spends.append(spends[0])
        stale = any(self.has_stale_promo(spend.account) for spend in spends)
        before = self.run(self.books.digest())
        # The plain books see them in the same order; a key that comes twice is one gift.
        expected: list[Any] = []
        for place, spend in enumerate(spends):
            expected.append(
                expected[0] if tap_again and place == len(spends) - 1 else self._judge(spend)
            )

        async def send() -> list[Spent | BaseException]:
            return await asyncio.gather(
                *(self.committer.spend(spend) for spend in spends), return_exceptions=True
            )

        outcomes = self.run(send())
        if all(isinstance(one, str) for one in expected) and not stale:
            assert self.run(self.books.digest()) == before
        self.look()
        for spend, act, outcome in zip(spends, expected, outcomes, strict=True):
            if isinstance(act, str):
                assert type(outcome).__name__ == act, (outcome, act)
                continue
            assert isinstance(outcome, Spent), outcome
            is_receipt(outcome, act)
            self.remember(spend.account, self._asking(spend), outcome, committed=True)

    def _spend(
        self, pick: int, coins: int, creator: int, diamonds: int, rate: int, room: int
    ) -> Spend:
        account = STRANGER if pick == 50 else self.person(pick).account
        return Spend(
            id=ids.make(), account=account, key=self.key(account, "person"), body=b"rose",
            kind=Kind.GIFT, creator=creator, coins=coins, diamonds=diamonds, at=self.world.now,
            place=ROOMS[room % len(ROOMS)], rate=rate,
        )  # fmt: skip

    def _asking(self, spend: Spend) -> Any:
        def ask(honest: bool) -> Awaitable[Spent]:
            again = Spend(
                id=ids.make(), account=spend.account, key=spend.key,
                body=spend.body if honest else b"lily", kind=spend.kind, creator=spend.creator,
                coins=spend.coins, diamonds=spend.diamonds, at=self.world.now, place=spend.place,
                rate=spend.rate,
            )  # fmt: skip
            return self.committer.spend(again)

        return ask

    def _judge(self, spend: Spend) -> Any:
        """The act, or why there is none."""
        if spend.account not in self.world.people:
            return "InsufficientCoins"
        try:
            return spending.gift(
                self.world, self.world.people[spend.account], coins=spend.coins,
                creator=spend.creator, diamonds=spend.diamonds, rate=spend.rate, place=spend.place,
            )  # fmt: skip
        except Refused as refusal:
            return refusal.word

    @rule(
        pick=picks, coins=sizes, creator=creators, diamonds=st.integers(0, 60),
        rate=st.one_of(st.none(), rates), hours=st.integers(1, 60), posts=st.booleans(),
        kind=st.sampled_from([Kind.GIFT, Kind.HIGHLIGHT, Kind.UNLOCK]),
    )  # fmt: skip
    def hold(
        self, pick: int, coins: int, creator: int, diamonds: int, rate: int | None, hours: int,
        posts: bool, kind: Kind,
    ) -> None:  # fmt: skip
        person, act = self.person(pick), ids.make()
        # No two end in the same moment, so there is one order in which the clock ends them.
        due = self.world.now + timedelta(hours=hours, microseconds=len(self.reader.history))
        key = self.key(person.account, "person")

        def order(honest: bool) -> Awaitable[ledger.Hold]:
            # Whoever asks again, later, asks for a later end too; what was promised first counts.
            made = HoldOrder(
                id=act, account=person.account, key=key, body=b"hold" if honest else b"other",
                kind=kind, creator=creator, coins=coins, diamonds=diamonds, at=self.world.now,
                due=max(due, self.world.now + timedelta(hours=1)),
                on_expiry=OnExpiry.POST if posts else OnExpiry.VOID, rate=rate,
            )  # fmt: skip
            return self.work(lambda connection: ledger.hold(connection, made))

        both = self.act(
            lambda: spending.hold(
                self.world, person, name=act, kind=kind, coins=coins, creator=creator,
                diamonds=diamonds, rate=rate, due=due, posts=posts,
            ),
            lambda: order(True),
        )  # fmt: skip
        if both:
            plain, made = both
            assert (made.promo, made.prize, made.paid) == (
                plain.coins[PROMO], plain.coins[PRIZE], plain.coins[PAID],
            )  # fmt: skip
            assert made.micro == plain.micro
            self.remember(person.account, order, made)

    @precondition(lambda self: any(person.holds for person in self.world.people.values()))
    @rule(pick=picks, posts=st.booleans())
    def end_hold(self, pick: int, posts: bool) -> None:
        """Open ones, ended ones and overdue ones."""
        holds = [(person, one) for person in self.world.people.values() for one in person.holds]
        person, made = holds[pick % len(holds)]
        verb = ledger.post_hold if posts else ledger.void_hold

        async def end() -> Any:
            async with self.books.database.work() as connection:
                return await verb(
                    connection,
                    account=person.account,
                    hold=made.id,
                    act=ids.make(),
                    at=self.world.now,
                )

        both = self.act(
            lambda: spending.end_hold(self.world, person, made, posts=posts, by_clock=False), end
        )
        if both and posts:
            is_receipt(both[1], both[0])

    def sweep_holds(self) -> None:
        """The clock ends what is due, the longest overdue first."""
        due: list[tuple[Person, Hold]] = [
            (person, hold)
            for person in self.world.people.values()
            for hold in person.holds
            if hold.state == "open" and hold.due <= self.world.now
        ]
        for person, hold in sorted(due, key=lambda one: one[1].due):
            spending.end_hold(self.world, person, hold, posts=hold.posts, by_clock=True)
            person.tidy(self.world.now)
        ended = self.run(ledger.resolve_due_holds(self.books.database, at=self.world.now))
        assert ended == len(due)
        self.look()

    @rule(
        pick=picks,
        word=st.sampled_from(["limit", "lift", "stop", "go"]),
        micro=st.integers(0, 3_000_000),
    )
    def steer(self, pick: int, word: str, micro: int) -> None:
        """Their owner sets limits, an operator pauses them."""
        person = self.person(pick)
        if word in {"stop", "go"}:
            person.paused = word == "stop"
            verb = ledger.freeze if person.paused else ledger.thaw
            self.run(self.work(lambda connection: verb(connection, account=person.account)))
            return
        if word == "limit":
            person.limits = {
                "day": micro,
                "week": 2 * micro if pick % 2 else None,
                "month": 3 * micro,
            }
        else:
            person.limits = {}
        limits = Limits(**person.limits)
        self.run(
            self.work(
                lambda connection: ledger.set_limits(
                    connection, account=person.account, limits=limits
                )
            )
        )

    @precondition(lambda self: self.rarely or any(one.debt for one in self.world.people.values()))
    @rule(pick=picks)
    def pay_debt(self, pick: int) -> None:
        person = self.person(pick)
        key = self.key(person.account, "debt")

        def order(honest: bool) -> Awaitable[ledger.DebtPaid]:
            made = DebtOrder(
                ids.make(), person.account, key, b"" if honest else b"other", self.world.now
            )
            return self.work(lambda connection: ledger.pay_debt(connection, made))

        both = self.act(lambda: spending.pay_debt(self.world, person), lambda: order(True))
        if both:
            assert (both[1].coins, both[1].left) == (both[0], person.debt)
            self.remember(person.account, order, both[1])

    @precondition(lambda self: self.rarely)
    @rule(pick=picks, unclaimed=st.frozensets(st.sampled_from(["US", "JP"])))
    def forfeit(self, pick: int, unclaimed: frozenset[str]) -> None:
        person = self.person(pick)
        key = self.key(person.account, "forfeit")

        def order(honest: bool) -> Awaitable[ledger.Forfeited]:
            made = Forfeit(
                ids.make(),
                person.account,
                key,
                b"" if honest else b"other",
                self.world.now,
                unclaimed,
            )
            return self.work(lambda connection: ledger.forfeit(connection, made))

        both = self.act(
            lambda: spending.forfeit(self.world, person, unclaimed_in=unclaimed),
            lambda: order(True),
        )
        if both is None:
            return
        act, gone = both
        if act is not None:
            assert (gone.paid, gone.prize, gone.promo, gone.micro) == (
                act.pools[PAID], act.pools[PRIZE], act.pools[PROMO], act.cost.micro,
            )  # fmt: skip
            self.remember(person.account, order, gone)


def is_receipt(outcome: Spent, act: Any) -> None:
    assert (outcome.promo, outcome.prize, outcome.paid) == (
        act.pools[PROMO], act.pools[PRIZE], act.pools[PAID],
    )  # fmt: skip
    assert (outcome.micro, outcome.tax_micro, outcome.fee_micro) == act.cost
    assert (outcome.seq, outcome.balance, outcome.currency) == (act.seq, act.balance, act.currency)
