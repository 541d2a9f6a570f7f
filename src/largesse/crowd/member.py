"""Somebody with an account: how they come in, recharge and give."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from random import Random
from typing import Any

from largesse.crowd.api import Api, Away, Refused, fresh_key
from largesse.crowd.memory import Credential
from largesse.crowd.taste import Taste, some_taste

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
CREDIT_SECONDS_MAX = 30


@dataclass(slots=True)
class Member:
    """An account of the crowd's own, with a purse as far as it knows."""

    credential: Credential
    taste: Taste
    coins: int = 0
    is_busy: bool = False
    is_out: bool = False
    rests_until: float = 0.0

    @property
    def token(self) -> str:
        """What opens the house's doors for this person."""
        return self.credential.token


def some_credential(line: str, number: int) -> Credential:
    """A newcomer from a line of the name list; a number tells namesakes apart."""
    handle, _, rest = line.partition(" ")
    name, _, country = rest.rpartition(" ")
    return Credential(
        handle=handle if number == 1 else f"{handle}{number}",
        name=name,
        country=country,
        password=secrets.token_urlsafe(18),
    )


async def join(api: Api, credential: Credential, chance: Random) -> Member:
    """Come back into an account, or open it; raises `Refused` if it is somebody else's."""
    if not credential.token or not await _still_knows(api, credential.token):
        credential.token = await _door(api, credential, chance)
    wallet = await api.read("/v1/wallet", token=credential.token)
    return Member(credential, some_taste(chance), coins=wallet["coins"])


async def _still_knows(api: Api, token: str) -> bool:
    try:
        await api.read("/v1/me", token=token)
    except Refused:
        return False
    return True


async def _door(api: Api, credential: Credential, chance: Random) -> str:
    if credential.token:
        login = {"login": credential.handle, "password": credential.password}
        try:
            return str((await api.post("/v1/sessions", login))["token"])
        except Refused as refusal:
            if refusal.status != 401:
                raise
    newcomer = {
        "handle": credential.handle,
        "email": f"{credential.handle}@crowd.example",
        "password": credential.password,
        "birth_date": f"{chance.randint(1965, 2003)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        "country": credential.country,
        "name": credential.name,
    }
    return str((await api.post("/v1/accounts", newcomer))["token"])


async def recharge(api: Api, member: Member, pack: str, chance: Random) -> None:
    """Buy a pack the way everybody does: review, confirm, pay at the provider's page, wait."""
    wish = {"pack_id": pack, "method": "card"}
    order = await api.post("/v1/recharges", wish, token=member.token, key=fresh_key())
    path = f"/v1/recharges/{order['id']}"
    order = await api.post(f"{path}/confirm", token=member.token, key=fresh_key())
    # A provider that does not answer at once has its page ready a little later.
    for _ in range(CREDIT_SECONDS_MAX):
        if "checkout_url" in order:
            break
        await asyncio.sleep(1)
        order = await api.read(path, token=member.token)
    checkout = order.get("checkout_url")
    if checkout is None:
        return
    if chance.random() < 0.04:
        await api.post(checkout, {"card": DECLINED_CARD})
        await asyncio.sleep(chance.uniform(3, 8))
    await api.post(checkout, {"card": GOOD_CARD})
    for _ in range(CREDIT_SECONDS_MAX):
        if (await api.read(path, token=member.token))["status"] == "credited":
            break
        await asyncio.sleep(1)
    member.coins = (await api.read("/v1/wallet", token=member.token))["coins"]


async def favourite_pack(api: Api, member: Member) -> str:
    """The pack of this person's country that comes nearest to what they like to have."""
    shelf: dict[str, Any] = await api.read("/v1/packs", token=member.token)
    packs = shelf["data"]
    if not packs:
        raise Away
    wanted = member.taste.pack_coins
    return str(min(packs, key=lambda pack: abs(pack["coins"] - wanted))["id"])
