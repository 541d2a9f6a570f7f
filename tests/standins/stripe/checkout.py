"""Hosted pages: opened by the merchant, paid by people."""

from __future__ import annotations

from tests.standins.stripe import payments, returns
from tests.standins.stripe.books import Books, Refused, Thing, needed, whole

MINUTE = 60
KINDS = (
    *("card", "paypal", "alipay", "wechat_pay", "sepa_debit", "ideal", "bancontact", "blik"),
    *("eps", "p24", "twint", "pix", "upi", "paypay", "konbini", "oxxo"),
)
# What each can be paid in; others take many currencies.
CURRENCIES = {
    "sepa_debit": ("eur",),
    "ideal": ("eur",),
    "bancontact": ("eur",),
    "eps": ("eur",),
    "pix": ("brl",),
    "upi": ("inr",),
    "konbini": ("jpy",),
    "paypay": ("jpy",),
    "oxxo": ("mxn",),
    "blik": ("pln",),
}
KEPT = ("card", "sepa_debit")


def create_session(books: Books, params: Thing, *, origin: str) -> Thing:
    """A page for one payment."""
    if params.get("mode") != "payment":
        raise Refused(400, "This stand-in only knows mode=payment.", param="mode")
    (item,) = needed(params, "line_items")
    price = needed(item, "price_data")
    kinds = _kinds(params, price["currency"])
    wanted = params.get("payment_intent_data", {})
    if wanted.get("setup_future_usage") and not set(kinds) <= set(KEPT):
        raise Refused(400, "This payment method cannot be saved.", param="payment_intent_data")
    if params.get("customer"):
        books.get("customer", params["customer"])
        if "customer_creation" in params:
            raise Refused(
                400,
                "You may only specify one of these parameters: customer, customer_creation.",
                param="customer",
            )
    now = books.now()
    expires_at = int(params.get("expires_at", now + 24 * 60 * MINUTE))
    if not now + 30 * MINUTE <= expires_at <= now + 24 * 60 * MINUTE:
        raise Refused(
            400,
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours"
            " from Checkout Session creation.",
            param="expires_at",
        )
    session = books.make(
        "checkout.session",
        mode="payment",
        status="open",
        payment_status="unpaid",
        amount_total=whole(price, "unit_amount") * whole(item, "quantity"),
        currency=price["currency"],
        client_reference_id=params.get("client_reference_id"),
        metadata=params.get("metadata", {}),
        customer=params.get("customer"),
        customer_creation=params.get("customer_creation", "if_required"),
        payment_intent=None,
        payment_method_types=kinds,
        success_url=needed(params, "success_url"),
        cancel_url=params.get("cancel_url"),
        expires_at=expires_at,
        _intent_data=wanted,
        _name=price["product_data"]["name"],
    )
    session["url"] = f"{origin}/c/pay/{session['id']}"
    return session


def _kinds(params: Thing, currency: str) -> list[str]:
    kinds: list[str] = params.get("payment_method_types", ["card"])
    for kind in kinds:
        if kind not in KINDS:
            raise Refused(
                400,
                f"Invalid payment_method_types: must be one of {KINDS}",
                param="payment_method_types",
            )
        if currency not in CURRENCIES.get(kind, (currency,)):
            raise Refused(
                400,
                f"The currency provided ({currency}) is invalid for payment method type {kind}.",
                param="payment_method_types",
            )
    options = params.get("payment_method_options", {})
    if "wechat_pay" in kinds and options.get("wechat_pay", {}).get("client") != "web":
        raise Refused(
            400,
            "Missing required param: payment_method_options[wechat_pay][client].",
            param="payment_method_options[wechat_pay][client]",
        )
    return kinds


def expire_session(books: Books, session_id: str) -> Thing:
    """The merchant takes the page down."""
    session = books.get("checkout.session", session_id)
    if session["status"] != "open":
        raise Refused(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of {session['status']}.",
        )
    session |= {"status": "expired", "url": None}
    books.changed("checkout.session.expired", session)
    return session


def close_overdue(books: Books) -> None:
    """Take down the pages whose time ran out."""
    for session in books.all("checkout.session", status="open"):
        if session["expires_at"] <= books.now():
            expire_session(books, session["id"])


def pay(books: Books, session: Thing, *, number: str = "", decides: str = "yes") -> Thing:
    """The payer presses the button. `decides` is what a wallet's own page ended with."""
    if session["status"] != "open":
        raise Refused(400, "This page takes no payment any more.")
    method = payments.new_method(books, session["payment_method_types"][0], number)
    intent = _intent(books, session)
    if method["type"] not in (*KEPT, *payments.SLOW) and decides == "no":
        intent["payment_method"] = method["id"]
        payments.fail(
            books, intent, method, code="payment_intent_authentication_failure", charged=False
        )
    else:
        payments.attempt(books, intent, method)
    return _after_attempt(books, session, intent, method)


def authenticate(books: Books, session: Thing, *, is_passed: bool) -> Thing:
    """The payer comes back from the bank's own page."""
    intent = books.get("payment_intent", session["payment_intent"])
    if intent["status"] != "requires_action":
        raise Refused(400, "No step is asked for.")
    method = books.get("payment_method", intent["payment_method"])
    if is_passed:
        payments.succeed(books, intent, method)
    else:
        payments.fail(
            books, intent, method, code="payment_intent_authentication_failure", charged=False
        )
    return _after_attempt(books, session, intent, method)


def clear(books: Books, session: Thing, *, is_paid: bool) -> Thing:
    """A slow payment ends: the debit went through or bounced, the voucher was paid or ran out."""
    intent = books.get("payment_intent", session["payment_intent"])
    method = books.get("payment_method", intent["payment_method"])
    if is_paid:
        payments.succeed(books, intent, method)
        session["payment_status"] = "paid"
        books.changed("checkout.session.async_payment_succeeded", session)
    else:
        payments.fail(
            books,
            intent,
            method,
            code="payment_intent_payment_attempt_failed",
            decline_code="insufficient_funds" if method["type"] == "sepa_debit" else "",
        )
        books.changed("checkout.session.async_payment_failed", session)
    return session


def _intent(books: Books, session: Thing) -> Thing:
    """The page's payment, which begins with the payer's first try."""
    if session["payment_intent"] is not None:
        return books.get("payment_intent", session["payment_intent"])
    data = session["_intent_data"]
    if session["customer"] is None and session["customer_creation"] == "always":
        session["customer"] = payments.new_customer(books, {})["id"]
    intent = payments.new_intent(
        books,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        description=data.get("description"),
        metadata=data.get("metadata", {}),
        payment_method_types=session["payment_method_types"],
        setup_future_usage=data.get("setup_future_usage"),
    )
    session["payment_intent"] = intent["id"]
    books.changed("payment_intent.created", intent)
    return intent


def _after_attempt(books: Books, session: Thing, intent: Thing, method: Thing) -> Thing:
    is_slow = method["type"] in payments.SLOW and intent["status"] in payments.SLOW.values()
    if intent["status"] == "succeeded" or is_slow:
        session["status"], session["url"] = "complete", None
        session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        books.changed("checkout.session.completed", session)
    card = payments.card_of(method)
    if intent["status"] == "succeeded" and card.dispute:
        charge = books.get("charge", intent["latest_charge"])
        returns.open_dispute(books, charge, reason=card.dispute, is_inquiry=card.inquiry)
    return session
