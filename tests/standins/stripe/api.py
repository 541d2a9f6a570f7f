"""The routes of the API: a method, a path, and what carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.standins.stripe import checkout, connect, payments, returns
from tests.standins.stripe.books import Books, Refused, Thing

Verb = Callable[[Books, str, Thing], Thing]


def _get(kind: str) -> Verb:
    return lambda books, thing_id, params: books.get(kind, thing_id)


def _list(kind: str, *names: str) -> Verb:
    return lambda books, _, params: books.page(kind, params, *names)


_ID = r"([A-Za-z0-9_]+)"
ROUTES: list[tuple[str, str, Verb]] = [
    ("GET", "checkout/sessions", _list("checkout.session", "payment_intent", "customer", "status")),
    ("GET", f"checkout/sessions/{_ID}", _get("checkout.session")),
    (
        "POST",
        f"checkout/sessions/{_ID}/expire",
        lambda books, thing_id, _: checkout.expire_session(books, thing_id),
    ),
    ("POST", "payment_intents", lambda books, _, params: payments.create_intent(books, params)),
    ("GET", "payment_intents", _list("payment_intent", "customer")),
    (
        "GET",
        "payment_intents/search",
        lambda books, _, params: payments.search_intents(books, params),
    ),
    ("GET", f"payment_intents/{_ID}", _get("payment_intent")),
    (
        "POST",
        f"payment_intents/{_ID}/cancel",
        lambda books, thing_id, _: payments.cancel_intent(books, thing_id),
    ),
    ("GET", "charges", _list("charge", "payment_intent", "customer")),
    ("GET", f"charges/{_ID}", _get("charge")),
    ("POST", "refunds", lambda books, _, params: returns.create_refund(books, params)),
    ("GET", "refunds", _list("refund", "payment_intent", "charge")),
    ("GET", f"refunds/{_ID}", _get("refund")),
    ("GET", "disputes", _list("dispute", "payment_intent", "charge")),
    ("GET", f"disputes/{_ID}", _get("dispute")),
    ("POST", f"disputes/{_ID}", returns.update_dispute),
    (
        "POST",
        f"disputes/{_ID}/close",
        lambda books, thing_id, _: returns.close_dispute(books, thing_id),
    ),
    ("POST", "customers", lambda books, _, params: payments.new_customer(books, params)),
    ("GET", f"customers/{_ID}", _get("customer")),
    ("GET", "payment_methods", _list("payment_method", "customer", "type")),
    ("GET", f"payment_methods/{_ID}", _get("payment_method")),
    (
        "POST",
        f"payment_methods/{_ID}/detach",
        lambda books, thing_id, _: payments.detach_method(books, thing_id),
    ),
    ("GET", "balance", lambda books, _, params: connect.balance(books)),
    ("GET", "balance_transactions", _list("balance_transaction", "type", "source", "currency")),
    ("GET", f"balance_transactions/{_ID}", _get("balance_transaction")),
    ("GET", "events", _list("event", "type")),
    ("GET", f"events/{_ID}", _get("event")),
    ("POST", "accounts", lambda books, _, params: connect.create_account(books, params)),
    ("GET", f"accounts/{_ID}", _get("account")),
    ("POST", "transfers", lambda books, _, params: connect.create_transfer(books, params)),
    ("GET", "transfers", _list("transfer", "destination", "transfer_group")),
    ("GET", f"transfers/{_ID}", _get("transfer")),
    ("POST", f"transfers/{_ID}/reversals", connect.reverse_transfer),
]
_COMPILED = [(method, re.compile(path), verb) for method, path, verb in ROUTES]


def execute(books: Books, method: str, path: str, params: Thing, *, origin: str) -> Thing:
    """Carry a request out; the answer is shown with what it asked to expand."""
    checkout.close_overdue(books)
    expand = params.pop("expand", [])
    if (method, path) == ("POST", "checkout/sessions"):
        return books.shown(checkout.create_session(books, params, origin=origin), expand)
    for known, pattern, verb in _COMPILED:
        match = pattern.fullmatch(path)
        if match is not None and known == method:
            thing_id = match.group(1) if match.groups() else ""
            answer = verb(books, thing_id, params)
            if answer["object"] == "list" or answer["object"] == "search_result":
                inner = [one.removeprefix("data.") for one in expand]
                data = [books.shown(one, inner) for one in answer["data"]]
                return answer | {"data": data, "url": f"/v1/{path}"}
            return books.shown(answer, expand)
    raise Refused(404, f"Unrecognized request URL ({method}: /v1/{path}).")
