"""A notice is PayPal's when its certificate, its signature and its age are, and never otherwise."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa

from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.payments import NoticeRefused
from largesse.payments.paypal.adapter import NOTICE_BYTES_MAX, PayPal
from largesse.payments.paypal.signature import trust_of
from tests.sandbox.provider import free_port
from tests.standins.paypal import FakePayPal, certificate, fake_paypal

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def fake() -> Iterator[FakePayPal]:
    with fake_paypal() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def paypal(fake: FakePayPal) -> AsyncIterator[PayPal]:
    """An adapter that has seen no certificate yet."""
    adapter = PayPal(fake.account, trust=fake.trust)
    yield adapter
    await adapter.close()


def test_paypals_sandbox_vouches_for_nothing_live() -> None:
    path = "/v1/notifications/certs/CERT-360caa42-fca2a594-df8cd2d5"
    live, sandbox = f"https://api.paypal.com{path}", f"https://api.sandbox.paypal.com{path}"
    for api, addresses in (
        ("https://api-m.paypal.com", {live}),
        ("https://api-m.sandbox.paypal.com", {live, sandbox}),
        ("https://somewhere.example", {live}),
    ):
        pattern = trust_of(api).address
        assert {one for one in (live, sandbox) if re.fullmatch(pattern, one)} == addresses


@pytest.mark.parametrize("days", [0, 1, 3])
async def test_a_notice_is_good_for_as_long_as_paypal_tries(
    paypal: PayPal, fake: FakePayPal, days: int
) -> None:
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    headers = fake.headers(body, at=NOW - timedelta(days=days))
    assert (await paypal.read_notice(headers, body, now=NOW)).event


@pytest.mark.parametrize(
    "change",
    [
        {"paypal-transmission-time": (NOW - timedelta(days=5)).isoformat()},
        {"paypal-transmission-time": (NOW + timedelta(minutes=6)).isoformat()},
        {"paypal-transmission-time": "2026-11-23T12:00:00"},
        {"paypal-transmission-time": "yesterday"},
        {"paypal-transmission-id": ""},
        {"paypal-transmission-id": "a|b"},
        {"paypal-auth-algo": "SHA1withRSA"},
        {"paypal-transmission-sig": ""},
        {"paypal-transmission-sig": "not base64!"},
        {"paypal-transmission-sig": base64.b64encode(b"x" * 256).decode()},
    ],
)
async def test_a_signature_with_a_part_that_is_wrong_is_refused(
    paypal: PayPal, fake: FakePayPal, change: dict[str, str]
) -> None:
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    with pytest.raises(NoticeRefused):
        await paypal.read_notice(fake.headers(body, at=NOW) | change, body, now=NOW)


async def test_a_notice_for_another_webhook_or_too_long_is_refused(
    paypal: PayPal, fake: FakePayPal
) -> None:
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    with pytest.raises(NoticeRefused):
        await paypal.read_notice(fake.headers(body, at=NOW, webhook="5WEB"), body, now=NOW)
    long = fake.event("BILLING.PLAN.CREATED", {"id": "x" * NOTICE_BYTES_MAX})
    with pytest.raises(NoticeRefused):
        await paypal.read_notice(fake.headers(long, at=NOW), long, now=NOW)


@pytest.mark.parametrize(
    "address",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1?x=.paypal.com",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/../../../evil",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?to=evil",
        "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.paypal.com/v1/other/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1\n",
        "https://API.PAYPAL.COM/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
        "",
    ],
)
async def test_a_certificate_elsewhere_is_not_even_fetched(fake: FakePayPal, address: str) -> None:
    # Nobody listens at this adapter's API, so a fetch would end in Unavailable.
    account = replace(fake.account, url=f"http://127.0.0.1:{free_port()}")
    adapter = PayPal(account, trust=trust_of("https://api-m.paypal.com"))
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    with pytest.raises(NoticeRefused):
        headers = fake.headers(body, at=NOW, address=address or "none")
        await adapter.read_notice(headers | {"paypal-cert-url": address}, body, now=NOW)
    await adapter.close()


@pytest.mark.parametrize(
    ("name", "days"),
    [("evil.example", 365), ("messageverificationcerts.paypal.com.evil.example", 365), ("", 7)],
)
async def test_a_certificate_of_somebody_else_or_of_another_time_is_refused(
    paypal: PayPal, fake: FakePayPal, name: str, days: int
) -> None:
    made = certificate(fake.key, name=name, days=days) if name else certificate(fake.key, days=7)
    label = f"CERT-{ids.make().hex}"
    fake.certificates[label] = made
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    address = f"{fake.url}/v1/notifications/certs/{label}"
    with pytest.raises(NoticeRefused):
        await paypal.read_notice(fake.headers(body, at=NOW, address=address), body, now=NOW)


async def test_a_certificate_that_is_none_or_not_there_is_refused(
    paypal: PayPal, fake: FakePayPal
) -> None:
    fake.certificates["CERT-odd"] = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    for label in ("CERT-odd", "CERT-nowhere"):
        address = f"{fake.url}/v1/notifications/certs/{label}"
        with pytest.raises(NoticeRefused):
            await paypal.read_notice(fake.headers(body, at=NOW, address=address), body, now=NOW)


async def test_a_certificate_is_fetched_once_and_the_notice_comes_again_when_it_cannot_be(
    paypal: PayPal, fake: FakePayPal
) -> None:
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    fake.stumbles.set(calls=1)
    with pytest.raises(Unavailable):
        await paypal.read_notice(fake.headers(body, at=NOW), body, now=NOW)
    before = len(fake.calls)
    for _ in range(3):
        await paypal.read_notice(fake.headers(body, at=NOW), body, now=NOW)
    assert len(fake.calls) == before + 1


async def test_a_strangers_key_behind_a_genuine_address_is_refused(
    paypal: PayPal, fake: FakePayPal
) -> None:
    stranger = FakePayPal(
        url=fake.url, key=rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    body = fake.event("BILLING.PLAN.CREATED", {"id": "P-1"})
    with pytest.raises(NoticeRefused):
        await paypal.read_notice(stranger.headers(body, at=NOW), body, now=NOW)
