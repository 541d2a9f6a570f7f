"""Clients that know nothing of us connect to the running house and see what happens."""

from __future__ import annotations

import asyncio
from typing import Any

from centrifuge import Client, ClientEventHandler, SubscriptionEventHandler

from tests.journeys.house import PATIENCE_SECONDS, House
from tests.journeys.people import Someone, guest_socket


class Ears(SubscriptionEventHandler, ClientEventHandler):  # type: ignore[misc]  # the SDK has no types
    """Remembers what the SDK tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.snapshot: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.news = asyncio.Event()

    async def on_subscribed(self, ctx: Any) -> None:
        # The private channel is subscribed by the server and has no snapshot.
        self.snapshot = getattr(ctx, "data", None) or self.snapshot
        self.news.set()

    async def on_publication(self, ctx: Any) -> None:
        self.events += ctx.pub.data["events"]
        self.news.set()

    async def wait(self, is_enough: Any) -> None:
        async with asyncio.timeout(10):
            while not is_enough():
                await self.news.wait()
                self.news.clear()


async def test_the_unmodified_python_sdk_gives_and_sees_a_gift(
    house: House, mira: Someone, room: str
) -> None:
    await mira.recharge(coins=35)
    address = (await mira.get("/v1/realtime")).json()
    ears = Ears()
    client = Client(address["url"], token=address["token"], events=ears, proxy=None)
    watching = client.new_subscription(f"room:{room}", ears)
    await client.connect()
    await watching.subscribe()
    await ears.wait(lambda: ears.snapshot)
    assert ears.snapshot["creator"]["handle"] == "oto"

    params = {"room": room, "gift": "heart", "idempotency_key": "from-the-sdk"}
    reply = await client.rpc("gift.send", params)
    assert (reply.data["status"], reply.data["body"]["balance"]) == (201, 34)
    combo = reply.data["body"]["combo_id"]
    await ears.wait(lambda: any(one.get("combo_id") == combo for one in ears.events))
    await client.disconnect()


async def test_a_guest_who_comes_back_gets_exactly_what_was_missed(
    house: House, mira: Someone, room: str
) -> None:
    async with guest_socket(house) as first:
        await first.subscribe(room)
        epoch, offset = first.epoch, first.offset
    said = await mira.post(f"/v1/rooms/{room}/messages", {"text": "you missed this"})
    assert said.status_code == 201

    async with guest_socket(house) as back:
        again = await back.subscribe(room, recover=True, epoch=epoch, offset=offset)
        assert again["recovered"] is True
        await back.hear_event(type="chat", text="you missed this")

    async with guest_socket(house) as late:
        fresh = await late.subscribe(room, recover=True, epoch="another", offset=offset)
        assert not fresh.get("recovered", False)
        assert fresh["data"]["title"]


async def test_state_and_events_together_are_what_a_newcomer_is_told(
    house: House, mira: Someone, room: str
) -> None:
    """The law of rooms, seen from outside: old state + events = freshly fetched state."""
    await mira.recharge(coins=50)
    async with guest_socket(house) as watching:
        await watching.subscribe(room)
        for number in range(3):
            await mira.send_gift("clap", room=room)
            await mira.post(f"/v1/rooms/{room}/messages", {"text": f"clap number {number}"})
        await watching.hear_event(type="chat", text="clap number 2")
        await watching.hear_event(type="gift", final=True, actor=_actor(mira))
        # A frame may fall between the question and the comparison; then it is asked again.
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                fetched = (await house.http.get(f"/v1/rooms/{room}")).json()
                await watching.hear_until(lambda: watching.offset >= fetched["offset"])  # noqa: B023
                if watching.offset == fetched["offset"]:
                    break
        assert watching.state is not None
        assert watching.state.coins == fetched["coins"]
        assert watching.state.viewers == fetched["viewers"]


async def test_a_guest_may_watch_and_nothing_else(house: House, room: str) -> None:
    async with guest_socket(house) as guest:
        assert (await guest.subscribe(room))["recoverable"] is True
        for method in ("gift.send", "chat.send"):
            refused = await guest.ask({"rpc": {"method": method, "data": {"room": room}}})
            assert isinstance(refused["error"]["code"], int)
        private = await guest.ask({"subscribe": {"channel": "wallet:acc_somebody"}})
        assert isinstance(private["error"]["code"], int)


def _actor(someone: Someone) -> dict[str, Any]:
    account = someone.account
    return {"id": account["id"], "handle": account["handle"], "name": account["name"]}
