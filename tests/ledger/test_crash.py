"""Killed at any point: what was answered is in the books once, the rest finds out, all drains.

A process of its own works through a wire that the test cuts at a word. Then the process is
killed, or the whole database server with all its backends, as by a power cut.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, start
from largesse.ledger import OnExpiry
from tests.ledger.clerk import LATER
from tests.ledger.conftest import Books
from tests.ledger.wire import Cut, Side, Wire

PATIENCE_SECONDS = 60
ACTS = ("gift", "credit", "hold", "post", "sweep", "roll_up")
UNSENT, UNANSWERED = "unsent", "unanswered"
IN_THE_MIDDLE = Cut(Side.ASKED, b"update ledger.horizon set folded")


def _commit(act: str, moment: str) -> Cut:
    """Where a commit is on its way, or its answer; a batch of gifts is one statement that commits."""
    asked, told = (b"_pg3_", b"SELECT") if act == "gift" else (b"COMMIT", b"COMMIT")
    return Cut(Side.ASKED, asked) if moment == UNSENT else Cut(Side.ANSWERED, told)


@dataclass
class Clerk:
    """A process that acts for people; see clerk.py."""

    child: asyncio.subprocess.Process
    answers: dict[str, int] = field(default_factory=dict)

    def order(self, orders: list[dict[str, Any]], *, untold: bool = False) -> None:
        assert self.child.stdin is not None
        for order in orders:
            self.child.stdin.write(json.dumps(order | {"untold": untold}).encode() + b"\n")

    async def line(self) -> dict[str, Any]:
        assert self.child.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard: dict[str, Any] = json.loads(await self.child.stdout.readline())
        return heard

    async def answered(self, orders: list[dict[str, Any]]) -> dict[str, int]:
        """The answers to these orders, once all are here."""
        while not all(order["key"] in self.answers for order in orders):
            heard = await self.line()
            self.answers[heard["key"]] = heard["seq"]
        return {order["key"]: self.answers[order["key"]] for order in orders}

    async def kill(self) -> None:
        if self.child.returncode is None:
            self.child.kill()
        await self.child.wait()


@dataclass
class Ground:
    """A cluster that a test may hurt, a wire into it, and the clerks at the other end."""

    data_dir: Path
    cluster: Cluster
    wire: Wire
    clerks: list[Clerk] = field(default_factory=list)

    async def clerk(self) -> Clerk:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.ledger.clerk", self.wire.url("largesse")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self.clerks.append(Clerk(child))
        return self.clerks[-1]

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Books]:
        """The books past the wire; a connection of them does not outlive a killed server."""
        database = Database(self.cluster.urls().app, patient=True)
        await database.open()
        try:
            yield Books(database, self.cluster.urls())
        finally:
            await database.close()

    async def kill_server(self) -> None:
        """Everything stops at once, then it dies, and the next start recovers."""
        assert self.cluster.pid is not None
        family = [self.cluster.pid, *_children(self.cluster.pid)]
        for deadly in (signal.SIGSTOP, signal.SIGKILL):
            for pid in family:
                os.kill(pid, deadly)
        await asyncio.to_thread(self.cluster.stop)
        self.cluster = await asyncio.to_thread(start, self.data_dir)


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in text.split()]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Under /tmp and open to pass through, so that the database's account reaches it from root.
    made = Path(tempfile.mkdtemp(prefix="largesse-crash-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(folder: Path) -> AsyncIterator[Ground]:
    cluster = await asyncio.to_thread(start, folder / "var")
    migrate(cluster.urls().owner)
    (folder / "wire").mkdir()
    wire = Wire(folder / "wire", cluster.socket)
    await wire.open()
    made = Ground(folder / "var", cluster, wire)
    yield made
    await wire.close()
    await asyncio.to_thread(made.cluster.stop)


@pytest_asyncio.fixture(autouse=True)
async def nobody_is_left(ground: Ground) -> AsyncIterator[None]:
    yield
    for clerk in ground.clerks:
        await clerk.kill()
    ground.clerks.clear()


@dataclass(frozen=True, slots=True)
class Case:
    """What somebody has, what they order, and how many acts of theirs the books then hold."""

    account: int
    orders: list[dict[str, Any]]
    acts_before: int
    acts_after: int


async def _prepared(ground: Ground, act: str) -> Case:
    async with ground.books() as books:
        account = await books.person(paid=100, promo=50)
        # Gifts come in batches; the others each have a transaction of their own.
        keys = [f"{act} {account} {number}" for number in range({"gift": 8}.get(act, 1))]
        if act in {"post", "sweep"}:
            order = books.hold(account, 5)
            keys = [str(order.id)]
            async with books.database.work() as connection:
                await ledger.hold(connection, order)
        if act == "roll_up":
            await ledger.roll_up(books.database)
            await books.recharge(account, coins=1)
            await _horizon_has_moved_on(books)
            await books.recharge(account, coins=1)
        before = await _acts(books, account)
    orders = [{"act": act, "account": account, "key": key} for key in keys]
    return Case(account, orders, before, before + (len(keys) if act != "roll_up" else 0))


async def _acts(books: Books, account: int) -> int:
    rows = await books.rows("select count(*) from ledger.journal where account = %s", account)
    return int(rows[0][0])


@pytest.mark.parametrize("moment", [UNSENT, UNANSWERED])
@pytest.mark.parametrize("act", ACTS)
async def test_a_process_killed_around_its_commit_has_done_all_or_nothing(
    ground: Ground, act: str, moment: str
) -> None:
    case = await _prepared(ground, act)
    first = await ground.clerk()
    reached = ground.wire.cut_at(_commit(act, moment))
    first.order(case.orders)
    await _patiently(reached.wait())
    await first.kill()

    async with ground.books() as books:
        acts = await _acts(books, case.account)
    if moment == UNSENT:
        assert acts == case.acts_before
    else:
        assert case.acts_before < acts <= case.acts_after or act == "roll_up"
    await _the_same_keys_find_out(ground, await ground.clerk(), case)
    await _all_drains(ground)


@pytest.mark.parametrize("act", ACTS)
async def test_a_process_killed_before_it_tells_has_done_it_once(ground: Ground, act: str) -> None:
    case = await _prepared(ground, act)
    first = await ground.clerk()
    first.order(case.orders, untold=True)
    done = [(await first.line())["done"] for _ in case.orders]
    await first.kill()

    assert set(done) == {order["key"] for order in case.orders}
    async with ground.books() as books:
        assert await _acts(books, case.account) == case.acts_after
    await _the_same_keys_find_out(ground, await ground.clerk(), case)
    await _all_drains(ground)


@pytest.mark.parametrize("moment", [UNSENT, UNANSWERED])
@pytest.mark.parametrize("act", ACTS)
async def test_a_server_killed_around_a_commit_keeps_what_it_answered_and_halves_nothing(
    ground: Ground, act: str, moment: str
) -> None:
    """The process lives on and asks again by itself; its answers are then true."""
    answered = await _prepared(ground, "gift")
    clerk = await ground.clerk()
    clerk.order(answered.orders)
    told = await clerk.answered(answered.orders)
    case = await _prepared(ground, act)
    reached = ground.wire.cut_at(_commit(act, moment))
    clerk.order(case.orders)
    await _patiently(reached.wait())
    await ground.kill_server()

    await clerk.answered(case.orders)
    assert await _the_same_keys_find_out(ground, clerk, answered) == told
    await _the_same_keys_find_out(ground, clerk, case)
    await _all_drains(ground)


@pytest.mark.parametrize("victim", ["process", "server"])
async def test_a_fold_that_died_half_way_is_done_again_once(ground: Ground, victim: str) -> None:
    """Snapshots that were added to twice would be found by the audit."""
    case = await _prepared(ground, "roll_up")
    clerk = await ground.clerk()
    reached = ground.wire.cut_at(IN_THE_MIDDLE)
    clerk.order(case.orders)
    await _patiently(reached.wait())
    await (clerk.kill() if victim == "process" else ground.kill_server())
    await _the_same_keys_find_out(ground, await ground.clerk(), case)
    await _all_drains(ground)


@pytest.mark.parametrize("rule", list(OnExpiry))
@pytest.mark.parametrize("victim", ["process", "server"])
async def test_a_hold_whose_maker_died_ends_by_its_own_rule(
    ground: Ground, victim: str, rule: OnExpiry
) -> None:
    case = await _prepared(ground, "hold")
    clerk = await ground.clerk()
    clerk.order(case.orders)
    await clerk.answered(case.orders)
    async with ground.books() as books, books.database.work() as connection:
        await ledger.hold(connection, books.hold(case.account, 7, on_expiry=rule))
    await (clerk.kill() if victim == "process" else ground.kill_server())

    await _all_drains(ground)
    async with ground.books() as books:
        purse = await books.purse(case.account)
    assert purse.spendable == 150 - (7 if rule is OnExpiry.POST else 0)


async def test_the_same_keys_in_two_processes_at_once_have_one_effect(ground: Ground) -> None:
    cases = [await _prepared(ground, act) for act in ("gift", "credit", "hold")]
    clerks = [await ground.clerk() for _ in range(2)]
    orders = [order for case in cases for order in case.orders]
    for clerk in clerks:
        clerk.order(orders)
    one, other = [await clerk.answered(orders) for clerk in clerks]
    assert one == other
    async with ground.books() as books:
        for case in cases:
            assert await _acts(books, case.account) == case.acts_after
    await _all_drains(ground)


async def _the_same_keys_find_out(ground: Ground, clerk: Clerk, case: Case) -> dict[str, int]:
    """Ask twice more: both answers are the same, and every act is in the books once."""
    answers = []
    for _ in range(2):
        clerk.answers.clear()
        clerk.order(case.orders)
        answers.append(await clerk.answered(case.orders))
    assert answers[0] == answers[1]
    async with ground.books() as books:
        assert await _acts(books, case.account) == case.acts_after
    return answers[0]


async def _all_drains(ground: Ground) -> None:
    """No hold stays open, the horizon passes every journal, and the audit finds nothing."""
    async with ground.books() as books:
        await ledger.resolve_due_holds(books.database, at=LATER)
        assert await books.rows("select count(*) from ledger.hold where state = 0") == [(0,)]
        await _horizon_has_moved_on(books)
        await books.audit()


async def _horizon_has_moved_on(books: Books) -> None:
    (newest,) = (await books.rows("select max(seq) from ledger.journal"))[0]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await books.rows("select folded from ledger.horizon"))[0][0] < newest:
            await ledger.roll_up(books.database)
            await asyncio.sleep(0.01)


async def _patiently(wait: Any) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await wait
