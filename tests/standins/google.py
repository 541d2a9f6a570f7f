"""A Google Play of our own: it sells, waits for cash, voids, pushes, and answers its Developer API.

Shapes as in https://developers.google.com/android-publisher/api-ref/rest/v3.
"""

from __future__ import annotations

import base64
import itertools
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from largesse.payments.google.adapter import GoogleAccount
from largesse.payments.google.token import service_account
from tests.standins.listening import Answer, Asked, Stumbles, listening

PACKAGE = "com.example.largesse"
AUDIENCE = "https://largesse.example/v1/notices/google"
PUSHER = "play-notices@example.iam.gserviceaccount.com"
ASKER = "largesse@example.iam.gserviceaccount.com"
HOME = f"/androidpublisher/v3/applications/{PACKAGE}/"
PAGE = 2


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class PlayStore:
    """What was sold, what came of it, and who may ask."""

    push_key: Any = field(default_factory=new_key)
    asker_key: Any = field(default_factory=new_key)
    purchases: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    voided: list[dict[str, Any]] = field(default_factory=list)
    consumed: list[str] = field(default_factory=list)
    key_reads: int = 0
    tokens_given: int = 0
    stumbles: Stumbles = field(default_factory=Stumbles)
    url: str = ""
    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(secrets.randbelow(10**12))
    )

    def account(self, **more: Any) -> GoogleAccount:
        """What our side knows of it."""
        told: dict[str, Any] = {
            "package_name": PACKAGE,
            "service_account": service_account(self.service_account()),
            "notice_audience": AUDIENCE,
            "notice_account": PUSHER,
            "is_production": False,
            "api_url": self.url,
            "keys_url": f"{self.url}/oauth2/v3/certs",
        }
        return GoogleAccount(**(told | more))

    def service_account(self) -> str:
        """The JSON key of the account that asks."""
        pem = self.asker_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode()
        account = {
            "type": "service_account",
            "client_email": ASKER,
            "private_key_id": "asker",
            "private_key": pem,
            "token_uri": f"{self.url}/oauth2/token",
        }
        return msgspec.json.encode(account).decode()

    def sell(
        self,
        product: str,
        token: str | None,
        *,
        price: int = 4_990,
        state: str = "PURCHASED",
        currency: str = "USD",
        **more: Any,
    ) -> str:
        """Somebody buys; returns the purchase token. `price` is in thousandths."""
        number = next(self._numbers)
        purchase, order = f"token.of-purchase~{number}", f"GPA.3321-7442-1576-{number}"
        self.purchases[purchase] = {
            "kind": "androidpublisher#productPurchaseV2",
            "productLineItem": [
                {
                    "productId": product,
                    "productOfferDetails": {
                        "quantity": 1,
                        "refundableQuantity": 1,
                        "consumptionState": "CONSUMPTION_STATE_YET_TO_BE_CONSUMED",
                    },
                }
            ],
            "purchaseStateContext": {"purchaseState": state},
            "orderId": order,
            "regionCode": "US",
            "acknowledgementState": "ACKNOWLEDGEMENT_STATE_PENDING",
        } | more
        if token is not None:
            self.purchases[purchase]["obfuscatedExternalProfileId"] = token
        tax = price * 8 // 100
        self.orders[order] = {
            "orderId": order,
            "purchaseToken": purchase,
            "state": "PENDING" if state == "PENDING" else "PROCESSED",
            "lineItems": [
                {
                    "productTitle": product,
                    "productId": product,
                    "listingPrice": _amount(price, currency),
                    "total": _amount(price + tax, currency),
                    "tax": _amount(tax, currency),
                    "oneTimePurchaseDetails": {"quantity": 1},
                }
            ],
            "orderDetails": {"taxInclusive": False},
            "orderHistory": {},
            "total": _amount(price + tax, currency),
            "tax": _amount(tax, currency),
            "developerRevenueInBuyerCurrency": _amount(price * 85 // 100 // 10 * 10, currency),
        }
        return purchase

    def order_of(self, purchase: str) -> dict[str, Any]:
        return self.orders[self.purchases[purchase]["orderId"]]

    def clear(self, purchase: str) -> None:
        """The cash arrived."""
        self.purchases[purchase]["purchaseStateContext"]["purchaseState"] = "PURCHASED"
        self.order_of(purchase)["state"] = "PROCESSED"

    def bounce(self, purchase: str) -> None:
        """Nobody brought the cash."""
        self.purchases[purchase]["purchaseStateContext"]["purchaseState"] = "CANCELLED"
        self.order_of(purchase)["state"] = "CANCELED"

    def void(self, purchase: str, *, reason: str = "OTHER") -> None:
        """The money goes back, and the purchase is on the list of those that did."""
        order = self.order_of(purchase)
        order["state"] = "REFUNDED"
        details = {"total": order["total"], "tax": order["tax"]}
        order["orderHistory"]["refundEvent"] = {"refundDetails": details, "refundReason": reason}
        self.voided.append(
            {
                "kind": "androidpublisher#voidedPurchase",
                "purchaseToken": purchase,
                "orderId": order["orderId"],
                "purchaseTimeMillis": str(_now()),
                "voidedTimeMillis": str(_now()),
                "voidedSource": 2,
                "voidedReason": 7 if reason == "CHARGEBACK" else 0,
            }
        )

    def push(self, kind: str, purchase: str = "", **more: Any) -> bytes:
        """The body of a push about a purchase."""
        about: dict[str, Any] = {"version": "1.0"}
        if kind == "oneTimeProductNotification":
            about |= {"notificationType": 1, "purchaseToken": purchase, "sku": "coins_350"}
        elif kind == "voidedPurchaseNotification":
            order = self.purchases[purchase]["orderId"]
            about = {"purchaseToken": purchase, "orderId": order, "productType": 2, "refundType": 1}
        news = {
            "version": "1.0",
            "packageName": PACKAGE,
            "eventTimeMillis": str(_now()),
            kind: about,
        } | more
        number = str(next(self._numbers))
        message = {
            "data": base64.b64encode(msgspec.json.encode(news)).decode(),
            "messageId": number,
            "message_id": number,
            "publishTime": "2026-11-25T12:00:00Z",
            "attributes": {},
        }
        return msgspec.json.encode(
            {"message": message, "subscription": "projects/x/subscriptions/y"}
        )

    def headers(self, *, key: Any = None, at: int | None = None, **more: Any) -> dict[str, str]:
        """What Pub/Sub sends along with a push."""
        made = int(time.time()) if at is None else at
        claims = {
            "aud": AUDIENCE,
            "azp": "113774264463038321964",
            "email": PUSHER,
            "email_verified": True,
            "exp": made + 3600,
            "iat": made,
            "iss": "https://accounts.google.com",
            "sub": "113774264463038321964",
        } | more
        headers = {"kid": "push"}
        token = jwt.encode(claims, key or self.push_key, algorithm="RS256", headers=headers)
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}

    def answer(self, asked: Asked) -> Answer:
        """Google's keys, tokens, and the Developer API."""
        parts = urlsplit(asked.path)
        if parts.path == "/oauth2/v3/certs":
            self.key_reads += 1
            public = msgspec.json.decode(
                jwt.algorithms.RSAAlgorithm.to_jwk(self.push_key.public_key())
            )
            return _json(200, {"keys": [public | {"kid": "push", "alg": "RS256", "use": "sig"}]})
        if parts.path == "/oauth2/token":
            return self._token(parse_qs(asked.body.decode()))
        if asked.headers.get("authorization") != f"Bearer access-{self.tokens_given}":
            return _error(401, "UNAUTHENTICATED")
        if not parts.path.startswith(HOME):
            return _error(403, "PERMISSION_DENIED")
        path = unquote(parts.path.removeprefix(HOME))
        return self._api(asked.method, path, parse_qs(parts.query))

    def _api(self, method: str, path: str, query: dict[str, list[str]]) -> Answer:
        match method, path.split("/"):
            case "GET", ["purchases", "productsv2", "tokens", token] if token in self.purchases:
                return _json(200, self.purchases[token])
            case "GET", ["orders", order] if order in self.orders:
                return _json(200, self.orders[order])
            case "POST", ["purchases", "products", product, "tokens", last]:
                return self._consume(product, last)
            case "GET", ["purchases", "voidedpurchases"]:
                return self._voided(query)
        return _error(404, "NOT_FOUND")

    def _consume(self, product: str, last: str) -> Answer:
        token, _, verb = last.rpartition(":")
        found = self.purchases.get(token)
        if verb != "consume" or found is None:
            return _error(404, "NOT_FOUND")
        line = found["productLineItem"][0]
        details = line["productOfferDetails"]
        if line["productId"] != product or token in self.consumed:
            return _error(400, "INVALID_ARGUMENT")
        details["consumptionState"] = "CONSUMPTION_STATE_CONSUMED"
        found["acknowledgementState"] = "ACKNOWLEDGEMENT_STATE_ACKNOWLEDGED"
        self.consumed.append(token)
        return Answer(204)

    def _voided(self, query: dict[str, list[str]]) -> Answer:
        since, until = int(query["startTime"][0]), int(query["endTime"][0])
        start = int(query.get("token", ["0"])[0])
        found = [one for one in self.voided if since <= int(one["voidedTimeMillis"]) <= until]
        answer: dict[str, Any] = {"voidedPurchases": found[start : start + PAGE]}
        if start + PAGE < len(found):
            answer["tokenPagination"] = {"nextPageToken": str(start + PAGE)}
        return _json(200, answer)

    def _token(self, form: dict[str, list[str]]) -> Answer:
        try:
            claims = jwt.decode(
                form["assertion"][0],
                self.asker_key.public_key(),
                algorithms=["RS256"],
                audience=f"{self.url}/oauth2/token",
                issuer=ASKER,
            )
        except jwt.PyJWTError:
            return _json(400, {"error": "invalid_grant"})
        assert claims["scope"] == "https://www.googleapis.com/auth/androidpublisher"
        self.tokens_given += 1
        token = f"access-{self.tokens_given}"
        return _json(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


@contextmanager
def play_store() -> Iterator[PlayStore]:
    """An open Google Play."""
    store = PlayStore()
    with listening(store.answer, store.stumbles) as url:
        store.url = url
        yield store


def _now() -> int:
    return time.time_ns() // 1_000_000


def _amount(thousandths: int, currency: str) -> dict[str, Any]:
    """Google's `Money`; what is zero is left out."""
    units, rest = divmod(thousandths, 1000)
    amount: dict[str, Any] = {"currencyCode": currency}
    if units:
        amount["units"] = str(units)
    if rest:
        amount["nanos"] = rest * 1_000_000
    return amount


def _json(status: int, content: object) -> Answer:
    return Answer(status, msgspec.json.encode(content), {"content-type": "application/json"})


def _error(status: int, name: str) -> Answer:
    return _json(status, {"error": {"code": status, "message": name.lower(), "status": name}})
