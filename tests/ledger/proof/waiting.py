"""Rules of what is put aside: escrow, pots and prizes, memberships, and time, which ends things."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.ledger import (
    Booking,
    EscrowOrder,
    EscrowReturn,
    Kind,
    Leg,
    PotClose,
    Prize,
    Release,
    Subscription,
)
from tests.ledger.proof import aside, spending
from tests.ledger.proof.aside import Escrow, Membership, Pot, Win
from tests.ledger.proof.coins import PAID, PRIZE, PROMO
from tests.ledger.proof.giving import Giving, creators, is_receipt, picks, sizes
from tests.ledger.proof.machine import STRANGER

wins = st.tuples(st.integers(0, 3), st.integers(1, 5), st.booleans(), st.sampled_from(["US", "JP"]))


class Waiting(Giving):
    """Coins leave for later; time passes."""

    memberships: list[Membership]

    @rule(
        pick=picks, coins=sizes, pot=st.one_of(st.none(), st.none(), picks),
        kind=st.sampled_from([Kind.MEMBERSHIP, Kind.UNLOCK]),
    )  # fmt: skip
    def put(self, pick: int, coins: int, pot: int | None, kind: Kind) -> None:
        person, act = self.person(pick), ids.make()
        pots = list(self.world.pots.values())
        into: Pot | None = pots[pot % len(pots)] if pot is not None and pots else None
        kind = Kind.EVENT_FEE if into else kind
        key = self.key(person.account, "person")

        def order(honest: bool) -> Awaitable[ledger.Escrow]:
            made = EscrowOrder(
                id=act, account=person.account, key=key, body=b"put" if honest else b"other",
                kind=kind, coins=coins, at=self.world.now, pot=into.id if into else None,
            )  # fmt: skip
            return self.work(lambda connection: ledger.put_in_escrow(connection, made))

        both = self.act(
            lambda: aside.put(self.world, person, name=act, kind=kind, coins=coins, pot=into),
            lambda: order(True),
        )
        if both:
            plain, made = both
            pools = plain.act.pools
            assert (made.promo, made.prize, made.paid) == (pools[PROMO], pools[PRIZE], pools[PAID])
            assert (made.micro, made.tax_micro, made.fee_micro) == plain.act.cost
            self.remember(person.account, order, made)

    def _escrow(self, pick: int, *, own: bool = False) -> Escrow | None:
        escrows = [one for one in self.world.escrows.values() if not own or one.pot is None]
        return escrows[pick % len(escrows)] if escrows else None

    @precondition(lambda self: self.world.escrows)
    @rule(pick=picks, coins=sizes, creator=creators, diamonds=st.integers(0, 60))
    def release(self, pick: int, coins: int, creator: int, diamonds: int) -> None:
        escrow = self._escrow(pick, own=True)
        if escrow is None:
            return
        account = escrow.person.account
        key = self.key(account, "escrow")

        def order(honest: bool) -> Awaitable[ledger.Spent]:
            made = Release(
                id=ids.make(), account=account, escrow=escrow.id, key=key,
                body=b"" if honest else b"other", creator=creator, coins=coins, diamonds=diamonds,
                at=self.world.now,
            )  # fmt: skip
            return self.work(lambda connection: ledger.release_escrow(connection, made))

        both = self.act(
            lambda: aside.release(
                self.world, escrow, coins=coins, creator=creator, diamonds=diamonds
            ),
            lambda: order(True),
        )
        if both:
            is_receipt(both[1], both[0])
            self.remember(account, order, both[1])

    @precondition(lambda self: self.world.escrows)
    @rule(pick=picks, stranger=st.booleans())
    def back(self, pick: int, stranger: bool) -> None:
        """Entries of open pots too; nobody takes back what is somebody else's."""
        escrow = self._escrow(pick)
        assert escrow is not None
        account = escrow.person.account
        key = self.key(account, "escrow")

        def order(honest: bool, by: int = account) -> Awaitable[ledger.EscrowReturned]:
            made = EscrowReturn(
                id=ids.make(), account=by, escrow=escrow.id, key=key,
                body=b"" if honest else b"other", at=self.world.now,
            )  # fmt: skip
            return self.work(lambda connection: ledger.return_escrow(connection, made))

        if stranger:
            others = [one for one in self.world.people if one != account]
            self.refused("EscrowNotFound", lambda: order(True, others[pick % len(others)]))
        both = self.act(lambda: aside.back(self.world, escrow), lambda: order(True))
        if both:
            act, returned = both
            assert (returned.seq, returned.micro) == (act.seq, act.cost.micro)
            self.remember(account, order, returned)

    @precondition(lambda self: sum(pot.state == "open" for pot in self.world.pots.values()) < 2)
    @rule(currency=st.sampled_from(["USD", "USD", "JPY"]))
    def open_pot(self, currency: str) -> None:
        pot = ids.make()

        async def make() -> int:
            async with self.books.database.work() as connection:
                return await ledger.open_pot(
                    connection, pot=pot, currency=currency, at=self.world.now
                )

        party = self.run(make())
        assert self.run(make()) == party
        self.world.pots[pot] = Pot(pot, party, currency)

    @precondition(lambda self: any(pot.entries for pot in self.world.pots.values()))
    @rule(
        pick=picks,
        fee=st.integers(0, 10),
        wanted=st.lists(wins, max_size=3),
        honest=st.sampled_from([True, True, True, False]),
    )
    def close_pot(
        self, pick: int, fee: int, wanted: list[tuple[int, int, bool, str]], honest: bool
    ) -> None:
        """The fee is some tenths; the prizes share the rest by their weight, to the last coin."""
        pot = list(self.world.pots.values())[pick % len(self.world.pots)]
        lying = sum(len(entry.coins) for entry in pot.entries)
        kept = lying * fee // 10
        prizes = self._prizes(lying - kept, wanted)
        if not prizes:
            kept = lying
        kept += 0 if honest else 1
        key = self.key(pot.party, "pot")

        def order(honest: bool) -> Awaitable[ledger.PotClosed]:
            made = PotClose(
                id=ids.make(), pot=pot.id, key=key, body=b"" if honest else b"other",
                at=self.world.now, fee=kept, prizes=tuple(
                    Prize(win.id, win.account, win.coins, win.country, win.diamonds) for win in prizes
                ),
            )  # fmt: skip
            return self.work(lambda connection: ledger.close_pot(connection, made))

        both = self.act(
            lambda: aside.close_pot(self.world, pot, fee=kept, wins=prizes), lambda: order(True)
        )
        if both:
            micros, closed = both
            assert (closed.coins, closed.fee) == (lying, kept)
            assert [closed.fee_micro, *(award.micro for award in closed.awards)] == micros
            self.remember(pot.party, order, closed)

    def _prizes(self, coins: int, wanted: list[tuple[int, int, bool, str]]) -> list[Win]:
        weights = [weight for _, weight, _, _ in wanted]
        parts = [
            coins * sum(weights[: place + 1]) // sum(weights)
            - coins * sum(weights[:place]) // sum(weights)
            for place in range(len(weights))
        ]
        people = [*self.world.people, STRANGER]
        return (
            [
                Win(ids.make(), people[who % len(people)], part, country, part if cash else 0)
                for (who, _, cash, country), part in zip(wanted, parts, strict=True)
                if part
            ]
            if coins
            else []
        )

    @precondition(lambda self: any(pot.entries for pot in self.world.pots.values()))
    @rule(pick=picks)
    def cancel_pot(self, pick: int) -> None:
        pot = list(self.world.pots.values())[pick % len(self.world.pots)]
        key = self.key(pot.party, "pot")

        async def cancel(honest: bool) -> None:
            async with self.books.database.work() as connection:
                await ledger.cancel_pot(
                    connection,
                    pot=pot.id,
                    key=key,
                    body=b"" if honest else b"other",
                    at=self.world.now,
                )

        if self.act(lambda: aside.cancel_pot(pot), lambda: cancel(True)):
            self.remember(pot.party, cancel, None)

    @precondition(lambda self: any(pot.state == "cancelled" for pot in self.world.pots.values()))
    @rule()
    def return_cancelled(self) -> None:
        returned = aside.return_cancelled(self.world)
        assert self.run(ledger.return_cancelled(self.books.database, at=self.world.now)) == returned
        self.look()

    @precondition(lambda self: self.rarely)
    @rule(
        pick=picks, gross=st.integers(1, 2000), tax=st.integers(0, 5), share=st.integers(0, 12),
        diamonds=st.integers(0, 90), periods=st.integers(1, 12), creator=creators,
    )  # fmt: skip
    def subscribe(
        self, pick: int, gross: int, tax: int, share: int, diamonds: int, periods: int, creator: int
    ) -> None:
        person, act = self.person(pick), ids.make()
        taxed = gross * tax // 12
        made = Membership(
            act, person.account, person.currency, creator, gross - taxed,
            (gross - taxed) * share // 12, diamonds, periods,
        )  # fmt: skip
        key = self.key(person.account, "subscription")

        def order(honest: bool) -> Awaitable[int]:
            subscription = Subscription(
                id=act, account=person.account, key=key, body=b"" if honest else b"other",
                at=self.world.now, price=Money(gross, person.currency),
                tax=Money(taxed, person.currency), share=Money(made.share, person.currency),
                creator=creator, diamonds=diamonds, periods=periods, clearing=10,
            )  # fmt: skip
            return self.work(lambda connection: ledger.defer_subscription(connection, subscription))

        both = self.act(lambda: aside.defer(self.world, made, tax=taxed), lambda: order(True))
        assert both is not None
        assert both[0].seq == both[1]
        self.memberships.append(made)
        self.remember(person.account, order, both[1])

    @precondition(lambda self: self.memberships)
    @rule(pick=picks, passed=st.integers(0, 12))
    def earn(self, pick: int, passed: int) -> None:
        """A number that was reached before earns nothing again."""
        made = self.memberships[pick % len(self.memberships)]
        upto = min(passed, made.periods)

        async def pass_by() -> ledger.Earned:
            async with self.books.database.work() as connection:
                return await ledger.earn_subscription(
                    connection,
                    account=made.account,
                    subscription=made.id,
                    passed=upto,
                    at=self.world.now,
                )

        both = self.act(lambda: aside.earn(self.world, made, passed=upto), pass_by)
        assert both is not None
        earned = both[1]
        assert (earned.share, earned.revenue, earned.diamonds) == both[0]

    @rule(hours=st.one_of(st.integers(1, 48), st.integers(100, 1000)), swept=st.booleans())
    def time_passes(self, hours: int, swept: bool) -> None:
        self.world.now += timedelta(hours=hours)
        for person in self.world.people.values():
            person.tidy(self.world.now)
        if swept:
            self.sweep_holds()
            self.run(ledger.expire_promos(self.books.database, at=self.world.now))
            self.look()
            assert not any(person.unswept for person in self.world.people.values())

    @precondition(lambda self: self.done)
    @rule(pick=picks, honest=st.booleans())
    def ask_again(self, pick: int, honest: bool) -> None:
        self.repeat(self.done[-1 - pick % len(self.done)], honest=honest)

    @precondition(lambda self: self.rarely)
    @rule(cents=st.integers(1, 90), days=st.integers(0, 60))
    def learn_of_a_fee(self, cents: int, days: int) -> None:
        """Booked now, for a day that is over: statements of that day get one line more."""
        at = self.world.now - timedelta(days=days)
        key = self.key(1, "booking")

        def order(honest: bool) -> Awaitable[int]:
            made = Booking(
                id=ids.make(), account=1, key=key, body=b"" if honest else b"other",
                kind=Kind.PROVIDER_FEE, at=at, legs=(Leg(1600, 10_310, cents, 840),),
            )  # fmt: skip
            return self.work(lambda connection: ledger.book(connection, made))

        both = self.act(
            lambda: spending.settled(self.world, cents=cents, at=at), lambda: order(True)
        )
        assert both is not None
        self.remember(1, order, both[1])
