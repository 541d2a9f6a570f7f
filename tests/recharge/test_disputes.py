"""A buyer's bank takes a payment back: frozen, decided, owed, and never paid out twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, Freeze, SpendingFrozen
from largesse.payments import Disputed, DisputeStage, Refunded
from largesse.recharge import State, sweep_recharges
from largesse.recharge.settle import settle
from tests.recharge.desk import CREATOR, Desk, whats
from tests.recharge.house import Buyer, House
from tests.recharge.test_notices import PATH, signed


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House, urls: Urls) -> AsyncIterator[Desk]:
    committer = Committer(urls.app)
    await committer.start()
    made = Desk(house, committer)
    yield made
    await made.audit()
    await committer.stop()


async def test_a_dispute_that_is_won_leaves_everything_as_it_was(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 100)
    await desk.console(order, "dispute", stage="opened", fee=1500)
    await desk.house.news.heard(order["id"], "dispute_opened")
    assert (await mira.read(order))["status"] == "disputed"
    with pytest.raises(SpendingFrozen):
        await desk.spend(mira, 1)
    refused = await desk.ask_refund(mira, order)
    assert (refused.status_code, refused.json()["code"]) == (409, "dispute_open")

    await desk.console(order, "dispute", stage="won")
    news = await desk.house.news.heard(order["id"], "dispute_won")
    assert news.balance == 250
    assert (await mira.read(order))["status"] == "credited"
    await desk.spend(mira, 50)
    assert await desk.clearing(mira) == 499 - 1500


async def test_a_dispute_that_is_lost_takes_what_is_left_and_the_rest_is_owed(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 100)
    await desk.console(order, "dispute", stage="opened", fee=0)
    await desk.console(order, "dispute", stage="lost")
    await desk.house.news.heard(order["id"], "dispute_lost")

    lost = await mira.read(order)
    assert (lost["status"], lost["timeline"][-1]["owed"]) == ("lost", 100)
    purse = await desk.purse(mira)
    assert (purse.paid, purse.debt, purse.frozen_for) == (0, 100, Freeze.DEBT)
    clawed = await desk.house.rows(
        "select amount from ledger.transfers where credit = 1261 and debit = %s",
        CREATOR * 1000 + 200,
    )
    assert (100,) in clawed
    next_one = await desk.bought(mira, 350)
    assert (await desk.house.news.heard(next_one["id"], "credited")).repaid == 100
    assert await mira.coins() == 250


async def test_a_second_dispute_after_the_first_was_won(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    for stage in ("opened", "won", "opened", "lost"):
        await desk.console(order, "dispute", stage=stage, fee=0)
    await desk.house.news.heard(order["id"], "dispute_lost")
    lost = await mira.read(order)
    assert lost["status"] == "lost"
    assert [what for what in whats(lost) if what != "credited"] == [
        "dispute_opened",
        "dispute_won",
        "dispute_opened",
        "dispute_lost",
    ]
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 0)


async def test_a_decision_without_its_opening_is_enough(desk: Desk, mira: Buyer) -> None:
    """Every notice about the dispute was lost; the sweeper finds out from the provider."""
    order = await desk.bought(mira, 70)
    await mira.faults(order, lose=True)
    await desk.console(order, "dispute", stage="opened")
    await desk.console(order, "dispute", stage="lost")
    checked = await mira.http.post(f"/v1/recharges/{order['id']}/check")
    assert checked.json()["status"] == "lost"
    assert whats(checked.json()) == ["credited", "dispute_opened", "dispute_lost"]


async def test_a_disputed_order_is_asked_about_until_it_is_decided(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    await desk.console(order, "dispute", stage="opened")
    await desk.house.news.heard(order["id"], "dispute_opened")
    await mira.faults(order, lose=True)
    await desk.console(order, "dispute", stage="won")
    seconds = desk.house.recharging.rules.dispute_check_seconds
    later = desk.house.clock.now() + timedelta(seconds=seconds + 5)
    await sweep_recharges(desk.house.recharging, now=later)
    assert (await mira.read(order))["status"] == "credited"


async def test_a_dispute_of_what_was_refunded_takes_nothing_twice(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 350)
    await desk.ask_refund(mira, order)
    await desk.console(order, "dispute", stage="opened", fee=1500)
    query = "select reason, resolved_at is null from suspense where reference = %s"
    await desk.house.count_reaches(
        1, "select count(*) from suspense where reference = %s", order["id"]
    )
    assert await desk.house.rows(query, order["id"]) == [("disputed_after_refund", True)]
    after = await mira.read(order)
    assert (after["status"], await desk.clearing(mira)) == ("refunded", -1500)
    assert not (await desk.purse(mira)).is_frozen

    await desk.console(order, "dispute", stage="won")
    await desk.house.news.heard(order["id"], "dispute_won")
    assert await desk.house.rows(query, order["id"]) == [("disputed_after_refund", False)]


async def test_a_dispute_of_the_rest_moves_the_books_and_not_the_state(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 100)
    await desk.ask_refund(mira, order)
    await desk.console(order, "dispute", stage="opened", fee=0)
    await desk.house.news.heard(order["id"], "dispute_opened")
    assert (await mira.read(order))["status"] == "partially_refunded"
    assert (await desk.purse(mira)).frozen_for == Freeze.DISPUTE
    assert await desk.clearing(mira) == 0
    await desk.console(order, "dispute", stage="lost")
    await desk.house.news.heard(order["id"], "dispute_lost")
    assert (await mira.read(order))["status"] == "partially_refunded"
    purse = await desk.purse(mira)
    assert (purse.debt, await desk.clearing(mira)) == (100, 0)


async def test_a_dispute_waits_for_a_refund_that_is_under_way(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 100)
    await mira.faults(order, refund="pending")
    await desk.ask_refund(mira, order)
    await desk.console(order, "dispute", stage="opened", fee=0)
    recharge = ids.read("rch", order["id"])
    await desk.house.count_reaches(
        1, "select count(*) from parked_fact where recharge = %s", recharge
    )
    assert (await mira.read(order))["status"] == "credited"

    await desk.console(order, "refund/settle", paid=True)
    checked = await mira.http.post(f"/v1/recharges/{order['id']}/refund", headers=KEY)
    assert checked.json()["refund"]["status"] == "done"
    await desk.house.news.heard(order["id"], "dispute_opened")
    assert await desk.clearing(mira) == 0
    waiting = "select count(*) from parked_fact where recharge = %s and applied_at is null"
    assert await desk.house.rows(waiting, recharge) == [(0,)]


KEY = {"idempotency-key": "ask-again"}


async def test_claims_before_the_credit_wait_for_it(desk: Desk, mira: Buyer) -> None:
    """Told the wrong way round: a dispute, a refund of another payment, then the payment itself."""
    order = await mira.order(350)
    await mira.faults(order, lose=True)
    await mira.pay(order)
    recharge = ids.read("rch", order["id"])
    payment = order["checkout_url"].rpartition("/")[2]
    async with desk.house.database.work() as connection:
        told = await settle(
            connection,
            desk.house.recharging,
            recharge,
            (Disputed(DisputeStage.LOST, payment, "d1"), Refunded(Money(1, "USD"), "other")),
            said_by="sandbox",
            now=desk.house.clock.now(),
        )
    assert told is not None
    assert (told.recharge.state, told.news) == (State.AWAITING_PAYMENT, ())

    checked = (await mira.http.post(f"/v1/recharges/{order['id']}/check")).json()
    assert checked["status"] == "lost"
    assert whats(checked) == ["credited", "dispute_opened", "dispute_lost"]
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 0)
    waiting = "select count(*) from parked_fact where recharge = %s and applied_at is null"
    assert await desk.house.rows(waiting, recharge) == [(0,)]


async def test_what_is_said_about_an_order_that_is_not_there_yet_is_kept_for_it(
    desk: Desk, mira: Buyer
) -> None:
    order = await mira.order(350)
    missing = ids.make()
    reference = ids.show("rch", missing)
    body = _notice(order, reference=reference, id=f"cko_{missing.hex}")
    assert (await _send(desk, body)) == 204
    query = "select reason, resolved_at is null from suspense where reference = %s"
    assert await desk.house.rows(query, reference) == [("unknown_order", True)]

    await _order_arrives(desk, order, missing)
    await desk.console(order, "faults", lose=True)
    checked = await mira.http.post(f"/v1/recharges/{reference}/check")
    assert checked.json()["status"] == "credited"
    assert await mira.coins() == 350
    assert await desk.house.rows(query, reference) == [("unknown_order", False)]


async def test_fifty_notices_of_one_lost_dispute_at_once_take_the_coins_once(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 10)
    history = [
        {"what": "dispute_opened", "name": "dsp_9", "amount": 1500},
        {"what": "dispute_lost", "name": "dsp_9", "amount": 1500},
    ]
    bodies = [_notice(order, history=history[: 1 + number % 2]) for number in range(50)]
    answers = await asyncio.gather(*(_send(desk, body) for body in bodies))
    assert set(answers) <= {204, 409, 503}
    await asyncio.gather(*(_until_taken(desk, body) for body in bodies[:2]))
    purse = await desk.purse(mira)
    assert (purse.paid, purse.debt) == (0, 10)
    assert await desk.clearing(mira) == -1500
    assert (await mira.read(order))["status"] == "lost"


def _notice(order: dict[str, Any], **more: Any) -> bytes:
    """What the provider says about an order that was paid, and what came after."""
    checkout = {
        "id": order["checkout_url"].rpartition("/")[2],
        "reference": order["id"],
        "status": "paid",
        "attempts": 1,
        "amount": order["total"]["amount"],
        "currency": order["total"]["currency"],
        "paid_amount": order["total"]["amount"],
        "paid_currency": order["total"]["currency"],
        "url": order["checkout_url"],
    } | more
    event = {"id": ids.show("evn", ids.make()), "type": "checkout.paid", "created": 1}
    return msgspec.json.encode(event | {"data": {"checkout": checkout}})


async def _send(desk: Desk, body: bytes) -> int:
    answer = await desk.house.http.post(PATH, content=body, headers=signed(desk.house, body))
    return answer.status_code


async def _until_taken(desk: Desk, body: bytes) -> None:
    for _ in range(50):
        if await _send(desk, body) == 204:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("never taken")


async def _order_arrives(desk: Desk, order: dict[str, Any], recharge: Any) -> None:
    """The same order under another id, as after a restore that had lost it."""
    async with desk.house.database.work() as connection:
        await connection.execute(
            "insert into recharge select (r).* from (select jsonb_populate_record(recharge,"
            " jsonb_build_object('id', %s::text, 'checkout', null)) as r"
            " from recharge where id = %s) copy",
            (str(recharge), ids.read("rch", order["id"])),
        )
