"""One real PostgreSQL for all tests, and a fresh migrated database for each module.

The template is built by the migrations and cloned, so tests commit for real and
nothing of one module is seen by another. Tests connect as the application does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from largesse.catalogue import stock
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.migrations.run import migrate
from largesse.kernel.money import Money
from largesse.kernel.postgres import Cluster, Urls, throwaway
from largesse.ledger import Credit, credit
from largesse.main import House
from largesse.main import doors as doors_of
from largesse.people import Viewer, person_by_handle
from largesse.settings import Settings

TEMPLATE = "template_for_tests"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A durable PostgreSQL server of our own."""
    with throwaway(name=TEMPLATE) as started:
        migrate(started.urls(TEMPLATE).owner)
        yield started


@pytest.fixture(scope="module")
def urls(cluster: Cluster) -> Iterator[Urls]:
    """The addresses of a freshly cloned database."""
    name = f"test_{ids.make().hex}"
    with psycopg.connect(cluster.urls("postgres").owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
    yield cluster.urls(name)
    with psycopg.connect(cluster.urls("postgres").owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(urls: Urls) -> AsyncIterator[Database]:
    """The module's database, as the application sees it."""
    opened = Database(urls.app)
    await opened.open()
    yield opened
    await opened.close()


@dataclass(frozen=True, slots=True)
class Doors:
    """A whole house in this process, and a client in front of it."""

    house: House
    client: httpx.AsyncClient

    async def newcomer(self, handle: str, **facts: str) -> dict[str, str]:
        """Sign somebody up; returns the headers that they sign their requests with."""
        told = {
            "handle": handle,
            "email": f"{handle}@people.example",
            "password": "a long walk home",
            "birth_date": "1990-01-02",
            "country": "US",
        }
        answer = await self.client.post("/v1/accounts", json=told | facts)
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def person(self, handle: str) -> Viewer:
        """Somebody as the house knows them."""
        async with self.house.database.read() as connection:
            return await person_by_handle(connection, handle=handle)

    async def give_coins(self, handle: str, coins: int) -> None:
        """Let somebody own coins that they paid a cent each for."""
        person = await self.person(handle)
        now = self.house.clock.now()
        grant = ids.make()
        async with self.house.database.work() as connection:
            await credit(
                connection,
                Credit(
                    id=grant,
                    account=person.no,
                    key=str(grant),
                    body=b"coins for a test",
                    at=now,
                    country=person.country,
                    origin="test",
                    paid=coins,
                    price=Money(coins, person.currency),
                ),
            )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doors(urls: Urls) -> AsyncIterator[Doors]:
    """The whole application on the module's database, spoken to as HTTP."""
    house = House(Settings(gateway_port=0, secret="only for tests" * 3), urls.app)
    async with house.open(with_jobs=False):
        async with house.database.work() as connection:
            await stock(connection)
        application: Any = doors_of(house)
        transport = httpx.ASGITransport(app=application)
        here = "http://127.0.0.1:8400"
        async with httpx.AsyncClient(transport=transport, base_url=here) as client:
            yield Doors(house, client)


@pytest.fixture
def now() -> datetime:
    """A moment to hand to whoever asks for the time."""
    return datetime.now(UTC)
