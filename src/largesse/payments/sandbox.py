"""The sandbox provider in our words. It is an outside party: everything goes over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import httpx
import msgspec

from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments import signature
from largesse.payments.fee import kept_of
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
from largesse.payments.provider import (
    ChargeAnswer,
    CheckoutStarted,
    CheckoutWanted,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    RefundAnswer,
)

# A person is waiting for the page to open; beyond this the answer is Unknown.
TIMEOUT_SECONDS = 5
CONNECTIONS_MAX = 32
REFUSED = "status 409"


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """Our merchant account there. Two secrets are allowed while one replaces the other."""

    url: str
    key: str = field(repr=False)
    notice_secrets: tuple[bytes, ...] = field(repr=False)
    fee_bps: int = 290
    fee_fixed: int = 0


class _Saved(msgspec.Struct, frozen=True):
    """A way to pay that the provider keeps."""

    customer: str
    token: str
    kind: str
    label: str
    expires: date | None = None


class _Happening(msgspec.Struct, frozen=True):
    what: str
    name: str
    amount: int


class _Checkout(msgspec.Struct, frozen=True):
    """The fields of the provider's checkout that we read."""

    id: str
    reference: str
    status: str
    attempts: int
    currency: str
    url: str
    decline: str | None = None
    paid_amount: int | None = None
    paid_currency: str | None = None
    saved: _Saved | None = None
    is_charge: bool = False
    refunds_failed: tuple[str, ...] = ()
    history: tuple[_Happening, ...] = ()


class _Facts(msgspec.Struct, frozen=True):
    checkout: _Checkout


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Facts


class _Checkouts(msgspec.Struct, frozen=True):
    data: list[_Checkout]


class Sandbox:
    """Speaks to the sandbox provider's merchant API and reads its notices."""

    code = "sandbox"
    party = 10
    seller = Seller.HOUSE
    taken = NoticeAnswer()

    def __init__(
        self, account: SandboxAccount, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        # An empty secret would be a key that anybody can sign with.
        assert account.key
        assert account.notice_secrets
        assert all(account.notice_secrets)
        self._account = account
        self._client = httpx.AsyncClient(
            base_url=account.url,
            headers={"authorization": f"Bearer {account.key}"},
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
            transport=transport,
        )

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.fee_bps, fixed=self._account.fee_fixed)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        body = {
            "reference": wanted.reference,
            "amount": wanted.price.amount,
            "currency": wanted.price.currency,
            "description": wanted.description,
            "method": wanted.method,
            "return_url": wanted.return_url,
            "expires_at": int(wanted.expires_at.timestamp()),
            "attempts_max": wanted.attempts_max,
            "customer": wanted.customer,
            "save": wanted.save,
        }
        answer = await self._ask("POST", "/sandbox/api/checkouts", body=body, key=key)
        if isinstance(answer, Unknown):
            return answer
        checkout = msgspec.json.decode(answer, type=_Checkout)
        return CheckoutStarted(checkout=checkout.id, url=checkout.url)

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        answer = await self._ask("GET", "/sandbox/api/checkouts", query={"reference": reference})
        if isinstance(answer, Unknown):
            return (answer,)
        found = msgspec.json.decode(answer, type=_Checkouts).data
        if not found:
            return (Unknown("no checkout has this reference", answered=True),)
        return tuple(outcome for checkout in found for outcome in _outcomes(checkout))

    async def close_checkout(self, *, checkout: str) -> None:
        await self._ask("POST", f"/sandbox/api/checkouts/{checkout}/close", body={}, key=checkout)

    async def charge_saved(
        self, wanted: CheckoutWanted, *, token: str, key: str
    ) -> tuple[ChargeAnswer, ...]:
        body = {
            "customer": wanted.customer,
            "token": token,
            "reference": wanted.reference,
            "amount": wanted.price.amount,
            "currency": wanted.price.currency,
            "method": wanted.method,
            "description": wanted.description,
        }
        answer = await self._ask("POST", "/sandbox/api/charges", body=body, key=key)
        if isinstance(answer, Unknown):
            return (answer,)
        outcomes = _outcomes(msgspec.json.decode(answer, type=_Checkout))
        return tuple(outcome for outcome in outcomes if isinstance(outcome, ChargeAnswer))

    async def forget_method(self, *, customer: str, token: str) -> bool:
        path = f"/sandbox/api/methods/{token}"
        answer = await self._ask("DELETE", path, query={"customer": customer})
        return not isinstance(answer, Unknown)

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        path = f"/sandbox/api/checkouts/{checkout}/refunds"
        answer = await self._ask("POST", path, body={"amount": amount.amount}, key=key)
        if isinstance(answer, Unknown) and answer.why == REFUSED:
            # It never knew this key and takes no refund now: nothing was given back.
            return RefundFailed(refund=key, payment=checkout)
        if isinstance(answer, Unknown):
            return answer
        match msgspec.json.decode(answer)["status"]:
            case "succeeded":
                return Refunded(amount=amount, payment=checkout)
            case "pending":
                return Pending(attempt=1)
            case _:
                return RefundFailed(refund=key, payment=checkout)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        signature.verify(headers, body, secrets=self._account.notice_secrets, now=now)
        try:
            event = msgspec.json.decode(body, type=_Event)
        except msgspec.DecodeError as error:
            raise NoticeRefused from error
        checkout = event.data.checkout
        return Notice(
            event=event.id,
            reference=checkout.reference,
            checkout=checkout.id,
            outcomes=_outcomes(checkout),
        )

    def signed(self, body: bytes, *, notice_id: str, at: datetime) -> dict[str, str]:
        """Sign like the provider does; tests and the contract suite use it."""
        secret = self._account.notice_secrets[0]
        return signature.sign(secret=secret, notice_id=notice_id, at=at, body=body)

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> bytes | Unknown:
        headers = {"idempotency-key": key} if key else {}
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._client.request(
                method, path, content=content, params=query, headers=headers
            )
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)
        # An error page proves nothing either: the work may have been done before it broke.
        if answer.is_success:
            return answer.content
        return Unknown(f"status {answer.status_code}", answered=answer.is_client_error)


def _outcomes(checkout: _Checkout) -> tuple[Outcome, ...]:
    """All facts that a checkout's present state proves, oldest first."""
    match checkout.status:
        case "paid":
            return _after_payment(checkout)
        case "processing":
            return (Pending(attempt=checkout.attempts),)
        case "action_required":
            return (RequiresAction(Action.AUTHENTICATE, attempt=checkout.attempts),)
        case "declined":
            # A charge is over, but the order may still be paid on a page.
            return (_declined(checkout, is_last=not checkout.is_charge),)
        case "open" if checkout.decline is not None:
            return (_declined(checkout, is_last=False),)
        case "open":
            return (RequiresAction(Action.PAY, attempt=checkout.attempts + 1),)
        case "closed":
            return (Abandoned(),)
        case status:
            return (Unknown(f"status {status}"),)


def _after_payment(checkout: _Checkout) -> tuple[Outcome, ...]:
    if checkout.paid_amount is None or checkout.paid_currency is None:
        return (Unknown("paid, but not how much"),)
    paid = Money(checkout.paid_amount, checkout.paid_currency)
    facts: list[Outcome] = [Settled(paid, payment=checkout.id, saved=_saved(checkout))]
    facts += [RefundFailed(refund=key, payment=checkout.id) for key in checkout.refunds_failed]
    back = 0
    for one in checkout.history:
        if one.what != "refund":
            facts.append(
                Disputed(
                    DisputeStage(one.what.removeprefix("dispute_")),
                    payment=checkout.id,
                    dispute=one.name,
                    fee=Money(one.amount, checkout.paid_currency),
                )
            )
        elif one.name not in checkout.refunds_failed:
            back += one.amount
            facts.append(Refunded(Money(back, checkout.paid_currency), payment=checkout.id))
    return tuple(facts)


def _saved(checkout: _Checkout) -> SavedMethod | None:
    kept = checkout.saved
    if kept is None:
        return None
    return SavedMethod(
        customer=kept.customer,
        token=kept.token,
        kind=kept.kind,
        label=kept.label,
        expires=kept.expires,
    )


def _declined(checkout: _Checkout, *, is_last: bool) -> Declined:
    known = {reason.value for reason in DeclineReason}
    reason = checkout.decline if checkout.decline in known else DeclineReason.CARD_DECLINED
    return Declined(DeclineReason(reason), attempt=checkout.attempts, is_last=is_last)
