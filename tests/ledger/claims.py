"""Builders for refunds, disputes and payouts: who bought what, and what became of it."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.ledger import (
    Clawback,
    Credit,
    Credited,
    Decision,
    Dispute,
    DisputeOrder,
    Payout,
    PayoutOrder,
    Refund,
    RefundOrder,
    Seller,
    Spend,
)
from tests.ledger.conftest import NOON, Books

_keys = itertools.count()
FEE = Money(1500, "USD")
RATE = 5_000  # micro: a diamond is worth half a cent

Verb = Callable[..., Awaitable[Any]]


def fresh_key() -> str:
    """A key that nobody has used."""
    return f"claim-{next(_keys)}"


@dataclass
class Desk:
    """Where claims are made and decided, each in a transaction of its own."""

    books: Books
    now: datetime = NOON

    def gift(self, account: int, coins: int, *, creator: int) -> Spend:
        """A gift of as many diamonds as coins, with what a diamond is worth."""
        spend = self.books.gift(account, coins, creator=creator, at=self.now)
        return msgspec.structs.replace(spend, rate=RATE)

    async def clawed_back(self, creator: int) -> list[tuple[int, int, int, int]]:
        """The legs of the last clawback from a creator."""
        rows = await self.books.rows(
            "select max(seq) from ledger.journal where account = %s and kind = 261", creator
        )
        return await self.legs(creator, rows[0][0])

    async def buy(
        self,
        account: int,
        *,
        coins: int = 1000,
        gross: int = 1080,
        tax: int = 80,
        bonus: int = 0,
        expires: datetime | None = None,
        source: UUID | None = None,
        key: str = "",
    ) -> tuple[UUID, Credited]:
        """The reference's pack: 1,000 coins for 10.80 with 0.80 tax; the provider is party 10."""
        source = source or ids.make()
        order = Credit(
            id=ids.make(), account=account, key=key or fresh_key(), body=b"pack", at=self.now,
            country="US", origin="sandbox", paid=coins, promo=bonus, promo_expires=expires,
            price=Money(gross, "USD"), tax=Money(tax, "USD"), fee=Money(61, "USD"),
            source=source, clearing=10,
        )  # fmt: skip
        async with self.books.database.work() as connection:
            return source, await ledger.credit(connection, order)

    async def buy_in_store(self, account: int, *, tax: int = 0) -> tuple[UUID, Credited]:
        """The same from an app store (party 20), which keeps 3.00 and pays the tax itself."""
        source = ids.make()
        order = Credit(
            id=ids.make(), account=account, key=fresh_key(), body=b"pack", at=self.now, country="US",
            origin="apple", paid=1000, price=Money(1000 + tax, "USD"), tax=Money(tax, "USD"),
            fee=Money(300, "USD"), source=source, clearing=20, seller=Seller.STORE,
        )  # fmt: skip
        async with self.books.database.work() as connection:
            return source, await ledger.credit(connection, order)

    async def hold_refund(
        self,
        account: int,
        source: UUID,
        *,
        key: str = "",
        body: bytes = b"refund",
        at: datetime | None = None,
    ) -> Refund:
        order = RefundOrder(ids.make(), account, source, key or fresh_key(), body, at or self.now)
        async with self.books.database.work() as connection:
            return await ledger.hold_refund(connection, order)

    async def open_dispute(
        self, account: int, source: UUID, *, key: str = "", fee: Money | None = FEE
    ) -> Dispute:
        order = DisputeOrder(
            ids.make(), account, source, key or fresh_key(), b"dispute", self.now, fee
        )
        async with self.books.database.work() as connection:
            return await ledger.open_dispute(connection, order)

    async def decide(
        self,
        verb: Verb,
        on: Refund | Dispute | Payout,
        *,
        key: str = "",
        at: datetime | None = None,
    ) -> Any:
        """Decide something by one of the ledger's verbs, under a key of its own."""
        decision = Decision(
            ids.make(), on.account, on.id, key or fresh_key(), b"decided", at or self.now
        )
        async with self.books.database.work() as connection:
            return await verb(connection, decision)

    async def lose(
        self, dispute: Dispute, *, clawback: Clawback = Clawback.PENDING, key: str = ""
    ) -> Dispute:
        async def verb(connection: Any, decision: Decision) -> Dispute:
            return await ledger.lose_dispute(connection, decision, clawback=clawback)

        lost: Dispute = await self.decide(verb, dispute, key=key)
        return lost

    async def request(
        self, creator: int, diamonds: int, *, cents: int = 10_000, withheld: int = 0, key: str = ""
    ) -> Payout:
        """A withdrawal with a fee of 1.00."""
        order = PayoutOrder(
            id=ids.make(), account=creator, key=key or fresh_key(), body=b"payout", at=self.now,
            diamonds=diamonds, amount=Money(cents, "USD"), fee=Money(100, "USD"),
            withheld=Money(withheld, "USD"),
        )  # fmt: skip
        async with self.books.database.work() as connection:
            return await ledger.request_payout(connection, order)

    async def mature(self, creator: int) -> int:
        """Fold the horizon forward, then let everything of this creator mature."""
        for _ in range(2):
            await ledger.roll_up(self.books.database)
        async with self.books.database.work() as connection:
            return await ledger.mature(
                connection, creator=creator, earned_until=self.now + timedelta(days=1), act=ids.make(),
                at=self.now + timedelta(days=8),
            )  # fmt: skip

    async def diamonds(self, creator: int) -> ledger.Diamonds:
        async with self.books.database.read() as connection:
            return await ledger.diamonds(connection, creator)

    async def legs(self, account: int, seq: int) -> list[tuple[int, int, int, int]]:
        """The legs of a journal: debit, credit, amount, asset."""
        rows = await self.books.rows(
            "select debit, credit, amount, asset from ledger.transfers"
            " where account = %s and seq = %s order by leg",
            account,
            seq,
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def balance(self, number: int) -> int:
        """What all transfers leave on the debit side of an account."""
        rows = await self.books.rows(
            "select coalesce(sum(case debit when %s then amount else -amount end), 0)::bigint"
            " from ledger.transfers where %s in (debit, credit)",
            number,
            number,
        )
        return int(rows[0][0])
