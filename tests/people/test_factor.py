"""Codes of the half minute: near enough, never twice; secrets open for their factor alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
import pytest
from cryptography.exceptions import InvalidTag

from largesse.people import FactorKeys
from largesse.people.factor import (
    address,
    fitting_step,
    fresh_recovery_codes,
    fresh_secret,
    is_totp,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOON_STEP = int(NOON.timestamp()) // 30
KEYS = FactorKeys("a secret of the house " * 2)


@pytest.mark.parametrize(
    ("seconds_off", "fits"), [(0, True), (-30, True), (30, True), (-60, False), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(seconds_off: int, fits: bool) -> None:
    secret = fresh_secret()
    code = pyotp.TOTP(secret).at(NOON + timedelta(seconds=seconds_off))
    assert (fitting_step(secret, code, now=NOON, after=0) is not None) == fits


def test_a_code_and_all_before_it_are_over_once_it_was_used() -> None:
    secret = fresh_secret()
    code = pyotp.TOTP(secret).at(NOON)
    assert fitting_step(secret, code, now=NOON, after=0) == NOON_STEP
    assert fitting_step(secret, code, now=NOON, after=NOON_STEP) is None
    older = pyotp.TOTP(secret).at(NOON - timedelta(seconds=30))
    assert fitting_step(secret, older, now=NOON, after=NOON_STEP) is None


def test_a_code_is_read_as_people_type_it() -> None:
    secret = fresh_secret()
    code = pyotp.TOTP(secret).at(NOON)
    spaced = f" {code[:3]} {code[3:]}"
    assert is_totp(spaced)
    assert fitting_step(secret, spaced, now=NOON, after=0) == NOON_STEP
    assert not is_totp("١٢٣٤٥٦")
    assert fitting_step(secret, "١٢٣٤٥٦", now=NOON, after=0) is None


def test_a_sealed_secret_opens_for_its_factor_and_its_house_alone() -> None:
    mine, yours = uuid4(), uuid4()
    sealed = KEYS.seal("JBSWY3DPEHPK3PXP", factor=mine)
    assert KEYS.unseal(sealed, factor=mine) == "JBSWY3DPEHPK3PXP"
    assert b"JBSWY3DPEHPK3PXP" not in sealed
    for keys, factor in ((KEYS, yours), (FactorKeys("of another house"), mine)):
        with pytest.raises(InvalidTag):
            keys.unseal(sealed, factor=factor)


def test_a_recovery_code_is_found_as_people_write_it_and_for_its_person_alone() -> None:
    codes = fresh_recovery_codes()
    assert len(set(codes)) == 10
    kept = KEYS.recovery_digest("k3v9x-0tq1m", person=1000)
    assert KEYS.recovery_digest("K3V9X otqlM", person=1000) == kept
    assert KEYS.recovery_digest("k3v9x-0tq1m", person=1001) != kept
    assert not any(is_totp(code) for code in codes)


def test_the_apps_address_names_house_and_person() -> None:
    secret = fresh_secret()
    told = address(secret, handle="mira")
    assert told == f"otpauth://totp/Largesse:mira?secret={secret}&issuer=Largesse"
