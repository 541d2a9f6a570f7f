"""Google Play in our words: purchases inside an app, sold by Google on its own account.

A notice is only a hint: what it speaks of is read again by the purchase's token.
https://developers.google.com/android-publisher/api-ref/rest and
https://developer.android.com/google/play/billing/rtdn-reference
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments.account_token import account_token, reference_of
from largesse.payments.fee import kept_of
from largesse.payments.google.facts import Order, Purchase, outcomes
from largesse.payments.google.push import GooglePush
from largesse.payments.google.token import GoogleToken, ServiceAccount
from largesse.payments.outcome import Outcome, RefundFailed, Unknown
from largesse.payments.provider import (
    CheckoutStarted,
    CheckoutWanted,
    Missed,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    ProofRefused,
    RefundAnswer,
)

TIMEOUT_SECONDS = 5
CONNECTIONS_MAX = 32
BODY_BYTES_MAX = 200_000
PAGES_MAX = 500


@dataclass(frozen=True, slots=True)
class GoogleAccount:
    """Our app at Google, who asks about it, and who may push notices about it."""

    package_name: str
    service_account: ServiceAccount
    notice_audience: str
    notice_account: str
    is_production: bool
    api_url: str = "https://androidpublisher.googleapis.com"
    keys_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    commission_bps: int = 3000


_TOKEN = re.compile(r"[A-Za-z0-9._~:+/=-]{1,2000}", re.ASCII)


class _Message(msgspec.Struct, frozen=True):
    data: str
    id: str = msgspec.field(name="messageId")


class _Push(msgspec.Struct, frozen=True):
    message: _Message


class _About(msgspec.Struct, frozen=True, rename="camel"):
    purchase_token: str


class _News(msgspec.Struct, frozen=True, rename="camel"):
    """`DeveloperNotification`; of subscriptions we sell none here."""

    package_name: str
    one_time_product_notification: _About | None = None
    voided_purchase_notification: _About | None = None


class _Voided(msgspec.Struct, frozen=True, rename="camel"):
    purchase_token: str
    voided_time_millis: str
    order_id: str = ""


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    next_page_token: str = ""


class _VoidedList(msgspec.Struct, frozen=True, rename="camel"):
    voided_purchases: list[_Voided] = []
    token_pagination: _Page = _Page()


Shape = TypeVar("Shape")


class _NoSuchPurchase(Exception):
    """Google has sold nothing under this token, or forgot it."""


class Google:
    """Reads Google's purchases and notices. Nothing is bought here: the app does that."""

    code = "google"
    party = 14
    seller = Seller.STORE
    taken = NoticeAnswer()

    def __init__(self, account: GoogleAccount) -> None:
        self._account = account
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )
        self._token = GoogleToken(self._client, account.service_account)
        self._push = GooglePush(
            self._client,
            keys_url=account.keys_url,
            audience=account.notice_audience,
            account=account.notice_account,
        )
        package = quote(account.package_name, safe="")
        self._home = f"{account.api_url}/androidpublisher/v3/applications/{package}"

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.commission_bps)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """There is no page: the app buys with this as its obfuscated profile id."""
        return CheckoutStarted(checkout=account_token(wanted.reference), url="")

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """What became of a purchase; Google cannot be asked for the purchases of an order."""
        if not checkout or reference_of(checkout):
            return (Unknown("no purchase has named this order yet", answered=True),)
        try:
            return (await self._read(checkout, event="")).outcomes
        except Unavailable as error:
            return (Unknown(error.detail),)
        except _NoSuchPurchase:
            return (Unknown("Google does not know this purchase", answered=True),)

    async def close_checkout(self, *, checkout: str) -> None:
        """Nothing to close."""

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        """Google gives its buyers' money back; they ask it, or an operator does in its console."""
        return RefundFailed(refund=key, payment=checkout)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        if len(body) > BODY_BYTES_MAX:
            raise NoticeRefused
        await self._push.check(headers, now=now)
        try:
            message = msgspec.json.decode(body, type=_Push).message
            content = base64.b64decode(message.data, validate=True)
            news = msgspec.json.decode(content, type=_News)
        except (msgspec.MsgspecError, binascii.Error, ValueError) as error:
            raise NoticeRefused from error
        if news.package_name != self._account.package_name or not message.id:
            raise NoticeRefused
        about = news.one_time_product_notification or news.voided_purchase_notification
        if about is None:
            return Notice(message.id, reference="", checkout="", outcomes=())
        try:
            return await self._read(about.purchase_token, event=message.id)
        except _NoSuchPurchase:
            # Also of subscriptions that were voided: no purchase of coins goes by this token.
            return Notice(message.id, reference="", checkout="", outcomes=())

    async def read_proof(self, proof: str) -> Notice:
        """A purchase token, as the app has it. Google is asked what it is worth."""
        if not _is_token(proof):
            raise ProofRefused
        try:
            return await self._read(proof, event="proof")
        except _NoSuchPurchase as error:
            raise ProofRefused from error

    async def acknowledge(self, *, purchase: str, product: str) -> bool:
        """Consume the purchase, which acknowledges it: the same coins can be bought again."""
        path = f"/purchases/products/{quote(product, safe='')}/tokens/{quote(purchase, safe='')}"
        try:
            await self._ask("POST", f"{path}:consume")
        except Unavailable:
            return await self._is_consumed(purchase)
        except _NoSuchPurchase:
            # It was given back long ago; there is nothing left to say yes to.
            return True
        return True

    async def missed(self, *, since: datetime, until: datetime) -> tuple[Missed, ...]:
        """Purchases that were voided in that time. Google repeats none of its other notices."""
        found: list[Missed] = []
        query = {
            "startTime": str(int(since.timestamp()) * 1000),
            "endTime": str(int(until.timestamp()) * 1000),
        }
        for _ in range(PAGES_MAX):
            answer = await self._ask("GET", "/purchases/voidedpurchases", query=query)
            page = _decoded(answer, _VoidedList)
            found += [
                Missed(
                    event=f"voided:{one.order_id or one.purchase_token}:{one.voided_time_millis}",
                    body=msgspec.json.encode(one),
                )
                for one in page.voided_purchases
            ]
            if not page.token_pagination.next_page_token:
                return tuple(found)
            query = query | {"token": page.token_pagination.next_page_token}
        raise Unavailable("Google has more voided purchases than can be read at once.")

    async def read_missed(self, missed: Missed) -> Notice:
        voided = _decoded(missed.body, _Voided)
        try:
            return await self._read(voided.purchase_token, event=missed.event)
        except _NoSuchPurchase:
            return Notice(missed.event, reference="", checkout="", outcomes=())

    async def close(self) -> None:
        await self._client.aclose()

    async def _read(self, token: str, *, event: str) -> Notice:
        """A purchase and its order as they are now. Raises `Unavailable` or `_NoSuchPurchase`."""
        purchase = await self._purchase(token)
        order = None
        if purchase.order_id and not purchase.is_pending:
            answer = await self._ask("GET", f"/orders/{quote(purchase.order_id, safe='')}")
            order = _decoded(answer, Order)
        facts = outcomes(purchase, order, token=token, is_production=self._account.is_production)
        return Notice(event, reference=purchase.reference, checkout=token, outcomes=facts)

    async def _purchase(self, token: str) -> Purchase:
        if not _is_token(token):
            raise _NoSuchPurchase
        answer = await self._ask("GET", f"/purchases/productsv2/tokens/{quote(token, safe='')}")
        return _decoded(answer, Purchase)

    async def _is_consumed(self, token: str) -> bool:
        try:
            return (await self._purchase(token)).is_consumed
        except Unavailable:
            return False
        except _NoSuchPurchase:
            return True

    async def _ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None
    ) -> bytes:
        headers = {"authorization": f"Bearer {await self._token.current()}"}
        try:
            answer = await self._client.request(
                method, f"{self._home}{path}", params=query, headers=headers
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Google does not answer right now ({type(error).__name__})."
            ) from error
        if answer.status_code in (400, 404, 410) and path.startswith("/purchases/productsv2/"):
            raise _NoSuchPurchase
        if answer.status_code in (404, 410) and path.endswith(":consume"):
            raise _NoSuchPurchase
        if not answer.is_success:
            raise Unavailable(f"Google does not answer right now (status {answer.status_code}).")
        return answer.content


def _decoded(answer: bytes, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(answer, type=shape)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Unavailable("Google gave an answer that makes no sense.") from error


def _is_token(text: str) -> bool:
    # What is nothing but dots would climb out of its place in an address.
    return _TOKEN.fullmatch(text) is not None and text.strip(".") != ""
