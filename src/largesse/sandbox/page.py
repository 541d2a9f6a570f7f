"""The hosted page's HTML: no script, no outside asset, readable without a style sheet."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from babel.numbers import format_currency

from largesse.sandbox.cards import CardRefused
from largesse.sandbox.model import Checkout, Status

_PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3}

_DECLINES = {
    "card_declined": "The bank declined this payment. Nothing was taken. Try another card.",
    "insufficient_funds": "There is not enough money on this card. Nothing was taken.",
    "authentication_failed": "The bank could not confirm that it was you. Nothing was taken.",
    "method_unavailable": "This way to pay is not kept here any more. Nothing was taken.",
}

_KEPT = (
    "What you pay with is kept here, so that the shop can charge it again when you said so."
    " You can remove it in the shop at any time."
)

_TEST_CARDS = (
    ("4242 4242 4242 4242", "pays"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "has too little money"),
    ("4000 0025 0000 3155", "asks the bank first (3-D Secure)"),
    ("4000 0000 0000 0259", "pays, and is disputed later"),
    ("4000 0000 0000 5126", "pays, and a refund fails later"),
    ("4000 0000 0000 0341", "pays, and is declined when it is charged again"),
    ("4000 0027 6000 3184", "asks the bank every time, also when it is charged again"),
)


def amount_of(checkout: Checkout) -> str:
    """The amount as the payer reads it, such as $4.99 or ¥480."""
    places = _PLACES.get(checkout.currency, 2)
    pattern = "¤#,##0" + ("." + "0" * places if places else "")
    value = Decimal(checkout.amount).scaleb(-places)
    return format_currency(value, checkout.currency, pattern, locale="en_US", currency_digits=False)


def checkout_page(
    checkout: Checkout, *, is_expired: bool = False, refused: CardRefused | None = None
) -> str:
    """Whatever a payer should see for this checkout right now."""
    if checkout.status is Status.PAID:
        return _end(checkout, "Paid", "<p class='fine'>This is paid. You can go back.</p>")
    if checkout.status is Status.PROCESSING:
        note = "<p>The payment is on its way. The shop hears as soon as it is through.</p>"
        return _end(checkout, "On its way", note)
    if checkout.status in (Status.CLOSED, Status.DECLINED) or is_expired:
        note = "<p>This checkout is closed. Nothing was taken. Start again in the shop.</p>"
        return _end(checkout, "Closed", _declined(checkout) + note)
    body = _card_form(checkout, refused) if checkout.method == "card" else _approval(checkout)
    return _frame(f"Pay {amount_of(checkout)}", _head(checkout) + body)


def authentication_page(checkout: Checkout) -> str:
    """The bank's own page in a 3-D Secure step: the payer says yes or no."""
    body = f"""<section class="sheet" aria-labelledby="bank"><h2 id="bank">Your bank asks: is this you?</h2>
<p>A payment of <strong>{escape(amount_of(checkout))}</strong> with the card ending in
{escape(checkout.last4 or "")}.</p>
<form method="post"><button name="step" value="complete">Complete</button>
<button class="plain" name="step" value="fail">Fail</button></form></section>"""
    return _frame("Confirm with your bank", _head(checkout) + body)


def _card_form(checkout: Checkout, refused: CardRefused | None) -> str:
    wrong = refused.field if refused else ""
    message = (
        f'<p class="problem" role="alert" id="problem">{escape(refused.message)}</p>'
        if refused
        else _declined(checkout)
    )
    fields = _field("card", "Card number", "4242 4242 4242 4242", wrong)
    pair = _field("expiry", "Expiry (MM/YY)", "04/30", wrong) + _field(
        "code", "Security code", "123", wrong
    )
    rows = "".join(
        f'<li><button name="card" value="{number}"><span class="number">{number}</span> '
        f'<span class="what">{what}</span></button></li>'
        for number, what in _TEST_CARDS
    )
    here = _address(checkout)
    return f"""{message}<section class="sheet" aria-labelledby="card-title"><h2 id="card-title">Pay by card</h2>
<form method="post" action="{here}" autocomplete="off" novalidate>{fields}<div class="pair">{pair}</div>
<button>Pay {escape(amount_of(checkout))}</button></form>
<a class="button plain" href="{escape(checkout.return_url)}">Back without paying</a></section>
<section class="sheet" aria-labelledby="tests"><h2 id="tests">Or press a test card</h2>
<form method="post" action="{here}"><input type="hidden" name="expiry" value="12/40">
<input type="hidden" name="code" value="123"><ul class="cards">{rows}</ul></form></section>"""


def _approval(checkout: Checkout) -> str:
    name = escape(checkout.method.replace("_", " ").title())
    return f"""{_declined(checkout)}<section class="sheet" aria-labelledby="approve">
<h2 id="approve">Approve with {name}</h2>
<p>A stand-in for {name}: the real one is not asked.</p>
<form method="post" action="{_address(checkout)}">
<button name="outcome" value="pay">Approve {escape(amount_of(checkout))}</button>
<button class="plain" name="outcome" value="processing">Approve, but slowly</button>
<button class="plain" name="outcome" value="decline">Refuse</button></form>
<a class="button plain" href="{escape(checkout.return_url)}">Back without paying</a></section>"""


def _address(checkout: Checkout) -> str:
    """Where a payment goes, also from the page that a failed bank step left open."""
    return f"/sandbox/checkout/{escape(checkout.id)}"


def _field(name: str, label: str, example: str, wrong: str) -> str:
    invalid = ' aria-invalid="true" aria-describedby="problem"' if wrong == name else ""
    return (
        f'<div><label for="{name}">{label}</label><input id="{name}" name="{name}"'
        f' inputmode="numeric" placeholder="{example}" required{invalid}></div>'
    )


def _declined(checkout: Checkout) -> str:
    if checkout.decline is None:
        return ""
    return f'<p class="problem" role="alert">{escape(_DECLINES[checkout.decline])}</p>'


def _head(checkout: Checkout) -> str:
    kept = f'<p class="about">{_KEPT}</p>' if checkout.save else ""
    return f"""<h1>You pay</h1><p class="amount">{escape(amount_of(checkout))}</p>
<p class="about">{escape(checkout.description)}</p><p class="about">Order {escape(checkout.reference)}</p>{kept}"""


def _end(checkout: Checkout, title: str, note: str) -> str:
    back = f'<a class="button" href="{escape(checkout.return_url)}">Back to the shop</a>'
    return _frame(title, f'{_head(checkout)}<section class="sheet">{note}{back}</section>')


def _frame(title: str, body: str) -> str:
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{escape(title)} · Sandbox</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/sandbox/style.css"></head>
<body><aside class="banner">Sandbox: no real money moves here, and no real card works.</aside>
<main>{body}</main></body></html>"""
