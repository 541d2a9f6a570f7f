"""WeChat Pay v3 in our words: a QR code for the app (native), or its page at a phone (H5); yuan.

Every order is asked about by our own reference. A refund is asked about by its key only, so
what was given back is told by refunds' answers and notices, one at a time.
https://pay.weixin.qq.com/doc/v3/merchant/4012791877
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Meta

from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments.fee import kept_of
from largesse.payments.outcome import (
    Abandoned,
    Action,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
    Unknown,
)
from largesse.payments.provider import (
    CheckoutStarted,
    CheckoutWanted,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    RefundAnswer,
)
from largesse.payments.wechat.signature import Signatures, WeChatAccount

TIMEOUT_SECONDS = 5
CONNECTIONS_MAX = 32
NOTICE_BYTES_MAX = 64 * 1024
YUAN = "CNY"
_OTHERS = "merchant_differs"

_CHINA = timezone(timedelta(hours=8))
# Refusals of a refund that are final: nothing was given back, nor will be under this key.
_REFUND_ENDED = frozenset(
    {"INVALID_REQUEST", "MCH_NOT_EXISTS", "NOT_ENOUGH", "RESOURCE_NOT_EXISTS"}
    | {"USER_ACCOUNT_ABNORMAL"}
)
# WeChat Pay allows [0-9A-Za-z_-|*@] in a refund's number, and our keys have a colon.
_TO_NUMBER = str.maketrans(": ", "|*")
_TO_KEY = str.maketrans("|*", ": ")

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Amount(msgspec.Struct, frozen=True):
    """In fen. A refund's notice names no currency; it is the order's."""

    total: int
    currency: str = YUAN
    refund: int = 0


class _Transaction(msgspec.Struct, frozen=True):
    mchid: str
    out_trade_no: str
    trade_state: str
    appid: str = ""
    transaction_id: str = ""
    amount: _Amount | None = None


class _Refund(msgspec.Struct, frozen=True):
    """A refund: its answers call the state `status`, its notices `refund_status`."""

    out_refund_no: str
    out_trade_no: str
    transaction_id: str
    amount: _Amount
    status: str = ""
    refund_status: str = ""
    mchid: str = ""


class _Page(msgspec.Struct, frozen=True):
    code_url: str = ""
    h5_url: str = ""


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class _Encrypted(msgspec.Struct, frozen=True):
    """What only we can open."""

    algorithm: str
    ciphertext: str
    nonce: str
    associated_data: str = ""


class _Event(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=100)]
    event_type: str
    resource: _Encrypted


class WeChat:
    """Speaks to WeChat Pay's merchant API and reads its notices."""

    code = "wechat"
    party = 16
    seller = Seller.HOUSE
    taken = NoticeAnswer()
    currencies = frozenset({YUAN})

    def __init__(self, account: WeChatAccount, *, clock: Clock | None = None) -> None:
        self._account = account
        self._clock = clock or SystemClock()
        self._signatures = Signatures(account)
        self._open = AESGCM(account.api_key)
        self._client = httpx.AsyncClient(
            base_url=account.url,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.fee_bps)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """A `weixin:` code to scan; at a phone the page that opens the app."""
        if wanted.price.currency != YUAN:
            return Unknown(f"WeChat Pay takes no {wanted.price.currency} here", answered=True)
        order: dict[str, object] = {
            "appid": self._account.app_id,
            "mchid": self._account.merchant_id,
            "description": wanted.description[:127],
            "out_trade_no": wanted.reference,
            "time_expire": wanted.expires_at.astimezone(_CHINA).isoformat(timespec="seconds"),
            "notify_url": self._account.notice_url,
            "amount": {"total": wanted.price.amount, "currency": YUAN},
        }
        kind = "native"
        if wanted.phone_address:
            kind = "h5"
            # It opens for this address alone.
            order["scene_info"] = {
                "payer_client_ip": wanted.phone_address,
                "h5_info": {"type": "Wap"},
            }
        answer = await self._ask("POST", f"/v3/pay/transactions/{kind}", body=order)
        page = _understood(answer, _Page)
        if isinstance(page, Unknown):
            return page
        back = urlencode({"redirect_url": wanted.return_url})
        url = f"{page.h5_url}&{back}" if page.h5_url else page.code_url
        if not url:
            return Unknown("no page and no code", answered=True)
        return CheckoutStarted(wanted.reference, url)

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """What became of the payment, without what was given back of it."""
        path = f"/v3/pay/transactions/out-trade-no/{quote(reference, safe='')}"
        answer = await self._ask("GET", path, query={"mchid": self._account.merchant_id})
        transaction = _understood(answer, _Transaction)
        if isinstance(transaction, Unknown):
            return (transaction,)
        if transaction.out_trade_no != reference:
            return (Unknown("an answer about another order", answered=True),)
        return self._outcomes(transaction)

    async def close_checkout(self, *, checkout: str) -> None:
        path = f"/v3/pay/transactions/out-trade-no/{quote(checkout, safe='')}/close"
        await self._ask("POST", path, body={"mchid": self._account.merchant_id})

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        facts = await self.query(reference=checkout)
        if not isinstance(facts[0], Settled):
            nothing = Unknown("nothing was paid", answered=True)
            return facts[0] if isinstance(facts[0], Unknown) else nothing
        number = key.translate(_TO_NUMBER)
        assert number.translate(_TO_KEY) == key, "a key that cannot be told back"
        body = {
            "out_trade_no": checkout,
            "out_refund_no": number,
            "notify_url": self._account.notice_url,
            "amount": {
                "refund": amount.amount,
                "total": facts[0].paid.amount,
                "currency": amount.currency,
            },
        }
        answer = await self._ask("POST", "/v3/refund/domestic/refunds", body=body)
        if isinstance(answer, httpx.Response) and not answer.is_success:
            # It may have been given back by the same key before; only then is it found.
            path = f"/v3/refund/domestic/refunds/{quote(number, safe='')}"
            found = await self._ask("GET", path)
            if _problem(found) == "RESOURCE_NOT_EXISTS" and _problem(answer) in _REFUND_ENDED:
                return RefundFailed(refund=key, payment=facts[0].payment)
            answer = found
        refund = _understood(answer, _Refund)
        if isinstance(refund, Unknown):
            return refund
        return _returned(refund, state=refund.status)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Prove a notice by WeChat Pay's signature, and open what only we can open."""
        if len(body) > NOTICE_BYTES_MAX or not self._signatures.is_genuine(headers, body, now=now):
            raise NoticeRefused
        try:
            event = msgspec.json.decode(body, type=_Event)
            content, named = self._opened(event.resource), event.id
            if event.event_type.startswith("REFUND."):
                refund = msgspec.json.decode(content, type=_Refund)
                order, facts = refund.out_trade_no, self._refunded(refund)
                # Each refund counts once, under however many ids WeChat Pay tells it.
                named = f"{event.event_type}:{refund.out_refund_no}"
            elif event.event_type.startswith("TRANSACTION."):
                transaction = msgspec.json.decode(content, type=_Transaction)
                order, facts = transaction.out_trade_no, self._outcomes(transaction)
            else:
                said = Unknown(f"{event.event_type} is about no order", answered=True)
                order, facts = "", (said,)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NoticeRefused from error
        return Notice(named, reference=order, checkout=order, outcomes=facts)

    async def close(self) -> None:
        await self._client.aclose()

    def _outcomes(self, transaction: _Transaction) -> tuple[Outcome, ...]:
        match transaction.trade_state:
            case "NOTPAY":
                return (RequiresAction(Action.PAY, attempt=1),)
            case "CLOSED":
                return (Abandoned(),)
            case "SUCCESS" | "REFUND" if transaction.amount is not None:
                mine = (self._account.merchant_id, self._account.app_id)
                misfit = "" if (transaction.mchid, transaction.appid) == mine else _OTHERS
                if transaction.trade_state == "REFUND" and not misfit:
                    # Some of it went back, nobody says how much: no coins for that by itself.
                    misfit = "given_back"
                paid = Money(transaction.amount.total, transaction.amount.currency)
                return (Settled(paid, payment=transaction.transaction_id, misfit=misfit),)
            case state:
                return (Unknown(f"state {state}", answered=True),)

    def _refunded(self, refund: _Refund) -> tuple[Outcome, ...]:
        """What a refund's notice proves: that there was a payment, and how the refund ended."""
        is_ours = refund.mchid == self._account.merchant_id
        paid = Money(refund.amount.total, refund.amount.currency)
        misfit = "" if is_ours else _OTHERS
        told = _returned(refund, state=refund.refund_status)
        if isinstance(told, Refunded):
            told = replace(told, refund=refund.out_refund_no.translate(_TO_KEY))
        return (Settled(paid, payment=refund.transaction_id, misfit=misfit), told)

    def _opened(self, encrypted: _Encrypted) -> bytes:
        if encrypted.algorithm != "AEAD_AES_256_GCM":
            raise NoticeRefused
        try:
            return self._open.decrypt(
                encrypted.nonce.encode(),
                base64.b64decode(encrypted.ciphertext, validate=True),
                encrypted.associated_data.encode(),
            )
        except (InvalidTag, ValueError) as error:
            raise NoticeRefused from error

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: dict[str, str] | None = None,
    ) -> httpx.Response | Unknown:
        """What WeChat Pay answered and signed; everything else is Unknown."""
        address = f"{path}?{urlencode(query)}" if query else path
        content = b"" if body is None else msgspec.json.encode(body)
        headers = self._signatures.authorization(
            method, address, content, at=self._clock.now(), nonce=secrets.token_hex(16)
        )
        try:
            answer = await self._client.request(method, address, content=content, headers=headers)
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)
        if answer.status_code >= 500 or answer.status_code == 429:
            return Unknown(f"status {answer.status_code}")
        if not self._signatures.is_genuine(answer.headers, answer.content, now=self._clock.now()):
            return Unknown(f"status {answer.status_code}, and WeChat Pay did not sign it")
        return answer


def _understood(answer: httpx.Response | Unknown, shape: type[Shape]) -> Shape | Unknown:
    if isinstance(answer, Unknown):
        return answer
    if not answer.is_success:
        why = f"status {answer.status_code} {_problem(answer)}".rstrip()
        return Unknown(why, answered=True)
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown("an answer in another shape")


def _problem(answer: httpx.Response | Unknown) -> str:
    """WeChat Pay's word for why it refused; empty when it did not."""
    if isinstance(answer, Unknown) or answer.is_success:
        return ""
    try:
        return msgspec.json.decode(answer.content, type=_Problem).code
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _returned(refund: _Refund, *, state: str) -> RefundAnswer:
    match state:
        case "SUCCESS":
            back = Money(refund.amount.refund, refund.amount.currency)
            return Refunded(back, payment=refund.transaction_id)
        case "PROCESSING":
            return Pending(attempt=1)
        case "CLOSED" | "ABNORMAL":
            # Abnormal is money that the payer's bank sent back: it waits for us again.
            key = refund.out_refund_no.translate(_TO_KEY)
            return RefundFailed(refund=key, payment=refund.transaction_id)
        case _:
            return Unknown(f"refund {state}", answered=True)
