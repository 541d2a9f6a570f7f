"""The App Store adapter: what Apple signed is believed, and nothing that looks like it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.payments import (
    Notice,
    NoticeRefused,
    ProofRefused,
    Refunded,
    RefundFailed,
    Settled,
    Unknown,
)
from largesse.payments.apple.adapter import Apple
from largesse.payments.apple.seal import ROOT_SHIPPED, roots
from largesse.settings import SettingsRefused, read_settings
from tests.standins.apple import AppStore, app_store
from tests.standins.apple_signer import Signer, new_key, new_signer

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> Iterator[AppStore]:
    with app_store() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def apple(store: AppStore) -> AsyncIterator[Apple]:
    adapter = Apple(store.account())
    yield adapter
    await adapter.close()


def buyer() -> tuple[str, str]:
    """An order of ours, and how the App Store knows it."""
    order = ids.make()
    return ids.show("rch", order), str(order)


async def read(apple: Apple, body: bytes) -> Notice:
    return await apple.read_notice({}, body, now=NOW)


async def test_a_purchase_says_what_was_paid_for_what_and_by_whom(
    store: AppStore, apple: Apple
) -> None:
    reference, token = buyer()
    number = store.sell("coins_350", token)
    notice = await read(apple, store.notice("ONE_TIME_CHARGE", number))
    settled = Settled(
        Money(499, "USD"), payment=number, product="coins_350", buyer=reference, misfit=""
    )
    assert notice.outcomes == (settled,)
    assert (notice.reference, notice.checkout) == (reference, number)
    assert await apple.query(reference=reference, checkout=number) == (settled,)


@pytest.mark.parametrize(
    ("price", "currency", "amount"),
    [(4990, "USD", 499), (160_000, "JPY", 160), (1_234, "KWD", 1234), (16_000_000, "IDR", 1600000)],
)
async def test_thousandths_become_minor_units(
    store: AppStore, apple: Apple, price: int, currency: str, amount: int
) -> None:
    number = store.sell("coins_70", buyer()[1], price=price, currency=currency)
    (settled,) = await apple.query(reference="", checkout=number)
    assert isinstance(settled, Settled)
    assert settled.paid == Money(amount, currency)
    assert not settled.misfit


@pytest.mark.parametrize(
    ("facts", "misfit"),
    [
        ({"quantity": 2}, "quantity_differs"),
        ({"price": 4995}, "amount_unclear"),
        ({"price": None}, "price_missing"),
        ({"currency": None}, "price_missing"),
        ({"appAccountToken": None}, "buyer_missing"),
        ({"appAccountToken": "mira"}, "buyer_missing"),
    ],
)
async def test_a_purchase_that_fits_no_order_says_why(
    store: AppStore, apple: Apple, facts: dict[str, Any], misfit: str
) -> None:
    number = store.sell("coins_350", buyer()[1], **facts)
    (settled,) = await apple.query(reference="", checkout=number)
    assert isinstance(settled, Settled)
    assert settled.misfit == misfit


async def test_what_is_no_consumable_is_no_coins(store: AppStore, apple: Apple) -> None:
    number = store.sell("premium", buyer()[1], type="Auto-Renewable Subscription")
    assert (await read(apple, store.notice("SUBSCRIBED", number))).outcomes == ()


async def test_a_refund_is_told_behind_its_payment_and_can_be_taken_back(
    store: AppStore, apple: Apple
) -> None:
    number = store.sell("coins_350", buyer()[1])
    store.refund(number)
    _, refunded = (await read(apple, store.notice("REFUND", number))).outcomes
    assert refunded == Refunded(Money(499, "USD"), payment=number)
    store.unrefund(number)
    _, back = (await read(apple, store.notice("REFUND_REVERSED", number))).outcomes
    assert back == RefundFailed(refund=number, payment=number)


async def test_a_part_that_went_back_is_told_to_the_unit(store: AppStore, apple: Apple) -> None:
    number = store.sell("coins_350", buyer()[1])
    store.refund(number, revocationType="REFUND_PRORATED", revocationPercentage=50_000)
    _, refunded = await apple.query(reference="", checkout=number)
    assert refunded == Refunded(Money(250, "USD"), payment=number)


@pytest.mark.parametrize("kind", ["REFUND_DECLINED", "CONSUMPTION_REQUEST"])
async def test_other_news_of_a_purchase_prove_that_it_was_paid(
    store: AppStore, apple: Apple, kind: str
) -> None:
    number = store.sell("coins_350", buyer()[1])
    (settled,) = (await read(apple, store.notice(kind, number))).outcomes
    assert isinstance(settled, Settled)


async def test_a_test_notice_says_nothing(store: AppStore, apple: Apple) -> None:
    notice = await read(apple, store.notice("TEST"))
    assert str(UUID(notice.event)) == notice.event
    assert (notice.reference, notice.outcomes) == ("", ())


def evil(how: str, store: AppStore) -> Signer:
    """Somebody who is almost Apple."""
    match how:
        case "another root":
            return new_signer()
        case "no mark on the leaf":
            return new_signer(leaf_mark=None)
        case "no mark in the middle":
            return new_signer(middle_mark=None)
        case "another key under the right chain":
            return store.signer.with_key(new_key())
        case _:
            raise AssertionError(how)


@pytest.mark.parametrize(
    "how", ["another root", "another key under the right chain", "our root at the end of theirs"]
)
async def test_an_evil_chain_is_not_believed(store: AppStore, apple: Apple, how: str) -> None:
    number = store.sell("coins_350", buyer()[1])
    if how == "our root at the end of theirs":
        stranger = new_signer()
        signer = Signer(stranger.root, (*stranger.chain[:2], store.signer.root), stranger.key)
    else:
        signer = evil(how, store)
    with pytest.raises(NoticeRefused):
        await read(apple, store.notice("ONE_TIME_CHARGE", number, signer=signer))
    with pytest.raises(ProofRefused):
        await apple.read_proof(store.signed(number, signer=signer))


@pytest.mark.parametrize("how", ["no mark on the leaf", "no mark in the middle"])
async def test_a_chain_of_apples_that_is_not_the_app_stores_is_not_believed(how: str) -> None:
    """Others have certificates under Apple's root too: every developer has."""
    with app_store() as store:
        store.signer = evil(how, store)
        apple = Apple(store.account())
        number = store.sell("coins_350", buyer()[1])
        with pytest.raises(NoticeRefused):
            await read(apple, store.notice("ONE_TIME_CHARGE", number))
        await apple.close()


async def test_a_chain_that_had_ended_when_it_signed_is_not_believed() -> None:
    with app_store() as store:
        store.signer = new_signer(began_days_ago=30, days=10)
        apple = Apple(store.account())
        with pytest.raises(NoticeRefused):
            await read(apple, store.notice("TEST"))
        await apple.close()


async def test_another_way_to_sign_is_not_believed(store: AppStore, apple: Apple) -> None:
    facts = {"notificationType": "TEST", "notificationUUID": str(uuid4()), "signedDate": 1}
    by_secret = store.signer.sign(facts, alg="HS256")
    header, payload, _ = store.signer.sign(facts).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for forged in (by_secret, f"{none}.{payload}.", f"{header}.{payload}.", "a.b.c", ""):
        with pytest.raises(NoticeRefused):
            await read(apple, msgspec.json.encode({"signedPayload": forged}))


async def test_a_payload_that_was_changed_is_not_believed(store: AppStore, apple: Apple) -> None:
    number = store.sell("coins_350", buyer()[1])
    header, payload, signature = store.signed(number).split(".")
    content = base64.urlsafe_b64decode(payload + "==").replace(b"coins_350", b"coins_700")
    changed = base64.urlsafe_b64encode(content).decode().rstrip("=")
    with pytest.raises(ProofRefused):
        await apple.read_proof(f"{header}.{changed}.{signature}")


async def test_another_app_is_not_ours(store: AppStore, apple: Apple) -> None:
    number = store.sell("coins_350", buyer()[1])
    with pytest.raises(NoticeRefused):
        await read(apple, store.notice("ONE_TIME_CHARGE", number, bundleId="com.example.other"))
    with pytest.raises(ProofRefused):
        await apple.read_proof(store.signed(number, bundleId="com.example.other"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"signedPayload": 7}', b"\xff", b"x" * 300_000]
)
async def test_a_body_that_makes_no_sense_is_refused(apple: Apple, body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        await read(apple, body)


async def test_a_test_purchase_is_no_money_in_production() -> None:
    with app_store("Sandbox") as tests:
        apple = Apple(tests.account(is_production=True))
        number = tests.sell("coins_350", buyer()[1])
        for notice in (
            await read(apple, tests.notice("ONE_TIME_CHARGE", number)),
            await apple.read_proof(tests.signed(number)),
        ):
            (settled,) = notice.outcomes
            assert isinstance(settled, Settled)
            assert settled.misfit == "environment_differs"
        await apple.close()


async def test_in_production_a_purchase_is_read_as_it_is() -> None:
    with app_store("Production") as store:
        apple = Apple(store.account())
        number = store.sell("coins_350", buyer()[1])
        (settled,) = (await read(apple, store.notice("ONE_TIME_CHARGE", number))).outcomes
        assert isinstance(settled, Settled)
        assert not settled.misfit
        with pytest.raises(NoticeRefused):
            await read(apple, store.notice("ONE_TIME_CHARGE", number, appAppleId=99))
        await apple.close()


async def test_a_proof_is_the_signed_transaction_or_its_id(store: AppStore, apple: Apple) -> None:
    reference, token = buyer()
    number = store.sell("coins_350", token)
    by_id = await apple.read_proof(number)
    assert by_id == await apple.read_proof(store.signed(number))
    assert by_id.reference == reference


async def test_a_proof_from_before_a_refund_is_read_again(store: AppStore, apple: Apple) -> None:
    number = store.sell("coins_350", buyer()[1])
    signed = store.signed(number)
    store.refund(number)
    assert len((await apple.read_proof(signed)).outcomes) == 2


@pytest.mark.parametrize("proof", ["2999999999999999", "9" * 30, "mira", "1/../2", "٣٤"])
async def test_a_proof_of_nothing_is_refused(apple: Apple, proof: str) -> None:
    with pytest.raises(ProofRefused):
        await apple.read_proof(proof)


async def test_a_store_that_stumbles_is_no_refusal(store: AppStore, apple: Apple) -> None:
    number = store.sell("coins_350", buyer()[1])
    for status in (500, 401, 429):
        store.stumbles.calls, store.stumbles.status = 1, status
        with pytest.raises(Unavailable):
            await apple.read_proof(number)
        store.stumbles.calls = 1
        (outcome,) = await apple.query(reference="", checkout=number)
        assert isinstance(outcome, Unknown)


async def test_lost_notices_are_found_page_by_page(apple: Apple, store: AppStore) -> None:
    start = datetime.now(UTC) - timedelta(seconds=5)
    numbers = [store.sell("coins_70", buyer()[1]) for _ in range(5)]
    lost = [store.notice("ONE_TIME_CHARGE", number, lost=True) for number in numbers]
    store.notice("ONE_TIME_CHARGE", numbers[0])
    missed = await apple.missed(since=start, until=datetime.now(UTC) + timedelta(seconds=5))
    assert [one.body for one in missed] == lost
    for one, number in zip(missed, numbers, strict=True):
        notice = await apple.read_missed(one)
        assert (notice.event, notice.checkout) == (one.event, number)


def test_the_root_that_we_ship_is_apples() -> None:
    """SHA-256 as https://www.apple.com/certificateauthority/ states it."""
    import hashlib

    (root,) = roots("")
    assert hashlib.sha256(root).hexdigest() == (
        "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179"
    )
    assert ROOT_SHIPPED.exists()


def test_a_folder_without_roots_refuses_to_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="LARGESSE_APPLE_ROOTS"):
        roots(str(tmp_path))
    (tmp_path / "root.cer").write_bytes(b"not a certificate")
    with pytest.raises(SettingsRefused, match=r"root\.cer"):
        roots(str(tmp_path))


def test_production_needs_the_apps_own_number() -> None:
    told = {
        "LARGESSE_ENV": "production",
        "LARGESSE_SECRET": "s" * 32,
        "LARGESSE_APPLE_ISSUER_ID": "i",
        "LARGESSE_APPLE_KEY_ID": "k",
        "LARGESSE_APPLE_PRIVATE_KEY": "p",
        "LARGESSE_APPLE_BUNDLE_ID": "b",
    }
    with pytest.raises(SettingsRefused, match="LARGESSE_APPLE_APP_ID"):
        read_settings(told)
    assert read_settings(told | {"LARGESSE_APPLE_APP_ID": "7"}).apple.app_id == 7
