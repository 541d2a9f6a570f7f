"""Owners, frames and what survives a drop, a crash or a second node."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from datetime import timedelta
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.realtime import SocketLimits
from largesse.realtime.owner import Presented
from largesse.rooms import Actor, ChatMessage, send_message
from tests.realtime.conftest import LION, Studio, opened_studio
from tests.realtime.test_owner import Ear

_JUN = Actor("acc_jun", "jun", "Jun")


async def test_a_streak_is_numbered_and_closed_by_the_server(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        await guest.subscribe(name)
        first = studio.sent(room, mira, count=5)
        studio.hub.announce(room.id, first)
        await guest.hear_event(type="gift", id=first.id)
        second = studio.sent(room, mira, count=10, combo_id=first.combo_id)
        studio.hub.announce(room.id, second)
        heard = await guest.hear_event(type="gift", id=second.id)
        assert (heard["seq"], heard["count_delta"], heard["count_total"]) == (2, 10, 15)
        assert heard["final"] is False
        studio.clock.push(4)
        final = await guest.hear_event(type="gift", final=True)
        assert (final["count_delta"], final["coins_delta"], final["count_total"]) == (0, 0, 15)
        assert guest.state is not None
        assert guest.state.combos == ()
        assert guest.state.coins == 15
        assert guest.state.supporters[0].actor.name == "Mira"


async def test_a_gift_that_is_announced_twice_counts_once(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    async with studio.client() as guest:
        await guest.subscribe(ids.show("rom", room.id))
        rose, lion = studio.sent(room, mira), studio.sent(room, mira, gift=LION, is_alone=True)
        for gift in (rose, rose, lion, rose, lion):
            studio.hub.announce(room.id, gift)
        await guest.hear_event(type="gift", id=lion.id)
        assert guest.state is not None
        assert guest.state.coins == 30_000


async def test_a_gift_that_only_the_books_know_is_found_by_the_sweep(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    async with studio.client() as guest:
        await guest.subscribe(ids.show("rom", room.id))
        lost = studio.sent(room, mira, at=studio.clock.now() - timedelta(seconds=2))
        studio.gifts.committed.append((room.id, lost))
        await studio.hub.sweep()
        await studio.hub.sweep()
        await guest.hear_event(type="gift", id=lost.id)
        assert guest.state is not None
        assert guest.state.coins == 1


async def test_a_client_that_comes_back_hears_exactly_what_it_missed(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client() as steady, studio.client() as dropped:
        await steady.subscribe(name)
        await dropped.subscribe(name)
        await say(studio, room.id, "before")
        await dropped.hear_event(type="chat", text="before")
        await dropped.socket.close()
        for number in range(5):
            await say(studio, room.id, f"meanwhile {number}")
            await steady.hear_event(type="chat", text=f"meanwhile {number}")
        studio.hub.announce(room.id, studio.sent(room, mira, count=99))
        await steady.hear_event(type="gift", count=99)
        async with studio.client() as back:
            back.state = dropped.state
            result = await back.subscribe(
                name, recover=True, epoch=dropped.epoch, offset=dropped.offset
            )
            assert result["recovered"] is True
            assert "data" not in result
            told = [one["offset"] for one in result["publications"]]
            assert told == list(range(dropped.offset + 1, result["offset"] + 1))
            snapshot = await studio.hub.snapshot(room.id)
            assert snapshot is not None
            shown = snapshot.offset
            await back.hear_until(lambda: back.offset >= shown)
            now_there = await studio.hub.snapshot(room.id)
            assert now_there is not None
            assert back.state == now_there.state


async def test_who_missed_more_than_is_kept_gets_a_fresh_snapshot(studio: Studio) -> None:
    room = await studio.room()
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        await guest.subscribe(name)
        await say(studio, room.id, "one")
        await guest.hear_event(type="chat")
        owner = await studio.hub.attend(room.id)
        assert owner is not None
        owner._kept.clear()
        async with studio.client() as back:
            result = await back.subscribe(name, recover=True, epoch=guest.epoch, offset=0)
            assert "recovered" not in result
            assert result["was_recovering"] is True
            assert back.state is not None
            assert [line.text for line in back.state.chat] == ["one"]


async def test_after_a_restart_the_epoch_is_new_and_the_room_is_as_the_books_say(
    studio: Studio, database: Database
) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        await guest.subscribe(name)
        await say(studio, room.id, "still here")
        gift = studio.sent(room, mira, count=7)
        studio.gifts.committed.append((room.id, gift))
        studio.hub.announce(room.id, gift)
        await guest.hear_event(type="gift")
        # The process dies: nothing is given up, nothing is said.
        restarted = await opened_studio(database, gifts=studio.gifts)
        async with restarted.client() as back:
            result = await back.subscribe(name, recover=True, epoch=guest.epoch, offset=1)
            assert "recovered" not in result
            assert int(result["epoch"]) > int(guest.epoch)
            assert back.state is not None
            assert back.state.coins == 7
            assert [line.text for line in back.state.chat] == ["still here"]
            # The old owner is fenced: its renewal finds a newer epoch.
            await studio.hub.renew()
            await guest.hear_until(lambda: bool(guest.evictions))
            assert guest.evictions[0]["unsubscribe"]["code"] == 2502
            # A gift that was already counted when the room was restored is not counted again.
            restarted.hub.announce(room.id, gift)
            await restarted.hub.sweep()
            later = studio.sent(room, mira)
            restarted.hub.announce(room.id, later)
            await back.hear_event(type="gift", id=later.id)
            assert back.state.coins == 8
        await restarted.close()


async def test_another_node_waits_until_the_lease_is_over(
    studio: Studio, database: Database
) -> None:
    room = await studio.room()
    name = ids.show("rom", room.id)
    assert await studio.hub.attend(room.id) is not None
    other = await opened_studio(database, node="node-2")
    async with other.client() as guest:
        refused = await guest.subscribe(name)
        assert (refused["error"]["code"], refused["error"]["temporary"]) == (100, True)
        await studio.hub.close()
        assert (await guest.subscribe(name))["offset"] == 0
    await other.close()


async def test_a_slow_client_is_dropped_and_the_others_hear_everything(
    database: Database,
) -> None:
    """Twenty good phones, and one in a tunnel that stopped reading."""
    limits = SocketLimits(buffer_bytes_max=16 * 1024, system_buffer_bytes=4096)
    studio = await opened_studio(database, socket_limits=limits)
    room = await studio.room()
    name = ids.show("rom", room.id)
    async with contextlib.AsyncExitStack() as stack:
        good = [await stack.enter_async_context(studio.client()) for _ in range(20)]
        for client in good:
            await client.subscribe(name)
        deaf = await deaf_client(studio, name)
        lines = 0
        while not studio.gateway.dropped_slow:
            lines += 1
            assert lines < 200, "the deaf client was never dropped"
            for number in range(15):
                announce_line(studio, room.id, f"{lines} {number} " + "long " * 35)
            await good[0].hear_event(type="chat", text=last_text(lines))
        announce_line(studio, room.id, "the end")
        for client in good:
            await client.hear_event(type="chat", text="the end")
            texts = [one["text"] for one in client.events if one["type"] == "chat"]
            assert len(texts) == 15 * lines + 1
        assert studio.gateway.dropped_slow == 1
        deaf.close()
    await studio.close()


async def test_somebody_who_comes_in_while_the_room_is_loading_misses_nothing(
    studio: Studio,
) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        attending = asyncio.create_task(guest.subscribe(name))
        gifts = [studio.sent(room, mira) for _ in range(20)]
        for gift in gifts:
            studio.gifts.committed.append((room.id, gift))
            studio.hub.announce(room.id, gift)
            await asyncio.sleep(0)
        await attending
        marker = studio.sent(room, mira)
        studio.hub.announce(room.id, marker)
        await guest.hear_event(type="gift", id=marker.id)
        assert guest.state is not None
        assert guest.state.coins == 21


async def say(studio: Studio, room: UUID, text: str) -> None:
    """Somebody new says something, kept and shown."""
    someone = await studio.person("jun")
    await send_message(studio.chat, viewer=someone, room=room, text=text)


def announce_line(studio: Studio, room: UUID, text: str) -> None:
    """Show a line without keeping it."""
    line = ChatMessage(
        id=ids.show("msg", ids.make()),
        at=studio.clock.now(),
        room=ids.show("rom", room),
        actor=_JUN,
        text=text,
    )
    studio.hub.announce(room, line)


def last_text(lines: int) -> str:
    return f"{lines} 14 " + "long " * 35


async def deaf_client(studio: Studio, room: str) -> socket.socket:
    """A socket that subscribes and then never reads."""
    port = int(studio.url.split(":")[2].split("/")[0])
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, ("127.0.0.1", port))
    hello = (
        "GET /connection/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(deaf, hello.encode())
    await loop.sock_recv(deaf, 4096)
    commands = (
        json.dumps({"id": 1, "connect": {"token": studio.token()}})
        + "\n"
        + json.dumps({"id": 2, "subscribe": {"channel": f"room:{room}"}})
    ).encode()
    header = b"\x81\xfe" + len(commands).to_bytes(2, "big") + b"\0\0\0\0"
    await loop.sock_sendall(deaf, header + commands)
    return deaf


async def test_a_crowd_is_served_in_slices_and_everybody_hears_the_same_order(
    studio: Studio,
) -> None:
    """Twelve hundred listeners, some of whom come in while a frame is on its way."""
    room = await studio.room()
    owner = await studio.hub.attend(room.id)
    assert owner is not None
    crowd = [Ear() for _ in range(1200)]
    for ear in crowd:
        studio.hub.enter(owner, ear, Presented())
    late = Ear()
    async with studio.client() as guest:
        await guest.subscribe(ids.show("rom", room.id))
        for number in range(5):
            announce_line(studio, room.id, f"line {number}")
            await guest.hear_event(type="chat", text=f"line {number}")
            if number == 2:
                came_at = owner.offset
                studio.hub.enter(owner, late, Presented())
        await guest.hear_event(type="presence", viewers=1202)
    heard = crowd[0].frames
    assert all(ear.frames == heard for ear in crowd)
    assert late.frames == heard[-len(late.frames) :]
    assert len(late.frames) == owner.offset - came_at


async def test_a_room_that_breaks_starts_afresh_and_the_announcer_never_notices(
    studio: Studio,
) -> None:
    room = await studio.room()
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        await guest.subscribe(name)
        await say(studio, room.id, "before")
        await guest.hear_event(type="chat", text="before")
        broken = ChatMessage(
            id="msg_x", at=studio.clock.now(), room=name, actor=_JUN, text="\ud800"
        )
        studio.hub.announce(room.id, broken)
        await guest.hear_until(lambda: bool(guest.evictions))
        assert guest.evictions[0]["unsubscribe"]["code"] == 2502
        fresh = await guest.subscribe(name)
        assert int(fresh["epoch"]) == 2
        assert [line["text"] for line in fresh["data"]["chat"]] == ["before"]
