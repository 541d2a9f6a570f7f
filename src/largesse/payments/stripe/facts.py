"""What Stripe's objects say, in our words: pure translation, no I/O."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from largesse.kernel.money import Money
from largesse.payments.outcome import (
    Abandoned,
    Action,
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
from largesse.payments.provider import RefundAnswer
from largesse.payments.stripe.shapes import (
    BalanceTransaction,
    Charge,
    Dispute,
    Event,
    PaymentError,
    PaymentIntent,
    PaymentMethod,
    Refund,
    Session,
)

MISFIT_ENVIRONMENT = "environment_differs"
# What a bank asks for a step with: no card was wrong, its owner was not there.
AUTHENTICATION = "authentication_required"
AUTHENTICATION_FAILED = "payment_intent_authentication_failure"

# https://docs.stripe.com/declines/codes. Whatever is not listed, suspicion of fraud and stolen
# cards above all, is `card_declined`: the payer may not learn more.
_REASONS = {
    "insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "withdrawal_count_limit_exceeded": DeclineReason.INSUFFICIENT_FUNDS,
    "card_velocity_exceeded": DeclineReason.INSUFFICIENT_FUNDS,
    "expired_card": DeclineReason.CARD_EXPIRED,
    "incorrect_number": DeclineReason.WRONG_DETAILS,
    "invalid_number": DeclineReason.WRONG_DETAILS,
    "incorrect_cvc": DeclineReason.WRONG_DETAILS,
    "invalid_cvc": DeclineReason.WRONG_DETAILS,
    "incorrect_zip": DeclineReason.WRONG_DETAILS,
    "incorrect_address": DeclineReason.WRONG_DETAILS,
    "incorrect_pin": DeclineReason.WRONG_DETAILS,
    "invalid_pin": DeclineReason.WRONG_DETAILS,
    "invalid_expiry_month": DeclineReason.WRONG_DETAILS,
    "invalid_expiry_year": DeclineReason.WRONG_DETAILS,
    "invalid_account": DeclineReason.WRONG_DETAILS,
    AUTHENTICATION: DeclineReason.AUTHENTICATION_FAILED,
    AUTHENTICATION_FAILED: DeclineReason.AUTHENTICATION_FAILED,
    "mobile_device_authentication_required": DeclineReason.AUTHENTICATION_FAILED,
    "offline_pin_required": DeclineReason.AUTHENTICATION_FAILED,
    "card_not_supported": DeclineReason.METHOD_UNAVAILABLE,
    "currency_not_supported": DeclineReason.METHOD_UNAVAILABLE,
    "issuer_not_available": DeclineReason.METHOD_UNAVAILABLE,
    "processing_error": DeclineReason.METHOD_UNAVAILABLE,
    "payment_method_provider_timeout": DeclineReason.METHOD_UNAVAILABLE,
    "payment_method_not_available": DeclineReason.METHOD_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that Stripe has about one order. `tries` counts those that reached a bank.

    A payment by a kept method has no page.
    """

    session: Session | None
    intent: PaymentIntent | None
    tries: int = 0
    refunds: Sequence[Refund] = ()
    disputes: Sequence[Dispute] = ()

    @property
    def reference(self) -> str:
        """Our order's id; empty when this is not ours."""
        if self.session is not None:
            return self.session.client_reference_id or ""
        return "" if self.intent is None else self.intent.reference

    @property
    def checkout(self) -> str:
        """The id under which it is asked for and refunded: the page's, or the payment's."""
        if self.session is not None:
            return self.session.id
        return "" if self.intent is None else self.intent.id


def facts(found: Found, *, is_live: bool) -> tuple[Outcome, ...]:
    """All facts that Stripe's present state proves, oldest first."""
    intent, session = found.intent, found.session
    if intent is None:
        assert session is not None, "nothing was found"
        return (_untouched(session),)
    match intent.status:
        case "succeeded":
            return _after_payment(found, intent, is_live=is_live)
        case "processing":
            return (Pending(attempt=max(found.tries, 1)),)
        case "requires_action":
            return (_action(found, intent),)
        case "requires_payment_method":
            return _open(found, intent)
        case "canceled":
            return (Abandoned(),)
        case status:
            return (Unknown(f"status {status}", answered=True),)


def refund_answer(refund: Refund, payment: str) -> RefundAnswer:
    """How far a refund is."""
    if refund.has_failed:
        return RefundFailed(refund=refund.key, payment=payment)
    match refund.status:
        case "succeeded":
            return Refunded(money(refund.amount, refund.currency), payment=payment)
        case "pending" | "requires_action":
            return Pending(attempt=1)
        case status:
            return Unknown(f"refund status {status}", answered=True)


def of_other_environment(event: Event) -> tuple[Outcome, ...]:
    """A test payment told to a live house, or the other way round: only that it is a misfit.

    Our key cannot even see the objects of the other mode, so the event itself is all there is.
    """
    subject = event.data.object
    if subject.object == "checkout.session" and subject.payment_status == "paid":
        amount, payment = subject.amount_total, subject.payment_intent or subject.id
    elif subject.object == "payment_intent" and subject.status == "succeeded":
        amount, payment = subject.amount_received, subject.id
    else:
        return ()
    if amount is None or subject.currency is None:
        return ()
    paid = money(amount, subject.currency)
    return (Settled(paid, payment=payment, misfit=MISFIT_ENVIRONMENT),)


def money(amount: int, currency: str) -> Money:
    """Stripe's smallest unit is the one of ISO 4217 for every currency that we price in.

    (It is not for ISK and UGX, which a price list must not be opened in without a look here.)
    """
    return Money(amount, currency.upper())


def reason_of(error: PaymentError) -> DeclineReason:
    """What the payer may know. A bank's decline code says more than Stripe's own code."""
    for code in (error.decline_code, error.code):
        if code in _REASONS:
            return _REASONS[code]
    if error.advice_code == "confirm_card_data":
        return DeclineReason.WRONG_DETAILS
    return DeclineReason.CARD_DECLINED


def _untouched(session: Session) -> Outcome:
    match session.status:
        case "open":
            return RequiresAction(Action.PAY, attempt=1)
        case "expired":
            return Abandoned()
        case status:
            return Unknown(f"a session that is {status}, without a payment", answered=True)


def _action(found: Found, intent: PaymentIntent) -> Outcome:
    """A card's bank asks for a step; a voucher or a wallet waits to be paid elsewhere."""
    session = found.session
    if session is not None and session.status == "complete":
        # Checkout lets go of the payer once a voucher is theirs: they did their part.
        return Pending(attempt=max(found.tries, 1))
    kind = intent.payment_method
    is_card = isinstance(kind, PaymentMethod) and kind.type == "card"
    action = Action.AUTHENTICATE if is_card else Action.PAY
    return RequiresAction(action, attempt=found.tries + 1)


def _open(found: Found, intent: PaymentIntent) -> tuple[Outcome, ...]:
    session, error = found.session, intent.last_payment_error
    ended = (Abandoned(),) if session is not None and session.status == "expired" else ()
    if error is None:
        return ended or (RequiresAction(Action.PAY, attempt=found.tries + 1),)
    if session is None and AUTHENTICATION in (error.code, error.decline_code):
        return (RequiresAction(Action.AUTHENTICATE, attempt=max(found.tries, 1)),)
    # A failed step never reached the bank as a charge, so it is not among the tries.
    step = 1 if error.code == AUTHENTICATION_FAILED else 0
    declined = Declined(
        reason_of(error),
        attempt=max(found.tries + step, 1),
        is_last=session is None or session.status == "complete",
    )
    return (declined, *ended)


def _after_payment(found: Found, intent: PaymentIntent, *, is_live: bool) -> tuple[Outcome, ...]:
    paid = money(intent.amount_received, intent.currency)
    told: list[Outcome] = [
        Settled(
            paid,
            payment=intent.id,
            misfit="" if intent.livemode == is_live else MISFIT_ENVIRONMENT,
            fee=_fee(intent, paid),
            saved=_saved(intent),
        )
    ]
    refunds = sorted(found.refunds, key=lambda refund: (refund.created, refund.id))
    # Failures first: the sums behind them count them no more.
    told += [
        RefundFailed(refund=refund.key, payment=intent.id)
        for refund in refunds
        if refund.has_failed
    ]
    back = 0
    after: list[Refund | Dispute] = [one for one in refunds if not one.has_failed]
    for one in sorted([*after, *found.disputes], key=_when):
        if isinstance(one, Refund):
            back += one.amount
            told.append(Refunded(Money(back, paid.currency), payment=intent.id))
        else:
            # Stripe refunds nothing that is disputed, so whatever decided it came next.
            told += _dispute(one, payment=intent.id)
    return tuple(told)


def _when(one: Refund | Dispute) -> tuple[int, bool, str]:
    """Their order; of the same second a refund, since none follows its payment's dispute."""
    return (one.created, isinstance(one, Dispute), one.id)


def _dispute(dispute: Dispute, *, payment: str) -> list[Disputed]:
    """How far a chargeback came. An inquiry (`warning_*`) and one that Stripe settled before it
    was one (`prevented`) took no money, so they are none.
    """
    stages = [DisputeStage.OPENED]
    match dispute.status:
        case "won":
            stages.append(DisputeStage.WON)
        case "lost":
            stages.append(DisputeStage.LOST)
        case "prevented":
            return []
        case status if status.startswith("warning_"):
            return []
    fees = [one for one in dispute.balance_transactions if one.fee > 0]
    fee = None
    if fees:
        fee = money(sum(one.fee for one in fees), fees[0].currency)
    return [
        Disputed(stage, payment=payment, dispute=dispute.id, fee=fee, reason=dispute.reason)
        for stage in stages
    ]


def _fee(intent: PaymentIntent, paid: Money) -> Money | None:
    """What Stripe kept, when it is known and in the currency that was paid."""
    charge = intent.latest_charge
    if not isinstance(charge, Charge):
        return None
    moved = charge.balance_transaction
    if not isinstance(moved, BalanceTransaction) or moved.currency.upper() != paid.currency:
        return None
    return Money(moved.fee, paid.currency)


def _saved(intent: PaymentIntent) -> SavedMethod | None:
    """The method, if its payer asked to keep it and Stripe did."""
    method = intent.payment_method
    if intent.setup_future_usage != "off_session" or not isinstance(method, PaymentMethod):
        return None
    if intent.customer is None or method.customer != intent.customer:
        return None
    label, expires = method.type.replace("_", " ").capitalize(), None
    if method.card is not None:
        label = f"{method.card.brand.replace('_', ' ').title()} {method.card.last4}"
        year, month = method.card.exp_year, method.card.exp_month
        expires = date(year, month, calendar.monthrange(year, month)[1])
    elif method.sepa_debit is not None and method.sepa_debit.last4:
        label = f"SEPA {method.sepa_debit.last4}"
    return SavedMethod(
        customer=intent.customer, token=method.id, kind=method.type, label=label, expires=expires
    )
