"""WeChat Pay v3 as its public pages describe it: orders, refunds, encrypted and signed notices."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from largesse.payments.wechat.signature import WeChatAccount
from tests.standins.alipay import new_key, signed
from tests.standins.listening import Answer, Asked, Stumbles, listening

MERCHANT, APP = "1900007291", "wx2421b1c4370ec43b"
SERIAL, KEY_ID = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB", "PUB_KEY_ID_0119000072912026"
API_KEY = b"an-api-v3-key-of-thirty-two-byte"
Shape = dict[str, Any]


@dataclass
class FakeWeChat:
    """WeChat Pay's side: what it knows, and the levers that a test pulls."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    merchant: rsa.RSAPrivateKey = field(default_factory=new_key)
    orders: dict[str, Shape] = field(default_factory=dict)
    refunds: dict[str, Shape] = field(default_factory=dict)
    stumbles: Stumbles = field(default_factory=Stumbles)
    next_refund: str = "SUCCESS"
    next_refusal: str = ""
    # Answers that a machine in between wrote, or kept for later.
    is_forged: bool = False
    answers_late: timedelta = timedelta()

    @property
    def account(self) -> WeChatAccount:
        return WeChatAccount(
            merchant_id=MERCHANT,
            app_id=APP,
            private_key=self.merchant,
            serial=SERIAL,
            api_key=API_KEY,
            public_key_id=KEY_ID,
            public_key=self.key.public_key(),
            notice_url="https://shop.example/v1/notices/wechat",
            url=self.url,
        )

    # What people and WeChat Pay's own clock do.

    def pay(self, reference: str, *, total: int = 0) -> None:
        order = self.orders[reference]
        order |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"4200002026{uuid4().int % 10**18:018d}",
            "success_time": "2026-11-23T20:00:05+08:00",
        }
        order["amount"]["total"] = total or order["amount"]["total"]

    def run_out(self, reference: str) -> None:
        self.orders[reference]["trade_state"] = "CLOSED"

    def returned(self, reference: str) -> int:
        return sum(
            refund["amount"]["refund"]
            for refund in self.refunds.values()
            if refund["out_trade_no"] == reference and refund["status"] in ("SUCCESS", "PROCESSING")
        )

    # What it sends.

    def transaction(self, reference: str) -> Shape:
        """What a notice of a payment holds, and what asking answers."""
        order = self.orders[reference]
        return {name: value for name, value in order.items() if name not in ("code", "page")}

    def refunded(self, number: str) -> Shape:
        """What a notice of a refund holds."""
        refund = dict(self.refunds[number])
        refund["refund_status"] = refund.pop("status")
        amount = {name: refund["amount"][name] for name in ("total", "refund")}
        return refund | {"mchid": MERCHANT, "amount": amount}

    def notice(self, kind: str, content: Shape, *, api_key: bytes = API_KEY) -> bytes:
        """A notice's body; what it says is encrypted for the merchant."""
        nonce, about = secrets.token_hex(6), kind.partition(".")[0].lower()
        secret = AESGCM(api_key).encrypt(
            nonce.encode(), json.dumps(content, ensure_ascii=False).encode(), about.encode()
        )
        resource = {
            "original_type": about,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(secret).decode(),
            "associated_data": about,
            "nonce": nonce,
        }
        event = {
            "id": str(uuid4()),
            "create_time": "2026-11-23T20:00:06+08:00",
            "resource_type": "encrypt-resource",
            "event_type": kind,
            "summary": "支付成功",
            "resource": resource,
        }
        return json.dumps(event, ensure_ascii=False).encode()

    def headers(
        self, body: bytes, *, at: datetime, key: rsa.RSAPrivateKey | None = None
    ) -> dict[str, str]:
        """The signature on what WeChat Pay says."""
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "wechatpay-timestamp": timestamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": KEY_ID,
            "wechatpay-signature": signed(key or self.key, message.decode(errors="replace")),
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
        }

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        if not self._is_merchants(asked):
            status, said = 401, {"code": "SIGN_ERROR", "message": "签名错误"}
        else:
            body = json.loads(asked.body) if asked.body else {}
            status, said = self._do(asked.method, asked.path.partition("?")[0], body)
        content = json.dumps(said, ensure_ascii=False).encode() if said else b""
        key = self.merchant if self.is_forged else None
        at = datetime.now(UTC) - self.answers_late
        return Answer(status, content, self.headers(content, at=at, key=key))

    def _do(self, method: str, path: str, body: Shape) -> tuple[int, Shape]:
        if match := re.fullmatch(r"/v3/pay/transactions/(native|h5)", path):
            return self._make(match[1], body)
        if match := re.fullmatch(r"/v3/pay/transactions/out-trade-no/([^/]+)(/close)?", path):
            order = self.orders.get(unquote(match[1]))
            if order is None:
                return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
            if not match[2]:
                return 200, self.transaction(order["out_trade_no"])
            if order["trade_state"] != "NOTPAY":
                return 400, {"code": "ORDERPAID", "message": "订单已支付"}
            order["trade_state"] = "CLOSED"
            return 204, {}
        if path == "/v3/refund/domestic/refunds":
            return self._refund(body)
        if match := re.fullmatch(r"/v3/refund/domestic/refunds/([^/]+)", path):
            refund = self.refunds.get(unquote(match[1]))
            if refund is None:
                return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"}
            return 200, refund
        return 404, {"code": "NOT_FOUND", "message": f"{method} {path}"}

    def _make(self, kind: str, body: Shape) -> tuple[int, Shape]:
        number = body["out_trade_no"]
        assert re.fullmatch(r"[0-9a-zA-Z_\-|*]{6,32}", number)
        assert len(body["description"]) <= 127
        order = self.orders.setdefault(
            number,
            {
                "appid": body["appid"],
                "mchid": body["mchid"],
                "out_trade_no": number,
                "trade_state": "NOTPAY",
                "trade_type": {"native": "NATIVE", "h5": "MWEB"}[kind],
                "amount": {**body["amount"], "payer_total": body["amount"]["total"]},
                "code": f"weixin://wxpay/bizpayurl?pr={secrets.token_hex(4)}",
                "page": body.get("scene_info", {}),
            },
        )
        if order["trade_state"] == "CLOSED":
            return 400, {"code": "ORDER_CLOSED", "message": "订单已关闭"}
        if kind == "native":
            return 200, {"code_url": order["code"]}
        page = (
            f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx{number}&package=1"
        )
        return 200, {"h5_url": page}

    def _refund(self, body: Shape) -> tuple[int, Shape]:
        number, order = body["out_refund_no"], self.orders[body["out_trade_no"]]
        assert re.fullmatch(r"[0-9a-zA-Z_\-|*@]{1,64}", number)
        if number in self.refunds:
            same = self.refunds[number]["amount"]["refund"] == body["amount"]["refund"]
            refused = {"code": "PARAM_ERROR", "message": "与之前请求不一致"}
            return (200, self.refunds[number]) if same else (400, refused)
        if self.next_refusal:
            return 403, {"code": self.next_refusal, "message": "不行"}
        left = order["amount"]["total"] - self.returned(order["out_trade_no"])
        if body["amount"]["refund"] > left or body["amount"]["total"] != order["amount"]["total"]:
            return 400, {"code": "INVALID_REQUEST", "message": "申请退款金额过大"}
        self.refunds[number] = {
            "refund_id": f"5030000{uuid4().int % 10**20:020d}",
            "out_refund_no": number,
            "transaction_id": order["transaction_id"],
            "out_trade_no": order["out_trade_no"],
            "status": self.next_refund,
            "amount": {**body["amount"], "payer_total": body["amount"]["total"]},
        }
        order["trade_state"] = "REFUND"
        return 200, self.refunds[number]

    def _is_merchants(self, asked: Asked) -> bool:
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        parts = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        message = "\n".join(
            [asked.method, asked.path, parts["timestamp"], parts["nonce_str"], "", ""]
        ).encode()
        message = message[:-1] + asked.body + b"\n"
        self.merchant.public_key().verify(
            base64.b64decode(parts["signature"]), message, padding.PKCS1v15(), hashes.SHA256()
        )
        known = (parts["mchid"], parts["serial_no"], asked.headers.get("wechatpay-serial"))
        return scheme == "WECHATPAY2-SHA256-RSA2048" and known == (MERCHANT, SERIAL, KEY_ID)


@contextmanager
def fake_wechat() -> Iterator[FakeWeChat]:
    """A listening WeChat Pay."""
    fake = FakeWeChat()
    with listening(fake.answer, fake.stumbles) as url:
        fake.url = url
        yield fake
