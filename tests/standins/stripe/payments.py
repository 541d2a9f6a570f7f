"""Payment intents, their charges, and the methods and customers behind them."""

from __future__ import annotations

import re
from typing import Any

from tests.standins.stripe.books import Books, Refused, Thing, needed, whole
from tests.standins.stripe.cards import CARDS, Step, TestCard

FEE_BPS, FEE_FIXED = 290, 30
# Paid where nobody is watching; the bank or the shop says so later.
SLOW = {"sepa_debit": "processing", "oxxo": "requires_action", "konbini": "requires_action"}


def new_customer(books: Books, params: Thing) -> Thing:
    customer = books.make(
        "customer", email=params.get("email"), metadata=params.get("metadata", {})
    )
    books.changed("customer.created", customer)
    return customer


def new_method(books: Books, kind: str, number: str = "") -> Thing:
    """What the payer typed on the page, without what only the bank may know."""
    details: Thing = {}
    if kind == "card":
        card = CARDS.get(number)
        if card is None:
            raise Refused(402, "Your card number is incorrect.", code="incorrect_number")
        details = {
            "brand": card.brand,
            "last4": number[-4:],
            "exp_month": 12,
            "exp_year": 2034,
            "country": "US",
            "funding": "credit",
        }
    elif kind == "sepa_debit":
        details = {"last4": "3000", "country": "DE", "bank_code": "37040044"}
    # `_number` stays inside: the API never shows it.
    return books.make("payment_method", type=kind, customer=None, _number=number, **{kind: details})


def card_of(method: Thing) -> TestCard:
    return CARDS.get(method["_number"], TestCard())


def new_intent(books: Books, **facts: Any) -> Thing:
    return books.make(
        "payment_intent",
        **{
            "status": "requires_payment_method",
            "amount_received": 0,
            "amount_capturable": 0,
            "capture_method": "automatic_async",
            "confirmation_method": "automatic",
            "client_secret": None,
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "payment_method": None,
            "customer": None,
            "setup_future_usage": None,
            "canceled_at": None,
        }
        | facts,
    )


def create_intent(books: Books, params: Thing) -> Thing:
    """A payment by a kept method whose owner is away, tried at once."""
    needed(params, "currency")
    if params.get("confirm") != "true" or params.get("off_session") != "true":
        raise Refused(400, "This stand-in only knows payments confirmed off session.")
    customer = books.get("customer", needed(params, "customer"))
    method = books.get("payment_method", needed(params, "payment_method"))
    if method["customer"] != customer["id"]:
        raise Refused(
            400,
            "The PaymentMethod does not belong to the Customer you supplied with the PaymentIntent.",
            param="payment_method",
        )
    intent = new_intent(
        books,
        amount=whole(params, "amount"),
        currency=params["currency"],
        customer=customer["id"],
        description=params.get("description"),
        metadata=params.get("metadata", {}),
        payment_method_types=[method["type"]],
    )
    books.changed("payment_intent.created", intent)
    card = card_of(method)
    if card.step is Step.ALWAYS:
        fail(books, intent, method, code="authentication_required", charged=True)
    elif card.fails_when_kept:
        fail(books, intent, method, code="card_declined", decline_code="generic_decline")
    elif card.code:
        decline(books, intent, method)
    else:
        succeed(books, intent, method)
    error = intent["last_payment_error"]
    if error is not None:
        facts = {name: error[name] for name in ("code", "decline_code", "advice_code", "charge")}
        raise Refused(
            402,
            error["message"],
            **{name: value for name, value in facts.items() if value},
            payment_intent=books.shown(intent, []),
        )
    return intent


def attempt(books: Books, intent: Thing, method: Thing) -> None:
    """The payer presses the button once."""
    card = card_of(method)
    intent["payment_method"], intent["last_payment_error"] = method["id"], None
    if card.code:
        decline(books, intent, method)
    elif card.step is not Step.NEVER:
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        books.changed("payment_intent.requires_action", intent)
    elif method["type"] in SLOW:
        start_slowly(books, intent, method)
    else:
        succeed(books, intent, method)


def start_slowly(books: Books, intent: Thing, method: Thing) -> None:
    """A debit on its way, or a voucher that waits at a till."""
    intent["status"] = SLOW[method["type"]]
    if intent["status"] == "processing":
        charge = new_charge(books, intent, method, status="pending")
        intent["latest_charge"] = charge["id"]
        books.changed("charge.pending", charge)
    else:
        kind = f"{method['type']}_display_details"
        intent["next_action"] = {"type": kind, kind: {"hosted_voucher_url": "about:blank"}}
    books.changed(f"payment_intent.{intent['status']}", intent)


def new_charge(books: Books, intent: Thing, method: Thing, *, status: str) -> Thing:
    return books.make(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if status == "succeeded" else 0,
        amount_refunded=0,
        balance_transaction=None,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent.get("description"),
        disputed=False,
        failure_code=None,
        failure_message=None,
        metadata=dict(intent["metadata"]),
        paid=status == "succeeded",
        payment_intent=intent["id"],
        payment_method=method["id"],
        refunded=False,
        status=status,
    )


def succeed(books: Books, intent: Thing, method: Thing) -> None:
    """The money is ours, less the fee."""
    pending = books.all("charge", payment_intent=intent["id"], status="pending")
    charge = pending[0] if pending else new_charge(books, intent, method, status="succeeded")
    charge |= {"status": "succeeded", "paid": True, "amount_captured": intent["amount"]}
    fee = (intent["amount"] * FEE_BPS + 5000) // 10_000 + FEE_FIXED
    charge["balance_transaction"] = movement(
        books, charge["id"], intent["amount"], intent["currency"], kind="charge", fee=fee
    )["id"]
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "next_action": None,
        "payment_method": method["id"],
    }
    if intent["setup_future_usage"] == "off_session" and intent["customer"]:
        method["customer"] = intent["customer"]
        books.changed("payment_method.attached", method)
    books.changed("charge.succeeded", charge)
    books.changed("payment_intent.succeeded", intent)


def movement(
    books: Books, source: str, amount: int, currency: str, *, kind: str, fee: int = 0
) -> Thing:
    """A line in our balance at Stripe."""
    return books.make(
        "balance_transaction",
        amount=amount,
        currency=currency,
        fee=fee,
        fee_details=[{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else [],
        net=amount - fee,
        source=source,
        status="available",
        available_on=books.now(),
        type=kind,
        reporting_category=kind,
    )


def decline(books: Books, intent: Thing, method: Thing) -> None:
    card = card_of(method)
    fail(
        books,
        intent,
        method,
        code=card.code,
        decline_code=card.decline_code,
        advice_code=card.advice_code,
    )


def fail(
    books: Books,
    intent: Thing,
    method: Thing,
    *,
    code: str,
    decline_code: str = "",
    advice_code: str = "",
    charged: bool = True,
) -> None:
    """This try came to nothing. One that reached the bank leaves a failed charge behind."""
    charge_id = None
    if charged:
        pending = books.all("charge", payment_intent=intent["id"], status="pending")
        charge = pending[0] if pending else new_charge(books, intent, method, status="failed")
        charge |= {"status": "failed", "failure_code": code, "failure_message": "Declined."}
        intent["latest_charge"] = charge_id = charge["id"]
        books.changed("charge.failed", charge)
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": {
            "type": "card_error" if charged else "invalid_request_error",
            "code": code,
            "decline_code": decline_code or None,
            "advice_code": advice_code or None,
            "charge": charge_id,
            "message": "Your card was declined." if charged else "Authentication failed.",
            "payment_method": books.shown(method, []),
        },
    }
    books.changed("payment_intent.payment_failed", intent)


def cancel_intent(books: Books, intent_id: str) -> Thing:
    intent = books.get("payment_intent", intent_id)
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise Refused(
            400,
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    intent |= {"status": "canceled", "canceled_at": books.now()}
    books.changed("payment_intent.canceled", intent)
    return intent


def search_intents(books: Books, params: Thing) -> Thing:
    """Those with a word in their metadata. The real search lags; `search_lags` makes this one."""
    query = needed(params, "query")
    match = re.fullmatch(r"metadata\[['\"](\w+)['\"]\]:['\"]([^'\"]*)['\"]", query)
    if match is None:
        raise Refused(400, "We were unable to parse your search query.", param="query")
    found = [
        intent
        for intent in books.all("payment_intent")
        if intent["metadata"].get(match[1]) == match[2] and not books.faults.search_lags
    ]
    return {"object": "search_result", "data": found, "has_more": False, "next_page": None}


def detach_method(books: Books, method_id: str) -> Thing:
    method = books.get("payment_method", method_id)
    if method["customer"] is None:
        raise Refused(
            400,
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible.",
        )
    method["customer"] = None
    books.changed("payment_method.detached", method)
    return method
