"""The door for gift codes."""

from __future__ import annotations

from typing import Annotated, cast

import msgspec
from litestar import Response, post
from msgspec import Meta

from largesse.people import Viewer
from largesse.recharge.answers import Asked
from largesse.recharge.codes.redeem import Redeemed, redeem_code
from largesse.recharge.recharging import Recharging


class TypedCode(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A code as it was typed; small letters, spaces and hyphens do not matter."""

    code: Annotated[str, Meta(min_length=1, max_length=64)]


@post("/v1/codes/redeem", status_code=200, tags=["recharge"])
async def redeem(
    data: TypedCode, viewer: Viewer, idempotency_key: str, recharging: Recharging
) -> Response[Redeemed]:
    """Turn a gift code into coins. Each works once; five wrong ones an hour are let pass."""
    content = b"code " + msgspec.json.encode(data)
    asked = Asked(viewer.no, idempotency_key, content, recharging.clock.now())
    given = await redeem_code(recharging, viewer, data.code, asked)
    response = Response(
        given.answer.body,
        status_code=given.answer.status,
        media_type="application/json",
        headers={"Idempotent-Replay": "true"} if given.replayed else {},
    )
    # The bytes are a Redeemed, encoded once and kept.
    return cast("Response[Redeemed]", response)


routes = [redeem]
