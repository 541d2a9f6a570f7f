"""A notice is believed when it is signed, fresh and untouched, and never otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.payments import NoticeRefused
from largesse.payments.signature import AGE_SECONDS_MAX, sign, verify

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = b"a secret that two parties share"
BODY = b'{"id": "evn_1"}'


def headers(**more: str) -> dict[str, str]:
    return sign(secret=SECRET, notice_id="evn_1", at=NOON, body=BODY) | more


@given(body=st.binary(max_size=500), notice_id=st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True))
def test_what_is_signed_is_believed(body: bytes, notice_id: str) -> None:
    signed = sign(secret=SECRET, notice_id=notice_id, at=NOON, body=body)
    assert verify(signed, body, secrets=[SECRET], now=NOON) == notice_id


@given(body=st.binary(min_size=1, max_size=100), place=st.integers(0, 99))
def test_a_body_with_one_byte_changed_is_refused(body: bytes, place: int) -> None:
    place %= len(body)
    changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    signed = sign(secret=SECRET, notice_id="evn_1", at=NOON, body=body)
    with pytest.raises(NoticeRefused):
        verify(signed, changed, secrets=[SECRET], now=NOON)


@pytest.mark.parametrize("seconds", [-AGE_SECONDS_MAX, 0, AGE_SECONDS_MAX])
def test_five_minutes_either_way_are_fresh(seconds: int) -> None:
    verify(headers(), BODY, secrets=[SECRET], now=NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-AGE_SECONDS_MAX - 1, AGE_SECONDS_MAX + 1, 86_400 * 365])
def test_older_or_from_the_future_is_refused(seconds: int) -> None:
    with pytest.raises(NoticeRefused):
        verify(headers(), BODY, secrets=[SECRET], now=NOON + timedelta(seconds=seconds))


def test_both_secrets_work_while_one_replaces_the_other() -> None:
    verify(headers(), BODY, secrets=[b"the new one", SECRET], now=NOON)
    with pytest.raises(NoticeRefused):
        verify(headers(), BODY, secrets=[b"the new one"], now=NOON)


def test_one_good_signature_among_several_is_enough() -> None:
    good = headers()["webhook-signature"]
    verify(
        headers(**{"webhook-signature": f"v1,AAAA v1a,BBBB {good}"}),
        BODY,
        secrets=[SECRET],
        now=NOON,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "evn_2"},
        {"webhook-id": "x" * 300},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "١٢٣"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1,\udcff"},
    ],
)
def test_every_refusal_reads_the_same(change: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        verify(headers(**change), BODY, secrets=[SECRET], now=NOON)
    assert str(refusal.value) == "The notice could not be shown to be genuine."
    assert refusal.value.facts == {}
