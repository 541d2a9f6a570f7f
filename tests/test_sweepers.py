"""The sweepers together, on a real worker: what was promised happens without anybody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.jobs import Jobs
from largesse.kernel.postgres import Urls
from largesse.ledger import HoldOrder, Kind, OnExpiry
from largesse.mail import Nowhere
from largesse.recharge import State, store
from largesse.recharge.sweep import ROUND_MAX
from largesse.sweepers import Mailing, Sweepers
from tests.conftest import Doors
from tests.recharge.orders import order


def sweepers(doors: Doors, *, clearing: timedelta) -> Sweepers:
    house = doors.house
    return Sweepers(
        database=house.database,
        clock=house.clock,
        recharging=house.recharging,
        mailing=Mailing(carrier=Nowhere(), sender="coins@example.org"),
        clearing=clearing,
    )


async def held(doors: Doors, name: str, *, on_expiry: OnExpiry, now: datetime) -> int:
    """Somebody whose 40 coins are held for a creator, and nobody decides in time."""
    await doors.newcomer(name)
    await doors.newcomer(f"{name}_c")
    await doors.give_coins(name, 100)
    viewer, creator = await doors.person(name), await doors.person(f"{name}_c")
    order = HoldOrder(
        id=ids.make(),
        account=viewer.no,
        key="hold",
        body=b"hold",
        kind=Kind.GIFT,
        creator=creator.no,
        coins=40,
        diamonds=40,
        at=now - timedelta(seconds=10),
        due=now - timedelta(seconds=5),
        on_expiry=on_expiry,
    )
    async with doors.house.database.work() as connection:
        await ledger.hold(connection, order)
    return viewer.no


async def test_overdue_holds_end_as_they_said(doors: Doors, now: datetime) -> None:
    posted = await held(doors, "sweep_post", on_expiry=OnExpiry.POST, now=now)
    voided = await held(doors, "sweep_void", on_expiry=OnExpiry.VOID, now=now)

    await sweepers(doors, clearing=timedelta(days=7)).resolve_holds()

    async with doors.house.database.read() as connection:
        spent = await ledger.purse(connection, posted, at=now)
        kept = await ledger.purse(connection, voided, at=now)
    assert (spent.spendable, spent.held) == (60, 0)
    assert (kept.spendable, kept.held) == (100, 0)


async def test_refunds_and_ends_do_not_wait_until_every_order_was_asked_about(
    doors: Doors, now: datetime
) -> None:
    due = [
        order(State.EXPIRED, id=ids.make(), provider="gone", confirmed_at=now, next_check_at=now)
        for _ in range(ROUND_MAX + 1)
    ]
    over = replace(due[0], id=ids.make(), state=State.REVIEW, expires_at=now, next_check_at=None)
    async with doors.house.database.work() as connection:
        for one in (*due, over):
            await store.insert(connection, one)
    await sweepers(doors, clearing=timedelta(days=7)).sweep_recharges()
    async with doors.house.database.read() as connection:
        rows = await connection.execute(
            "select count(*) from recharge where next_check_at > %s", (now,)
        )
        assert await rows.fetchone() == (ROUND_MAX,)
        ended = await store.by_id(connection, recharge=over.id)
    assert ended is not None
    assert ended.state is State.EXPIRED


async def test_diamonds_become_available_after_the_window(doors: Doors, now: datetime) -> None:
    await held(doors, "ripe", on_expiry=OnExpiry.POST, now=now)
    creator = (await doors.person("ripe_c")).no
    patient = sweepers(doors, clearing=timedelta(days=7))
    await patient.resolve_holds()
    for _ in range(3):
        await patient.roll_up()
    await patient.mature_diamonds()
    async with doors.house.database.read() as connection:
        young = await ledger.diamonds(connection, creator)
    await sweepers(doors, clearing=timedelta(0)).mature_diamonds()
    async with doors.house.database.read() as connection:
        old = await ledger.diamonds(connection, creator)
    assert (young.pending, young.available) == (40, 0)
    assert (old.pending, old.available) == (0, 40)


async def test_what_was_spent_is_earned_in_real_money(doors: Doors, now: datetime) -> None:
    """Forty coins at a cent each; their diamonds had no stated worth, so the house earned it all."""
    sweeping = sweepers(doors, clearing=timedelta(days=7))

    async def settled() -> int:
        await sweeping.resolve_holds()
        for _ in range(3):
            await sweeping.roll_up()
        await sweeping.book_spends()
        async with doors.house.database.read() as connection:
            cursor = await connection.execute(
                "select coalesce(sum(amount), 0) from ledger.transfer"
                " where debit = 1400 and credit = 1500"
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    before = await settled()
    await held(doors, "earning", on_expiry=OnExpiry.POST, now=now)
    assert await settled() == before + 40
    assert (await ledger.audit(doors.house.database)).ok


async def test_a_worker_runs_what_is_on_the_clock(urls: Urls) -> None:
    rang = asyncio.Event()

    async def ring() -> None:
        rang.set()

    jobs = Jobs(urls.app)
    jobs.every("* * * * * *", "ring", ring)
    worker = asyncio.create_task(jobs.work_through_outages())
    async with asyncio.timeout(30):
        await rang.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_a_job_exists_only_if_its_transaction_commits(doors: Doors, urls: Urls) -> None:
    done: list[str] = []
    heard = asyncio.Event()

    async def note(what: str) -> None:
        done.append(what)
        heard.set()

    jobs = Jobs(urls.app)
    jobs.register("note", note)
    try:
        async with doors.house.database.work() as connection:
            await jobs.defer(connection, "note", what="undone")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    async with doors.house.database.work() as connection:
        await jobs.defer(connection, "note", what="kept")
    worker = asyncio.create_task(jobs.work_through_outages())
    async with asyncio.timeout(30):
        await heard.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert done == ["kept"]
