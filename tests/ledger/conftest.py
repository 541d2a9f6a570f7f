"""Builders for the ledger's tests: people with coins, gifts, and a digest of everything."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.money import Money
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, Credit, Credited, HoldOrder, Kind, OnExpiry, Spend

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
CREATOR = 1_000

_numbers = itertools.count(10_000)
TABLES = (
    "purse", "journal", "transfer", "lot", "span", "hold", "creator", "earned", "snapshot",
    "escrow", "pot", "deferral", "earmark", "dispute", "payout", "seal", "received", "horizon",
    "released", "booked",
)  # fmt: skip


@dataclass
class Books:
    """The ledger of one test module, as its tests speak about it."""

    database: Database
    urls: Urls
    keys: itertools.count[int] = field(default_factory=itertools.count)

    async def person(
        self, *, paid: int = 0, promo: int = 0, expires: datetime | None = None
    ) -> int:
        """Somebody with a purse; their paid coins cost a cent and eight tenths each."""
        account = next(_numbers)
        async with self.database.work() as connection:
            await ledger.open_purse(connection, account=account, currency="USD", at=NOON)
        if paid:
            await self.recharge(account, coins=paid)
        if promo:
            await self.bonus(account, coins=promo, expires=expires)
        return account

    async def recharge(
        self, account: int, *, coins: int, cents: int | None = None, key: str = ""
    ) -> Credited:
        """Coins for money; a tenth of it is tax."""
        cents = coins if cents is None else cents
        order = Credit(
            id=ids.make(), account=account, key=key or f"recharge-{next(self.keys)}", body=b"pack",
            at=NOON, country="US", origin="sandbox", paid=coins, price=Money(cents, "USD"),
            tax=Money(cents // 10, "USD"), fee=Money(cents // 20, "USD"), clearing=10,
        )  # fmt: skip
        async with self.database.work() as connection:
            return await ledger.credit(connection, order)

    async def bonus(self, account: int, *, coins: int, expires: datetime | None = None) -> Credited:
        """Coins for nothing."""
        order = Credit(
            id=ids.make(), account=account, key=f"bonus-{next(self.keys)}", body=b"bonus", at=NOON,
            country="US", origin="welcome", promo=coins, promo_expires=expires,
        )  # fmt: skip
        async with self.database.work() as connection:
            return await ledger.credit(connection, order)

    def gift(
        self,
        account: int,
        coins: int,
        *,
        key: str = "",
        body: bytes = b"rose",
        creator: int = CREATOR,
        at: datetime = NOON,
    ) -> Spend:
        """A gift that is worth as many diamonds as coins."""
        return Spend(
            id=ids.make(), account=account, key=key or f"gift-{next(self.keys)}", body=body,
            kind=Kind.GIFT, creator=creator, coins=coins, diamonds=coins, at=at,
        )  # fmt: skip

    def hold(
        self,
        account: int,
        coins: int,
        *,
        on_expiry: OnExpiry = OnExpiry.VOID,
        at: datetime = NOON,
        lasts: timedelta = timedelta(seconds=5),
        key: str = "",
    ) -> HoldOrder:
        """Coins set aside for five seconds."""
        return HoldOrder(
            id=ids.make(), account=account, key=key or f"hold-{next(self.keys)}", body=b"hold",
            kind=Kind.HIGHLIGHT, creator=CREATOR, coins=coins, diamonds=coins, at=at,
            due=at + lasts, on_expiry=on_expiry,
        )  # fmt: skip

    async def purse(self, account: int, *, at: datetime = NOON) -> ledger.Purse:
        """What somebody has."""
        async with self.database.read() as connection:
            return await ledger.purse(connection, account, at=at)

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query says, as the application may see it."""
        async with self.database.read() as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall()

    def owner(self, statement: str) -> None:
        """Do by hand, as the owner of the tables, what nobody should."""
        with psycopg.connect(self.urls.owner, autocommit=True) as connection:
            connection.execute(statement)

    def by_hand(self, *statements: str) -> None:
        """Change history as the owner of the tables could, with the triggers off."""
        tables = ("journal", "transfer", "lot", "seal")
        with psycopg.connect(self.urls.owner) as connection:
            for table in tables:
                connection.execute(f"alter table ledger.{table} disable trigger user")
            for statement in statements:
                connection.execute(statement)
            for table in tables:
                connection.execute(f"alter table ledger.{table} enable trigger user")

    async def digest(self) -> dict[str, str]:
        """One digest a table: two equal ones mean that no row changed."""
        found = {}
        for table in TABLES:
            rows = await self.rows(
                f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ledger.{table} t"
            )
            found[table] = rows[0][0]
        return found

    async def audit(self) -> None:
        """The books are right."""
        report = await ledger.audit(self.database)
        assert report.findings == ()


@pytest.fixture(scope="module")
def books(database: Database, urls: Urls) -> Books:
    return Books(database, urls)


@pytest_asyncio.fixture
async def committer(urls: Urls) -> AsyncIterator[Committer]:
    started = Committer(urls.app)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
def new_committer(urls: Urls) -> Callable[..., Committer]:
    def make(**options: Any) -> Committer:
        return Committer(urls.app, **options)

    return make
