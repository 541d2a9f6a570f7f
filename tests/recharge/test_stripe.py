"""A recharge through Stripe from the offer to the coins, whatever becomes of the notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from largesse.kernel.database import Database
from largesse.recharge import sweep_recharges
from largesse.settings import Settings, StripeSettings
from tests.recharge.house import Buyer, House, open_house
from tests.sandbox.provider import free_port
from tests.standins.stripe import FakeStripe, open_stripe

SECRETS = ("whsec_now", "whsec_next")
CARD = "4242424242424242"


@dataclass
class Shop:
    """A house that sells through Stripe, and the stand-in that it sells through."""

    house: House
    stripe: FakeStripe


@pytest.fixture(scope="module")
def port() -> int:
    """Where notices go, known before anybody listens."""
    return free_port()


@pytest.fixture(scope="module")
def stripe(port: int) -> Iterator[FakeStripe]:
    """Stripe, telling our endpoint, in the middle of a change of its secret."""
    with open_stripe(f"http://127.0.0.1:{port}/v1/notices/stripe", secrets=SECRETS) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(database: Database, stripe: FakeStripe, port: int) -> AsyncIterator[Shop]:
    """Our doors, with Stripe before the sandbox."""
    told = StripeSettings(is_on=True, key=stripe.key, notice_secret=SECRETS[0], api_url=stripe.url)
    async with open_house(database, port=port, more=Settings(stripe=told)) as house:
        yield Shop(house, stripe)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def truthful(stripe: FakeStripe) -> AsyncIterator[None]:
    """Every test begins with a Stripe that does not lie and has nothing more to tell."""
    yield
    faults = stripe.faults
    faults.lose, faults.double, faults.reorder = False, False, False
    faults.stumble(calls=0)
    await asyncio.to_thread(stripe.courier.rest)


@pytest_asyncio.fixture(loop_scope="session")
async def mira(shop: Shop) -> Buyer:
    """A new buyer in the United States with an empty purse."""
    return await shop.house.buyer()


async def test_an_order_is_paid_on_stripes_page_and_credited_by_its_notice(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(350)
    assert order["checkout_url"].startswith(shop.stripe.url)
    page = await shop.house.provider.get(order["checkout_url"])
    assert "350 coins: 499 USD" in page.text
    paid = await shop.house.provider.post(order["checkout_url"], data={"card": CARD})
    assert paid.status_code == 303
    assert paid.headers["location"].endswith(f"/recharge/{order['id']}")

    news = await shop.house.news.heard(order["id"], "credited")
    assert news.balance == 350
    assert await mira.coins() == 350
    assert await shop.house.credits(order) == 1
    # Completion, charge and payment were told one by one; each is kept, and one of them credited.
    query = "select count(*) from notice where reference = %s and verdict = 'accepted'"
    await shop.house.count_reaches(3, query, order["id"])
    assert await shop.house.credits(order) == 1


async def test_a_payment_whose_notices_were_all_lost_is_found_by_the_sweeper(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(70)
    shop.stripe.faults.lose = True
    shop.stripe.pay(order["id"], CARD)
    assert await mira.coins() == 0
    later = shop.house.clock.now() + timedelta(minutes=5)
    await sweep_recharges(shop.house.recharging, now=later)
    assert (await mira.read(order))["status"] == "credited"
    assert await mira.coins() == 70
    query = "select count(*) from notice where reference = %s"
    assert await shop.house.rows(query, order["id"]) == [(0,)]


async def test_notices_that_come_twice_and_overtake_each_other_credit_once(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(70)
    shop.stripe.faults.double = shop.stripe.faults.reorder = True
    shop.stripe.pay(order["id"], "4000000000000002")
    shop.stripe.pay(order["id"], CARD)
    await shop.house.news.heard(order["id"], "credited")
    query = "select count(*) from notice where reference = %s"
    await shop.house.count_reaches(3, query, order["id"])
    assert await mira.coins() == 70
    assert await shop.house.credits(order) == 1


async def test_a_page_whose_opening_broke_is_found_and_paid(shop: Shop, mira: Buyer) -> None:
    quoted = await mira.quote(70)
    shop.stripe.faults.stumble(calls=2)
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
    assert answer.json()["status"] == "awaiting_payment"
    assert "checkout_url" not in answer.json()
    checked = await mira.http.post(f"/v1/recharges/{quoted['id']}/check")
    assert checked.json()["checkout_url"].startswith(shop.stripe.url)
    assert len(shop.stripe.sessions(quoted["id"])) == 1
    shop.stripe.pay(quoted["id"], CARD)
    await shop.house.news.heard(quoted["id"], "credited")
    assert await mira.coins() == 70


async def test_a_slow_debit_is_processing_and_credited_when_the_bank_says_yes(
    shop: Shop,
) -> None:
    lena = await shop.house.buyer(country="DE")
    order = await lena.order(70, method="sepa_debit")
    shop.stripe.pay(order["id"])
    await shop.house.news.heard(order["id"], "processing")
    assert await lena.coins() == 0
    shop.stripe.pay(order["id"], step="bank")
    await shop.house.news.heard(order["id"], "credited")
    assert await lena.coins() == 70


async def test_fifty_deliveries_of_one_notice_at_once_credit_once(shop: Shop, mira: Buyer) -> None:
    order = await mira.order(70)
    shop.stripe.faults.lose = True
    shop.stripe.pay(order["id"], CARD)
    sent = shop.stripe.sent(order["id"])[-1]
    answers = await asyncio.gather(
        *(
            shop.house.http.post("/v1/notices/stripe", content=sent.body, headers=sent.headers)
            for _ in range(50)
        )
    )
    # What was not taken in a busy moment comes again.
    assert {answer.status_code for answer in answers} <= {204, 409, 503}
    assert 204 in {answer.status_code for answer in answers}
    assert await mira.coins() == 70
    assert await shop.house.credits(order) == 1


async def test_a_notice_that_cannot_be_looked_into_now_is_asked_for_again(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(70)
    shop.stripe.faults.lose = True
    shop.stripe.pay(order["id"], CARD)
    sent = shop.stripe.sent(order["id"])[-1]
    shop.stripe.faults.stumble(calls=1)

    async def knock() -> httpx.Response:
        return await shop.house.http.post(
            "/v1/notices/stripe", content=sent.body, headers=sent.headers
        )

    assert (await knock()).status_code == 503
    query = "select count(*) from notice where reference = %s"
    assert await shop.house.rows(query, order["id"]) == [(0,)]
    assert (await knock()).status_code == 204
    assert await mira.coins() == 70


async def test_an_order_that_nobody_paid_closes_its_page(shop: Shop, mira: Buyer) -> None:
    order = await mira.order(70)
    answer = await mira.post(f"/v1/recharges/{order['id']}/cancel")
    assert answer.json()["status"] == "cancelled"
    (session,) = shop.stripe.sessions(order["id"])
    assert session["status"] == "expired"


async def credited(shop: Shop, buyer: Buyer, card: str = CARD) -> dict[str, Any]:
    """An order that was paid and credited."""
    order = await buyer.order(70)
    shop.stripe.pay(order["id"], card)
    await shop.house.news.heard(order["id"], "credited")
    return order


async def test_a_refund_that_failed_days_later_brings_the_coins_back(
    shop: Shop, mira: Buyer
) -> None:
    order = await credited(shop, mira, "4000000000005126")
    answer = await mira.post(f"/v1/recharges/{order['id']}/refund")
    assert answer.json()["status"] == "refunded", answer.text
    assert await mira.coins() == 0
    shop.stripe.finish_refunds(order["id"])
    query = "select count(*) from notice where reference = %s and body like %s"
    await shop.house.count_reaches(1, query, order["id"], b"%refund.failed%")
    assert await mira.coins() == 70


async def test_a_dispute_holds_the_coins_and_its_end_decides_about_them(
    shop: Shop, mira: Buyer
) -> None:
    for is_won, coins in ((True, 70), (False, 0)):
        buyer = await shop.house.buyer()
        order = await credited(shop, buyer, "4000000000002685")
        await shop.house.news.heard(order["id"], "dispute_opened")
        assert await buyer.coins() == 0
        shop.stripe.decide(order["id"], is_won=is_won)
        await shop.house.news.heard(order["id"], "dispute_won" if is_won else "dispute_lost")
        assert await buyer.coins() == coins
