"""Judge one mutant: the tests run in a process of its own, on databases that have the mistake."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from largesse.kernel.migrations.run import migrate
from largesse.kernel.migrations.standing import HOME
from largesse.kernel.postgres import Cluster
from largesse.ledger import batch_store
from tests.mistakes.seeds import Seed


class Planted:
    """A pytest plugin: the tests' cluster is the one that runs, their template the mutant's."""

    def __init__(self, cluster: Cluster, template: str) -> None:
        self.cluster = cluster
        self.template = template

    def pytest_configure(self) -> None:
        """A mistake needs no smallest example here, and must not be remembered for the next run."""
        # Its own plugin has to be the first that imports it.
        from hypothesis import Phase, settings

        settings.register_profile("mutants", database=None, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object], request: Any) -> object:
        if fixturedef.argname != "cluster":
            return None
        fixturedef.func.__globals__["TEMPLATE"] = self.template
        fixturedef.cached_result = (self.cluster, fixturedef.cache_key(request), None)
        return self.cluster


def template(cluster: Cluster, name: str, *, folder: Path, seed: Seed | None = None) -> None:
    """A database that the migrations made, with a mistake in the ledger's if there is a seed."""
    home = HOME
    if seed is not None and seed.place != "post":
        home = folder / name
        shutil.copytree(HOME, home)
        ledger = home / "versions" / "0003_ledger.sql"
        ledger.write_text(seed.plant(ledger.read_text()))
    cluster.ensure_database(name)
    migrate(cluster.urls(name).owner, home=home)


def forget(cluster: Cluster, name: str) -> None:
    """The mutant's template is of no more use."""
    with psycopg.connect(cluster.urls("postgres").owner, autocommit=True) as connection:
        connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )


def begin(
    planted: Planted, tests: tuple[str, ...], *, seed: Seed | None, told: Path
) -> BaseProcess:
    """Start the tests; the process ends with 0 if the mutant survived them and with 1 if not."""
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(planted, tests, seed, told)
    )
    process.start()
    return process


def _run(planted: Planted, tests: tuple[str, ...], seed: Seed | None, told: Path) -> None:
    output = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if seed is not None and seed.place == "post":
        batch_store._POST = seed.plant(batch_store._POST)
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
    code = pytest.main([*options, *tests], plugins=[planted])
    # Nothing that the parent has to clean up is cleaned up here.
    os._exit(int(code))
