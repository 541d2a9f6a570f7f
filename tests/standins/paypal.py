"""PayPal as its public API describes it: orders, captures, refunds, disputes and signed notices."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from largesse.payments.paypal.calls import PayPalAccount
from largesse.payments.paypal.signature import Trust
from tests.standins.listening import Answer, Asked, Stumbles, listening

CLIENT, SECRET, WEBHOOK = "paypal-client", "paypal-secret", "1JE4291016473214C"
SIGNER = "messageverificationcerts.paypal.com"
Shape = dict[str, Any]


def certificate(
    key: rsa.RSAPrivateKey, *, name: str = SIGNER, days: int = 365, since: datetime | None = None
) -> bytes:
    """A signer's certificate, as it lies at its address."""
    begins = since or datetime.now(UTC) - timedelta(days=30)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _id() -> str:
    return uuid4().hex[:17].upper()


@dataclass
class FakePayPal:
    """PayPal's side: what it knows, and the levers that a test pulls."""

    url: str = ""
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    certificates: dict[str, bytes] = field(default_factory=dict)
    orders: dict[str, Shape] = field(default_factory=dict)
    disputes: dict[str, Shape] = field(default_factory=dict)
    calls: list[Asked] = field(default_factory=list)
    stumbles: Stumbles = field(default_factory=Stumbles)
    # What the next captures and refunds come to.
    next_capture: str = "COMPLETED"
    next_issue: str = ""
    next_refund: str = "COMPLETED"
    next_refund_issue: str = ""
    capture_value: str = ""
    capture_currency: str = ""
    is_new_token_refused: bool = False
    _answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    _clock: int = 0

    @property
    def account(self) -> PayPalAccount:
        return PayPalAccount(CLIENT, SECRET, WEBHOOK, url=self.url)

    @property
    def trust(self) -> Trust:
        """What PayPal's own hosts are to the product, this one is to a test."""
        path = r"/v1/notifications/certs/[A-Za-z0-9_-]{1,100}"
        return Trust(address=re.escape(self.url) + path, name=re.escape(SIGNER))

    # What people and PayPal's own clock do.

    def approve(self, order: str) -> None:
        """The payer agrees on the page, or agrees again with another card."""
        self._touch(order)["status"] = "APPROVED"

    def void(self, order: str) -> None:
        self._touch(order)["status"] = "VOIDED"

    def finish(self, order: str, status: str) -> None:
        """A capture that was pending comes to its end."""
        self.captured(order)["status"] = status

    def captured(self, order: str) -> Shape:
        found: Shape = self.orders[order]["purchase_units"][0]["payments"]["captures"][0]
        return found

    def fail_refund(self, order: str) -> None:
        """The money came back from the payer's bank days later."""
        refunds = self.orders[order]["purchase_units"][0]["payments"]["refunds"]
        refunds[-1]["status"] = "FAILED"
        self._mark_refunded(order)

    def refund_by_hand(self, order: str, value: str) -> Shape:
        """Somebody pressed the button in PayPal's own console."""
        capture = self.captured(order)
        amount = {"currency_code": capture["amount"]["currency_code"], "value": value}
        return self._refund(order, capture, {"amount": amount}, "COMPLETED")

    def dispute(self, order: str, *, outcome: str = "") -> Shape:
        """The payer complains, or PayPal has decided."""
        capture = self.captured(order)["id"]
        name = next((one for one, it in self.disputes.items() if _about(it) == capture), _id())
        self.disputes[name] = {
            "dispute_id": name,
            "status": "RESOLVED" if outcome else "OPEN",
            "reason": "UNAUTHORISED",
            "disputed_transactions": [{"seller_transaction_id": capture}],
            "dispute_amount": self.captured(order)["amount"],
        }
        if outcome:
            self.disputes[name]["dispute_outcome"] = {"outcome_code": outcome}
        return self.disputes[name]

    # What PayPal sends.

    def event(self, kind: str, resource: Shape) -> bytes:
        """A notice's body."""
        event = {
            "id": f"WH-{_id()}-{_id()}",
            "event_version": "1.0",
            "create_time": "2026-11-23T12:00:00.000Z",
            "resource_type": "capture",
            "event_type": kind,
            "summary": "Something happened",
            "resource": resource,
        }
        return json.dumps(event).encode()

    def headers(
        self, body: bytes, *, at: datetime, webhook: str = WEBHOOK, address: str = ""
    ) -> dict[str, str]:
        """The signature that PayPal puts on a body."""
        transmission = str(uuid4())
        time = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"{transmission}|{time}|{webhook}|{zlib.crc32(body)}".encode()
        signature = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "content-type": "application/json",
            "paypal-transmission-id": transmission,
            "paypal-transmission-time": time,
            "paypal-transmission-sig": base64.b64encode(signature).decode(),
            "paypal-cert-url": address or f"{self.url}/v1/notifications/certs/CERT-1",
            "paypal-auth-algo": "SHA256withRSA",
        }

    # What it answers.

    def answer(self, asked: Asked) -> Answer:
        self.calls.append(asked)
        path = asked.path.partition("?")[0]
        if path.startswith("/v1/notifications/certs/"):
            found = self.certificates.get(path.rpartition("/")[2])
            return Answer(404) if found is None else Answer(200, found)
        if path == "/v1/oauth2/token":
            return self._sign_in(asked)
        if asked.headers.get("authorization") != "Bearer A21AAF" or self.is_new_token_refused:
            self.is_new_token_refused = False
            return _json(401, {"error": "invalid_token"})
        key = (path, asked.headers.get("paypal-request-id", ""))
        if asked.method == "POST" and key[1] and key in self._answers:
            return self._repeated(key)
        said = self._do(asked, path)
        if asked.method == "POST" and key[1]:
            self._answers[key] = said
        return said

    def _repeated(self, key: tuple[str, str]) -> Answer:
        """The latest status of what the same key did before."""
        said = self._answers[key]
        order = self.orders.get(json.loads(said.body).get("id", ""))
        return said if order is None else _json(200, order)

    def _sign_in(self, asked: Asked) -> Answer:
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {wanted}":
            return _json(401, {"error": "invalid_client"})
        return _json(200, {"access_token": "A21AAF", "token_type": "Bearer", "expires_in": 32400})

    def _do(self, asked: Asked, path: str) -> Answer:
        body = json.loads(asked.body) if asked.body else {}
        doors: list[tuple[str, str, Callable[[str, Shape], Answer]]] = [
            ("POST", r"/v2/checkout/orders()", self._make),
            ("GET", r"/v2/checkout/orders/([^/]+)", self._show),
            ("POST", r"/v2/checkout/orders/([^/]+)/capture", self._capture),
            ("GET", r"/v2/payments/captures/([^/]+)", self._show_capture),
            ("POST", r"/v2/payments/captures/([^/]+)/refund", self._give_back),
            ("GET", r"/v1/customer/disputes/([^/]+)", self._show_dispute),
        ]
        if path == "/v1/customer/disputes":
            capture = asked.path.rpartition("=")[2]
            about = [one for one in self.disputes.values() if _about(one) == capture]
            brief = [
                {name: one[name] for name in ("dispute_id", "status", "reason")} for one in about
            ]
            return _json(200, {"items": brief, "links": []})
        for method, pattern, door in doors:
            match = re.fullmatch(pattern, path)
            if match and method == asked.method:
                return door(match[1], body)
        return _problem(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    def _make(self, _: str, body: Shape) -> Answer:
        order = _id()
        page = f"https://www.paypal.example/checkoutnow?token={order}"
        self.orders[order] = {
            "id": order,
            "intent": body["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": body["purchase_units"],
            "create_time": self._time(),
            "update_time": self._time(),
            "links": [
                {"href": f"{self.url}/v2/checkout/orders/{order}", "rel": "self"},
                {"href": page, "rel": "payer-action", "method": "GET"},
            ],
        }
        return _json(201, self.orders[order])

    def _show(self, order: str, _: Shape) -> Answer:
        if order not in self.orders:
            return _problem(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return _json(200, self.orders[order])

    def _capture(self, order: str, _: Shape) -> Answer:
        found = self.orders[order]
        if found["status"] == "COMPLETED":
            return _problem(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
        if found["status"] != "APPROVED":
            return _problem(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
        if self.next_issue:
            return _problem(422, "UNPROCESSABLE_ENTITY", self.next_issue)
        unit = found["purchase_units"][0]
        amount = {
            "currency_code": self.capture_currency or unit["amount"]["currency_code"],
            "value": self.capture_value or unit["amount"]["value"],
        }
        capture: Shape = {
            "id": _id(),
            "status": self.next_capture,
            "amount": amount,
            "final_capture": True,
            "custom_id": unit["custom_id"],
            "invoice_id": unit["invoice_id"],
            "supplementary_data": {"related_ids": {"order_id": order}},
        }
        if self.next_capture == "COMPLETED":
            fee = {"currency_code": amount["currency_code"], "value": "0.67"}
            if "." not in amount["value"]:
                fee["value"] = "45"
            capture["seller_receivable_breakdown"] = {"gross_amount": amount, "paypal_fee": fee}
        else:
            capture["status_details"] = {"reason": "PENDING_REVIEW"}
        unit["payments"] = {"captures": [capture]}
        self._touch(order)["status"] = "COMPLETED"
        return _json(201, found)

    def _show_capture(self, capture: str, _: Shape) -> Answer:
        for order in self.orders.values():
            for one in order["purchase_units"][0].get("payments", {}).get("captures", []):
                if one["id"] == capture:
                    return _json(200, one)
        return _problem(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    def _show_dispute(self, dispute: str, _: Shape) -> Answer:
        return _json(200, self.disputes[dispute])

    def _give_back(self, capture: str, body: Shape) -> Answer:
        if self.next_refund_issue:
            return _problem(422, "UNPROCESSABLE_ENTITY", self.next_refund_issue)
        for order, found in self.orders.items():
            for one in found["purchase_units"][0].get("payments", {}).get("captures", []):
                if one["id"] != capture:
                    continue
                if _minor(body) > _minor(one):
                    return _problem(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED")
                return _json(201, self._refund(order, one, body, self.next_refund))
        return _problem(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")

    def _refund(self, order: str, capture: Shape, body: Shape, status: str) -> Shape:
        refund = {
            "id": _id(),
            "status": status,
            "amount": body["amount"],
            "create_time": self._time(),
            "links": [
                {"href": f"{self.url}/v2/payments/captures/{capture['id']}", "rel": "up"},
            ],
        }
        if "custom_id" in body:
            refund["custom_id"] = body["custom_id"]
        payments = self.orders[order]["purchase_units"][0]["payments"]
        payments.setdefault("refunds", []).append(refund)
        self._mark_refunded(order)
        return refund

    def _mark_refunded(self, order: str) -> None:
        payments = self.orders[order]["purchase_units"][0]["payments"]
        capture = payments["captures"][0]
        back = [one for one in payments["refunds"] if one["status"] in ("COMPLETED", "PENDING")]
        total, whole = sum(_minor(one) for one in back), _minor(capture)
        if total:
            capture["status"] = "REFUNDED" if total >= whole else "PARTIALLY_REFUNDED"
        else:
            capture["status"] = "COMPLETED"

    def _touch(self, order: str) -> Shape:
        self.orders[order]["update_time"] = self._time()
        return self.orders[order]

    def _time(self) -> str:
        self._clock += 1
        return f"2026-11-23T12:{self._clock // 60 % 60:02d}:{self._clock % 60:02d}Z"


def _about(dispute: Shape) -> str:
    found: str = dispute["disputed_transactions"][0]["seller_transaction_id"]
    return found


def _minor(thing: Shape) -> int:
    value: str = thing["amount"]["value"]
    return int(value.replace(".", ""))


def _json(status: int, body: Shape) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"content-type": "application/json"})


def _problem(status: int, name: str, issue: str) -> Answer:
    details = [{"issue": issue, "description": "No."}]
    return _json(status, {"name": name, "details": details, "debug_id": "b1d1f06c7246c"})


@contextmanager
def fake_paypal() -> Iterator[FakePayPal]:
    """A listening PayPal."""
    fake = FakePayPal()
    fake.certificates["CERT-1"] = certificate(fake.key)
    with listening(fake.answer, fake.stumbles) as url:
        fake.url = url
        yield fake
