"""PayPal's own traps: captures, certificates, other people's orders, and money that differs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.payments import (
    CheckoutStarted,
    CheckoutWanted,
    Declined,
    DeclineReason,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    Settled,
    Unknown,
)
from largesse.payments.paypal.adapter import PayPal
from tests.standins.paypal import FakePayPal, fake_paypal

PRICE = Money(1999, "USD")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def module_fake() -> Iterator[FakePayPal]:
    with fake_paypal() as opened:
        yield opened


@pytest.fixture
def fake(module_fake: FakePayPal) -> FakePayPal:
    """PayPal in its best mood."""
    module_fake.next_capture, module_fake.next_issue = "COMPLETED", ""
    module_fake.next_refund, module_fake.next_refund_issue = "COMPLETED", ""
    module_fake.capture_value = module_fake.capture_currency = ""
    module_fake.stumbles.set(calls=0)
    return module_fake


@pytest_asyncio.fixture(loop_scope="session")
async def paypal(fake: FakePayPal) -> AsyncIterator[PayPal]:
    adapter = PayPal(fake.account, trust=fake.trust)
    yield adapter
    await adapter.close()


def wanted(price: Money = PRICE, reference: str = "") -> CheckoutWanted:
    return CheckoutWanted(
        reference=reference or ids.show("rch", ids.make()),
        price=price,
        description="1,400 coins + 25 bonus",
        method="paypal",
        return_url="https://shop.example/recharge/1",
        expires_at=NOW + timedelta(hours=1),
        attempts_max=5,
    )


async def opened(paypal: PayPal, price: Money = PRICE, reference: str = "") -> tuple[str, str]:
    """A new order's reference, and its id at PayPal."""
    asked = wanted(price, reference)
    answer = await paypal.start_checkout(asked, key=f"{asked.reference}:checkout")
    assert isinstance(answer, CheckoutStarted), answer
    return asked.reference, answer.checkout


async def approved(
    paypal: PayPal, fake: FakePayPal, price: Money = PRICE
) -> tuple[str, str, tuple[Outcome, ...]]:
    reference, order = await opened(paypal, price)
    fake.approve(order)
    return reference, order, await paypal.query(reference=reference, checkout=order)


def captures(fake: FakePayPal, order: str) -> int:
    path = f"/v2/checkout/orders/{order}/capture"
    return sum(call.path == path for call in fake.calls)


async def test_an_approved_order_is_captured_once_with_what_paypal_keeps(
    paypal: PayPal, fake: FakePayPal
) -> None:
    reference, order, (settled,) = await approved(paypal, fake)
    capture = fake.captured(order)["id"]
    fee = Money(67, "USD")
    assert settled == Settled(PRICE, payment=capture, buyer=reference, fee=fee)
    assert await paypal.query(reference=reference, checkout=order) == (settled,)
    assert captures(fake, order) == 1


async def test_a_capture_whose_answer_was_lost_is_found_and_not_done_again(
    paypal: PayPal, fake: FakePayPal
) -> None:
    fake.stumbles.set(calls=1, about="/capture")
    reference, order, (unknown,) = await approved(paypal, fake)
    assert isinstance(unknown, Unknown)
    (settled,) = await paypal.query(reference=reference, checkout=order)
    assert isinstance(settled, Settled)
    assert captures(fake, order) == 1


async def test_yen_have_no_decimals_on_the_way_there_and_back(
    paypal: PayPal, fake: FakePayPal
) -> None:
    price = Money(3000, "JPY")
    _, order, (settled,) = await approved(paypal, fake, price)
    assert fake.orders[order]["purchase_units"][0]["amount"]["value"] == "3000"
    assert isinstance(settled, Settled)
    assert (settled.paid, settled.fee) == (price, Money(45, "JPY"))


async def test_another_card_after_a_refused_one_is_captured_with_a_key_of_its_own(
    paypal: PayPal, fake: FakePayPal
) -> None:
    fake.next_issue = "INSTRUMENT_DECLINED"
    reference, order, (declined,) = await approved(paypal, fake)
    assert declined == Declined(DeclineReason.CARD_DECLINED, 1, is_last=False)
    fake.next_issue = ""
    # PayPal repeats its refusal under the same key, so until the payer acts nothing changes.
    assert await paypal.query(reference=reference, checkout=order) == (declined,)
    fake.approve(order)
    (settled,) = await paypal.query(reference=reference, checkout=order)
    assert isinstance(settled, Settled)


@pytest.mark.parametrize(
    ("end", "kind"), [("COMPLETED", Settled), ("DENIED", Declined), ("ODD", Unknown)]
)
async def test_a_capture_under_review_is_pending_until_paypal_decides(
    paypal: PayPal, fake: FakePayPal, end: str, kind: type
) -> None:
    fake.next_capture = "PENDING"
    reference, order, (pending,) = await approved(paypal, fake)
    assert isinstance(pending, Pending)
    fake.finish(order, end)
    (outcome,) = await paypal.query(reference=reference, checkout=order)
    assert isinstance(outcome, kind)
    if isinstance(outcome, Declined):
        assert outcome.attempt == pending.attempt
        assert outcome.is_last


@pytest.mark.parametrize(
    ("value", "currency", "paid"),
    [("0.01", "", Money(1, "USD")), ("19.99", "EUR", Money(1999, "EUR")), ("19.990", "", PRICE)],
)
async def test_what_was_really_paid_is_told_even_when_it_differs(
    paypal: PayPal, fake: FakePayPal, value: str, currency: str, paid: Money
) -> None:
    fake.capture_value, fake.capture_currency = value, currency
    _, _, (settled,) = await approved(paypal, fake)
    assert isinstance(settled, Settled)
    assert settled.paid == paid


@pytest.mark.parametrize("value", ["19.999", "-19.99", "1e3", "19,99", "", "١٩.٩٩", "NaN"])
async def test_an_amount_that_is_none_is_unknown(
    paypal: PayPal, fake: FakePayPal, value: str
) -> None:
    reference, order, _ = await approved(paypal, fake)
    fake.captured(order)["amount"] = {"currency_code": "USD", "value": value}
    (outcome,) = await paypal.query(reference=reference, checkout=order)
    assert isinstance(outcome, Unknown)


async def test_another_orders_payment_says_whose_it_is(paypal: PayPal, fake: FakePayPal) -> None:
    reference, order, _ = await approved(paypal, fake)
    (settled,) = await paypal.query(reference=wanted().reference, checkout=order)
    assert isinstance(settled, Settled)
    assert settled.buyer == reference


async def test_an_order_of_another_shop_on_the_same_app_is_never_captured(
    paypal: PayPal, fake: FakePayPal
) -> None:
    reference, order = await opened(paypal, reference="INVOICE-77")
    fake.approve(order)
    body = fake.event("CHECKOUT.ORDER.APPROVED", {"id": order})
    notice = await paypal.read_notice(fake.headers(body, at=NOW), body, now=NOW)
    assert notice.reference == reference
    assert not any(isinstance(outcome, Settled) for outcome in notice.outcomes)
    assert captures(fake, order) == 0


async def test_a_notice_of_an_approval_captures_and_tells_the_money(
    paypal: PayPal, fake: FakePayPal
) -> None:
    reference, order = await opened(paypal)
    fake.approve(order)
    body = fake.event("CHECKOUT.ORDER.APPROVED", dict(fake.orders[order]))
    notice = await paypal.read_notice(fake.headers(body, at=NOW), body, now=NOW)
    assert (notice.reference, notice.checkout) == (reference, order)
    assert isinstance(notice.outcomes[0], Settled)


async def test_a_notice_that_cannot_be_looked_into_now_comes_again(
    paypal: PayPal, fake: FakePayPal
) -> None:
    _, order = await opened(paypal)
    fake.approve(order)
    body = fake.event("CHECKOUT.ORDER.APPROVED", {"id": order})
    headers = fake.headers(body, at=NOW)
    await paypal.read_notice(headers, body, now=NOW)
    fake.stumbles.set(calls=1)
    with pytest.raises(Unavailable):
        await paypal.read_notice(headers, body, now=NOW)


async def test_an_approval_whose_capture_broke_comes_again_and_is_captured_once(
    paypal: PayPal, fake: FakePayPal
) -> None:
    _, order = await opened(paypal)
    fake.approve(order)
    body = fake.event("CHECKOUT.ORDER.APPROVED", {"id": order})
    headers = fake.headers(body, at=NOW)
    fake.stumbles.set(calls=1, about="/capture")
    with pytest.raises(Unavailable):
        await paypal.read_notice(headers, body, now=NOW)
    notice = await paypal.read_notice(headers, body, now=NOW)
    assert isinstance(notice.outcomes[0], Settled)
    assert captures(fake, order) == 1


async def test_money_that_paypal_does_not_take_from_everybody_is_not_asked_for(
    paypal: PayPal, fake: FakePayPal
) -> None:
    before = len(fake.orders)
    for currency in ("BRL", "CNY", "INR"):
        answer = await paypal.start_checkout(wanted(Money(499, currency)), key="k")
        assert isinstance(answer, Unknown)
    assert len(fake.orders) == before


async def test_a_notice_about_something_else_is_genuine_and_about_nobody(
    paypal: PayPal, fake: FakePayPal
) -> None:
    for kind, resource in (
        ("BILLING.PLAN.CREATED", {"id": "P-1"}),
        ("PAYMENT.CAPTURE.COMPLETED", {"id": "NOT-OURS"}),
        ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-1", "disputed_transactions": []}),
    ):
        body = fake.event(kind, resource)
        notice = await paypal.read_notice(fake.headers(body, at=NOW), body, now=NOW)
        assert notice.reference == ""
        assert [type(outcome) for outcome in notice.outcomes] == [Unknown]


@pytest.mark.parametrize("issue", ["REFUND_TIME_LIMIT_EXCEEDED", "CAPTURE_FULLY_REFUNDED"])
async def test_a_refund_that_paypal_refuses_for_good_has_failed(
    paypal: PayPal, fake: FakePayPal, issue: str
) -> None:
    _, order, (settled,) = await approved(paypal, fake)
    assert isinstance(settled, Settled)
    fake.next_refund_issue = issue
    answer = await paypal.refund(checkout=order, amount=PRICE, key=f"{order}:r")
    assert answer == RefundFailed(f"{order}:r", settled.payment)


async def test_a_refund_that_paypal_refuses_for_now_is_unknown(
    paypal: PayPal, fake: FakePayPal
) -> None:
    _, order, _ = await approved(paypal, fake)
    fake.next_refund_issue = "SOMETHING_NEW"
    assert isinstance(await paypal.refund(checkout=order, amount=PRICE, key="r"), Unknown)


async def test_a_refund_is_found_by_its_key_when_paypal_has_forgotten_the_key(
    paypal: PayPal, fake: FakePayPal
) -> None:
    _, order, (settled,) = await approved(paypal, fake)
    assert isinstance(settled, Settled)
    first = await paypal.refund(checkout=order, amount=PRICE, key=f"{order}:r")
    fake._answers.clear()
    assert await paypal.refund(checkout=order, amount=PRICE, key=f"{order}:r") == first
    assert first == Refunded(PRICE, settled.payment)


async def test_a_token_is_kept_and_replaced_when_paypal_withdraws_it(
    paypal: PayPal, fake: FakePayPal
) -> None:
    def signed_in() -> int:
        return sum(call.path == "/v1/oauth2/token" for call in fake.calls)

    before = signed_in()
    reference, order = await opened(paypal)
    await paypal.query(reference=reference, checkout=order)
    assert signed_in() == before + 1
    fake.is_new_token_refused = True
    await paypal.query(reference=reference, checkout=order)
    assert signed_in() == before + 2


async def test_wrong_credentials_are_unknown(fake: FakePayPal) -> None:
    adapter = PayPal(replace(fake.account, client_secret="wrong"))
    asked = wanted()
    assert isinstance(await adapter.start_checkout(asked, key="k"), Unknown)
    await adapter.close()


async def test_an_id_that_is_no_id_of_paypals_asks_for_nothing(
    paypal: PayPal, fake: FakePayPal
) -> None:
    before = len(fake.calls)
    (outcome,) = await paypal.query(reference=wanted().reference, checkout="../../v1/oauth2")
    assert isinstance(outcome, Unknown)
    assert len(fake.calls) == before
