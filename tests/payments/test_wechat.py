"""WeChat Pay's own traps: signatures, clocks, another merchant's money, refunds asked for by number."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    CheckoutStarted,
    CheckoutWanted,
    NoticeRefused,
    Pending,
    Refunded,
    RefundFailed,
    Settled,
    Unknown,
)
from largesse.payments.wechat.adapter import NOTICE_BYTES_MAX, WeChat
from tests.standins.alipay import new_key
from tests.standins.wechat import FakeWeChat, Shape, fake_wechat

PRICE = Money(3801, "CNY")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def module_fake() -> Iterator[FakeWeChat]:
    with fake_wechat() as opened:
        yield opened


@pytest.fixture
def fake(module_fake: FakeWeChat) -> FakeWeChat:
    """WeChat Pay in its best mood."""
    module_fake.stumbles.set(calls=0)
    module_fake.next_refund, module_fake.next_refusal = "SUCCESS", ""
    module_fake.is_forged, module_fake.answers_late = False, timedelta()
    return module_fake


@pytest_asyncio.fixture(loop_scope="session")
async def wechat(fake: FakeWeChat) -> AsyncIterator[WeChat]:
    adapter = WeChat(fake.account)
    yield adapter
    await adapter.close()


def wanted(price: Money = PRICE, *, phone_address: str = "") -> CheckoutWanted:
    return CheckoutWanted(
        reference=ids.show("rch", ids.make()),
        price=price,
        description="350 coins",
        method="wechat_pay",
        return_url="https://shop.example/recharge/1?a=b&c=d",
        expires_at=NOW + timedelta(hours=1),
        attempts_max=5,
        phone_address=phone_address,
    )


async def opened(wechat: WeChat) -> str:
    asked = wanted()
    assert isinstance(await wechat.start_checkout(asked, key="k"), CheckoutStarted)
    return asked.reference


async def paid(wechat: WeChat, fake: FakeWeChat) -> tuple[str, Settled]:
    reference = await opened(wechat)
    fake.pay(reference)
    (settled,) = await wechat.query(reference=reference)
    assert isinstance(settled, Settled)
    return reference, settled


def notice(fake: FakeWeChat, kind: str, content: Shape) -> tuple[dict[str, str], bytes]:
    body = fake.notice(kind, content)
    return fake.headers(body, at=NOW), body


async def test_a_desk_gets_a_code_to_scan_and_a_phone_the_page_that_opens_the_app(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    code = await wechat.start_checkout(wanted(), key="k")
    assert isinstance(code, CheckoutStarted)
    assert code.url.startswith("weixin://wxpay/")
    asked = wanted(phone_address="203.0.113.7")
    page = await wechat.start_checkout(asked, key="k")
    assert isinstance(page, CheckoutStarted)
    assert urlsplit(page.url).scheme == "https"
    assert parse_qs(urlsplit(page.url).query)["redirect_url"] == [asked.return_url]
    scene = fake.orders[asked.reference]["page"]
    assert scene == {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}


async def test_other_money_than_yuan_is_not_asked_for(wechat: WeChat, fake: FakeWeChat) -> None:
    asked = wanted(Money(499, "USD"))
    assert isinstance(await wechat.start_checkout(asked, key="k"), Unknown)
    assert asked.reference not in fake.orders


@pytest.mark.parametrize("total", [1, 3802])
async def test_what_was_really_paid_is_told(wechat: WeChat, fake: FakeWeChat, total: int) -> None:
    reference = await opened(wechat)
    fake.pay(reference, total=total)
    (settled,) = await wechat.query(reference=reference)
    assert isinstance(settled, Settled)
    assert settled.paid == Money(total, "CNY")


@pytest.mark.parametrize("field", [{"mchid": "1900000001"}, {"appid": "wx0000000000000000"}])
async def test_money_of_another_merchant_is_never_ours(
    wechat: WeChat, fake: FakeWeChat, field: dict[str, str]
) -> None:
    reference, _ = await paid(wechat, fake)
    content = fake.transaction(reference) | field
    headers, body = notice(fake, "TRANSACTION.SUCCESS", content)
    (settled,) = (await wechat.read_notice(headers, body, now=NOW)).outcomes
    assert isinstance(settled, Settled)
    assert settled.misfit == "merchant_differs"


async def test_an_answer_that_wechat_did_not_sign_or_signed_long_ago_is_not_believed(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, settled = await paid(wechat, fake)
    fake.is_forged = True
    assert isinstance((await wechat.query(reference=reference))[0], Unknown)
    fake.is_forged, fake.answers_late = False, timedelta(seconds=310)
    assert isinstance((await wechat.query(reference=reference))[0], Unknown)
    fake.answers_late = timedelta(seconds=250)
    assert await wechat.query(reference=reference) == (settled,)


async def test_an_answer_about_another_order_is_not_taken_for_this_one(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, _ = await paid(wechat, fake)
    other = await opened(wechat)
    fake.orders[other] = fake.orders[reference]
    assert isinstance((await wechat.query(reference=other))[0], Unknown)


async def test_the_notice_of_a_refund_tells_the_payment_too(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, settled = await paid(wechat, fake)
    part = Money(1000, "CNY")
    key = f"{reference}:refund:1"
    answer = await wechat.refund(checkout=reference, amount=part, key=key)
    assert answer == Refunded(part, settled.payment)
    content = fake.refunded(key.replace(":", "|"))
    headers, body = notice(fake, "REFUND.SUCCESS", content)
    told = await wechat.read_notice(headers, body, now=NOW)
    assert told.reference == reference
    assert told.outcomes == (settled, Refunded(part, settled.payment, refund=key))
    headers, body = notice(fake, "REFUND.SUCCESS", content | {"mchid": "1900000001"})
    other = (await wechat.read_notice(headers, body, now=NOW)).outcomes[0]
    assert isinstance(other, Settled)
    assert other.misfit == "merchant_differs"


async def test_a_refund_that_is_told_twice_is_one_event(wechat: WeChat, fake: FakeWeChat) -> None:
    reference, _ = await paid(wechat, fake)
    key = f"{reference}:refund"
    await wechat.refund(checkout=reference, amount=Money(1000, "CNY"), key=key)
    events = set()
    for _ in range(2):
        content = fake.refunded(key.replace(":", "|"))
        headers, body = notice(fake, "REFUND.SUCCESS", content)
        events.add((await wechat.read_notice(headers, body, now=NOW)).event)
    assert len(events) == 1


@pytest.mark.parametrize("end", ["ABNORMAL", "CLOSED"])
async def test_a_refund_that_came_back_is_told_by_its_key(
    wechat: WeChat, fake: FakeWeChat, end: str
) -> None:
    reference, settled = await paid(wechat, fake)
    key = f"{reference}:refund"
    fake.next_refund = "PROCESSING"
    first = await wechat.refund(checkout=reference, amount=PRICE, key=key)
    assert isinstance(first, Pending)
    number = key.replace(":", "|")
    fake.refunds[number]["status"] = end
    failed = RefundFailed(key, settled.payment)
    assert await wechat.refund(checkout=reference, amount=PRICE, key=key) == failed
    headers, body = notice(fake, f"REFUND.{end}", fake.refunded(number))
    assert (await wechat.read_notice(headers, body, now=NOW)).outcomes[1] == failed


async def test_a_refund_that_wechat_refuses_for_good_has_failed_and_others_are_unknown(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, settled = await paid(wechat, fake)
    fake.next_refusal = "NOT_ENOUGH"
    answer = await wechat.refund(checkout=reference, amount=PRICE, key="r:1")
    assert answer == RefundFailed("r:1", settled.payment)
    fake.next_refusal = "FREQUENCY_LIMITED"
    assert isinstance(await wechat.refund(checkout=reference, amount=PRICE, key="r:2"), Unknown)


async def test_a_refund_key_with_another_amount_gives_nothing_back_and_tells_the_first(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, settled = await paid(wechat, fake)
    key, little = f"{reference}:r", Money(100, "CNY")
    await wechat.refund(checkout=reference, amount=little, key=key)
    again = await wechat.refund(checkout=reference, amount=Money(200, "CNY"), key=key)
    assert again == Refunded(little, settled.payment)
    assert fake.returned(reference) == 100


async def test_a_payment_that_went_back_at_the_providers_is_no_reason_for_coins(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, settled = await paid(wechat, fake)
    fake.orders[reference]["trade_state"] = "REFUND"
    assert await wechat.query(reference=reference) == (replace(settled, misfit="given_back"),)


async def test_nothing_goes_back_of_an_order_that_nobody_paid(wechat: WeChat) -> None:
    reference = await opened(wechat)
    assert isinstance(await wechat.refund(checkout=reference, amount=PRICE, key="r"), Unknown)


async def test_what_is_encrypted_for_somebody_else_or_in_another_way_is_refused(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    reference, _ = await paid(wechat, fake)
    content = fake.transaction(reference)
    genuine = json.loads(fake.notice("TRANSACTION.SUCCESS", content))
    resource = genuine["resource"]
    secret = bytearray(base64.b64decode(resource["ciphertext"]))
    secret[3] ^= 1
    changed = [
        {"ciphertext": base64.b64encode(secret).decode()},
        {"ciphertext": "no base64!"},
        {"ciphertext": ""},
        {"nonce": "0" * 12},
        {"nonce": ""},
        {"associated_data": "refund"},
        {"algorithm": "AES-256-ECB"},
    ]
    bodies = [json.dumps(genuine | {"resource": resource | one}).encode() for one in changed]
    bodies += [
        fake.notice("TRANSACTION.SUCCESS", content, api_key=b"0" * 32),
        fake.notice("TRANSACTION.SUCCESS", {"hello": "world"}),
        fake.notice("TRANSACTION.SUCCESS", content) + b" " * NOTICE_BYTES_MAX,
    ]
    for body in bodies:
        with pytest.raises(NoticeRefused):
            await wechat.read_notice(fake.headers(body, at=NOW), body, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"wechatpay-serial": "PUB_KEY_ID_0000000000000000"},
        {"wechatpay-serial": "é"},
        {"wechatpay-timestamp": "now"},
        {"wechatpay-timestamp": "-5"},
        {"wechatpay-timestamp": "٣"},
        {"wechatpay-timestamp": "9" * 30},
        {"wechatpay-nonce": "another"},
        {"wechatpay-signature": "WECHATPAY/SIGNTEST/abcdef"},
        {"wechatpay-signature": ""},
    ],
)
async def test_a_signature_with_a_part_that_is_wrong_is_refused(
    wechat: WeChat, fake: FakeWeChat, change: dict[str, str]
) -> None:
    reference, _ = await paid(wechat, fake)
    headers, body = notice(fake, "TRANSACTION.SUCCESS", fake.transaction(reference))
    assert (await wechat.read_notice(headers, body, now=NOW)).reference == reference
    with pytest.raises(NoticeRefused):
        await wechat.read_notice(headers | change, body, now=NOW)


async def test_a_strangers_signature_is_refused(wechat: WeChat, fake: FakeWeChat) -> None:
    reference, _ = await paid(wechat, fake)
    _, body = notice(fake, "TRANSACTION.SUCCESS", fake.transaction(reference))
    with pytest.raises(NoticeRefused):
        await wechat.read_notice(fake.headers(body, at=NOW, key=new_key()), body, now=NOW)


async def test_a_notice_about_something_else_is_genuine_and_about_nobody(
    wechat: WeChat, fake: FakeWeChat
) -> None:
    headers, body = notice(fake, "COUPON.USE", {"coupon_id": "1"})
    told = await wechat.read_notice(headers, body, now=NOW)
    assert told.reference == ""
    assert [type(outcome) for outcome in told.outcomes] == [Unknown]
