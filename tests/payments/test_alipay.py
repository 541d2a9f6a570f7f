"""Alipay's own traps: a form that is signed, another merchant's money, answers that are forged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Action,
    CheckoutStarted,
    CheckoutWanted,
    NoticeRefused,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
    Unknown,
)
from largesse.payments.alipay import NOTICE_BYTES_MAX, Alipay
from tests.standins.alipay import FakeAlipay, fake_alipay, new_key

PRICE = Money(3801, "CNY")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def module_fake() -> Iterator[FakeAlipay]:
    with fake_alipay() as opened:
        yield opened


@pytest.fixture
def fake(module_fake: FakeAlipay) -> FakeAlipay:
    """Alipay in its best mood."""
    module_fake.stumbles.set(calls=0)
    module_fake.next_refusal, module_fake.is_forged = "", False
    return module_fake


@pytest_asyncio.fixture(loop_scope="session")
async def alipay(fake: FakeAlipay) -> AsyncIterator[Alipay]:
    adapter = Alipay(fake.account)
    yield adapter
    await adapter.close()


def wanted(price: Money = PRICE, *, phone_address: str = "") -> CheckoutWanted:
    return CheckoutWanted(
        reference=ids.show("rch", ids.make()),
        price=price,
        description="350 coins & 25% + 送",
        method="alipay",
        return_url="https://shop.example/recharge/1?from=a&b=c",
        expires_at=NOW + timedelta(hours=1),
        attempts_max=5,
        phone_address=phone_address,
    )


async def opened(alipay: Alipay, fake: FakeAlipay, price: Money = PRICE) -> str:
    """An order whose payer has come to Alipay's page."""
    asked = wanted(price)
    answer = await alipay.start_checkout(asked, key="k")
    assert isinstance(answer, CheckoutStarted)
    fake.open(answer.url)
    return asked.reference


async def paid(alipay: Alipay, fake: FakeAlipay) -> tuple[str, Settled]:
    reference = await opened(alipay, fake)
    fake.pay(reference)
    (settled,) = await alipay.query(reference=reference)
    assert isinstance(settled, Settled)
    return reference, settled


async def test_the_page_asks_for_exactly_this_and_reports_to_us(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    asked = wanted()
    answer = await alipay.start_checkout(asked, key="k")
    assert isinstance(answer, CheckoutStarted)
    assert fake.open(answer.url) == {
        "out_trade_no": asked.reference,
        "total_amount": "38.01",
        "subject": asked.description,
        "product_code": "FAST_INSTANT_TRADE_PAY",
        "time_expire": "2026-11-23 21:00:00",
    }
    page = fake.pages[-1]
    assert page["notify_url"] == "https://shop.example/v1/notices/alipay"
    assert page["return_url"] == asked.return_url


async def test_a_phone_gets_the_page_that_opens_the_app(alipay: Alipay, fake: FakeAlipay) -> None:
    answer = await alipay.start_checkout(wanted(phone_address="203.0.113.7"), key="k")
    assert isinstance(answer, CheckoutStarted)
    assert fake.open(answer.url)["product_code"] == "QUICK_WAP_WAY"
    assert fake.pages[-1]["method"] == "alipay.trade.wap.pay"


async def test_an_address_that_somebody_cheapens_is_signed_by_nobody(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    answer = await alipay.start_checkout(wanted(), key="k")
    assert isinstance(answer, CheckoutStarted)
    cheap = answer.url.replace(quote('"38.01"'), quote('"0.01"'))
    assert cheap != answer.url
    with pytest.raises(AssertionError, match="not signed"):
        fake.open(cheap)


async def test_other_money_than_yuan_is_not_asked_for(alipay: Alipay) -> None:
    answer = await alipay.start_checkout(wanted(Money(499, "USD")), key="k")
    assert isinstance(answer, Unknown)


async def test_each_state_of_a_trade_has_its_word(alipay: Alipay, fake: FakeAlipay) -> None:
    reference = await opened(alipay, fake)
    assert await alipay.query(reference=reference) == (RequiresAction(Action.PAY, 1),)
    fake.pay(reference, status="TRADE_FINISHED")
    (settled,) = await alipay.query(reference=reference)
    assert isinstance(settled, Settled)
    assert (settled.paid, settled.payment) == (PRICE, fake.trades[reference]["trade_no"])
    fake.trades[reference]["trade_status"] = "TRADE_TELEPORTED"
    assert isinstance((await alipay.query(reference=reference))[0], Unknown)


async def test_an_opened_page_can_be_closed(alipay: Alipay, fake: FakeAlipay) -> None:
    reference = await opened(alipay, fake)
    await alipay.close_checkout(checkout=reference)
    assert await alipay.query(reference=reference) == (Abandoned(),)


async def test_a_trade_that_closed_without_a_payment_is_no_money_however_it_is_told(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference = await opened(alipay, fake)
    fake.run_out(reference)
    assert await alipay.query(reference=reference) == (Abandoned(),)
    for body in (fake.notice(reference), fake.notice(reference, refund_fee="0.00")):
        assert (await alipay.read_notice({}, body, now=NOW)).outcomes == (Abandoned(),)


@pytest.mark.parametrize("total", ["0.01", "38.02", "38.010"])
async def test_what_was_really_paid_is_told(alipay: Alipay, fake: FakeAlipay, total: str) -> None:
    reference = await opened(alipay, fake)
    fake.pay(reference, total=total)
    (settled,) = await alipay.query(reference=reference)
    assert isinstance(settled, Settled)
    assert (settled.paid == PRICE) is (total == "38.010")


async def test_an_amount_that_is_none_is_unknown(alipay: Alipay, fake: FakeAlipay) -> None:
    reference = await opened(alipay, fake)
    fake.pay(reference, total="38.011")
    assert isinstance((await alipay.query(reference=reference))[0], Unknown)


async def test_an_answer_that_alipay_did_not_sign_is_not_believed(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference, _ = await paid(alipay, fake)
    fake.is_forged = True
    assert isinstance((await alipay.query(reference=reference))[0], Unknown)
    answer = await alipay.refund(checkout=reference, amount=PRICE, key="r")
    assert isinstance(answer, Unknown)


async def test_an_answer_about_another_order_is_not_taken_for_this_one(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference, _ = await paid(alipay, fake)
    other = await opened(alipay, fake)
    fake.trades[other] = fake.trades[reference]
    assert isinstance((await alipay.query(reference=other))[0], Unknown)


async def test_a_notice_tells_the_payment(alipay: Alipay, fake: FakeAlipay) -> None:
    reference, settled = await paid(alipay, fake)
    body = fake.notice(reference)
    notice = await alipay.read_notice({}, body, now=NOW)
    assert (notice.reference, notice.outcomes) == (reference, (settled,))
    assert await alipay.read_notice({}, body, now=NOW + timedelta(days=1)) == notice


async def test_parts_that_went_back_are_told_by_notices(alipay: Alipay, fake: FakeAlipay) -> None:
    reference, settled = await paid(alipay, fake)
    for number, back in ((1, 1000), (2, 2000)):
        part = Money(1000, "CNY")
        answer = await alipay.refund(checkout=reference, amount=part, key=f"part_{number}")
        assert answer == Refunded(part, settled.payment)
        notice = await alipay.read_notice({}, fake.notice(reference), now=NOW)
        assert notice.outcomes == (settled, Refunded(Money(back, "CNY"), settled.payment))


async def test_one_notice_id_that_tells_two_states_counts_as_two(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference = await opened(alipay, fake)
    before = await alipay.read_notice({}, fake.notice(reference, notify_id="n1"), now=NOW)
    fake.pay(reference)
    after = await alipay.read_notice({}, fake.notice(reference, notify_id="n1"), now=NOW)
    assert before.event != after.event


async def test_money_of_another_merchant_is_never_ours(alipay: Alipay, fake: FakeAlipay) -> None:
    reference, _ = await paid(alipay, fake)
    for body in (
        fake.notice(reference, app_id="2021000000000000"),
        fake.notice(reference, seller_id="2088000000000000"),
    ):
        (settled,) = (await alipay.read_notice({}, body, now=NOW)).outcomes
        assert isinstance(settled, Settled)
        assert settled.misfit == "merchant_differs"


@pytest.mark.parametrize("name", ["total_amount", "out_trade_no", "trade_status", "seller_id"])
async def test_a_notice_with_one_field_changed_is_refused(
    alipay: Alipay, fake: FakeAlipay, name: str
) -> None:
    reference, _ = await paid(alipay, fake)
    told = dict(parse_qsl(fake.notice(reference).decode()))
    for body in (
        urlencode(told | {name: told[name] + "0"}),
        urlencode({one: told[one] for one in told if one != name}),
        urlencode(told) + "&" + urlencode({name: "1"}),
        urlencode(told) + "&extra=1",
    ):
        with pytest.raises(NoticeRefused):
            await alipay.read_notice({}, body.encode(), now=NOW)


async def test_a_notice_that_is_not_alipays_is_refused(alipay: Alipay, fake: FakeAlipay) -> None:
    reference, _ = await paid(alipay, fake)
    genuine = fake.notice(reference)
    bodies = [
        b"",
        b"{}",
        b"a",
        b"=&=",
        b"\xff\xfe",
        genuine.replace(b"trade_no=", b"trade_no=%FF", 1),
        genuine + b"&x=" + b"1" * NOTICE_BYTES_MAX,
        b"&".join(b"f%d=1" % number for number in range(200)),
        fake.notice(reference, key=new_key()),
        fake.notice(reference, key=fake.merchant),
        fake.notice(reference, sign_type="RSA"),
        fake.notice(reference, notify_id=""),
        json.dumps(dict(parse_qsl(genuine.decode()))).encode(),
    ]
    for body in bodies:
        with pytest.raises(NoticeRefused):
            await alipay.read_notice({}, body, now=NOW)


async def test_a_refund_that_alipay_refuses_for_good_has_failed_and_others_are_unknown(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference, settled = await paid(alipay, fake)
    fake.next_refusal = "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    answer = await alipay.refund(checkout=reference, amount=PRICE, key="r1")
    assert answer == RefundFailed("r1", settled.payment)
    fake.next_refusal = "ACQ.SYSTEM_ERROR"
    assert isinstance(await alipay.refund(checkout=reference, amount=PRICE, key="r2"), Unknown)


async def test_a_refund_key_with_another_amount_gives_nothing_back(
    alipay: Alipay, fake: FakeAlipay
) -> None:
    reference, _ = await paid(alipay, fake)
    await alipay.refund(checkout=reference, amount=Money(100, "CNY"), key="r1")
    await alipay.refund(checkout=reference, amount=Money(200, "CNY"), key="r1")
    assert fake.returned(reference) == 100


async def test_the_word_for_yes_is_exactly_alipays(alipay: Alipay) -> None:
    assert (alipay.taken.status, alipay.taken.body) == (200, b"success")


async def test_a_page_is_ready_even_while_alipay_is_away(fake: FakeAlipay) -> None:
    adapter = Alipay(replace(fake.account, url="http://127.0.0.1:9/gateway.do"))
    answer = await adapter.start_checkout(wanted(), key="k")
    assert isinstance(answer, CheckoutStarted)
    assert urlsplit(answer.url).path == "/gateway.do"
    await adapter.close()
