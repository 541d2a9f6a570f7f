"""Stripe's words in ours, one by one, without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Action,
    CheckoutWanted,
    Declined,
    DeclineReason,
    Disputed,
    DisputeStage,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    SavedMethod,
    Settled,
    Unknown,
)
from largesse.payments.stripe.facts import Found, facts, reason_of, refund_answer
from largesse.payments.stripe.forms import METHODS, session_form, window
from largesse.payments.stripe.shapes import Dispute, PaymentError, PaymentIntent, Refund, Session

CARD = {"brand": "visa", "last4": "4242", "exp_month": 2, "exp_year": 2028}
KEPT = {"id": "pm_1", "type": "card", "customer": "cus_1", "card": CARD}
MOVED = {"id": "txn_1", "fee": 44, "currency": "usd"}


def intent(status: str, **more: Any) -> PaymentIntent:
    """A payment of $4.99 in this state."""
    told = {
        "id": "pi_1",
        "status": status,
        "amount_received": 499 if status == "succeeded" else 0,
        "currency": "usd",
        "livemode": True,
        "metadata": {"reference": "rch_1"},
    }
    return msgspec.convert(told | more, PaymentIntent)


def session(status: str = "open") -> Session:
    return Session(id="cs_1", status=status, payment_status="unpaid", livemode=True)


def refund(number: int, amount: int, status: str, **metadata: str) -> Refund:
    return Refund(f"re_{number}", amount, "usd", number, status, metadata)


def dispute(number: int, status: str) -> Dispute:
    told = {
        "id": f"du_{number}",
        "status": status,
        "reason": "fraudulent",
        "created": number,
        "balance_transactions": [MOVED | {"fee": 1500}],
    }
    return msgspec.convert(told, Dispute)


def told(found: Found) -> tuple[Outcome, ...]:
    return facts(found, is_live=True)


@pytest.mark.parametrize(
    ("code", "decline_code", "advice_code", "reason"),
    [
        ("card_declined", "insufficient_funds", None, "insufficient_funds"),
        ("card_declined", "generic_decline", "try_again_later", "card_declined"),
        ("card_declined", "generic_decline", "confirm_card_data", "wrong_details"),
        ("expired_card", None, None, "card_expired"),
        ("incorrect_cvc", "incorrect_cvc", None, "wrong_details"),
        ("card_declined", "authentication_required", None, "authentication_failed"),
        ("payment_intent_authentication_failure", None, None, "authentication_failed"),
        ("card_declined", "card_not_supported", None, "method_unavailable"),
        # Nobody is told that a card is thought stolen, or its owner a cheat.
        ("card_declined", "stolen_card", "do_not_try_again", "card_declined"),
        ("card_declined", "lost_card", None, "card_declined"),
        ("card_declined", "fraudulent", None, "card_declined"),
        ("card_declined", "merchant_blacklist", None, "card_declined"),
        ("something_new", "something_newer", None, "card_declined"),
        (None, None, None, "card_declined"),
    ],
)
def test_a_decline_is_told_as_far_as_its_payer_may_know(
    code: str | None, decline_code: str | None, advice_code: str | None, reason: str
) -> None:
    assert reason_of(PaymentError(code, decline_code, advice_code)) == reason


def test_only_what_stripe_really_kept_is_the_fee_and_only_in_the_same_currency() -> None:
    charge = {"id": "ch_1", "balance_transaction": MOVED}
    (known,) = told(Found(session("complete"), intent("succeeded", latest_charge=charge)))
    assert known == Settled(Money(499, "USD"), payment="pi_1", fee=Money(44, "USD"))
    for other in ({**charge, "balance_transaction": MOVED | {"currency": "eur"}}, "ch_1", None):
        (unknown,) = told(Found(session("complete"), intent("succeeded", latest_charge=other)))
        assert unknown == Settled(Money(499, "USD"), payment="pi_1")


def test_a_payment_of_the_other_environment_is_a_misfit() -> None:
    found = Found(session("complete"), intent("succeeded"))
    (outcome,) = facts(found, is_live=False)
    assert isinstance(outcome, Settled)
    assert outcome.misfit == "environment_differs"


def test_a_method_is_saved_when_it_was_asked_for_and_stripe_did_it() -> None:
    asked = {"setup_future_usage": "off_session", "customer": "cus_1"}
    (outcome,) = told(Found(None, intent("succeeded", **asked, payment_method=KEPT)))
    assert isinstance(outcome, Settled)
    assert outcome.saved == SavedMethod(
        customer="cus_1", token="pm_1", kind="card", label="Visa 4242", expires=date(2028, 2, 29)
    )
    for method, more in ((KEPT, {}), (KEPT | {"customer": None}, asked), ("pm_1", asked)):
        (plain,) = told(Found(None, intent("succeeded", **more, payment_method=method)))
        assert isinstance(plain, Settled)
        assert plain.saved is None


def test_refunds_add_up_without_those_that_failed_and_failures_have_our_key() -> None:
    refunds = [
        refund(3, 50, "failed", key="second"),
        refund(2, 100, "pending"),
        refund(1, 199, "succeeded", key="first"),
        refund(4, 10, "canceled"),
    ]
    found = Found(None, intent("succeeded"), refunds=refunds)
    _, failed, canceled, first, both = told(found)
    assert first == Refunded(Money(199, "USD"), payment="pi_1")
    assert both == Refunded(Money(299, "USD"), payment="pi_1")
    assert failed == RefundFailed(refund="second", payment="pi_1")
    assert canceled == RefundFailed(refund="re_4", payment="pi_1")
    assert refund_answer(refunds[1], "pi_1") == Pending(attempt=1)
    assert isinstance(refund_answer(refund(5, 1, "new"), "pi_1"), Unknown)


@pytest.mark.parametrize(
    ("status", "stages"),
    [
        ("needs_response", ["opened"]),
        ("under_review", ["opened"]),
        ("appeal_under_review", ["opened"]),
        ("won", ["opened", "won"]),
        ("lost", ["opened", "lost"]),
        ("warning_needs_response", []),
        ("warning_closed", []),
        ("prevented", []),
    ],
)
def test_a_dispute_counts_from_when_it_took_money(status: str, stages: list[str]) -> None:
    _, *outcomes = told(Found(None, intent("succeeded"), disputes=[dispute(1, status)]))
    assert [one.stage for one in outcomes if isinstance(one, Disputed)] == stages
    for outcome in outcomes:
        assert isinstance(outcome, Disputed)
        assert outcome.fee == Money(1500, "USD")
        assert outcome.reason == "fraudulent"


def test_refunds_and_disputes_are_told_in_the_order_in_which_they_came() -> None:
    found = Found(
        None,
        intent("succeeded"),
        refunds=[refund(3, 200, "succeeded"), refund(1, 100, "succeeded")],
        disputes=[dispute(2, "won")],
    )
    assert [type(one) for one in told(found)] == [Settled, Refunded, Disputed, Disputed, Refunded]
    assert told(found)[-1] == Refunded(Money(300, "USD"), payment="pi_1")


def test_a_second_dispute_is_told_behind_the_first() -> None:
    both = [dispute(2, "needs_response"), dispute(1, "won")]
    _, *outcomes = told(Found(None, intent("succeeded"), disputes=both))
    seen = [(one.dispute, one.stage) for one in outcomes if isinstance(one, Disputed)]
    assert seen == [
        ("du_1", DisputeStage.OPENED),
        ("du_1", DisputeStage.WON),
        ("du_2", DisputeStage.OPENED),
    ]


def test_a_voucher_that_is_to_be_paid_at_a_till_is_pending() -> None:
    voucher = intent("requires_action", payment_method={"id": "pm_1", "type": "oxxo"})
    assert told(Found(session("complete"), voucher)) == (Pending(attempt=1),)


def test_a_wallets_own_page_asks_its_payer_to_pay_and_a_cards_bank_to_step_up() -> None:
    for kind, action in (("alipay", Action.PAY), ("card", Action.AUTHENTICATE)):
        waiting = intent("requires_action", payment_method={"id": "pm_1", "type": kind})
        found = Found(session(), waiting, tries=1)
        assert told(found) == (RequiresAction(action, attempt=2),)


def test_a_failed_step_is_a_try_of_its_own_and_a_page_that_ended_takes_no_other() -> None:
    failed = intent(
        "requires_payment_method",
        last_payment_error={"code": "payment_intent_authentication_failure"},
    )
    reason = DeclineReason.AUTHENTICATION_FAILED
    assert told(Found(session(), failed, tries=1)) == (Declined(reason, 2, is_last=False),)
    assert told(Found(session("complete"), failed, tries=1)) == (Declined(reason, 2, is_last=True),)
    assert told(Found(session("expired"), failed)) == (
        Declined(reason, 1, is_last=False),
        Abandoned(),
    )


def test_a_bank_that_wants_the_absent_owner_asks_for_an_action() -> None:
    refused = intent(
        "requires_payment_method", last_payment_error={"code": "authentication_required"}
    )
    assert told(Found(None, refused, tries=1)) == (RequiresAction(Action.AUTHENTICATE, 1),)


@pytest.mark.parametrize("status", ["requires_capture", "requires_confirmation", "teleported"])
def test_a_state_that_we_do_not_know_is_unknown(status: str) -> None:
    assert told(Found(session(), intent(status))) == (Unknown(f"status {status}", answered=True),)


def test_a_canceled_payment_is_abandoned() -> None:
    assert told(Found(session(), intent("canceled"))) == (Abandoned(),)


def wanted(**more: Any) -> CheckoutWanted:
    order = ids.make()
    made = datetime.fromtimestamp((order.int >> 80) // 1000, tz=UTC)
    told: dict[str, Any] = {
        "reference": ids.show("rch", order),
        "price": Money(499, "USD"),
        "description": "350 coins",
        "method": "card",
        "return_url": "http://shop.example/",
        "expires_at": made + timedelta(hours=1),
        "attempts_max": 5,
    }
    return CheckoutWanted(**told | more)


@pytest.mark.parametrize("hours", [1, 6, 23, 48])
def test_a_page_closes_late_enough_for_stripe_and_within_its_day(hours: int) -> None:
    order = wanted(expires_at=datetime.now(UTC) + timedelta(hours=hours))
    first, last = window(order.reference) or (0, 0)
    closing = session_form(order)["expires_at"]
    assert first + 3600 < closing < last
    assert closing - int(datetime.now(UTC).timestamp()) <= 24 * 3600


def test_the_same_order_always_sends_the_same_form() -> None:
    order = wanted(save=True)
    assert session_form(order) == session_form(order)


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_kept_only_where_stripe_can_charge_it_again(method: str) -> None:
    form = session_form(wanted(method=method, save=True))
    keeps = METHODS[method].kind in ("card", "sepa_debit")
    assert ("setup_future_usage" in form["payment_intent_data"]) is keeps
    assert ("customer_creation" in form) is keeps
    known = session_form(wanted(method=method, save=True, customer="cus_1"))
    assert known["customer"] == "cus_1"
    assert "customer_creation" not in known
