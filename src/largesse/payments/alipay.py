"""Alipay in our words: its own page (mainland gateway), yuan only.

The page is an address that we sign; no call is made for it, so an order has no id of Alipay's
until its payer has come that far, and our own reference is what everything is asked by.
https://opendocs.alipay.com/open/59da99d0_alipay.trade.page.pay
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, urlencode

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from largesse.kernel import ids
from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments import decimals, keys
from largesse.payments.fee import kept_of
from largesse.payments.outcome import (
    Abandoned,
    Action,
    Outcome,
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

TIMEOUT_SECONDS = 5
CONNECTIONS_MAX = 32
NOTICE_BYTES_MAX = 64 * 1024
NOTICE_FIELDS_MAX = 100
YUAN = "CNY"

# Alipay writes and reads every time in its own zone.
_CHINA = timezone(timedelta(hours=8))
_DONE = "10000"
# Refusals of a refund that are final: nothing was given back, nor will be under this key.
_REFUND_ENDED = frozenset(
    {
        "ACQ.BUYER_NOT_EXIST",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.REFUND_FEE_ERROR",
        "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_NOT_ALLOW_REFUND",
        "ACQ.TRADE_STATUS_ERROR",
    }
)


@dataclass(frozen=True, slots=True)
class AlipayAccount:
    """Our app and account there, our key, and Alipay's. `notice_url` is where it reports."""

    app_id: str
    seller_id: str
    private_key: RSAPrivateKey = field(repr=False)
    public_key: RSAPublicKey
    notice_url: str
    url: str = "https://openapi.alipay.com/gateway.do"
    fee_bps: int = 60


class _Trade(msgspec.Struct, frozen=True):
    """The fields of Alipay's answers that we read."""

    code: str = ""
    sub_code: str = ""
    trade_no: str = ""
    out_trade_no: str = ""
    trade_status: str = ""
    total_amount: str = ""
    send_pay_date: str = ""
    fund_change: str = ""
    refund_status: str = ""


class Alipay:
    """Signs pages, speaks to Alipay's gateway and reads its notices."""

    code = "alipay"
    party = 15
    seller = Seller.HOUSE
    # Any other word, and any other byte, makes it come again for a day.
    taken = NoticeAnswer(status=200, body=b"success")
    currencies = frozenset({YUAN})

    def __init__(self, account: AlipayAccount, *, clock: Clock | None = None) -> None:
        assert account.app_id
        assert account.seller_id
        self._account = account
        self._clock = clock or SystemClock()
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.fee_bps)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """The page's address, at a phone the one that opens the app. It is the same each time."""
        if wanted.price.currency != YUAN:
            return Unknown(f"Alipay takes no {wanted.price.currency} here", answered=True)
        at_phone = bool(wanted.phone_address)
        order = {
            "out_trade_no": wanted.reference,
            "total_amount": decimals.written(wanted.price),
            "subject": wanted.description[:256],
            "product_code": "QUICK_WAP_WAY" if at_phone else "FAST_INSTANT_TRADE_PAY",
            "time_expire": _written(wanted.expires_at),
        }
        if at_phone:
            order["quit_url"] = wanted.return_url
        method = "alipay.trade.wap.pay" if at_phone else "alipay.trade.page.pay"
        # Signed at the moment of the order's birth, so that one order has one address.
        addresses = {"notify_url": self._account.notice_url, "return_url": wanted.return_url}
        params = self._signed(method, order, at=_birth(wanted.reference), more=addresses)
        return CheckoutStarted(wanted.reference, f"{self._account.url}?{urlencode(params)}")

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """What became of the payment. Alipay does not tell here that a part was given back."""
        trade = await self._asked("alipay.trade.query", {"out_trade_no": reference})
        if isinstance(trade, Unknown):
            return (trade,)
        if trade.code != _DONE:
            # Also while nobody has opened the page: the trade begins with its payer.
            return (_refusal(trade),)
        if trade.out_trade_no != reference:
            return (Unknown("an answer about another order", answered=True),)
        # Paid and given back, or closed without a payment: only the time of paying tells.
        back = trade.total_amount if trade.send_pay_date else ""
        return _outcomes(trade, back=back if trade.trade_status == "TRADE_CLOSED" else "")

    async def close_checkout(self, *, checkout: str) -> None:
        """Works once the payer has opened the page; before, its own time ends it."""
        await self._asked("alipay.trade.close", {"out_trade_no": checkout})

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        # An answer says whether money moved by this very call, so a repeated one has to ask.
        order = {
            "out_trade_no": checkout,
            "refund_amount": decimals.written(amount),
            "out_request_no": key,
        }
        trade = await self._asked("alipay.trade.refund", order)
        if isinstance(trade, Unknown):
            return trade
        if trade.code == _DONE and trade.fund_change == "Y":
            return Refunded(amount, payment=trade.trade_no)
        wanted = {"out_trade_no": checkout, "out_request_no": key}
        found = await self._asked("alipay.trade.fastpay.refund.query", wanted)
        if isinstance(found, Unknown):
            return found
        if found.code == _DONE and found.refund_status == "REFUND_SUCCESS":
            return Refunded(amount, payment=found.trade_no)
        if trade.sub_code in _REFUND_ENDED:
            return RefundFailed(refund=key, payment=found.trade_no or trade.trade_no)
        return _refusal(trade)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Prove a notice by Alipay's signature over its fields.

        It carries no time that can be held against a clock: Alipay repeats a notice for a day.
        Each is kept once, so one that is played again changes nothing.
        """
        told = _fields(body)
        signature, kind = told.get("sign", ""), told.get("sign_type", "")
        content = _content({name: told[name] for name in told if name not in ("sign", "sign_type")})
        if kind != "RSA2" or not keys.is_signed(
            self._account.public_key, content, signature=signature
        ):
            raise NoticeRefused
        trade = _Trade(
            trade_no=told.get("trade_no", ""),
            out_trade_no=told.get("out_trade_no", ""),
            trade_status=told.get("trade_status", ""),
            total_amount=told.get("total_amount", ""),
        )
        if not told.get("notify_id") or not trade.out_trade_no:
            raise NoticeRefused
        ours = (self._account.app_id, self._account.seller_id)
        is_ours = (told.get("app_id"), told.get("seller_id")) == ours
        # One notice has one id however often it comes; another state of the trade is another.
        state = f"{trade.trade_status}:{told.get('refund_fee', '')}"
        return Notice(
            event=f"{told['notify_id'][:100]}:{state[:60]}",
            reference=trade.out_trade_no,
            checkout=trade.out_trade_no,
            outcomes=_outcomes(
                trade,
                back=told.get("refund_fee", ""),
                misfit="" if is_ours else "merchant_differs",
            ),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def _asked(self, method: str, order: dict[str, str]) -> _Trade | Unknown:
        """The signed answer of the gateway; everything else is Unknown."""
        params = self._signed(method, order, at=self._clock.now())
        try:
            answer = await self._client.post(
                self._account.url, params={"charset": "utf-8"}, data=params
            )
        except httpx.HTTPError as error:
            return Unknown(type(error).__name__)
        if not answer.is_success:
            return Unknown(f"status {answer.status_code}", answered=answer.is_client_error)
        try:
            parts = msgspec.json.decode(answer.content, type=dict[str, msgspec.Raw])
            signature = msgspec.json.decode(parts.pop("sign", b'""'), type=str)
            said = parts.pop(f"{method.replace('.', '_')}_response", msgspec.Raw(b"{}"))
            # What is signed are the very bytes, whatever their spaces and order.
            if not keys.is_signed(self._account.public_key, bytes(said), signature=signature):
                return Unknown("an answer that Alipay did not sign")
            return msgspec.json.decode(said, type=_Trade)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Unknown("an answer that is none of Alipay's")

    def _signed(
        self,
        method: str,
        order: dict[str, str],
        *,
        at: datetime,
        more: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        params = {
            "app_id": self._account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _written(at),
            "version": "1.0",
            "biz_content": msgspec.json.encode(order).decode(),
            **(more or {}),
        }
        return params | {"sign": keys.sign(self._account.private_key, _content(params))}


def _refusal(trade: _Trade) -> Unknown:
    """That Alipay said no, or that it could not say: its own trouble is silence."""
    is_trouble = trade.code == "20000" or trade.sub_code == "ACQ.SYSTEM_ERROR"
    return Unknown(trade.sub_code or f"code {trade.code}", answered=not is_trouble)


def _outcomes(trade: _Trade, *, back: str, misfit: str = "") -> tuple[Outcome, ...]:
    """All facts that a trade's state proves, oldest first. `back` is what was given back of it."""
    try:
        paid = decimals.read(trade.total_amount, YUAN)
        returned = decimals.read(back or "0", YUAN)
    except ValueError as error:
        return (Unknown(str(error), answered=True),)
    match trade.trade_status:
        case "WAIT_BUYER_PAY":
            return (RequiresAction(Action.PAY, attempt=1),)
        case "TRADE_CLOSED" if not returned.amount:
            return (Abandoned(),)
        case "TRADE_SUCCESS" | "TRADE_FINISHED" | "TRADE_CLOSED":
            pass
        case status:
            return (Unknown(f"status {status}", answered=True),)
    settled = Settled(paid, payment=trade.trade_no, misfit=misfit)
    if not returned.amount:
        return (settled,)
    return (settled, Refunded(returned, payment=trade.trade_no))


def _fields(body: bytes) -> dict[str, str]:
    """The form of a notice, or `NoticeRefused`: none of it is believed before its signature is."""
    if len(body) > NOTICE_BYTES_MAX:
        raise NoticeRefused
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=NOTICE_FIELDS_MAX,
        )
    except ValueError as error:
        raise NoticeRefused from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # Said twice, a field could be verified as one thing and read as another.
        raise NoticeRefused
    return fields


def _content(params: Mapping[str, str]) -> bytes:
    """What is signed: all fields that say something, sorted by name."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if params[name]).encode()


def _written(at: datetime) -> str:
    return at.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _birth(reference: str) -> datetime:
    """When an order was made, to the second: a UUIDv7 begins with it."""
    return datetime.fromtimestamp((ids.read("rch", reference).int >> 80) // 1000, UTC)
