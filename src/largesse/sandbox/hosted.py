"""The pages where a payer pays, and the same doors for tests that send JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from largesse.kernel import ids
from largesse.sandbox import cards, page
from largesse.sandbox.model import OUTCOMES, Checkout, Faults, NotPayable, Status
from largesse.sandbox.requests import Refunding
from largesse.sandbox.till import DISPUTE_FEE, Till

T = TypeVar("T")

_STYLE = (Path(__file__).parent / "style.css").read_bytes()

# The words that people try first, beside our own.
_ALIASES = {
    "paid": "pay",
    "success": "pay",
    "succeed": "pay",
    "declined": "decline",
    "completed": "complete",
    "failed": "fail",
    "pending": "processing",
}


class Payment(msgspec.Struct, frozen=True):
    """What the page's form or a test sends."""

    card: str = ""
    outcome: str | None = None
    expiry: str | None = None
    code: str | None = None


class Step(msgspec.Struct, frozen=True):
    """The payer's answer on the bank's page."""

    step: str


class Settling(msgspec.Struct, frozen=True):
    """How a slow payment ends, said by a test that does not want to wait."""

    paid: bool


class Disputing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the payer's bank does, said by a test."""

    stage: Literal["opened", "won", "lost"]
    fee: int = DISPUTE_FEE


class GivingBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refund that the provider makes by itself, as somebody may in its own console."""

    amount: int


@get("/sandbox/style.css", include_in_schema=False)
async def style() -> Response[bytes]:
    return Response(_STYLE, media_type="text/css", headers={"cache-control": "max-age=3600"})


@get("/sandbox/checkout/{checkout_id:str}", include_in_schema=False)
async def show_checkout(checkout_id: str, till: Till) -> Response[str] | Redirect:
    """The page to pay on, or what became of the payment."""
    checkout = till.find(checkout_id)
    if checkout.status is Status.ACTION_REQUIRED:
        return Redirect(_step_url(checkout), status_code=303)
    return _html(page.checkout_page(checkout, is_expired=_is_expired(till, checkout)), checkout)


@post("/sandbox/checkout/{checkout_id:str}", include_in_schema=False, status_code=200)
async def pay(checkout_id: str, request: Request[Any, Any, Any], till: Till) -> Response[Any]:
    """Pay: a form is answered with a page or a redirect, JSON with what happened."""
    wants_json = _is_json(request)
    payment = await _read(request, Payment)
    checkout = till.find(checkout_id)
    try:
        outcome, behaviour, expires = _understood(payment, checkout, till, is_form=not wants_json)
        checkout = till.pay(
            checkout_id,
            behaviour=behaviour,
            last4=cards.digits_of(payment.card)[-4:],
            outcome=outcome,
            expires=expires,
        )
    except cards.CardRefused as refused:
        if wants_json:
            return Response({"field": refused.field, "message": refused.message}, status_code=422)
        return _html(page.checkout_page(checkout, refused=refused), checkout, status=422)
    except NotPayable:
        return _as_it_stands(checkout, wants_json=wants_json)
    if not wants_json and checkout.decline is not None:
        return _html(page.checkout_page(checkout), checkout, status=402)
    return _after(checkout, wants_json=wants_json)


@get("/sandbox/checkout/{checkout_id:str}/authenticate", include_in_schema=False)
async def show_step(checkout_id: str, till: Till) -> Response[str] | Redirect:
    """The bank's page of a 3-D Secure payment."""
    checkout = till.find(checkout_id)
    if checkout.status is not Status.ACTION_REQUIRED:
        return Redirect(_page_url(checkout), status_code=303)
    return _html(page.authentication_page(checkout), checkout)


@post("/sandbox/checkout/{checkout_id:str}/authenticate", include_in_schema=False, status_code=200)
async def authenticate(
    checkout_id: str, request: Request[Any, Any, Any], till: Till
) -> Response[Any]:
    """The payer's yes or no to the bank."""
    step = (await _read(request, Step)).step
    if step not in ("complete", "fail"):
        raise msgspec.ValidationError("step is complete or fail")
    wants_json = _is_json(request)
    try:
        checkout = till.authenticate(checkout_id, is_complete=step == "complete")
    except NotPayable:
        return _as_it_stands(till.find(checkout_id), wants_json=wants_json)
    return _after(checkout, wants_json=wants_json)


@post("/sandbox/checkout/{checkout_id:str}/settle", include_in_schema=False, status_code=200)
async def settle(checkout_id: str, request: Request[Any, Any, Any], till: Till) -> Response[Any]:
    """End a slow payment now."""
    settling = await _read(request, Settling)
    return _after(till.settle(checkout_id, is_paid=settling.paid), wants_json=True)


@post("/sandbox/checkout/{checkout_id:str}/dispute", include_in_schema=False, status_code=200)
async def dispute(checkout_id: str, request: Request[Any, Any, Any], till: Till) -> Response[Any]:
    """Let the payer's bank take the payment back, or decide about it."""
    disputing = await _read(request, Disputing)
    disputed = till.dispute(checkout_id, stage=disputing.stage, fee=disputing.fee)
    return Response(till.show(disputed))


@post("/sandbox/checkout/{checkout_id:str}/refund", include_in_schema=False, status_code=200)
async def give_back(checkout_id: str, request: Request[Any, Any, Any], till: Till) -> Response[Any]:
    """Refund a payment without the merchant having asked."""
    giving = await _read(request, GivingBack)
    key = f"console:{ids.make().hex}"
    return Response(till.refund(checkout_id, Refunding(amount=giving.amount), key=key))


@post("/sandbox/checkout/{checkout_id:str}/refund/settle", include_in_schema=False, status_code=200)
async def settle_refund(
    checkout_id: str, request: Request[Any, Any, Any], till: Till
) -> Response[Any]:
    """Let the last refund arrive, or come back."""
    settling = await _read(request, Settling)
    asked = till.store.refunds_of(checkout_id)
    if not asked:
        raise NotPayable
    return Response(msgspec.to_builtins(till.end_refund(asked[-1].id, is_paid=settling.paid)))


@post("/sandbox/checkout/{checkout_id:str}/faults", include_in_schema=False, status_code=200)
async def set_faults(
    checkout_id: str, request: Request[Any, Any, Any], till: Till
) -> dict[str, Any]:
    """Tell the provider how to lie about this checkout."""
    checkout = till.set_faults(checkout_id, await _read(request, Faults))
    faults: dict[str, Any] = msgspec.to_builtins(checkout.faults)
    return faults


def _understood(
    payment: Payment, checkout: Checkout, till: Till, *, is_form: bool
) -> tuple[str | None, cards.Behaviour, str | None]:
    wish = payment.outcome or None
    outcome = _ALIASES.get(wish, wish) if wish else None
    if outcome is not None and outcome not in OUTCOMES:
        raise cards.CardRefused("outcome", f"outcome is one of {', '.join(OUTCOMES)}.")
    if checkout.method != "card" and not payment.card:
        return outcome or "pay", cards.Behaviour.PAYS, None
    behaviour, expires = cards.check_number(payment.card), None
    if is_form or payment.expiry is not None:
        today = datetime.fromtimestamp(till.now_ms() // 1000, UTC).date()
        expires = cards.check_expiry(payment.expiry or "", today=today).isoformat()
    if is_form or payment.code is not None:
        cards.check_code(payment.code or "")
    return outcome, behaviour, expires


def _after(checkout: Checkout, *, wants_json: bool) -> Response[Any]:
    needs_step = checkout.status is Status.ACTION_REQUIRED
    where = _step_url(checkout) if needs_step else checkout.return_url
    if wants_json:
        return Response(
            {
                "id": checkout.id,
                "status": checkout.status,
                "decline": checkout.decline,
                "return_url": checkout.return_url,
                "next_url": where,
            }
        )
    if checkout.decline is not None:
        # Back from the bank with a no: the page says why and takes another card.
        return Redirect(_page_url(checkout), status_code=303)
    return Redirect(where, status_code=303)


def _as_it_stands(checkout: Checkout, *, wants_json: bool) -> Response[Any]:
    """Pressed twice, or too late: a person sees what became of it, a test hears 409."""
    if wants_json:
        raise NotPayable
    return Redirect(_page_url(checkout), status_code=303)


def _html(body: str, checkout: Checkout, status: int = 200) -> Response[str]:
    shop = urlsplit(checkout.return_url)
    policy = (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
        # Browsers hold a form to this list even when the answer redirects to the shop.
        f" frame-ancestors 'none'; form-action 'self' {shop.scheme}://{shop.netloc}"
    )
    headers = {"content-security-policy": policy, "cache-control": "no-store"}
    return Response(body, media_type="text/html", status_code=status, headers=headers)


def _is_json(request: Request[Any, Any, Any]) -> bool:
    return "json" in request.headers.get("content-type", "")


async def _read(request: Request[Any, Any, Any], shape: type[T]) -> T:
    if _is_json(request):
        return msgspec.json.decode(await request.body(), type=shape)
    return msgspec.convert(dict(await request.form()), type=shape)


def _is_expired(till: Till, checkout: Checkout) -> bool:
    return till.now_ms() // 1000 >= checkout.expires_at


def _page_url(checkout: Checkout) -> str:
    return f"/sandbox/checkout/{checkout.id}"


def _step_url(checkout: Checkout) -> str:
    return f"{_page_url(checkout)}/authenticate"


handlers = [
    style,
    show_checkout,
    pay,
    show_step,
    authenticate,
    settle,
    dispute,
    give_back,
    settle_refund,
    set_faults,
]
