"""A buyer's own refund: the coins are set aside, the provider is asked, and its answer decides."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from msgspec import UNSET

from largesse.kernel import ids
from largesse.kernel.postgres import Urls
from largesse.kernel.problems import PROBLEMS
from largesse.ledger import Committer, Seller
from largesse.payments import Providers
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.recharge import sweep_recharges, sweep_refunds
from largesse.recharge.errors import RefundByStore, RefundUnavailable
from largesse.recharge.read import read_recharge
from largesse.recharge.refunds.ask import ask_refund
from tests.recharge.desk import Desk, whats
from tests.recharge.house import Buyer, House
from tests.sandbox.provider import KEY as SANDBOX_KEY

REFUND_FAILS = "4000000000005126"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House, urls: Urls) -> AsyncIterator[Desk]:
    committer = Committer(urls.app)
    await committer.start()
    made = Desk(house, committer)
    yield made
    await made.audit()
    await committer.stop()


async def test_unspent_coins_go_back_for_their_money(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 350)
    offered = (await mira.read(order))["refundable"]
    assert (offered["coins"], offered["money"]["display"]) == (350, "$4.99")

    answer = await desk.ask_refund(mira, order, "back-please")

    assert answer.status_code == 200
    shown = answer.json()
    assert shown["status"] == "refunded"
    assert shown["refund"]["status"] == "done"
    assert shown["refund"]["coins"] == 350
    assert shown["refund"]["money"]["amount"] == 499
    assert "refundable" not in shown
    assert whats(shown) == ["credited", "refund_asked", "refund_done"]
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 0)
    again = await desk.ask_refund(mira, order, "back-please")
    assert again.headers["idempotent-replay"] == "true"
    assert again.json() == shown


async def test_what_was_spent_stays_spent(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 1400)
    await desk.spend(mira, 25 + 400)
    shown = (await desk.ask_refund(mira, order)).json()
    assert shown["status"] == "partially_refunded"
    assert (shown["refund"]["coins"], shown["refund"]["promo_coins"]) == (1000, 0)
    assert shown["refund"]["money"]["amount"] == 1427
    assert await mira.coins() == 0
    nothing = await desk.ask_refund(mira, order)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_refund")


async def test_the_bonus_goes_back_with_the_coins_it_came_with(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 7000)
    shown = (await desk.ask_refund(mira, order)).json()
    assert (shown["refund"]["coins"], shown["refund"]["promo_coins"]) == (7000, 250)
    assert await mira.coins() == 0


async def test_after_fourteen_days_it_is_too_late(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    desk.house.clock.push(days=14)
    try:
        late = await mira.read(order)
        refused = await desk.ask_refund(mira, order)
    finally:
        desk.house.clock.ahead = timedelta()
    assert "refundable" not in late
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_too_late")
    assert refused.json()["next"]
    assert await mira.coins() == 70


async def test_an_order_that_was_never_paid_has_nothing_to_refund(desk: Desk, mira: Buyer) -> None:
    order = await mira.order(70)
    refused = await desk.ask_refund(mira, order)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_refund")
    assert "refundable" not in order


async def test_somebody_elses_recharge_is_not_found(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    oto = await desk.house.buyer()
    assert (await desk.ask_refund(oto, order)).status_code == 404
    assert (await oto.post(f"/v1/recharges/{order['id']}/report")).status_code == 404


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_refund_that_needs_time_is_asked_about_until_it_ends(
    desk: Desk, mira: Buyer, *, arrives: bool
) -> None:
    order = await desk.bought(mira, 70)
    await mira.faults(order, refund="pending", lose=True)
    shown = (await desk.ask_refund(mira, order)).json()
    assert (shown["status"], shown["refund"]["status"]) == ("credited", "pending")
    assert (await mira.coins(), (await desk.purse(mira)).held) == (0, 70)

    await sweep_refunds(desk.house.recharging, now=_later(desk, minutes=1))
    assert (await mira.read(order))["refund"]["status"] == "pending"
    await desk.console(order, "refund/settle", paid=arrives)
    await sweep_refunds(desk.house.recharging, now=_later(desk, minutes=2))

    after = await mira.read(order)
    if arrives:
        assert (after["status"], after["refund"]["status"]) == ("refunded", "done")
        assert await mira.coins() == 0
    else:
        assert (after["status"], after["refund"]["status"]) == ("credited", "failed")
        assert whats(after) == ["credited", "refund_asked", "refund_pending", "refund_failed"]
        assert await mira.coins() == 70
        assert after["refundable"]["coins"] == 70
    assert (await desk.purse(mira)).held == 0


async def test_a_failed_refund_tells_its_buyer_and_may_be_tried_again(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 70, card=REFUND_FAILS)
    await desk.ask_refund(mira, order, "first")
    news = await desk.house.news.heard(order["id"], "refund_failed")
    assert (news.person, news.balance) == (mira.viewer.id, 70)
    again = (await desk.ask_refund(mira, order, "second")).json()
    assert again["refund"]["status"] == "pending"
    rows = await desk.house.rows(
        "select count(distinct id) from recharge_refund r"
        " where recharge in (select id from recharge where account = %s)",
        mira.viewer.no,
    )
    assert rows == [(2,)]


@pytest.mark.parametrize("seconds", [0, 6])
async def test_a_provider_that_pays_and_then_breaks_has_paid_once(
    desk: Desk, mira: Buyer, seconds: int
) -> None:
    order = await desk.bought(mira, 70)
    await mira.faults(order, lose=True)
    stumble = {"calls": 1, "seconds": seconds}
    await desk.house.provider.post(f"{desk.house.sandbox.url}/sandbox/stumble", json=stumble)
    shown = (await desk.ask_refund(mira, order)).json()
    assert (shown["refund"]["status"], (await desk.purse(mira)).held) == ("asked", 70)
    await sweep_refunds(desk.house.recharging, now=_later(desk, minutes=1))
    after = await mira.read(order)
    assert (after["status"], after["refund"]["status"]) == ("refunded", "done")
    assert await desk.clearing(mira) == 0


async def test_a_process_that_is_killed_before_it_could_note_the_refund_has_given_it_once(
    desk: Desk, mira: Buyer, urls: Urls
) -> None:
    order = await desk.bought(mira, 350)
    await mira.faults(order, lose=True)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.recharge.refunder"),
        *(urls.app, desk.house.sandbox.url, mira.viewer.handle, order["id"]),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        async with asyncio.timeout(30):
            assert await child.stdout.readline() == b"Refunded\n"
    finally:
        child.kill()
        await child.wait()
    waiting = await mira.read(order)
    assert (waiting["status"], waiting["refund"]["status"]) == ("credited", "asked")
    assert (await mira.coins(), (await desk.purse(mira)).held) == (0, 350)

    later = _later(desk, minutes=1)
    await asyncio.gather(*(sweep_refunds(desk.house.recharging, now=later) for _ in range(4)))
    after = await mira.read(order)
    assert (after["status"], after["refund"]["status"]) == ("refunded", "done")
    assert whats(after) == ["credited", "refund_asked", "refund_done"]
    assert (await desk.clearing(mira), (await desk.purse(mira)).held) == (0, 0)
    checkout = await desk.house.provider.get(
        f"{desk.house.sandbox.url}/sandbox/api/checkouts/{_checkout(order)}",
        headers={"authorization": f"Bearer {SANDBOX_KEY}"},
    )
    assert checkout.json()["refunded"] == 499


async def test_pressed_in_two_tabs_it_is_one_refund(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 350)
    answers = await asyncio.gather(
        *(desk.ask_refund(mira, order, f"tab-{number % 4}") for number in range(20))
    )
    codes = {answer.status_code for answer in answers}
    assert 200 in codes
    assert codes <= {200, 409, 503}
    busy = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert busy <= {"nothing_to_refund", "request_in_progress"}
    rows = await desk.house.rows(
        "select state, amount from recharge_refund where recharge in"
        " (select id from recharge where account = %s)",
        mira.viewer.no,
    )
    assert rows == [("done", 499)]
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 0)


async def test_a_refund_that_comes_back_after_it_was_done_brings_its_coins_again(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 50)
    await desk.ask_refund(mira, order)
    assert await mira.coins() == 0
    await desk.console(order, "refund/settle", paid=False)
    news = await desk.house.news.heard(order["id"], "refund_returned")

    assert news.balance == 300
    after = await mira.read(order)
    assert (after["status"], after["refund"]["status"]) == ("partially_refunded", "returned")
    assert (await mira.coins(), await desk.clearing(mira)) == (300, 499)
    assert after["refundable"]["coins"] == 300
    again = (await desk.ask_refund(mira, order)).json()
    assert again["refund"]["status"] == "done"
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 72)


async def test_money_that_the_provider_gave_back_by_itself_takes_the_coins_back(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 100)
    await desk.console(order, "refund", amount=499)
    news = await desk.house.news.heard(order["id"], "refunded_by_provider")
    assert news.balance == 0
    after = await mira.read(order)
    assert after["status"] == "refunded"
    assert (after["timeline"][-1]["coins"], after["timeline"][-1]["owed"]) == (250, 100)
    purse = await desk.purse(mira)
    assert (purse.paid, purse.debt, purse.is_frozen) == (0, 100, True)
    assert await desk.clearing(mira) == 0
    refused = await desk.ask_refund(mira, order)
    assert (refused.status_code, refused.json()["code"]) == (409, "dispute_lost")


async def test_a_part_that_the_provider_gave_back_waits_for_a_person(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.console(order, "refund", amount=100)
    await desk.house.news.heard(order["id"], "refunded_by_provider")
    query = "select reason, amount, resolved_at is null from suspense where reference = %s"
    assert await desk.house.rows(query, order["id"]) == [("refunded_in_part", 100, True)]
    assert ((await mira.read(order))["status"], await mira.coins()) == ("partially_refunded", 350)

    async with desk.house.database.work() as connection:
        decided = "update suspense set resolved_at = at where reference = %s"
        await connection.execute(decided, (order["id"],))
    await desk.console(order, "refund", amount=50)
    await desk.house.count_reaches(
        1, "select count(*) from suspense where reference = %s and amount = 150", order["id"]
    )
    assert await desk.house.rows(query, order["id"]) == [("refunded_in_part", 150, True)]

    await desk.console(order, "refund", amount=349)
    await desk.house.count_reaches(
        1, "select count(*) from recharge_dispute where name = %s", _checkout(order)
    )
    assert await desk.house.rows(query, order["id"]) == [("refunded_in_part", 150, False)]
    assert (await mira.coins(), await desk.clearing(mira)) == (0, 0)


async def test_what_the_provider_gave_back_in_part_its_buyer_cannot_have_again(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 175)
    await desk.console(order, "refund", amount=249)
    await desk.house.news.heard(order["id"], "refunded_by_provider")
    refused = await desk.ask_refund(mira, order)
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_unavailable")
    assert "refundable" not in await mira.read(order)
    assert (await mira.coins(), await desk.clearing(mira)) == (175, 499)


async def test_whoever_owes_coins_pays_them_first(desk: Desk, mira: Buyer) -> None:
    spent = await desk.bought(mira, 350)
    await desk.spend(mira, 350)
    await desk.console(spent, "refund", amount=499)
    await desk.house.news.heard(spent["id"], "refunded_by_provider")
    next_one = await desk.bought(mira, 700)
    news = await desk.house.news.heard(next_one["id"], "credited")
    assert (news.repaid, news.balance) == (350, 350)
    shown = await mira.read(next_one)
    assert shown["timeline"][-1]["repaid"] == 350
    assert shown["refundable"]["coins"] == 350


async def test_a_sweeper_that_looks_again_finds_nothing_new(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    await desk.ask_refund(mira, order)
    await sweep_recharges(desk.house.recharging, now=_later(desk, minutes=1))
    after = await mira.read(order)
    assert whats(after) == ["credited", "refund_asked", "refund_done"]
    query = "select next_check_at from recharge where account = %s"
    assert await desk.house.rows(query, mira.viewer.no) == [(None,)]


def _later(desk: Desk, *, minutes: int) -> datetime:
    return desk.house.clock.now() + timedelta(minutes=minutes)


def _checkout(order: dict[str, str]) -> str:
    return order["checkout_url"].rpartition("/")[2]


async def test_an_order_of_a_provider_that_is_switched_off_is_shown_and_not_refunded(
    desk: Desk, mira: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    recharge, now = ids.read("rch", order["id"]), desk.house.clock.now()
    without = replace(desk.house.recharging, providers=Providers({}))
    shown = await read_recharge(without, mira.viewer, recharge, now=now)
    assert (str(shown.status), shown.refundable) == ("credited", UNSET)
    with pytest.raises(RefundUnavailable):
        await ask_refund(without, mira.viewer, recharge, key="k", now=now)


class Store(Sandbox):
    """An app store in all but name: it sells on its own account."""

    seller = Seller.STORE


async def test_what_a_store_sold_the_store_refunds(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    recharge, now = ids.read("rch", order["id"]), desk.house.clock.now()
    account = SandboxAccount(url=desk.house.sandbox.url, key=SANDBOX_KEY, notice_secrets=(b"s",))
    store = Store(account)
    selling = replace(desk.house.recharging, providers=Providers({"sandbox": store}))
    with pytest.raises(RefundByStore) as refused:
        await ask_refund(selling, mira.viewer, recharge, key="k", now=now)
    assert refused.value.code in PROBLEMS
    assert refused.value.next
    shown = await read_recharge(selling, mira.viewer, recharge, now=now)
    assert shown.refundable is UNSET
    await store.close()
