"""Rules of what is taken back and what is earned: refunds, disputes, payouts, and the jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import Money
from largesse.ledger import (
    ClaimState,
    Clawback,
    Decision,
    DisputeOrder,
    Kind,
    PayoutOrder,
    RefundOrder,
)
from tests.ledger.proof import claims, earnings
from tests.ledger.proof.aside import Membership
from tests.ledger.proof.claims import Claim
from tests.ledger.proof.coins import PAID, PROMO, cost_of, counted
from tests.ledger.proof.earnings import Payout
from tests.ledger.proof.giving import picks
from tests.ledger.proof.spending import Sale
from tests.ledger.proof.waiting import Waiting

Verb = Callable[[Connection, Decision], Awaitable[Any]]


class Claiming(Waiting):
    """Buyers, banks and creators ask for money."""

    memberships: list[Membership]
    matured_at: int = 0

    def begin(self) -> None:
        """Everybody has bought something and given some of it; there is an event to enter."""
        self.memberships = []
        for place in range(3):
            self.recharge(place, 30, 500, 1, 2, 6, 3, place == 1, "US", "")
        for _ in range(2):
            self.open_pot("USD")
        for place in range(2):
            self.put(place, 8, 0, Kind.EVENT_FEE)
            self.put(place, 5, None, Kind.MEMBERSHIP)
        self.close_pot(0, 2, [(0, 2, False, "JP"), (1, 1, False, "US"), (2, 1, True, "US")], True)
        self.give(
            [(0, 2, 2001, 9, 7_003, 0), (1, 9, 2002, 9, 5_000, 0), (2, 8, 2002, 8, 7_003, 1)], False
        )
        self.hold(2, 5, 2001, 5, 7_003, 30, True, Kind.HIGHLIGHT)
        self.roll_up()
        self.mature(0, 0, True)
        self.give([(0, 1, 2001, 1, 7_003, 0), (1, 3, 2001, 3, 7_003, 0)], False)

    def _sale(self, pick: int) -> Sale:
        sales: list[Sale] = list(self.world.sales.values())
        return sales[pick % len(sales)]

    def claims(self, word: str, *states: str) -> list[Claim]:
        return [
            claim
            for claim in self.world.claims.values()
            if claim.word == word and (not states or claim.state in states)
        ]

    def _claim(self, pick: int, word: str) -> Claim:
        """Mostly an open one of these, sometimes one that has ended, or one of the others."""
        chosen = self.claims(word, "open") if pick % 8 else list(self.world.claims.values())
        chosen = chosen or self.claims(word)
        return chosen[-1 - pick % len(chosen)]

    def _decision(self, account: int, on: UUID, verb: Verb) -> Callable[[bool], Awaitable[Any]]:
        key = self.key(account, "decision")

        def order(honest: bool) -> Awaitable[Any]:
            made = Decision(
                ids.make(), account, on, key, b"" if honest else b"other", self.world.now
            )
            return self.work(lambda connection: verb(connection, made))

        return order

    @precondition(lambda self: self.rarely or len(self.claims("refund", "open")) < 2)
    @rule(pick=picks)
    def hold_refund(self, pick: int) -> None:
        sale, act = self._sale(pick), ids.make()
        account = sale.person.account
        key = self.key(account, "refund")

        def order(honest: bool, by: int = account) -> Awaitable[ledger.Refund]:
            made = RefundOrder(
                act,
                by,
                sale.source,
                key if by == account else f"not mine {act}",
                b"" if honest else b"other",
                self.world.now,
            )
            return self.work(lambda connection: ledger.hold_refund(connection, made))

        if pick % 9 == 5:
            others = [one for one in self.world.people if one != account]
            self.refused("NotFound", lambda: order(True, others[0]))
        both = self.act(lambda: claims.hold_refund(self.world, sale, name=act), lambda: order(True))
        if both:
            claim, refund = both
            self._is_refund(refund, claim, ClaimState.OPEN)
            self.remember(account, order, refund)

    def _is_refund(self, refund: ledger.Refund, claim: Claim, state: ClaimState) -> None:
        pools = counted(claim.coins)
        assert (refund.paid, refund.promo) == (pools[PAID], pools[PROMO])
        net, tax, _ = claim.sale.money(cost_of(claim.coins))
        if not claim.sale.store:
            assert refund.money == Money(net + tax, claim.person.currency)
        assert (refund.source, refund.state) == (claim.sale.source, state)

    @precondition(
        lambda self: self.claims("refund") and (self.rarely or self.claims("refund", "open"))
    )
    @rule(pick=picks, paid=st.booleans())
    def end_refund(self, pick: int, paid: bool) -> None:
        claim = self._claim(pick, "refund")
        verb = ledger.post_refund if paid else ledger.void_refund
        order = self._decision(claim.person.account, claim.id, verb)
        both = self.act(
            lambda: claims.end_refund(self.world, claim, paid=paid), lambda: order(True)
        )
        if both:
            self._is_refund(both[1], claim, ClaimState.TAKEN if paid else ClaimState.KEPT)
            self.remember(claim.person.account, order, both[1])

    @precondition(lambda self: self.rarely or len(self.claims("dispute", "open")) < 2)
    @rule(pick=picks, fee=st.integers(0, 1500), currency=st.sampled_from(["", "", "KWD"]))
    def open_dispute(self, pick: int, fee: int, currency: str) -> None:
        sale, act = self._sale(pick), ids.make()
        account = sale.person.account
        currency = currency or sale.person.currency
        key = self.key(account, "dispute")

        def order(honest: bool) -> Awaitable[ledger.Dispute]:
            made = DisputeOrder(
                act, account, sale.source, key, b"" if honest else b"other", self.world.now,
                Money(fee, currency) if fee else None,
            )  # fmt: skip
            return self.work(lambda connection: ledger.open_dispute(connection, made))

        both = self.act(
            lambda: claims.open_dispute(self.world, sale, name=act, fee=fee, currency=currency),
            lambda: order(True),
        )
        if both:
            claim, dispute = both
            pools = counted(claim.coins)
            assert (dispute.paid, dispute.promo) == (pools[PAID], pools[PROMO])
            assert dispute.amount == Money(claim.amount, sale.person.currency)
            self.remember(account, order, dispute)

    @precondition(
        lambda self: self.claims("dispute") and (self.rarely or self.claims("dispute", "open"))
    )
    @rule(pick=picks, lost=st.booleans(), clawback=st.sampled_from(Clawback))
    def end_dispute(self, pick: int, lost: bool, clawback: Clawback) -> None:
        claim = self._claim(pick, "dispute")

        async def lose(connection: Connection, decision: Decision) -> ledger.Dispute:
            return await ledger.lose_dispute(connection, decision, clawback=clawback)

        order = self._decision(claim.person.account, claim.id, lose if lost else ledger.win_dispute)
        both = self.act(
            lambda: (
                claims.lose(self.world, claim, clawback=clawback.value)
                if lost
                else claims.win(self.world, claim)
            ),
            lambda: order(True),
        )
        if both:
            dispute = both[1]
            assert (dispute.owed, dispute.diamonds) == (claim.owed, claim.diamonds)
            self.remember(claim.person.account, order, dispute)

    @precondition(
        lambda self: self.rarely or any(one.available for one in self.world.creators.values())
    )
    @rule(
        pick=picks, diamonds=st.integers(1, 60), cents=st.integers(1, 9000), fee=st.integers(0, 6),
        withheld=st.integers(0, 6), currency=st.sampled_from(["USD", "JPY"]),
    )  # fmt: skip
    def withdraw(
        self, pick: int, diamonds: int, cents: int, fee: int, withheld: int, currency: str
    ) -> None:
        creators = list(self.world.creators.values())
        creator = creators[pick % len(creators)]
        # One in four wants all there is.
        if pick % 4 == 0 and creator.available:
            diamonds = creator.available
        plain = Payout(
            ids.make(),
            creator,
            currency,
            diamonds,
            cents,
            cents * fee // 12,
            cents * withheld // 12,
        )
        key = self.key(creator.party, "payout")

        def order(honest: bool) -> Awaitable[ledger.Payout]:
            made = PayoutOrder(
                id=plain.id, account=creator.party, key=key, body=b"" if honest else b"other",
                at=self.world.now, diamonds=diamonds, amount=Money(cents, currency),
                fee=Money(plain.fee, currency), withheld=Money(plain.withheld, currency),
            )  # fmt: skip
            return self.work(lambda connection: ledger.request_payout(connection, made))

        both = self.act(lambda: earnings.request(self.world, plain), lambda: order(True))
        if both:
            assert both[1].arriving.amount == plain.parts[1300]
            self.remember(creator.party, order, both[1])

    @precondition(lambda self: any(one.payouts for one in self.world.creators.values()))
    @rule(pick=picks, word=st.sampled_from(["paid", "rejected", "returned"]))
    def end_payout(self, pick: int, word: str) -> None:
        payouts = [one for creator in self.world.creators.values() for one in creator.payouts]
        payout: Payout = payouts[pick % len(payouts)]
        verbs: dict[str, Verb] = {
            "paid": ledger.payout_paid,
            "rejected": ledger.payout_rejected,
            "returned": ledger.payout_returned,
        }
        order = self._decision(payout.creator.party, payout.id, verbs[word])
        both = self.act(lambda: earnings.decide(self.world, payout, word), lambda: order(True))
        if both:
            assert both[1].state.name.lower() == word
            self.remember(payout.creator.party, order, both[1])

    def roll_up(self) -> None:
        """The horizon passes all that has settled; nothing else runs here, so that is everything."""

        async def fold() -> int:
            for _ in range(50):
                await ledger.roll_up(self.books.database)
                [(folded, last)] = await self.books.rows(
                    "select h.folded, coalesce(max(j.seq), 0) from ledger.horizon h"
                    " left join ledger.journal j on true group by 1"
                )
                if folded >= last:
                    return int(folded)
            raise AssertionError("the horizon stands still")

        folded = self.run(fold())
        assert folded >= self.world.folded
        self.world.folded = folded

    def book_spends(self) -> None:
        self.roll_up()
        earnings.book_spends(self.world)
        self.run(ledger.book_spends(self.books.database, at=self.world.now))
        self.look()

    @precondition(
        lambda self: self.reader.history and self.reader.history[-1].seq > self.world.booked
    )
    @rule(word=st.sampled_from(["fold", "book", "seal"]))
    def work_of_the_minute(self, word: str) -> None:
        """What is sealed is part of every later audit."""
        match word:
            case "fold":
                self.roll_up()
            case "book":
                self.book_spends()
            case _:
                self.run(ledger.seal(self.books.database, at=self.world.now, numbers_max=7))

    @precondition(lambda self: self.rarely or self.world.folded > self.matured_at)
    @rule(pick=picks, hours=st.integers(0, 80), everybody=st.booleans())
    def mature(self, pick: int, hours: int, everybody: bool) -> None:
        """What was earned so many hours ago, as far as the horizon has come."""
        until = self.world.now - timedelta(hours=hours)
        self.matured_at = self.world.folded
        creators = sorted(self.world.creators.values(), key=lambda one: one.party)
        chosen = creators if everybody else [creators[pick % len(creators)]]
        ripe = sum(earnings.mature(self.world, creator, until=until) for creator in chosen)

        async def one() -> int:
            async with self.books.database.work() as connection:
                return await ledger.mature(
                    connection, creator=chosen[0].party, earned_until=until, act=ids.make(),
                    at=self.world.now,
                )  # fmt: skip

        async def every() -> int:
            return await ledger.mature_all(
                self.books.database, earned_until=until, at=self.world.now
            )

        assert self.run(every() if everybody else one()) == ripe
        self.look()
