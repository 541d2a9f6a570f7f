"""An App Store of our own: it sells, signs, refunds, tells, and answers its Server API.

Shapes as in https://developer.apple.com/documentation/appstoreserverapi.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import msgspec

from largesse.payments.apple.adapter import AppleAccount
from tests.standins.apple_signer import Signer, new_key, new_signer
from tests.standins.listening import Answer, Asked, Stumbles, listening

BUNDLE = "com.example.largesse"
APP_ID = 1234567890
ISSUER = "57246542-96fe-1a63-e053-0824d011072a"
KEY_ID = "2X9R4HXF34"
PAGE = 2


@dataclass
class AppStore:
    """What was sold, and what was told about it."""

    environment: str = "Sandbox"
    signer: Signer = field(default_factory=new_signer)
    key: Any = field(default_factory=new_key)
    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)
    stumbles: Stumbles = field(default_factory=Stumbles)
    url: str = ""
    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(2 * 10**15 + secrets.randbelow(10**15))
    )

    def account(self, **more: Any) -> AppleAccount:
        """What our side knows of it."""
        told: dict[str, Any] = {
            "issuer_id": ISSUER,
            "key_id": KEY_ID,
            "private_key": self.key,
            "bundle_id": BUNDLE,
            "app_id": APP_ID,
            "roots": [self.signer.root],
            "is_production": self.environment == "Production",
            "api_url": self.url,
        }
        return AppleAccount(**(told | more))

    def sell(self, product: str, token: str | None, *, price: int = 4990, **more: Any) -> str:
        """Somebody buys; returns the transaction's id. `price` is in thousandths."""
        number, now = str(next(self._numbers)), _now()
        self.transactions[number] = {
            "transactionId": number,
            "originalTransactionId": number,
            "bundleId": BUNDLE,
            "productId": product,
            "purchaseDate": now,
            "originalPurchaseDate": now,
            "quantity": 1,
            "type": "Consumable",
            "inAppOwnershipType": "PURCHASED",
            "environment": self.environment,
            "transactionReason": "PURCHASE",
            "storefront": "USA",
            "storefrontId": "143441",
            "price": price,
            "currency": "USD",
            "appAccountToken": token,
        } | more
        return number

    def refund(self, number: str, **more: Any) -> None:
        """Apple gives a purchase back."""
        revoked = {"revocationDate": _now(), "revocationReason": 1, "revocationType": "REFUND_FULL"}
        self.transactions[number] |= revoked | more

    def unrefund(self, number: str) -> None:
        """Apple takes a refund back."""
        for name in ("revocationDate", "revocationReason", "revocationType"):
            del self.transactions[number][name]

    def signed(self, number: str, *, signer: Signer | None = None, **more: Any) -> str:
        """The transaction as StoreKit hands it to an app."""
        facts = self.transactions[number] | {"signedDate": _now()} | more
        return (signer or self.signer).sign(facts)

    def notice(
        self,
        kind: str,
        number: str | None = None,
        *,
        signer: Signer | None = None,
        lost: bool = False,
        **more: Any,
    ) -> bytes:
        """The body of a notice. A lost one never arrives, and is in the history as a failure."""
        data: dict[str, Any] = {
            "bundleId": BUNDLE,
            "bundleVersion": "1",
            "environment": self.environment,
        }
        if self.environment == "Production":
            data["appAppleId"] = APP_ID
        if number is not None:
            data["signedTransactionInfo"] = self.signed(number)
        payload = {
            "notificationType": kind,
            "notificationUUID": str(uuid4()),
            "version": "2.0",
            "signedDate": _now(),
            "data": data | more,
        }
        signed = (signer or self.signer).sign(payload)
        result = "UNSUCCESSFUL_HTTP_RESPONSE_CODE" if lost else "SUCCESS"
        self.notices.append({"signedPayload": signed, "result": result, "at": _now()})
        return msgspec.json.encode({"signedPayload": signed})

    def answer(self, asked: Asked) -> Answer:
        """The Server API."""
        if not self._is_ours(asked.headers.get("authorization", "")):
            return Answer(401, b"Unauthenticated\n\nRequest ID: 1.0.0\n")
        parts = urlsplit(asked.path)
        if asked.method == "POST" and parts.path == "/inApps/v1/notifications/history":
            return self._history(asked.body, parse_qs(parts.query))
        number = parts.path.removeprefix("/inApps/v1/transactions/")
        if not number.isdigit() or len(number) > 20:
            return _error(400, 4000006, "Invalid transaction id.")
        found = self.transactions.get(number)
        if found is None or found["environment"] != self.environment:
            return _error(404, 4040010, "Transaction id not found.")
        return _json(200, {"signedTransactionInfo": self.signed(number)})

    def _history(self, body: bytes, query: dict[str, list[str]]) -> Answer:
        wanted = msgspec.json.decode(body)
        start = int(query.get("paginationToken", ["0"])[0])
        found = [
            notice
            for notice in self.notices
            if wanted["startDate"] <= notice["at"] < wanted["endDate"]
            and not (wanted.get("onlyFailures") and notice["result"] == "SUCCESS")
        ]
        page = [
            {
                "signedPayload": one["signedPayload"],
                "sendAttempts": [{"attemptDate": one["at"], "sendAttemptResult": one["result"]}],
            }
            for one in found[start : start + PAGE]
        ]
        has_more = start + PAGE < len(found)
        answer: dict[str, Any] = {"hasMore": has_more, "notificationHistory": page}
        if has_more:
            answer["paginationToken"] = str(start + PAGE)
        return _json(200, answer)

    def _is_ours(self, header: str) -> bool:
        token = header.removeprefix("Bearer ")
        try:
            headers = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                self.key.public_key(),
                algorithms=["ES256"],
                audience="appstoreconnect-v1",
                issuer=ISSUER,
            )
        except jwt.PyJWTError:
            return False
        is_short = int(claims["exp"]) - int(claims["iat"]) <= 3600
        return bool(headers["kid"] == KEY_ID and claims["bid"] == BUNDLE and is_short)


@contextmanager
def app_store(environment: str = "Sandbox") -> Iterator[AppStore]:
    """An open App Store."""
    store = AppStore(environment)
    with listening(store.answer, store.stumbles) as url:
        store.url = url
        yield store


def _now() -> int:
    return time.time_ns() // 1_000_000


def _json(status: int, content: object) -> Answer:
    return Answer(status, msgspec.json.encode(content), {"content-type": "application/json"})


def _error(status: int, code: int, message: str) -> Answer:
    return _json(status, {"errorCode": code, "errorMessage": message})
