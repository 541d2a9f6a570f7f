"""The sandbox adapter against the real provider: it translates, and says Unknown when in doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Action,
    CheckoutStarted,
    CheckoutWanted,
    Declined,
    DeclineReason,
    NoticeRefused,
    Outcome,
    Pending,
    Refunded,
    RequiresAction,
    Settled,
    Unknown,
    configured,
)
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.settings import Settings
from tests.sandbox.provider import KEY, SECRET, SandboxProcess, free_port, sandbox_process

PRICE = Money(499, "USD")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def provider() -> Iterator[SandboxProcess]:
    """A provider whose notices go nowhere."""
    with sandbox_process(f"http://127.0.0.1:{free_port()}/") as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(provider: SandboxProcess) -> AsyncIterator[Sandbox]:
    """Our adapter to it."""
    account = SandboxAccount(url=provider.url, key=KEY, notice_secrets=(SECRET.encode(),))
    adapter = Sandbox(account)
    yield adapter
    await adapter.close()


def wanted(reference: str, *, attempts_max: int = 2) -> CheckoutWanted:
    return CheckoutWanted(
        reference=reference,
        price=PRICE,
        description="350 coins",
        method="card",
        return_url="http://shop.example/",
        expires_at=NOW + timedelta(hours=1),
        attempts_max=attempts_max,
    )


async def started(sandbox: Sandbox, reference: str) -> CheckoutStarted:
    answer = await sandbox.start_checkout(wanted(reference), key=reference)
    assert isinstance(answer, CheckoutStarted)
    return answer


async def paid(sandbox: Sandbox, reference: str, **payment: str) -> tuple[Outcome, ...]:
    """What the adapter says after this payment."""
    checkout = await started(sandbox, reference)
    async with httpx.AsyncClient(trust_env=False) as payer:
        await payer.post(checkout.url, json=payment)
    return await sandbox.query(reference=reference)


def reference() -> str:
    return ids.show("rch", ids.make())


async def test_each_end_of_a_payment_has_its_word(sandbox: Sandbox) -> None:
    card = "4242424242424242"
    found = {
        outcome: await paid(sandbox, reference(), card=card, outcome=outcome)
        for outcome in ("pay", "processing", "decline", "insufficient_funds", "fail")
    }
    (settled,) = found["pay"]
    assert isinstance(settled, Settled)
    assert settled.paid == PRICE
    assert found["processing"] == (Pending(attempt=1),)
    assert found["decline"] == (Declined(DeclineReason.CARD_DECLINED, 1, is_last=False),)
    assert found["insufficient_funds"] == (
        Declined(DeclineReason.INSUFFICIENT_FUNDS, 1, is_last=False),
    )
    assert found["fail"] == (Declined(DeclineReason.AUTHENTICATION_FAILED, 1, is_last=False),)


async def test_what_the_payer_must_do_has_its_word(sandbox: Sandbox) -> None:
    untouched, asked = reference(), reference()
    await started(sandbox, untouched)
    assert await sandbox.query(reference=untouched) == (RequiresAction(Action.PAY, 1),)
    assert await paid(sandbox, asked, card="4000002500003155") == (
        RequiresAction(Action.AUTHENTICATE, 1),
    )


async def test_the_last_decline_says_that_it_is_the_last(sandbox: Sandbox) -> None:
    order = reference()
    await paid(sandbox, order, card="4000000000000002")
    assert await paid(sandbox, order, card="4000000000000002") == (
        Declined(DeclineReason.CARD_DECLINED, 2, is_last=True),
    )


async def test_a_closed_checkout_is_abandoned(sandbox: Sandbox) -> None:
    order = reference()
    checkout = await started(sandbox, order)
    await sandbox.close_checkout(checkout=checkout.checkout)
    assert await sandbox.query(reference=order) == (Abandoned(),)


async def test_a_refund_is_told_behind_the_payment(sandbox: Sandbox) -> None:
    order = reference()
    await paid(sandbox, order, card="4242424242424242")
    checkout = (await started(sandbox, order)).checkout
    half = Money(200, "USD")
    answer = await sandbox.refund(checkout=checkout, amount=half, key="refund-half")
    assert answer == Refunded(half, checkout)
    again = await sandbox.refund(checkout=checkout, amount=half, key="refund-half")
    assert again == answer
    kinds = [type(outcome) for outcome in await sandbox.query(reference=order)]
    assert kinds == [Settled, Refunded]


async def test_a_refund_that_is_on_its_way_is_pending(sandbox: Sandbox) -> None:
    order = reference()
    await paid(sandbox, order, card="4000000000005126")
    checkout = (await started(sandbox, order)).checkout
    answer = await sandbox.refund(checkout=checkout, amount=PRICE, key="refund-slow")
    assert isinstance(answer, Pending)


async def test_the_same_key_opens_the_same_checkout(sandbox: Sandbox) -> None:
    order = reference()
    assert await started(sandbox, order) == await started(sandbox, order)


async def test_an_order_that_the_provider_never_saw_is_unknown(sandbox: Sandbox) -> None:
    (outcome,) = await sandbox.query(reference=reference())
    assert isinstance(outcome, Unknown)


async def test_a_provider_that_is_gone_or_refuses_us_is_unknown(provider: SandboxProcess) -> None:
    for url, key in ((f"http://127.0.0.1:{free_port()}", KEY), (provider.url, "wrong")):
        adapter = Sandbox(SandboxAccount(url=url, key=key, notice_secrets=(b"s",)))
        try:
            order = reference()
            assert isinstance(await adapter.start_checkout(wanted(order), key=order), Unknown)
            assert isinstance((await adapter.query(reference=order))[0], Unknown)
            refund = await adapter.refund(checkout="cko_1", amount=PRICE, key="r")
            assert isinstance(refund, Unknown)
        finally:
            await adapter.close()


async def test_a_notice_in_a_new_shape_is_refused_and_a_new_status_is_unknown(
    sandbox: Sandbox,
) -> None:
    checkout = {
        "id": "cko_1",
        "reference": "rch_1",
        "status": "teleported",
        "attempts": 1,
        "currency": "USD",
        "url": "http://x/",
    }
    body = msgspec.json.encode({"id": "evn_1", "type": "new", "data": {"checkout": checkout}})
    headers = sandbox.signed(body, notice_id="evn_1", at=NOW)
    assert (await sandbox.read_notice(headers, body, now=NOW)).outcomes == (
        Unknown("status teleported"),
    )

    other = b'{"id": "evn_1", "hello": "world"}'
    with pytest.raises(NoticeRefused):
        await sandbox.read_notice(sandbox.signed(other, notice_id="evn_1", at=NOW), other, now=NOW)


@pytest.mark.parametrize(
    ("paid", "fee"),
    [
        (Money(99, "USD"), Money(3, "USD")),
        (Money(10_000, "USD"), Money(290, "USD")),
        (Money(160, "JPY"), Money(5, "JPY")),
        (Money(1, "USD"), Money(1, "USD")),
    ],
)
async def test_the_fee_is_the_stated_one_and_never_more_than_was_paid(
    sandbox: Sandbox, paid: Money, fee: Money
) -> None:
    assert sandbox.fee(paid) == fee


async def test_the_sandbox_is_not_there_in_production_or_without_its_secrets() -> None:
    settings = Settings(sandbox_key=KEY, sandbox_notice_secret=SECRET)
    assert list(configured(replace(settings, env="production"))) == []
    assert list(configured(replace(settings, sandbox_notice_secret=""))) == []
    here = configured(settings)
    assert list(here) == ["sandbox"]
    await here.close()
