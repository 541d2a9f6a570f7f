"""The Google Play adapter: a push is a hint from a proven sender; the purchase is read again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Disputed,
    DisputeStage,
    Notice,
    NoticeRefused,
    Pending,
    ProofRefused,
    Refunded,
    Settled,
    Unknown,
    configured,
)
from largesse.payments.google.adapter import Google
from largesse.payments.google.token import service_account
from largesse.settings import SettingsRefused, read_settings
from tests.standins.apple_signer import new_key as new_signing_key
from tests.standins.google import PlayStore, new_key, play_store

BOUGHT = "oneTimeProductNotification"
VOIDED = "voidedPurchaseNotification"


@pytest.fixture(scope="module")
def store() -> Iterator[PlayStore]:
    with play_store() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def google(store: PlayStore) -> AsyncIterator[Google]:
    adapter = Google(store.account())
    yield adapter
    await adapter.close()


def buyer() -> tuple[str, str]:
    """An order of ours, and how Google Play knows it."""
    order = ids.make()
    return ids.show("rch", order), str(order)


async def read(
    google: Google, store: PlayStore, body: bytes, headers: dict[str, str] | None = None
) -> Notice:
    told = store.headers() if headers is None else headers
    return await google.read_notice(told, body, now=datetime.now(UTC))


async def test_a_push_is_read_again_by_its_token(store: PlayStore, google: Google) -> None:
    reference, token = buyer()
    purchase = store.sell("coins_350", token)
    number = store.purchases[purchase]["orderId"]
    notice = await read(google, store, store.push(BOUGHT, purchase))
    # The listed price is what fits an order; Google's tax on top and its share are its own affair.
    settled = Settled(
        Money(499, "USD"),
        payment=number,
        product="coins_350",
        buyer=reference,
        fee=Money(499 - 424, "USD"),
    )
    assert notice.outcomes == (settled,)
    assert (notice.reference, notice.checkout) == (reference, purchase)
    assert await google.query(reference=reference, checkout=purchase) == (settled,)
    assert (await google.read_proof(purchase)).outcomes == (settled,)


async def test_an_order_without_a_purchase_is_unknown_and_nobody_is_asked(google: Google) -> None:
    reference, token = buyer()
    for checkout in ("", token):
        (outcome,) = await google.query(reference=reference, checkout=checkout)
        assert isinstance(outcome, Unknown)
        assert outcome.answered


async def test_the_account_is_read_where_there_is_no_profile(
    store: PlayStore, google: Google
) -> None:
    reference, token = buyer()
    purchase = store.sell("coins_350", None, obfuscatedExternalAccountId=token)
    assert (await google.read_proof(purchase)).reference == reference


@pytest.mark.parametrize(
    ("price", "currency", "amount"), [(160_000, "JPY", 160), (990, "USD", 99), (5_490, "BRL", 549)]
)
async def test_googles_money_becomes_minor_units(
    store: PlayStore, google: Google, price: int, currency: str, amount: int
) -> None:
    purchase = store.sell("coins_70", buyer()[1], price=price, currency=currency)
    (settled,) = await google.query(reference="", checkout=purchase)
    assert isinstance(settled, Settled)
    assert settled.paid == Money(amount, currency)


def _with_two(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    purchase["productLineItem"][0]["productOfferDetails"]["quantity"] = 2


def _with_finer_price(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    order["lineItems"][0]["listingPrice"]["nanos"] += 1


def _with_no_price(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    del order["lineItems"][0]["listingPrice"]


def _with_nobody(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    del purchase["obfuscatedExternalProfileId"]


def _with_two_products(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    purchase["productLineItem"] *= 2


def _with_another_product_charged(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    order["lineItems"][0]["productId"] = "coins_70"


def _as_a_gift_of_googles(purchase: dict[str, Any], order: dict[str, Any]) -> None:
    del purchase["orderId"]


@pytest.mark.parametrize(
    ("change", "misfit"),
    [
        (_with_two, "quantity_differs"),
        (_with_finer_price, "amount_unclear"),
        (_with_no_price, "price_missing"),
        (_with_nobody, "buyer_missing"),
        (_with_two_products, "product_differs"),
        (_with_another_product_charged, "product_differs"),
        (_as_a_gift_of_googles, "price_missing"),
    ],
)
async def test_a_purchase_that_fits_no_order_says_why(
    store: PlayStore, google: Google, change: Any, misfit: str
) -> None:
    purchase = store.sell("coins_350", buyer()[1])
    change(store.purchases[purchase], store.order_of(purchase))
    (settled,) = await google.query(reference="", checkout=purchase)
    assert isinstance(settled, Settled)
    assert settled.misfit == misfit


async def test_a_test_purchase_is_no_money_in_production(store: PlayStore) -> None:
    google = Google(store.account(is_production=True))
    purchase = store.sell("coins_350", buyer()[1], testPurchaseContext={"fopType": "TEST"})
    (settled,) = await google.query(reference="", checkout=purchase)
    assert isinstance(settled, Settled)
    assert settled.misfit == "environment_differs"
    await google.close()


async def test_cash_is_pending_until_it_arrives_or_does_not(
    store: PlayStore, google: Google
) -> None:
    arrives, never = (store.sell("coins_350", buyer()[1], state="PENDING") for _ in range(2))
    assert await google.query(reference="", checkout=arrives) == (Pending(attempt=1),)
    store.clear(arrives)
    (settled,) = await google.query(reference="", checkout=arrives)
    assert isinstance(settled, Settled)
    store.bounce(never)
    assert (await read(google, store, store.push(BOUGHT, never))).outcomes == (Abandoned(),)


async def test_a_voided_purchase_is_a_refund_or_a_lost_dispute(
    store: PlayStore, google: Google
) -> None:
    given_back, disputed = (store.sell("coins_350", buyer()[1]) for _ in range(2))
    store.void(given_back)
    _, refunded = (await read(google, store, store.push(VOIDED, given_back))).outcomes
    assert isinstance(refunded, Refunded)
    # The whole order, though Google gave its tax back besides.
    assert refunded.amount == Money(499, "USD")
    store.void(disputed, reason="CHARGEBACK")
    _, opened, lost = (await read(google, store, store.push(VOIDED, disputed))).outcomes
    assert isinstance(opened, Disputed)
    assert isinstance(lost, Disputed)
    assert (opened.stage, lost.stage) == (DisputeStage.OPENED, DisputeStage.LOST)


async def test_a_part_that_went_back_is_told_without_googles_tax(
    store: PlayStore, google: Google
) -> None:
    purchase = store.sell("coins_350", buyer()[1])
    order = store.order_of(purchase)
    order["state"] = "PARTIALLY_REFUNDED"
    details = {
        "total": {"currencyCode": "USD", "units": "2", "nanos": 160_000_000},
        "tax": {"currencyCode": "USD", "nanos": 160_000_000},
    }
    order["orderHistory"]["partialRefundEvents"] = [
        {"state": "PROCESSED_SUCCESSFULLY", "refundDetails": details},
        {"state": "PENDING", "refundDetails": details},
    ]
    _, refunded = await google.query(reference="", checkout=purchase)
    assert isinstance(refunded, Refunded)
    assert refunded.amount == Money(200, "USD")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://somebody.example/"},
        {"iss": "https://accounts.example"},
        {"email": "mallory@example.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"exp": int(time.time()) - 120},
        {"iat": int(time.time()) + 600},
        {"iat": int(time.time()) - 7200, "exp": int(time.time()) + 7200},
        {"exp": "soon"},
    ],
)
async def test_a_push_of_another_sender_or_time_is_refused(
    store: PlayStore, google: Google, claims: dict[str, Any]
) -> None:
    body = store.push(BOUGHT, store.sell("coins_350", buyer()[1]))
    with pytest.raises(NoticeRefused):
        await read(google, store, body, store.headers(**claims))


async def test_a_push_without_googles_signature_is_refused(
    store: PlayStore, google: Google
) -> None:
    body = store.push(BOUGHT, store.sell("coins_350", buyer()[1]))
    genuine = store.headers()["authorization"]
    forged = [
        "",
        "Bearer ",
        "Bearer a.b.c",
        genuine.replace("Bearer", "Basic"),
        genuine[:-4] + "AAAA",
        store.headers(key=new_key())["authorization"],
        "Bearer " + "a" * 9000,
        "Bearer é",
    ]
    for header in forged:
        with pytest.raises(NoticeRefused):
            await read(google, store, body, {"authorization": header})


async def test_a_push_is_judged_by_our_own_clock(store: PlayStore, google: Google) -> None:
    body, headers = store.push("testNotification"), store.headers()
    later = datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(NoticeRefused):
        await google.read_notice(headers, body, now=later)


async def test_keys_are_read_once_and_a_stranger_does_not_make_us_ask_again(
    store: PlayStore,
) -> None:
    google = Google(store.account())
    before = store.key_reads
    for _ in range(3):
        await read(google, store, store.push("testNotification"))
    assert store.key_reads == before + 1
    await google.close()


async def test_keys_that_cannot_be_read_bring_the_push_again(store: PlayStore) -> None:
    google = Google(store.account(keys_url=f"{store.url}/nothing"))
    with pytest.raises(Unavailable):
        await read(google, store, store.push("testNotification"))
    await google.close()


async def test_a_test_push_says_nothing(store: PlayStore, google: Google) -> None:
    notice = await read(google, store, store.push("testNotification"))
    assert notice.event
    assert notice.outcomes == ()


async def test_a_push_about_a_purchase_that_never_was_says_nothing(
    store: PlayStore, google: Google
) -> None:
    notice = await read(google, store, store.push(BOUGHT, "no-such-token"))
    assert notice.outcomes == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"message": {"data": "%%", "messageId": "1"}}',
        b'{"message": {"data": "e30=", "messageId": "1"}}',
        b"\xff",
        b"x" * 300_000,
    ],
)
async def test_a_push_that_makes_no_sense_is_refused(
    store: PlayStore, google: Google, body: bytes
) -> None:
    with pytest.raises(NoticeRefused):
        await read(google, store, body)


async def test_a_push_about_another_app_is_refused(store: PlayStore, google: Google) -> None:
    body = store.push(BOUGHT, "x", packageName="com.example.other")
    with pytest.raises(NoticeRefused):
        await read(google, store, body)


async def test_a_store_that_stumbles_brings_the_push_again(
    store: PlayStore, google: Google
) -> None:
    purchase = store.sell("coins_350", buyer()[1])
    for status in (500, 403, 429):
        store.stumbles.calls, store.stumbles.status = 1, status
        with pytest.raises(Unavailable):
            await read(google, store, store.push(BOUGHT, purchase))
    store.stumbles.calls = 1
    (outcome,) = await google.query(reference="", checkout=purchase)
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("proof", ["no-such-token", "x" * 3000, "\n", "é", "../../orders/1"])
async def test_a_proof_of_nothing_is_refused(google: Google, proof: str) -> None:
    with pytest.raises(ProofRefused):
        await google.read_proof(proof)


async def test_coins_that_were_given_are_consumed_once(store: PlayStore, google: Google) -> None:
    purchase = store.sell("coins_350", buyer()[1])
    store.stumbles.calls, store.stumbles.status = 1, 500
    # The work was done behind the broken answer, and reading again finds that out.
    assert await google.acknowledge(purchase=purchase, product="coins_350")
    assert await google.acknowledge(purchase=purchase, product="coins_350")
    assert store.consumed == [purchase]
    assert store.purchases[purchase]["acknowledgementState"].endswith("_ACKNOWLEDGED")


async def test_what_cannot_be_told_has_to_be_told_again(store: PlayStore, google: Google) -> None:
    purchase = store.sell("coins_350", buyer()[1])
    assert not await google.acknowledge(purchase=purchase, product="coins_700")


async def test_voided_purchases_are_found_page_by_page(google: Google) -> None:
    with play_store() as store:
        google = Google(store.account())
        purchases = [store.sell("coins_70", buyer()[1]) for _ in range(5)]
        start = datetime.now(UTC) - timedelta(seconds=5)
        for purchase in purchases:
            store.void(purchase)
        missed = await google.missed(since=start, until=start + timedelta(minutes=1))
        assert len({one.event for one in missed}) == 5
        for one, purchase in zip(missed, purchases, strict=True):
            notice = await google.read_missed(one)
            assert (notice.event, notice.checkout) == (one.event, purchase)
            assert isinstance(notice.outcomes[1], Refunded)
        await google.close()


async def test_one_token_serves_many_questions(store: PlayStore) -> None:
    google = Google(store.account())
    before = store.tokens_given
    purchase = store.sell("coins_350", buyer()[1])
    for _ in range(3):
        await google.read_proof(purchase)
    assert store.tokens_given == before + 1
    await google.close()


@pytest.mark.parametrize("text", ["{}", '{"client_email": "x"}', "no/such/file.json", "[]"])
def test_a_service_account_that_is_none_refuses_to_start(text: str) -> None:
    with pytest.raises(SettingsRefused, match="LARGESSE_GOOGLE_SERVICE_ACCOUNT"):
        service_account(text)
    key = msgspec.json.encode({"client_email": "x", "private_key": "x", "token_uri": "x"})
    with pytest.raises(SettingsRefused):
        service_account(key.decode())


def test_both_stores_are_switched_on_by_their_settings(store: PlayStore) -> None:
    pem = new_signing_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    told = {
        "LARGESSE_GOOGLE_PACKAGE_NAME": "com.example.largesse",
        "LARGESSE_GOOGLE_SERVICE_ACCOUNT": store.service_account(),
        "LARGESSE_GOOGLE_NOTICE_AUDIENCE": "a",
        "LARGESSE_GOOGLE_NOTICE_ACCOUNT": "b",
        "LARGESSE_APPLE_ISSUER_ID": "i",
        "LARGESSE_APPLE_KEY_ID": "k",
        "LARGESSE_APPLE_PRIVATE_KEY": pem.decode(),
        "LARGESSE_APPLE_BUNDLE_ID": "b",
    }
    assert {"apple", "google"} <= set(configured(read_settings(told)))
    with pytest.raises(SettingsRefused, match="LARGESSE_APPLE_PRIVATE_KEY"):
        configured(read_settings(told | {"LARGESSE_APPLE_PRIVATE_KEY": "no key"}))
