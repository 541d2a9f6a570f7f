"""Sending a gift over HTTP: paid once, told once, split to the last unit."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from largesse.kernel import ids
from tests.conftest import Doors

_MONEY = ("tax", "fees", "platform", "creator")


async def live_room(doors: Doors, creator: str) -> str:
    """A live room of somebody new."""
    headers = await doors.newcomer(creator)
    answer = await doors.client.post("/v1/rooms", json={"title": "Here"}, headers=headers)
    doors.client.cookies.clear()
    return str(answer.json()["id"])


async def send(
    doors: Doors, room: str, headers: dict[str, str], key: str, **gift: Any
) -> httpx.Response:
    return await doors.client.post(
        f"/v1/rooms/{room}/gifts",
        json={"gift": "rose"} | gift,
        headers=headers | {"Idempotency-Key": key},
    )


async def balance(doors: Doors, headers: dict[str, str]) -> int:
    wallet = await doors.client.get("/v1/wallet", headers=headers)
    return int(wallet.json()["coins"])


async def test_a_gift_is_paid_split_and_seen_by_its_creator(doors: Doors) -> None:
    room = await live_room(doors, "seen_creator")
    mira = await doors.newcomer("seen_mira")
    await doors.give_coins("seen_mira", 100)

    sent = await send(doors, room, mira, "tap-1", count=3)

    assert sent.status_code == 201
    body = sent.json()
    assert (body["coins"], body["balance"], body["count"]) == (3, 97, 3)
    split = body["split"]
    assert split["cost_basis"]["amount"] == 30_000
    assert sum(split[part]["amount"] for part in _MONEY) == 30_000
    assert {split[part]["decimal_places"] for part in _MONEY} == {6}

    login = {"login": "seen_creator", "password": "a long walk home"}
    token = (await doors.client.post("/v1/sessions", json=login)).json()["token"]
    doors.client.cookies.clear()
    creator = {"Authorization": f"Bearer {token}"}
    earned = (await doors.client.get("/v1/creators/me/earnings", headers=creator)).json()
    assert earned["pending"] == 3
    assert earned["gifts"][0]["id"] == body["id"]
    assert earned["gifts"][0]["sender"]["handle"] == "seen_mira"
    assert earned["gifts"][0]["split"] == split


async def test_a_gift_sent_twice_is_paid_once(doors: Doors) -> None:
    """Mira taps once on bad mobile data; her phone retries and many requests arrive."""
    room = await live_room(doors, "twice_creator")
    mira = await doors.newcomer("twice_mira")
    await doors.give_coins("twice_mira", 100)

    answers = await asyncio.gather(*(send(doors, room, mira, "tap-1", count=10) for _ in range(12)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    replays = [answer for answer in answers if answer.headers.get("idempotent-replay") == "true"]
    assert len(replays) == 11
    assert await balance(doors, mira) == 90


async def test_the_same_key_for_another_gift_is_a_conflict(doors: Doors) -> None:
    room = await live_room(doors, "other_creator")
    mira = await doors.newcomer("other_mira")
    await doors.give_coins("other_mira", 100)
    await send(doors, room, mira, "tap-1")
    again = await send(doors, room, mira, "tap-1", count=2)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_conflict")
    assert await balance(doors, mira) == 99


async def test_fifty_gifts_at_once_against_coins_for_one(doors: Doors) -> None:
    room = await live_room(doors, "fifty_creator")
    mira = await doors.newcomer("fifty_mira")
    await doors.give_coins("fifty_mira", 5)
    answers = await asyncio.gather(
        *(send(doors, room, mira, f"tap-{n}", gift="clap") for n in range(50))
    )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [402] * 49
    assert await balance(doors, mira) == 0


async def test_what_is_missing_is_said_with_the_smallest_pack_that_fits(doors: Doors) -> None:
    room = await live_room(doors, "short_creator")
    mira = await doors.newcomer("short_mira")
    await doors.give_coins("short_mira", 10)
    refused = await send(doors, room, mira, "tap-1", gift="golden-microphone")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (402, "insufficient_coins")
    assert problem["missing"] == 189
    packs = (await doors.client.get("/v1/packs?country=US")).json()["data"]
    fitting = min((p for p in packs if p["coins"] >= 189), key=lambda p: int(p["coins"]))
    assert problem["pack_id"] == fitting["id"]
    await doors.give_coins("short_mira", 189)
    assert (await send(doors, room, mira, "tap-1", gift="golden-microphone")).status_code == 201


async def test_a_minor_cannot_give_coins_away(doors: Doors) -> None:
    room = await live_room(doors, "minor_creator")
    kid = await doors.newcomer("minor_kid", birth_date="2010-05-05")
    refused = await send(doors, room, kid, "tap-1")
    assert (refused.status_code, refused.json()["code"]) == (403, "age_restricted")


async def test_nobody_sends_gifts_in_their_own_room(doors: Doors) -> None:
    creator = await doors.newcomer("own_creator")
    await doors.give_coins("own_creator", 5)
    opened = await doors.client.post("/v1/rooms", json={"title": "Me"}, headers=creator)
    refused = await send(doors, opened.json()["id"], creator, "tap-1")
    assert (refused.status_code, refused.json()["code"]) == (403, "gift_to_self")


async def test_an_anonymous_gift_hides_its_sender_from_the_creator_too(doors: Doors) -> None:
    creator = await doors.newcomer("veil_creator")
    room = (await doors.client.post("/v1/rooms", json={"title": "Veil"}, headers=creator)).json()[
        "id"
    ]
    mira = await doors.newcomer("veil_mira")
    await doors.give_coins("veil_mira", 5)
    await send(doors, room, mira, "tap-1", visibility="anonymous")
    gifts = (await doors.client.get("/v1/creators/me/gifts", headers=creator)).json()["data"]
    assert gifts[0]["sender"] is None
    assert "veil_mira" not in str(gifts)


@pytest.mark.parametrize(
    ("gift", "status", "code"),
    [
        ({"gift": "no-such-gift"}, 404, "not_found"),
        ({"gift": "gft_01m84bsfeee009kz7gn86r8fkn"}, 404, "not_found"),
        ({"count": 0}, 422, "invalid_request"),
        ({"count": -1}, 422, "invalid_request"),
        ({"count": "3"}, 422, "invalid_request"),
        ({"count": 3.0}, 422, "invalid_request"),
        ({"count": 2**53}, 422, "invalid_request"),
        ({"count": True}, 422, "invalid_request"),
        ({"coins": 1}, 422, "invalid_request"),
        ({"visibility": "hidden"}, 422, "invalid_request"),
    ],
)
async def test_a_wrong_gift_is_refused_and_takes_nothing(
    doors: Doors, gift: dict[str, Any], status: int, code: str
) -> None:
    name = f"wrong_{ids.make().hex[-10:]}"
    room = await live_room(doors, f"{name}_c")
    mira = await doors.newcomer(name)
    await doors.give_coins(name, 50)
    refused = await send(doors, room, mira, "tap-1", **gift)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await balance(doors, mira) == 50


async def test_a_gift_needs_a_key_and_somebody_who_sends_it(doors: Doors) -> None:
    room = await live_room(doors, "key_creator")
    mira = await doors.newcomer("key_mira")
    doors.client.cookies.clear()
    path = f"/v1/rooms/{room}/gifts"
    keyless = await doors.client.post(path, json={"gift": "rose"}, headers=mira)
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    nobody = await doors.client.post(
        path, json={"gift": "rose"}, headers={"Idempotency-Key": "tap-1"}
    )
    assert (nobody.status_code, nobody.json()["code"]) == (401, "sign_in_required")
    nowhere = await send(doors, ids.show("rom", ids.make()), mira, "tap-1")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")


async def test_a_closed_room_takes_no_gifts(doors: Doors) -> None:
    creator = await doors.newcomer("gone_creator")
    room = (await doors.client.post("/v1/rooms", json={"title": "Soon"}, headers=creator)).json()[
        "id"
    ]
    await doors.client.post(f"/v1/rooms/{room}/close", headers=creator)
    mira = await doors.newcomer("gone_mira")
    await doors.give_coins("gone_mira", 5)
    refused = await send(doors, room, mira, "tap-1")
    assert (refused.status_code, refused.json()["code"]) == (409, "room_closed")


async def test_a_quote_says_what_the_gift_then_costs(doors: Doors) -> None:
    room = await live_room(doors, "quote_creator")
    mira = await doors.newcomer("quote_mira")
    await doors.give_coins("quote_mira", 40)
    quote = (await doors.client.get("/v1/gifts/doughnut/quote", headers=mira)).json()
    sent = (await send(doors, room, mira, "tap-1", gift="doughnut")).json()
    assert quote["split"] == sent["split"]
    assert quote["missing"] == 0
    after = (await doors.client.get("/v1/gifts/doughnut/quote", headers=mira)).json()
    assert after["missing"] == 20
