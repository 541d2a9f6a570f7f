"""The hosted page: a form for people, the same as JSON for tests, and the bank's own step."""

from __future__ import annotations

from html import escape
from typing import Any

from tests.standins.stripe import checkout
from tests.standins.stripe.books import Books, Refused, Thing


def show(books: Books, session_id: str) -> str:
    """What the payer sees."""
    session = books.get("checkout.session", session_id)
    if session["status"] != "open":
        return _page("<p>This page takes no payment any more.</p>")
    intent = session["payment_intent"]
    if intent and books.get("payment_intent", intent)["status"] == "requires_action":
        return _page(
            '<p>Your bank asks whether this is you.</p><form method="post"'
            f' action="/c/pay/{session_id}/authenticate">'
            '<button name="ends" value="yes">Complete</button>'
            '<button name="ends" value="no">Fail</button></form>'
        )
    kind = session["payment_method_types"][0]
    field = '<label>Card <input name="card" required></label>' if kind == "card" else ""
    amount = f"{session['amount_total']} {session['currency'].upper()}"
    return _page(
        f"<p>{escape(session['_name'])}: {amount}</p>"
        f'<form method="post">{field}<button>Pay with {escape(kind)}</button></form>'
    )


def act(books: Books, session_id: str, step: str, sent: dict[str, Any]) -> Thing:
    """What the payer, or the payer's bank, does."""
    session = books.get("checkout.session", session_id)
    match step:
        case "":
            number = str(sent.get("card", "")).replace(" ", "")
            return checkout.pay(books, session, number=number, decides=str(sent.get("ends", "yes")))
        case "authenticate":
            return checkout.authenticate(books, session, is_passed=sent.get("ends", "yes") == "yes")
        case "bank":
            return checkout.clear(books, session, is_paid=sent.get("ends", "yes") == "yes")
        case _:
            raise Refused(404, "There is no such step.")


def _page(inner: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title>'
        f"<body><main><h1>Test checkout</h1>{inner}</main>"
    )
