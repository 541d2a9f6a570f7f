"""What we ask of Stripe, written as its forms: pure, so that one key always sends the same form."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from largesse.kernel import ids
from largesse.kernel.errors import NotFound
from largesse.kernel.money import Money
from largesse.payments.provider import CheckoutWanted

# Everything that is read of a payment, in one answer.
INTENT_PARTS = ("latest_charge.balance_transaction", "latest_charge.refunds", "payment_method")
SESSION_PARTS = tuple(f"payment_intent.{part}" for part in INTENT_PARTS)

# Stripe takes no page that closes within half an hour.
_MARGIN = timedelta(minutes=31)
_PAGE_LIFE_MAX = timedelta(hours=24)
# Their clock and ours may differ.
_CLOCKS_APART = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Method:
    """How one of our ways to pay is called at Stripe, and whether it can be kept."""

    kind: str
    keeps: bool = False
    options: dict[str, Any] = field(default_factory=dict)


# Wallets ride on cards: Checkout shows them where the payer's device has one.
METHODS = {
    "card": Method("card", keeps=True),
    "apple_pay": Method("card", keeps=True),
    "google_pay": Method("card", keeps=True),
    "paypal": Method("paypal"),
    "alipay": Method("alipay"),
    "wechat_pay": Method("wechat_pay", options={"client": "web"}),
    "sepa_debit": Method("sepa_debit", keeps=True),
    "ideal": Method("ideal"),
    "bancontact": Method("bancontact"),
    "blik": Method("blik"),
    "eps": Method("eps"),
    "p24": Method("p24"),
    "twint": Method("twint"),
    "pix": Method("pix"),
    "upi": Method("upi"),
    "paypay": Method("paypay"),
    # Vouchers that wait for days would be paid at a price that nobody remembers.
    "konbini": Method("konbini", options={"expires_after_days": 1}),
    "oxxo": Method("oxxo", options={"expires_after_days": 1}),
}


def session_form(wanted: CheckoutWanted) -> dict[str, Any]:
    """A hosted page that collects exactly this."""
    method = METHODS[wanted.method]
    payment: dict[str, Any] = {
        "metadata": {"reference": wanted.reference},
        "description": wanted.description,
    }
    form: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": wanted.reference,
        "metadata": {"reference": wanted.reference},
        "payment_method_types": [method.kind],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": wanted.price.currency.lower(),
                    "unit_amount": wanted.price.amount,
                    "product_data": {"name": wanted.description},
                },
            }
        ],
        "payment_intent_data": payment,
        # Their offer of another currency would collect another sum than the one reviewed.
        "adaptive_pricing": {"enabled": False},
        "success_url": wanted.return_url,
        "cancel_url": wanted.return_url,
        "expires_at": int(_closing(wanted).timestamp()),
    }
    if method.options:
        form["payment_method_options"] = {method.kind: method.options}
    if wanted.customer:
        form["customer"] = wanted.customer
    if wanted.save and method.keeps:
        payment["setup_future_usage"] = "off_session"
        if not wanted.customer:
            form["customer_creation"] = "always"
    return form


def charge_form(wanted: CheckoutWanted, *, token: str, key: str) -> dict[str, Any]:
    """A payment by a kept method whose owner is away. Our key is written on it."""
    return {
        "amount": wanted.price.amount,
        "currency": wanted.price.currency.lower(),
        "customer": wanted.customer,
        "payment_method": token,
        "off_session": True,
        "confirm": True,
        # Nobody is there to be sent anywhere.
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": wanted.description,
        "metadata": {"reference": wanted.reference, "key": key},
        "expand": list(INTENT_PARTS),
    }


def refund_form(intent: str, amount: Money, key: str) -> dict[str, Any]:
    """A part of a payment back. Our key is written on it, to be found after Stripe forgot it."""
    return {"payment_intent": intent, "amount": amount.amount, "metadata": {"key": key}}


def window(reference: str) -> tuple[int, int] | None:
    """The seconds in which this order's page can have been opened: its id says when it was made.

    None for what is no order of ours.
    """
    made = _made_at(reference)
    if made is None:
        return None
    first, last = made - _CLOCKS_APART, made + _PAGE_LIFE_MAX
    return int(first.timestamp()), int(last.timestamp())


def _closing(wanted: CheckoutWanted) -> datetime:
    """When the page closes if we do not close it ourselves, which we do earlier.

    It follows from the order alone: a key that comes again must bring the same form, and one that
    comes after Stripe forgot the key (24 h) brings a closing time that is past and is refused.
    """
    made = _made_at(wanted.reference)
    closing = wanted.expires_at + _MARGIN
    return closing if made is None else min(closing, made + _PAGE_LIFE_MAX - _CLOCKS_APART)


def _made_at(reference: str) -> datetime | None:
    try:
        order = ids.read("rch", reference)
    except NotFound:
        return None
    return datetime.fromtimestamp((order.int >> 80) // 1000, tz=UTC)
