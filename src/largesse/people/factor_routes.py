"""The doors of the second factor: set it up, confirm it, look at it, remove it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import segno
from litestar import delete, get, post
from msgspec import Meta

from largesse.kernel.clock import Clock
from largesse.people import factor_store
from largesse.people.factors import Factors, confirm_totp, remove_totp, set_up_totp
from largesse.people.model import Viewer

Secret = Annotated[str, Meta(min_length=1, max_length=256)]
Code = Annotated[str, Meta(min_length=1, max_length=16)]


class NewFactor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The password again: a session that was left open is not enough."""

    password: Secret


class ConfirmFactor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The first code that the app shows."""

    code: Code


class RemoveFactor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Both proofs; a recovery code will do for the second."""

    password: Secret
    code: Code


class TotpShown(msgspec.Struct, frozen=True):
    """What the authenticator app has to learn, as text and as a picture; shown once."""

    secret: str
    otpauth_url: str
    qr_svg: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Ten codes that work once each; shown once and kept only as digests."""

    recovery_codes: list[str]


class FactorShown(msgspec.Struct, frozen=True):
    """A second factor; a pending one is not asked for yet."""

    kind: Literal["totp"]
    status: Literal["pending", "confirmed"]
    made_at: datetime
    confirmed_at: datetime | None


class FactorsShown(msgspec.Struct, frozen=True):
    """One's second factors, and how many recovery codes are left."""

    data: list[FactorShown]
    recovery_codes_left: int
    next: str | None = None


@post("/v1/me/factors/totp", status_code=201, tags=["people"])
async def set_up(data: NewFactor, viewer: Viewer, factors: Factors, clock: Clock) -> TotpShown:
    """Begin with an authenticator app. Nothing changes until its first code is confirmed."""
    made = await set_up_totp(factors, viewer, data.password, now=clock.now())
    picture = segno.make(made.address, error="m", micro=False)
    svg = picture.svg_inline(scale=4, dark="#000", light="#fff")
    return TotpShown(secret=made.secret, otpauth_url=made.address, qr_svg=svg)


@post("/v1/me/factors/totp/confirm", status_code=200, tags=["people"])
async def confirm(
    data: ConfirmFactor, viewer: Viewer, factors: Factors, clock: Clock
) -> RecoveryCodes:
    """Show that the app works; from then on signing in takes its code."""
    return RecoveryCodes(await confirm_totp(factors, viewer, data.code, now=clock.now()))


@delete("/v1/me/factors/totp", status_code=204, tags=["people"])
async def remove(data: RemoveFactor, viewer: Viewer, factors: Factors, clock: Clock) -> None:
    """Go back to the password alone."""
    await remove_totp(factors, viewer, data.password, data.code, now=clock.now())


@get("/v1/me/factors", tags=["people"])
async def read_factors(viewer: Viewer, factors: Factors) -> FactorsShown:
    """One's own second factors."""
    async with factors.database.read() as connection:
        found = await factor_store.factor_of(connection, person=viewer.no)
        left = await factor_store.recovery_codes_left(connection, person=viewer.no)
    if found is None:
        return FactorsShown([], recovery_codes_left=left)
    shown = FactorShown(
        kind="totp",
        status="pending" if found.confirmed_at is None else "confirmed",
        made_at=found.made_at,
        confirmed_at=found.confirmed_at,
    )
    return FactorsShown([shown], recovery_codes_left=left)


routes = [set_up, confirm, remove, read_factors]
