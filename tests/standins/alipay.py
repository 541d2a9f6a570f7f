"""Alipay's mainland gateway as its public pages describe it: trades, refunds, signed notices."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from largesse.payments.alipay import AlipayAccount
from tests.standins.listening import Answer, Asked, Stumbles, listening

APP, SELLER = "2021000122671234", "2088102177846880"
PAID_AT = "2026-11-23 20:00:05"


def new_key() -> rsa.RSAPrivateKey:
    """A key of somebody's own."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    """A key as its owner's settings hold it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Its public half, as others' settings hold it."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def signed(key: rsa.RSAPrivateKey, content: str) -> str:
    """RSA2."""
    signature = key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def content_of(params: dict[str, str], *without: str) -> str:
    """All fields sorted, as Alipay's own pages spell it out."""
    said = {name: value for name, value in params.items() if value and name not in without}
    return "&".join(f"{name}={said[name]}" for name in sorted(said))


def fen(text: str) -> int:
    """Yuan as Alipay writes them, in hundredths."""
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


@dataclass
class FakeAlipay:
    """Alipay's side: what it knows, and the levers that a test pulls."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    merchant: rsa.RSAPrivateKey = field(default_factory=new_key)
    trades: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: list[dict[str, str]] = field(default_factory=list)
    stumbles: Stumbles = field(default_factory=Stumbles)
    next_refusal: str = ""
    # An answer that somebody on the way wrote.
    is_forged: bool = False

    @property
    def account(self) -> AlipayAccount:
        return AlipayAccount(
            app_id=APP,
            seller_id=SELLER,
            private_key=self.merchant,
            public_key=self.key.public_key(),
            notice_url="https://shop.example/v1/notices/alipay",
            url=f"{self.url}/gateway.do",
        )

    # What people and Alipay's own clock do.

    def open(self, url: str) -> dict[str, str]:
        """The payer comes to our page's address; from here there is a trade."""
        params = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        assert self._is_merchants(params), "the address is not signed by the merchant"
        assert params["app_id"] == APP
        assert params["method"] in ("alipay.trade.page.pay", "alipay.trade.wap.pay")
        order: dict[str, str] = json.loads(params["biz_content"])
        self.pages.append(params)
        self.trades.setdefault(
            order["out_trade_no"],
            {
                "out_trade_no": order["out_trade_no"],
                "trade_no": f"2026112322001{uuid4().int % 10**15:015d}",
                "trade_status": "WAIT_BUYER_PAY",
                "total_amount": order["total_amount"],
                "refunds": {},
            },
        )
        return order

    def pay(self, reference: str, *, total: str = "", status: str = "TRADE_SUCCESS") -> None:
        trade = self.trades[reference]
        trade |= {"trade_status": status, "send_pay_date": PAID_AT}
        trade["total_amount"] = total or trade["total_amount"]

    def run_out(self, reference: str) -> None:
        """Nobody paid in time."""
        self.trades[reference]["trade_status"] = "TRADE_CLOSED"

    def give_back(self, reference: str, amount: str, *, key: str = "by hand") -> None:
        trade = self.trades[reference]
        trade["refunds"][key] = amount
        if self.returned(reference) >= fen(trade["total_amount"]):
            trade["trade_status"] = "TRADE_CLOSED"

    def returned(self, reference: str) -> int:
        return sum(fen(amount) for amount in self.trades[reference]["refunds"].values())

    # What it sends.

    def notice(self, reference: str, *, key: rsa.RSAPrivateKey | None = None, **more: str) -> bytes:
        """A notice of the trade's present state; `more` is signed with it."""
        trade = self.trades[reference]
        params = {
            "notify_time": "2026-11-23 20:00:06",
            "notify_type": "trade_status_sync",
            "notify_id": uuid4().hex,
            "app_id": APP,
            "charset": "utf-8",
            "version": "1.0",
            "sign_type": "RSA2",
            "trade_no": trade["trade_no"],
            "out_trade_no": reference,
            "buyer_id": "2088102175953034",
            "seller_id": SELLER,
            "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"],
            "subject": "350 金币 + 25",
            "gmt_create": "2026-11-23 20:00:00",
        }
        if "send_pay_date" in trade:
            params["gmt_payment"] = trade["send_pay_date"]
        if trade["refunds"]:
            back = self.returned(reference)
            params["refund_fee"] = f"{back // 100}.{back % 100:02d}"
            params["out_biz_no"] = list(trade["refunds"])[-1]
        return self.form(params | more, key=key)

    def form(self, params: dict[str, str], *, key: rsa.RSAPrivateKey | None = None) -> bytes:
        content = content_of(params, "sign", "sign_type")
        return urlencode(params | {"sign": signed(key or self.key, content)}).encode()

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        params = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        method = params["method"]
        if not self._is_merchants(params):
            said = {"code": "40002", "msg": "Invalid", "sub_code": "isv.invalid-signature"}
        else:
            said = self._do(method, json.loads(params["biz_content"]))
        # Alipay's own spaces are signed too.
        body = json.dumps(said, ensure_ascii=False, separators=(", ", ":"))
        key = self.merchant if self.is_forged else self.key
        name = f"{method.replace('.', '_')}_response"
        whole = f'{{"{name}":{body},"sign":"{signed(key, body)}"}}'
        return Answer(200, whole.encode(), {"content-type": "text/html;charset=utf-8"})

    def _do(self, method: str, order: dict[str, str]) -> dict[str, Any]:
        trade = self.trades.get(order["out_trade_no"])
        if trade is None:
            return _refused("ACQ.TRADE_NOT_EXIST")
        names = {"trade_no": trade["trade_no"], "out_trade_no": trade["out_trade_no"]}
        match method:
            case "alipay.trade.query":
                shown = {name: value for name, value in trade.items() if name != "refunds"}
                return {"code": "10000", "msg": "Success", **shown}
            case "alipay.trade.close":
                if trade["trade_status"] != "WAIT_BUYER_PAY":
                    return _refused("ACQ.TRADE_STATUS_ERROR")
                self.run_out(order["out_trade_no"])
                return {"code": "10000", "msg": "Success", **names}
            case "alipay.trade.refund":
                return self._refund(trade, order, names)
            case "alipay.trade.fastpay.refund.query":
                amount = trade["refunds"].get(order["out_request_no"])
                found = {"refund_status": "REFUND_SUCCESS", "refund_amount": amount}
                return {"code": "10000", "msg": "Success", **names, **(found if amount else {})}
            case _:
                return _refused("isv.invalid-method")

    def _refund(
        self, trade: dict[str, Any], order: dict[str, str], names: dict[str, str]
    ) -> dict[str, Any]:
        done = trade["refunds"].get(order["out_request_no"])
        if done is not None and done != order["refund_amount"]:
            return _refused("ACQ.DISCORDANT_REPEAT_REQUEST")
        if done is None and self.next_refusal:
            return _refused(self.next_refusal)
        if done is None:
            left = fen(trade["total_amount"]) - self.returned(trade["out_trade_no"])
            if "send_pay_date" not in trade or fen(order["refund_amount"]) > left:
                return _refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            self.give_back(
                trade["out_trade_no"], order["refund_amount"], key=order["out_request_no"]
            )
        moved = "Y" if done is None else "N"
        return {"code": "10000", "msg": "Success", **names, "fund_change": moved}

    def _is_merchants(self, params: dict[str, str]) -> bool:
        content = content_of(params, "sign")
        return signed(self.merchant, content) == params["sign"]


def _refused(sub_code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "不行"}


@contextmanager
def fake_alipay() -> Iterator[FakeAlipay]:
    """A listening Alipay."""
    fake = FakeAlipay()
    with listening(fake.answer, fake.stumbles) as url:
        fake.url = url
        yield fake
