"""One real PostgreSQL for all tests, and a fresh migrated database for each module.

The template is built by the migrations and cloned, so tests commit for real and
nothing of one module is seen by another. Tests connect as the application does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, Urls, throwaway

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


@pytest.fixture
def now() -> datetime:
    """A moment to hand to whoever asks for the time."""
    return datetime.now(UTC)
