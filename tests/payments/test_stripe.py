"""The Stripe adapter where it differs from others: two modes, a late search, keys that run out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.payments import (
    Action,
    CheckoutStarted,
    CheckoutWanted,
    Declined,
    DeclineReason,
    Disputed,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    SavedMethod,
    Settled,
    Unknown,
    configured,
)
from largesse.payments.stripe.adapter import Stripe
from largesse.payments.stripe.api import StripeAccount
from largesse.settings import Settings, StripeSettings
from tests.standins.stripe import FakeStripe, open_stripe

PRICE = Money(499, "USD")
CARD = "4242424242424242"
SECRET = "whsec_first"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    """A Stripe that tells nobody."""
    with open_stripe() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stripe(fake: FakeStripe) -> AsyncIterator[Stripe]:
    """Our adapter to it."""
    adapter = Stripe(account(fake))
    yield adapter
    await adapter.close()


def account(fake: FakeStripe, **more: Any) -> StripeAccount:
    told: dict[str, Any] = {"key": fake.key, "notice_secrets": (SECRET,), "url": fake.url}
    return StripeAccount(**told | {"timeout_seconds": 3} | more)


def wanted(**more: Any) -> CheckoutWanted:
    told: dict[str, Any] = {
        "reference": ids.show("rch", ids.make()),
        "price": PRICE,
        "description": "350 coins",
        "method": "card",
        "return_url": "http://shop.example/",
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "attempts_max": 5,
    }
    return CheckoutWanted(**told | more)


async def opened(stripe: Stripe, order: CheckoutWanted) -> str:
    answer = await stripe.start_checkout(order, key=order.reference)
    assert isinstance(answer, CheckoutStarted), answer
    return answer.checkout


async def kept(stripe: Stripe, fake: FakeStripe, card: str = CARD) -> SavedMethod:
    """A card that its payer asked to keep, after the bank's step if there is one."""
    order = wanted(save=True)
    await opened(stripe, order)
    fake.pay(order.reference, card)
    if fake.intent(order.reference)["status"] == "requires_action":
        fake.pay(order.reference, step="authenticate")
    (outcome,) = await stripe.query(reference=order.reference)
    assert isinstance(outcome, Settled)
    assert outcome.saved is not None
    return outcome.saved


@pytest.mark.parametrize(
    ("method", "currency", "country"),
    [
        ("apple_pay", "USD", "US"),
        ("google_pay", "USD", "US"),
        ("paypal", "EUR", "DE"),
        ("alipay", "USD", "US"),
        ("wechat_pay", "USD", "US"),
        ("sepa_debit", "EUR", "DE"),
        ("pix", "BRL", "BR"),
        ("upi", "INR", "IN"),
        ("konbini", "JPY", "JP"),
        ("paypay", "JPY", "JP"),
        ("oxxo", "MXN", "MX"),
    ],
)
async def test_every_method_of_our_lists_has_a_page(
    stripe: Stripe, method: str, currency: str, country: str
) -> None:
    await opened(stripe, wanted(method=method, price=Money(1900, currency), save=True))


async def test_a_method_that_stripe_does_not_have_is_unknown(stripe: Stripe) -> None:
    answer = await stripe.start_checkout(wanted(method="gopay"), key="gopay")
    assert isinstance(answer, Unknown)


async def test_what_was_kept_of_a_payment_is_told_as_stripe_booked_it(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pay(order.reference, CARD)
    (outcome,) = await stripe.query(reference=order.reference)
    assert isinstance(outcome, Settled)
    assert outcome.fee == Money(44, "USD")
    assert stripe.fee(PRICE) == Money(45, "USD")
    assert stripe.fee(Money(10, "USD")) == Money(10, "USD")


async def test_while_the_search_lags_the_list_of_pages_finds_it(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    for _ in range(120):
        # Others opened so many that day that its page is on the second page of them.
        fake.books.make(
            "checkout.session", status="open", payment_status="unpaid", expires_at=2**40
        )
    fake.pay(order.reference, CARD)
    fake.faults.search_lags = True
    try:
        (outcome,) = await stripe.query(reference=order.reference)
    finally:
        fake.faults.search_lags = False
    assert isinstance(outcome, Settled)


async def test_where_there_is_no_search_the_list_of_pages_finds_it(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pay(order.reference, CARD)
    refusal = {"error": {"type": "invalid_request_error", "message": "Search is not supported."}}
    fake.faults.instead.append((400, msgspec.json.encode(refusal)))
    (outcome,) = await stripe.query(reference=order.reference)
    assert isinstance(outcome, Settled)


async def test_somebody_elses_page_is_not_taken_for_ours(stripe: Stripe) -> None:
    mine, other = wanted(), wanted()
    checkout = await opened(stripe, other)
    (outcome,) = await stripe.query(reference=mine.reference, checkout=checkout)
    assert isinstance(outcome, Unknown)
    (stranger,) = await stripe.query(reference="no-order-of-ours")
    assert isinstance(stranger, Unknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>maintenance</html>"),
        (200, b"{}"),
        (200, b'{"id": "cs_1", "object": "checkout.session", "status": 7}'),
        (429, b'{"error": {"type": "rate_limit_error", "message": "Too many requests"}}'),
        (400, b'{"error": {"code": "rate_limit", "message": "Too many requests"}}'),
        (401, b'{"error": {"message": "Invalid API Key"}}'),
        (502, b"Bad gateway"),
        (500, b'{"error": "nothing of the kind"}'),
    ],
)
async def test_an_answer_that_proves_nothing_is_unknown(
    stripe: Stripe, fake: FakeStripe, status: int, body: bytes
) -> None:
    order = wanted()
    checkout = await opened(stripe, order)
    fake.pay(order.reference, CARD)
    answers = fake.faults.instead
    answers.append((status, body))
    (outcome,) = await stripe.query(reference=order.reference, checkout=checkout)
    assert isinstance(outcome, Unknown)
    answers.append((status, body))
    assert isinstance(await stripe.refund(checkout=checkout, amount=PRICE, key="k"), Unknown)
    answers.extend([(status, body)] * 2)
    assert isinstance(await stripe.start_checkout(wanted(), key="other"), Unknown)
    answers.clear()


async def test_a_page_is_never_opened_twice_even_when_stripe_has_forgotten_the_key(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pass_time(hours=25)
    try:
        answer = await stripe.start_checkout(order, key=order.reference)
    finally:
        fake.pass_time(hours=-25)
    assert isinstance(answer, Unknown)
    assert len(fake.sessions(order.reference)) == 1


async def test_a_refund_and_a_charge_are_made_once_even_when_stripe_has_forgotten_the_key(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order, method = wanted(), await kept(stripe, fake)
    checkout = await opened(stripe, order)
    fake.pay(order.reference, CARD)
    half, again = Money(200, "USD"), wanted(customer=method.customer)
    refunded = await stripe.refund(checkout=checkout, amount=half, key=f"{order.reference}:r")
    charged = await stripe.charge_saved(again, token=method.token, key=again.reference)
    fake.pass_time(hours=25)
    try:
        assert refunded == await stripe.refund(
            checkout=checkout, amount=half, key=f"{order.reference}:r"
        )
        assert charged == await stripe.charge_saved(again, token=method.token, key=again.reference)
    finally:
        fake.pass_time(hours=-25)
    _, outcome = await stripe.query(reference=order.reference)
    assert outcome == Refunded(half, fake.intent(order.reference)["id"])


async def test_a_refund_that_is_pending_is_done_when_it_is_asked_for_again(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    checkout = await opened(stripe, order)
    fake.pay(order.reference, "4000000000007726")
    key = f"{order.reference}:r"
    assert await stripe.refund(checkout=checkout, amount=PRICE, key=key) == Pending(attempt=1)
    fake.finish_refunds(order.reference)
    answer = await stripe.refund(checkout=checkout, amount=PRICE, key=key)
    assert isinstance(answer, Refunded)


async def test_a_refund_of_a_disputed_payment_is_refused(stripe: Stripe, fake: FakeStripe) -> None:
    order = wanted()
    checkout = await opened(stripe, order)
    fake.pay(order.reference, "4000000000000259")
    settled, disputed = await stripe.query(reference=order.reference)
    assert isinstance(disputed, Disputed)
    assert disputed.fee == Money(1500, "USD")
    assert isinstance(settled, Settled)
    answer = await stripe.refund(checkout=checkout, amount=PRICE, key="disputed")
    assert answer == RefundFailed(refund="disputed", payment=settled.payment)


@pytest.mark.parametrize(
    ("card", "wanted_kind"),
    [
        ("4000002760003184", RequiresAction(Action.AUTHENTICATE, 1)),
        ("4000002500003155", Settled),
        ("4000000000000341", Declined(DeclineReason.CARD_DECLINED, 1, is_last=True)),
    ],
)
async def test_a_kept_card_says_what_its_bank_said(
    stripe: Stripe, fake: FakeStripe, card: str, wanted_kind: object
) -> None:
    method = await kept(stripe, fake, card)
    again = wanted(customer=method.customer)
    (outcome,) = await stripe.charge_saved(again, token=method.token, key=again.reference)
    assert outcome == wanted_kind or type(outcome) is wanted_kind


async def test_a_charge_that_was_made_is_no_decline_when_its_customer_is_gone(
    stripe: Stripe, fake: FakeStripe
) -> None:
    method = await kept(stripe, fake)
    again = wanted(customer=method.customer)
    charged = await stripe.charge_saved(again, token=method.token, key=again.reference)
    gone = b'{"error": {"type": "invalid_request_error", "code": "resource_missing"}}'
    fake.faults.instead.append((404, gone))
    assert await stripe.charge_saved(again, token=method.token, key=again.reference) == charged


async def test_a_payment_without_a_page_is_asked_for_and_refunded_by_its_own_id(
    stripe: Stripe, fake: FakeStripe
) -> None:
    method = await kept(stripe, fake)
    again = wanted(customer=method.customer)
    (outcome,) = await stripe.charge_saved(again, token=method.token, key=again.reference)
    assert isinstance(outcome, Settled)
    payment = outcome.payment
    assert await stripe.query(reference=again.reference, checkout=payment) == (outcome,)
    answer = await stripe.refund(checkout=payment, amount=PRICE, key=f"{again.reference}:r")
    assert answer == Refunded(PRICE, payment)


async def test_a_test_payment_told_to_a_live_house_is_a_misfit(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pay(order.reference, CARD)
    live = Stripe(account(fake, is_live=True))
    told = {}
    for one in fake.sent(order.reference):
        notice = await live.read_notice(one.headers, one.body, now=datetime.now(UTC))
        assert notice.reference == order.reference
        told[one.event["type"]] = notice.outcomes
    await live.close()
    payment = fake.intent(order.reference)["id"]
    misfit = Settled(PRICE, payment=payment, misfit="environment_differs")
    assert told["checkout.session.completed"] == told["payment_intent.succeeded"] == (misfit,)
    assert told["payment_intent.created"] == told["charge.succeeded"] == ()


async def test_every_notice_about_an_order_tells_its_whole_story(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pay(order.reference, "4000000000000002")
    fake.pay(order.reference, CARD)
    fake.give_back(order.reference, amount="100")
    fake.dispute(order.reference)
    whole = await stripe.query(reference=order.reference)
    assert [type(outcome) for outcome in whole] == [Settled, Refunded, Disputed]
    kinds = set()
    for one in fake.sent(order.reference):
        notice = await stripe.read_notice(one.headers, one.body, now=datetime.now(UTC))
        assert (notice.reference, notice.outcomes) == (order.reference, whole)
        kinds.add(one.event["type"])
    assert kinds >= {
        "checkout.session.completed",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.created",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    }


async def test_a_notice_about_nothing_of_ours_tells_nothing(
    stripe: Stripe, fake: FakeStripe
) -> None:
    stranger = fake.books.make("customer", email="somebody@example.org")
    with fake.books.lock:
        fake.courier.told("customer.created", stranger)
    sent = fake.courier.sent[-1]
    notice = await stripe.read_notice(sent.headers, sent.body, now=datetime.now(UTC))
    assert (notice.reference, notice.checkout, notice.outcomes) == ("", "", ())


async def test_a_notice_that_cannot_be_looked_into_is_neither_believed_nor_refused(
    stripe: Stripe, fake: FakeStripe
) -> None:
    order = wanted()
    await opened(stripe, order)
    fake.pay(order.reference, CARD)
    sent = fake.sent(order.reference)[-1]
    fake.faults.stumble(calls=1)
    with pytest.raises(Unavailable):
        await stripe.read_notice(sent.headers, sent.body, now=datetime.now(UTC))


async def test_it_is_on_when_its_settings_are_there_and_live_in_production_alone() -> None:
    told = StripeSettings(is_on=True, key="sk_test_1", notice_secret="whsec_1, whsec_2,")
    settings = Settings(stripe=told)
    for house in (settings, replace(settings, env="production")):
        providers = configured(house)
        adapter = providers["stripe"]
        assert isinstance(adapter, Stripe)
        assert adapter._account.notice_secrets == ("whsec_1", "whsec_2")
        assert adapter._account.is_live is house.is_production
        await providers.close()
    assert "stripe" not in list(configured(Settings()))
