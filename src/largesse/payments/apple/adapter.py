"""The App Store in our words: purchases inside an app, sold by Apple on its own account.

https://developer.apple.com/documentation/appstoreserverapi and
https://developer.apple.com/documentation/appstoreservernotifications
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments.account_token import account_token, reference_of
from largesse.payments.apple.facts import outcomes
from largesse.payments.apple.seal import AppleSeal, AppleTransaction, SealBroken
from largesse.payments.fee import kept_of
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
# Apple allows an hour.
TOKEN_SECONDS = 300
BODY_BYTES_MAX = 200_000
PAGES_MAX = 500

PRODUCTION_URL = "https://api.storekit.itunes.apple.com"
SANDBOX_URL = "https://api.storekit-sandbox.itunes.apple.com"


@dataclass(frozen=True, slots=True)
class AppleAccount:
    """Our app at Apple, and the key that asks about it. `roots` are trusted, as DER."""

    issuer_id: str
    key_id: str
    private_key: EllipticCurvePrivateKey
    bundle_id: str
    app_id: int
    roots: Sequence[bytes]
    is_production: bool
    api_url: str = ""
    commission_bps: int = 3000


Shape = TypeVar("Shape")


class _Signed(msgspec.Struct, frozen=True):
    signed_payload: str = msgspec.field(name="signedPayload")


class _TransactionInfo(msgspec.Struct, frozen=True):
    signed: str = msgspec.field(name="signedTransactionInfo")


class _History(msgspec.Struct, frozen=True):
    notices: list[_Signed] = msgspec.field(name="notificationHistory")
    has_more: bool = msgspec.field(name="hasMore")
    page: str | None = msgspec.field(name="paginationToken", default=None)


class _NoSuchTransaction(Exception):
    """Apple has sold nothing under this id, in this environment."""


class Apple:
    """Reads Apple's purchases and notices. Nothing is bought here: the app does that."""

    code = "apple"
    party = 13
    seller = Seller.STORE
    taken = NoticeAnswer(status=200)

    def __init__(self, account: AppleAccount) -> None:
        self._account = account
        self._seal = AppleSeal(
            roots=account.roots,
            bundle_id=account.bundle_id,
            app_id=account.app_id,
            is_production=account.is_production,
        )
        self._client = httpx.AsyncClient(
            base_url=account.api_url or (PRODUCTION_URL if account.is_production else SANDBOX_URL),
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.commission_bps)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        """There is no page: the app buys with this as its `appAccountToken`."""
        return CheckoutStarted(checkout=account_token(wanted.reference), url="")

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """What became of a purchase; Apple cannot be asked for the purchases of an order."""
        if not _is_transaction(checkout):
            return (Unknown("no purchase has named this order yet", answered=True),)
        try:
            return outcomes(await self._transaction(checkout))
        except Unavailable as error:
            return (Unknown(error.detail),)
        except _NoSuchTransaction:
            return (Unknown("Apple does not know this purchase", answered=True),)
        except SealBroken:
            return (Unknown("the answer was not signed by Apple", answered=True),)

    async def close_checkout(self, *, checkout: str) -> None:
        """Nothing to close."""

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        """Only Apple gives its buyers' money back; they ask it at reportaproblem.apple.com."""
        return RefundFailed(refund=key, payment=checkout)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        return self._read(body)

    async def read_proof(self, proof: str) -> Notice:
        """A transaction's id, or the transaction as StoreKit signed it. Apple is asked either way."""
        signed = None
        if not _is_transaction(proof):
            try:
                signed = self._seal.transaction(proof)
            except SealBroken as error:
                raise ProofRefused from error
            if signed.is_foreign:
                # The other environment's Apple would have to be asked; it is no money here anyway.
                return _notice(signed, event=f"proof:{signed.id}")
        try:
            found = await self._transaction(proof if signed is None else signed.id)
        except (_NoSuchTransaction, SealBroken) as error:
            raise ProofRefused from error
        return _notice(found, event=f"proof:{found.id}")

    async def acknowledge(self, *, purchase: str, product: str) -> bool:
        """Apple wants to hear it from the app, which finishes the transaction."""
        return True

    async def missed(self, *, since: datetime, until: datetime) -> tuple[Missed, ...]:
        """Notices of that time that Apple could not deliver, or still tries to."""
        wanted = {
            "startDate": int(since.timestamp()) * 1000,
            "endDate": int(until.timestamp()) * 1000,
            "onlyFailures": True,
        }
        found: list[Missed] = []
        query: dict[str, str] = {}
        for _ in range(PAGES_MAX):
            answer = await self._ask(
                "POST", "/inApps/v1/notifications/history", body=wanted, query=query
            )
            page = _decoded(answer, _History)
            found += [self._missed(one) for one in page.notices]
            if not page.has_more or page.page is None:
                return tuple(found)
            query = {"paginationToken": page.page}
        raise Unavailable("Apple has more missed notices than can be read at once.")

    async def read_missed(self, missed: Missed) -> Notice:
        return self._read(missed.body)

    async def close(self) -> None:
        await self._client.aclose()

    def _read(self, body: bytes) -> Notice:
        if len(body) > BODY_BYTES_MAX:
            raise NoticeRefused
        try:
            signed = msgspec.json.decode(body, type=_Signed).signed_payload
            notification = self._seal.notification(signed)
            if notification.transaction is None:
                return Notice(notification.id, reference="", checkout="", outcomes=())
            transaction = self._seal.transaction(notification.transaction)
        except (msgspec.MsgspecError, UnicodeError, SealBroken) as error:
            raise NoticeRefused from error
        return _notice(transaction, event=notification.id, because=notification.kind)

    def _missed(self, one: _Signed) -> Missed:
        try:
            notification = self._seal.notification(one.signed_payload)
        except SealBroken as error:
            raise Unavailable("Apple's answer was not signed by Apple.") from error
        return Missed(event=notification.id, body=msgspec.json.encode(one))

    async def _transaction(self, number: str) -> AppleTransaction:
        answer = await self._ask("GET", f"/inApps/v1/transactions/{number}")
        return self._seal.transaction(_decoded(answer, _TransactionInfo).signed)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> bytes:
        content = None if body is None else msgspec.json.encode(body)
        headers = {
            "authorization": f"Bearer {self._token()}",
            "content-type": "application/json",
        }
        try:
            answer = await self._client.request(
                method, path, content=content, params=query, headers=headers
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Apple does not answer right now ({type(error).__name__})."
            ) from error
        if answer.status_code in (400, 404) and path.startswith("/inApps/v1/transactions/"):
            raise _NoSuchTransaction
        if not answer.is_success:
            raise Unavailable(f"Apple does not answer right now (status {answer.status_code}).")
        return answer.content

    def _token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._account.issuer_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "aud": "appstoreconnect-v1",
            "bid": self._account.bundle_id,
        }
        key, name = self._account.private_key, self._account.key_id
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": name})


def _decoded(answer: bytes, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(answer, type=shape)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Unavailable("Apple gave an answer that makes no sense.") from error


def _notice(transaction: AppleTransaction, *, event: str, because: str = "") -> Notice:
    return Notice(
        event=event,
        reference=reference_of(transaction.token),
        checkout=transaction.id,
        outcomes=outcomes(transaction, because=because),
    )


def _is_transaction(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 40
