"""Calls to Stripe through its official library, each answered by the objects that we read.

Stripe finds an object by its own id at once, by ours only late: the search lags by a minute or
more, and no list filters by our reference. So whoever knows Stripe's id asks by it. Without one,
the search is asked first (it knows all that was ever paid, of any age), and then the list of the
pages opened in the day after the order was made, which never lags. Creating the page again with
the same key would find it too, but that is no question: it may open one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import httpx
import msgspec
import stripe
import structlog

from largesse.kernel.money import Money
from largesse.payments.outcome import Unknown
from largesse.payments.provider import CheckoutWanted
from largesse.payments.stripe import forms
from largesse.payments.stripe.facts import Found
from largesse.payments.stripe.shapes import (
    Charge,
    Charges,
    Dispute,
    Disputes,
    Failure,
    PaymentIntent,
    PaymentIntents,
    PaymentMethod,
    Refund,
    Refunds,
    Session,
    Sessions,
)

# Shapes change with it; stripe_shapes.py is read again before it is moved.
API_VERSION = "2026-10-28.endive"
# A person is waiting for the page to open; beyond this the answer is Unknown.
TIMEOUT_SECONDS = 10
CONNECTIONS_MAX = 32
# One page holds a hundred; an order that is not among a thousand others of its day is searched for.
PAGES_MAX = 10
PAGE = 100

log = structlog.get_logger("largesse.payments")
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class StripeAccount:
    """Our account there. Two secrets are allowed while one replaces the other.

    `is_live` says which payments count here: real ones, or those of Stripe's test mode.
    """

    key: str = field(repr=False)
    notice_secrets: tuple[str, ...] = field(repr=False)
    url: str = "https://api.stripe.com"
    is_live: bool = False
    fee_bps: int = 290
    fee_fixed: int = 30
    timeout_seconds: int = TIMEOUT_SECONDS


class Silent(Exception):
    """Stripe gave no answer that proves anything."""

    def __init__(self, why: str, error: stripe.StripeError | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.error = error

    @property
    def unknown(self) -> Unknown:
        """The same in the words of the port."""
        return Unknown(self.why, answered=self.is_refusal)

    @property
    def is_refusal(self) -> bool:
        """Stripe understood and did nothing. A key in use or a limit reached is no such word."""
        return isinstance(self.error, stripe.InvalidRequestError)

    @property
    def declined(self) -> PaymentIntent | None:
        """The payment that a bank said no to."""
        if not isinstance(self.error, stripe.CardError):
            return None
        try:
            return msgspec.convert(self.error.json_body, Failure).error.payment_intent
        except msgspec.ValidationError:
            return None

    @property
    def is_missing(self) -> bool:
        """Stripe has no such object."""
        return self.error is not None and self.error.code == "resource_missing"

    @property
    def is_broken(self) -> bool:
        """Stripe broke, perhaps behind the work; and it repeats that answer for our key."""
        return self.error is not None and (self.error.http_status or 0) >= 500


class Answer(Protocol):
    """What the library gives for every call."""

    @property
    def last_response(self) -> Any: ...


class _Http(stripe.HTTPXClient):
    """The library's own client, asking directly and through a bounded number of connections."""

    def __init__(self, seconds: int) -> None:
        super().__init__(timeout=seconds)
        self._client_async = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX), trust_env=False
        )

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> Any:
        """A written form is content; the library calls it data, which httpx gives up."""
        sent = {"headers": headers, "content": post_data or b"", "timeout": self._timeout}
        return [(method, url), sent]


class StripeApi:
    """Every call that we make there. All raise `Silent` when Stripe proved nothing."""

    def __init__(self, account: StripeAccount) -> None:
        self._http = _Http(account.timeout_seconds)
        self._stripe = stripe.StripeClient(
            account.key,
            http_client=self._http,
            base_addresses={"api": account.url},
            stripe_version=API_VERSION,
            # Whoever calls us repeats with the same key, at their own pace.
            max_network_retries=0,
        ).v1

    async def open_session(self, wanted: CheckoutWanted, *, key: str) -> Session | None:
        """The page of this order. A key that comes again brings the same one."""
        form: Any = forms.session_form(wanted)
        made = self._stripe.checkout.sessions.create_async(form, {"idempotency_key": key})
        try:
            return await _answer(made, Session)
        except Silent as silent:
            if not silent.is_broken:
                raise
            # It would answer so for a day, whatever it did behind it: look what it did.
            return await self._listed(wanted.reference)

    async def close_session(self, checkout: str) -> Session:
        """The page, closed."""
        return await _answer(self._stripe.checkout.sessions.expire_async(checkout), Session)

    async def found(self, checkout: str) -> Found:
        """Everything about a page, or about a payment that had none."""
        if checkout.startswith("pi_"):
            intent = self._stripe.payment_intents.retrieve_async(
                checkout, {"expand": list(forms.INTENT_PARTS)}
            )
            return await self._whole(None, await _answer(intent, PaymentIntent))
        session = await _answer(
            self._stripe.checkout.sessions.retrieve_async(
                checkout, {"expand": list(forms.SESSION_PARTS)}
            ),
            Session,
        )
        intent_of = session.payment_intent
        return await self._whole(
            session, intent_of if isinstance(intent_of, PaymentIntent) else None
        )

    async def searched(self, reference: str) -> Found | None:
        """The same by our own id; None when Stripe has nothing under it, or not yet."""
        if forms.window(reference) is None:
            return None
        query = f"metadata['reference']:'{reference}'"
        search = self._stripe.payment_intents.search_async({"query": query})
        try:
            intents = (await _answer(search, PaymentIntents)).data
        except Silent as silent:
            if not silent.is_refusal:
                raise
            # There is no search for accounts in India.
            intents = []
        paid = [intent for intent in intents if intent.status == "succeeded"]
        for intent in paid or intents:
            return await self.of_payment(intent.id)
        session = await self._listed(reference)
        return None if session is None else await self.found(session.id)

    async def of_payment(self, intent: str) -> Found:
        """Everything about the page that this payment was made on, or about the payment alone."""
        listed = self._stripe.checkout.sessions.list_async({"payment_intent": intent})
        pages = (await _answer(listed, Sessions)).data
        return await self.found(pages[0].id if pages else intent)

    async def refunds(self, intent: str) -> list[Refund]:
        """All refunds of a payment."""
        params: Any = {"payment_intent": intent, "limit": PAGE}
        found: list[Refund] = []
        for _ in range(PAGES_MAX):
            page = await _answer(self._stripe.refunds.list_async(params), Refunds)
            found += page.data
            if not page.has_more:
                return found
            params["starting_after"] = found[-1].id
        raise Silent("more refunds than anybody makes")

    async def refund(self, intent: str, *, amount: Money, key: str) -> Refund:
        """Give a part of a payment back."""
        form: Any = forms.refund_form(intent, amount, key)
        return await _answer(
            self._stripe.refunds.create_async(form, {"idempotency_key": key}), Refund
        )

    async def charge(self, wanted: CheckoutWanted, *, token: str, key: str) -> Found:
        """Pay with a kept method. A bank's no is an answer like any other.

        Stripe forgets a key after a day and repeats its own errors until then, so the payment that
        this key has made is looked for first: a customer's payments are listed at once.
        """
        listed = self._stripe.payment_intents.list_async(
            {"customer": wanted.customer, "limit": PAGE}
        )
        try:
            known = (await _answer(listed, PaymentIntents)).data
        except Silent as silent:
            if not silent.is_refusal:
                raise
            # A customer that is gone says nothing about a charge of before; the key still does.
            known = []
        for intent in known:
            if intent.metadata.get("key") == key:
                return await self.found(intent.id)
        form: Any = forms.charge_form(wanted, token=token, key=key)
        made = self._stripe.payment_intents.create_async(form, {"idempotency_key": key})
        try:
            return Found(None, await _answer(made, PaymentIntent), tries=1)
        except Silent as silent:
            if silent.declined is None:
                raise
            return Found(None, silent.declined, tries=1)

    async def method(self, token: str) -> PaymentMethod:
        """A kept method."""
        return await _answer(self._stripe.payment_methods.retrieve_async(token), PaymentMethod)

    async def detach(self, token: str) -> PaymentMethod:
        """A method that is kept no more."""
        return await _answer(self._stripe.payment_methods.detach_async(token), PaymentMethod)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the library's own gap

    async def _whole(self, session: Session | None, intent: PaymentIntent | None) -> Found:
        """What the payment's own object leaves out, asked only where it can be there."""
        if intent is None:
            return Found(session, None)
        if intent.status != "succeeded":
            return Found(session, intent, tries=await self._tries(intent.id))
        charge = intent.latest_charge
        refunds: list[Refund] = []
        disputes: list[Dispute] = []
        if isinstance(charge, Charge):
            shown = charge.refunds
            is_all = shown is not None and not shown.has_more
            refunds = shown.data if shown and is_all else await self.refunds(intent.id)
            if charge.disputed:
                asked = self._stripe.disputes.list_async({"payment_intent": intent.id})
                disputes = (await _answer(asked, Disputes)).data
        return Found(session, intent, refunds=refunds, disputes=disputes)

    async def _tries(self, intent: str) -> int:
        charges = self._stripe.charges.list_async({"payment_intent": intent, "limit": PAGE})
        return len((await _answer(charges, Charges)).data)

    async def _listed(self, reference: str) -> Session | None:
        """This order's page among those opened in its time, newest first."""
        window = forms.window(reference)
        if window is None:
            return None
        first, last = window
        params: Any = {"created": {"gte": first, "lte": last}, "limit": PAGE}
        for _ in range(PAGES_MAX):
            page = await _answer(self._stripe.checkout.sessions.list_async(params), Sessions)
            for session in page.data:
                if session.client_reference_id == reference:
                    return session
            if not page.has_more:
                return None
            params["starting_after"] = page.data[-1].id
        raise Silent("too many pages were opened that day")


async def _answer(call: Awaitable[Answer], shape: type[Shape]) -> Shape:
    """What Stripe answered, as one of our shapes."""
    try:
        answer = await call
    except stripe.StripeError as error:
        # Its message may quote what was sent, so only its codes are kept.
        log.warning(
            "stripe_refused",
            error=type(error).__name__,
            status=error.http_status,
            code=error.code,
            request=error.request_id,
        )
        raise Silent(f"{type(error).__name__} {error.http_status or ''}".strip(), error) from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The library stumbles over an answer that is no Stripe's, such as a proxy's own.
        raise Silent("an answer that the library cannot read") from error
    response = answer.last_response
    try:
        return msgspec.json.decode(response.body, type=shape)
    except msgspec.DecodeError as error:
        raise Silent("an answer in a shape that we do not know") from error
