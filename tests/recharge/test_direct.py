"""Recharges through PayPal, Alipay and WeChat Pay without anybody between, from offer to coins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.payments.paypal.adapter import PayPal
from largesse.recharge import sweep_recharges, sweep_refunds
from largesse.settings import AlipaySettings, PayPalSettings, Settings, WeChatSettings
from tests.recharge.house import Buyer, House, open_house
from tests.standins import alipay as standin
from tests.standins.alipay import FakeAlipay, fake_alipay, pem, public_pem
from tests.standins.paypal import FakePayPal, fake_paypal
from tests.standins.wechat import API_KEY, APP, KEY_ID, MERCHANT, SERIAL, FakeWeChat, fake_wechat

PHONE = "Mozilla/5.0 (Linux; Android 16; Pixel 11) AppleWebKit/537.36 Chrome/150 Mobile Safari"


@dataclass
class Shop:
    """A house that sells through all three, and the three."""

    house: House
    paypal: FakePayPal
    alipay: FakeAlipay
    wechat: FakeWeChat

    async def knock(self, provider: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.house.http.post(f"/v1/notices/{provider}", content=body, headers=headers)

    async def suspense(self, order: dict[str, Any]) -> list[str]:
        """Why money of this order was set aside."""
        recharge = ids.read("rch", order["id"])
        query = "select reason from suspense where recharge = %s order by at"
        return [row[0] for row in await self.house.rows(query, recharge)]


@pytest.fixture(scope="module")
def paypal() -> Iterator[FakePayPal]:
    with fake_paypal() as opened:
        yield opened


@pytest.fixture(scope="module")
def alipay() -> Iterator[FakeAlipay]:
    with fake_alipay() as opened:
        yield opened


@pytest.fixture(scope="module")
def wechat() -> Iterator[FakeWeChat]:
    with fake_wechat() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(
    database: Database, paypal: FakePayPal, alipay: FakeAlipay, wechat: FakeWeChat
) -> AsyncIterator[Shop]:
    """Our doors, with the three before the sandbox."""
    more = Settings(
        paypal=PayPalSettings(
            is_on=True,
            client_id=paypal.account.client_id,
            client_secret=paypal.account.client_secret,
            webhook_id=paypal.account.webhook_id,
            api_url=paypal.url,
        ),
        alipay=AlipaySettings(
            is_on=True,
            app_id=standin.APP,
            seller_id=standin.SELLER,
            private_key=pem(alipay.merchant),
            public_key=public_pem(alipay.key),
            api_url=f"{alipay.url}/gateway.do",
        ),
        wechat=WeChatSettings(
            is_on=True,
            merchant_id=MERCHANT,
            app_id=APP,
            private_key=pem(wechat.merchant),
            serial=SERIAL,
            api_key=API_KEY.decode(),
            public_key_id=KEY_ID,
            public_key=public_pem(wechat.key),
            api_url=wechat.url,
        ),
    )
    async with open_house(database, more=more) as house:
        # Only PayPal's own hosts are trusted by settings; the stand-in's certificate is by hand.
        by_code = house.recharging.providers.by_code
        await by_code["paypal"].close()
        by_code["paypal"] = PayPal(paypal.account, trust=paypal.trust)
        yield Shop(house, paypal, alipay, wechat)


@pytest.fixture(autouse=True)
def truthful(paypal: FakePayPal) -> None:
    """Every test begins with a PayPal that does not lie."""
    paypal.capture_value, paypal.capture_currency, paypal.next_issue = "", "", ""
    paypal.next_capture = "COMPLETED"


@pytest_asyncio.fixture(loop_scope="session")
async def mira(shop: Shop) -> Buyer:
    """A new buyer in the United States."""
    return await shop.house.buyer()


@pytest_asyncio.fixture(loop_scope="session")
async def ling(shop: Shop) -> Buyer:
    """A new buyer in China."""
    return await shop.house.buyer(country="CN")


def paypals_id(order: dict[str, Any]) -> str:
    found: str = order["checkout_url"].rpartition("=")[2]
    return found


async def checked(buyer: Buyer, order: dict[str, Any]) -> dict[str, Any]:
    answer = await buyer.http.post(f"/v1/recharges/{order['id']}/check")
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_method_goes_to_who_carries_it_out_in_that_currency(shop: Shop) -> None:
    async def provider(country: str, method: str) -> str:
        buyer = await shop.house.buyer(country=country)
        quoted = await buyer.quote(70, method=method)
        query = "select provider from recharge where id = %s"
        (row,) = await shop.house.rows(query, ids.read("rch", quoted["id"]))
        return str(row[0])

    assert await provider("US", "paypal") == "paypal"
    # Real in Brazil for Brazilian merchants only, so the next in line takes it.
    assert await provider("BR", "paypal") == "sandbox"
    assert await provider("CN", "alipay") == "alipay"
    assert await provider("CN", "wechat_pay") == "wechat"
    assert await provider("JP", "alipay") == "sandbox"


async def test_a_method_is_refused_where_its_only_provider_takes_other_money(
    shop: Shop, mira: Buyer
) -> None:
    providers = shop.house.recharging.providers
    assert "alipay" not in providers.collecting("USD")
    assert "alipay" in providers.collecting("CNY")
    answer = await mira.post("/v1/recharges", coins=70, method="alipay")
    assert answer.status_code == 422
    assert answer.json()["code"] == "method_unavailable"


async def test_paypal_is_captured_by_its_notice_and_credited_once(shop: Shop, mira: Buyer) -> None:
    order = await mira.order(350, method="paypal")
    name = paypals_id(order)
    shop.paypal.approve(name)
    body = shop.paypal.event("CHECKOUT.ORDER.APPROVED", {"id": name})
    headers = shop.paypal.headers(body, at=shop.house.clock.now())
    assert (await shop.knock("paypal", body, headers)).status_code == 204
    completed = shop.paypal.event("PAYMENT.CAPTURE.COMPLETED", shop.paypal.captured(name))
    signed = shop.paypal.headers(completed, at=shop.house.clock.now())
    answers = await asyncio.gather(
        *(shop.knock("paypal", completed, signed) for _ in range(10)),
        *(shop.knock("paypal", body, headers) for _ in range(10)),
    )
    assert {answer.status_code for answer in answers} <= {204, 503}
    assert await mira.coins() == 350
    assert await shop.house.credits(order) == 1


async def test_paypal_is_captured_by_the_sweeper_when_no_notice_came(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(70, method="paypal")
    shop.paypal.approve(paypals_id(order))
    await sweep_recharges(shop.house.recharging, now=shop.house.clock.now() + timedelta(minutes=5))
    assert (await mira.read(order))["status"] == "credited"
    assert await mira.coins() == 70


async def test_a_refused_card_at_paypal_leaves_the_order_open_for_another(
    shop: Shop, mira: Buyer
) -> None:
    order = await mira.order(70, method="paypal")
    name = paypals_id(order)
    shop.paypal.next_issue = "INSTRUMENT_DECLINED"
    shop.paypal.approve(name)
    declined = await checked(mira, order)
    assert declined["status"] == "awaiting_payment"
    assert declined["timeline"][-1]["what"] == "declined"
    shop.paypal.next_issue, shop.paypal.next_capture = "", "PENDING"
    shop.paypal.approve(name)
    assert (await checked(mira, order))["status"] == "processing"
    shop.paypal.finish(name, "COMPLETED")
    assert (await checked(mira, order))["status"] == "credited"
    assert await mira.coins() == 70


@pytest.mark.parametrize(
    ("value", "currency", "reason"),
    [("0.01", "", "amount_differs"), ("0.99", "EUR", "currency_differs")],
)
async def test_other_money_at_paypal_is_set_aside_and_never_credited(
    shop: Shop, mira: Buyer, value: str, currency: str, reason: str
) -> None:
    order = await mira.order(70, method="paypal")
    shop.paypal.capture_value, shop.paypal.capture_currency = value, currency
    shop.paypal.approve(paypals_id(order))
    await checked(mira, order)
    assert await mira.coins() == 0
    assert await shop.suspense(order) == [reason]


async def test_alipay_is_credited_by_its_notice_once_and_reads_its_word(
    shop: Shop, ling: Buyer
) -> None:
    order = await ling.order(350, method="alipay")
    assert shop.alipay.open(order["checkout_url"])["total_amount"] == "38.00"
    shop.alipay.pay(order["id"])
    body = shop.alipay.notice(order["id"])
    kind = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    answers = await asyncio.gather(*(shop.knock("alipay", body, kind) for _ in range(10)))
    assert {(one.status_code, one.content) for one in answers} == {(200, b"success")}
    assert await ling.coins() == 350
    assert await shop.house.credits(order) == 1
    forged = shop.alipay.notice(order["id"], key=standin.new_key())
    assert (await shop.knock("alipay", forged, kind)).status_code == 400


async def test_alipay_is_credited_by_the_check_when_no_notice_came(shop: Shop, ling: Buyer) -> None:
    order = await ling.order(70, method="alipay")
    assert (await checked(ling, order))["status"] == "awaiting_payment"
    shop.alipay.open(order["checkout_url"])
    shop.alipay.pay(order["id"])
    assert (await checked(ling, order))["status"] == "credited"
    assert await ling.coins() == 70


async def test_other_or_others_money_at_alipay_is_set_aside(shop: Shop, ling: Buyer) -> None:
    order = await ling.order(70, method="alipay")
    shop.alipay.open(order["checkout_url"])
    shop.alipay.pay(order["id"])
    for body in (
        shop.alipay.notice(order["id"], total_amount="0.01"),
        shop.alipay.notice(order["id"], seller_id="2088000000000000"),
    ):
        assert (await shop.knock("alipay", body, {})).status_code == 200
    assert await ling.coins() == 0
    assert set(await shop.suspense(order)) == {"amount_differs", "merchant_differs"}


async def test_wechat_shows_a_code_and_is_credited_by_its_notice(shop: Shop, ling: Buyer) -> None:
    order = await ling.order(350, method="wechat_pay")
    assert order["checkout_url"].startswith("weixin://")
    shop.wechat.pay(order["id"])
    body = shop.wechat.notice("TRANSACTION.SUCCESS", shop.wechat.transaction(order["id"]))
    headers = shop.wechat.headers(body, at=shop.house.clock.now())
    answers = await asyncio.gather(*(shop.knock("wechat", body, headers) for _ in range(10)))
    assert {one.status_code for one in answers} == {204}
    assert await ling.coins() == 350
    assert await shop.house.credits(order) == 1
    old = shop.wechat.headers(body, at=shop.house.clock.now() - timedelta(seconds=310))
    assert (await shop.knock("wechat", body, old)).status_code == 400


@pytest.mark.parametrize("method", ["paypal", "alipay", "wechat_pay"])
async def test_a_buyer_gets_unspent_coins_back(
    shop: Shop, mira: Buyer, ling: Buyer, method: str
) -> None:
    buyer = mira if method == "paypal" else ling
    order = await buyer.order(70, method=method)
    match method:
        case "paypal":
            shop.paypal.approve(paypals_id(order))
        case "alipay":
            shop.alipay.open(order["checkout_url"])
            shop.alipay.pay(order["id"])
        case _:
            shop.wechat.pay(order["id"])
    assert (await checked(buyer, order))["status"] == "credited"
    answer = await buyer.post(f"/v1/recharges/{order['id']}/refund")
    assert answer.is_success, answer.text
    await sweep_refunds(shop.house.recharging, now=shop.house.clock.now() + timedelta(minutes=5))
    assert (await buyer.read(order))["status"] == "refunded"
    assert await buyer.coins() == 0
    match method:
        case "paypal":
            assert shop.paypal.captured(paypals_id(order))["status"] == "REFUNDED"
        case "alipay":
            assert shop.alipay.returned(order["id"]) == 800
        case _:
            assert shop.wechat.returned(order["id"]) == 800


@pytest.mark.parametrize(
    ("outcome", "status", "coins"),
    [("RESOLVED_SELLER_FAVOUR", "credited", 70), ("RESOLVED_BUYER_FAVOUR", "lost", 0)],
)
async def test_a_dispute_at_paypal_holds_the_coins_until_it_is_decided(
    shop: Shop, mira: Buyer, outcome: str, status: str, coins: int
) -> None:
    order = await mira.order(70, method="paypal")
    name = paypals_id(order)
    shop.paypal.approve(name)
    await checked(mira, order)

    async def told(kind: str, dispute: dict[str, Any]) -> None:
        body = shop.paypal.event(f"CUSTOMER.DISPUTE.{kind}", dispute)
        headers = shop.paypal.headers(body, at=shop.house.clock.now())
        assert (await shop.knock("paypal", body, headers)).status_code == 204

    await told("CREATED", shop.paypal.dispute(name))
    assert (await mira.read(order))["status"] == "disputed"
    assert await mira.coins() == 0
    await told("RESOLVED", shop.paypal.dispute(name, outcome=outcome))
    assert (await mira.read(order))["status"] == status
    assert await mira.coins() == coins


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
async def test_a_phone_is_sent_to_the_page_that_opens_the_app(
    shop: Shop, ling: Buyer, method: str
) -> None:
    quoted = await ling.quote(70, method=method)
    answer = await ling.http.post(
        f"/v1/recharges/{quoted['id']}/confirm",
        headers={"idempotency-key": str(ids.make()), "user-agent": PHONE},
    )
    page = answer.json()["checkout_url"]
    assert page.startswith("http")
    if method == "alipay":
        assert shop.alipay.open(page)["product_code"] == "QUICK_WAP_WAY"
    else:
        assert shop.wechat.orders[quoted["id"]]["page"]["payer_client_ip"] == "127.0.0.1"
