"""Live rooms over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from largesse.http.app import build_app
from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.people import FactorKeys, Factors
from largesse.people.routes import routes as people_routes
from largesse.realtime import Hub, LocalBus, Tokens
from largesse.realtime.routes import routes as realtime_routes
from largesse.rooms import Chat, ChatPace, NoGifts
from largesse.rooms.routes import routes as room_routes
from largesse.settings import Settings

# Handlers name what they need; version 3 of the framework will want that spelt differently.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")


@dataclass
class House:
    """The rooms' doors over the real database, and people who knock."""

    http: httpx.AsyncClient
    hub: Hub

    async def person(self, name: str) -> dict[str, str]:
        """Sign somebody up; the headers that show who they are."""
        handle = f"{name}_{ids.make().hex[-8:]}"
        body = {
            "handle": handle,
            "email": f"{handle}@example.org",
            "password": f"quiet {handle} lantern",
            "birth_date": date(1990, 5, 4).isoformat(),
            "country": "US",
            "name": name.capitalize(),
        }
        answer = await self.http.post("/v1/accounts", json=body)
        assert answer.status_code == 201, answer.text
        # Who asks is said by the headers alone.
        self.http.cookies.clear()
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def room(self, who: dict[str, str], title: str = "Late piano") -> dict[str, Any]:
        answer = await self.http.post("/v1/rooms", json={"title": title}, headers=who)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened


@pytest_asyncio.fixture
async def house(database: Database) -> AsyncIterator[House]:
    clock, book = SystemClock(), NoGifts()
    hub = Hub(database=database, clock=clock, bus=LocalBus(), gift_book=book, node="node-1")
    app = build_app(
        routes=[*people_routes, *room_routes, *realtime_routes],
        provided={
            "database": database,
            "clock": clock,
            "settings": Settings(),
            "stage": hub,
            "gift_book": book,
            "chat": Chat(database, clock, hub, ChatPace(per_second=1, burst=3)),
            "tokens": Tokens("a secret of at least 32 characters"),
            "factors": Factors(database, FactorKeys("a secret of at least 32 characters")),
        },
        web=Path("nowhere"),
    )
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        yield House(http, hub)
    await hub.close()


async def test_a_room_opens_is_listed_and_read_with_its_place_in_the_stream(house: House) -> None:
    oto = await house.person("oto")
    room = await house.room(oto, "  Late\u202e\tpiano \n")
    assert room["title"] == "Late piano"
    assert room["creator"]["name"] == "Oto"
    listed = (await house.http.get("/v1/rooms?limit=200")).json()["data"]
    assert room["id"] in [one["id"] for one in listed]
    page = (await house.http.get(f"/v1/rooms/{room['id']}")).json()
    assert page["channel"] == f"room:{room['id']}"
    assert (page["offset"], page["status"], page["viewers"]) == (0, "live", 0)
    assert page["epoch"] == "1"
    assert page["state"]["title"] == "Late piano"


async def test_a_creator_has_one_live_room_at_a_time(house: House) -> None:
    oto = await house.person("oto")
    room = await house.room(oto)
    again = await house.http.post("/v1/rooms", json={"title": "Another"}, headers=oto)
    assert (again.status_code, again.json()["code"]) == (409, "already_live")
    closed = await house.http.post(f"/v1/rooms/{room['id']}/close", headers=oto)
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")
    assert (await house.room(oto))["id"] != room["id"]


async def test_only_the_creator_ends_a_room_and_twice_is_fine(house: House) -> None:
    oto, mira = await house.person("oto"), await house.person("mira")
    room = await house.room(oto)
    foreign = await house.http.post(f"/v1/rooms/{room['id']}/close", headers=mira)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    for _ in range(2):
        answer = await house.http.post(f"/v1/rooms/{room['id']}/close", headers=oto)
        assert answer.status_code == 200
    page = (await house.http.get(f"/v1/rooms/{room['id']}")).json()
    assert (page["status"], page["state"]["status"]) == ("closed", "closed")
    listed = (await house.http.get("/v1/rooms?limit=200")).json()["data"]
    assert room["id"] not in [one["id"] for one in listed]
    late = await house.http.post(
        f"/v1/rooms/{room['id']}/messages", json={"text": "hello?"}, headers=mira
    )
    assert (late.status_code, late.json()["code"]) == (409, "room_closed")


async def test_a_message_is_kept_and_shown_to_whoever_comes_in_later(house: House) -> None:
    oto, mira = await house.person("oto"), await house.person("mira")
    room = await house.room(oto)
    said = await house.http.post(
        f"/v1/rooms/{room['id']}/messages", json={"text": " 👩‍🎤 encore\u0000 "}, headers=mira
    )
    assert said.status_code == 201
    assert said.json()["text"] == "👩‍🎤 encore"
    page = (await house.http.get(f"/v1/rooms/{room['id']}")).json()
    assert [line["text"] for line in page["state"]["chat"]] == ["👩‍🎤 encore"]
    assert page["state"]["chat"][0]["actor"]["name"] == "Mira"


async def test_whoever_writes_too_fast_is_told_to_wait(house: House) -> None:
    oto, mira = await house.person("oto"), await house.person("mira")
    room = await house.room(oto)
    answers = [
        await house.http.post(
            f"/v1/rooms/{room['id']}/messages", json={"text": "again"}, headers=mira
        )
        for _ in range(6)
    ]
    assert answers[0].status_code == 201
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " \u200b "},
        {"text": "x" * 201},
        {"text": 7},
        {"text": None},
        {"text": "hi", "colour": "red"},
        [],
        "hi",
    ],
)
async def test_a_message_of_the_wrong_shape_is_refused_and_not_kept(
    house: House, body: object
) -> None:
    oto = await house.person("oto")
    room = await house.room(oto)
    answer = await house.http.post(f"/v1/rooms/{room['id']}/messages", json=body, headers=oto)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    page = (await house.http.get(f"/v1/rooms/{room['id']}")).json()
    assert page["state"]["chat"] == []


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, 5, None])
async def test_a_title_of_the_wrong_shape_is_refused(house: House, title: object) -> None:
    oto = await house.person("oto")
    answer = await house.http.post("/v1/rooms", json={"title": title}, headers=oto)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("name", ["rom_x", "nonsense", "acc_" + "0" * 26, "rom_" + "0" * 26])
async def test_a_room_that_never_was_is_not_found(house: House, name: str) -> None:
    oto = await house.person("oto")
    for path in (f"/v1/rooms/{name}", f"/v1/rooms/{name}/close", f"/v1/rooms/{name}/messages"):
        method = "GET" if path.endswith(name) else "POST"
        body = {"text": "hi"} if path.endswith("messages") else None
        answer = await house.http.request(method, path, json=body, headers=oto)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_guest_looks_and_may_not_touch(house: House) -> None:
    room = await house.room(await house.person("oto"))
    assert (await house.http.get(f"/v1/rooms/{room['id']}")).status_code == 200
    for path, body in (
        ("/v1/rooms", {"title": "Mine"}),
        (f"/v1/rooms/{room['id']}/messages", {"text": "hi"}),
        (f"/v1/rooms/{room['id']}/close", None),
    ):
        answer = await house.http.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


async def test_everybody_gets_an_address_and_a_token_of_their_own_kind(house: House) -> None:
    tokens = Tokens("a secret of at least 32 characters")
    guest = (await house.http.get("/v1/realtime")).json()
    assert guest["url"].endswith("/connection/websocket")
    assert tokens.read(guest["token"], now=SystemClock().now()).account is None
    mira = await house.person("mira")
    hers = (await house.http.get("/v1/realtime", headers=mira)).json()
    bearer = tokens.read(hers["token"], now=SystemClock().now())
    assert bearer.actor is not None
    assert bearer.actor.name == "Mira"
