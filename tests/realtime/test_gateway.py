"""Rooms over real sockets."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest
import websockets

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.rooms import WalletChanged, close_room
from tests.realtime.client import Client
from tests.realtime.conftest import Studio, opened_studio


async def test_a_guest_sees_the_room_as_it_is_and_then_everything_that_happens(
    studio: Studio,
) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client() as guest, studio.client(mira) as fan:
        await guest.subscribe(name)
        await fan.subscribe(name)
        said = await fan.call("chat.send", room=name, text="good evening")
        assert said["status"] == 201
        line = await guest.hear_event(type="chat")
        assert line["text"] == "good evening"
        assert line["actor"]["name"] == "Mira"
        assert line["id"] == said["body"]["id"]
        await guest.hear_event(type="presence", viewers=2)
        snapshot = await studio.hub.snapshot(room.id)
        assert snapshot is not None
        await guest.hear_until(lambda: guest.offset == snapshot.offset)
        assert guest.state == snapshot.state


async def test_chat_keeps_the_order_in_which_one_person_wrote(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client(mira) as fan:
        await fan.subscribe(name)
        texts = [f"line {number}" for number in range(40)]
        for text in texts:
            await fan.say({"rpc": {"method": "chat.send", "data": {"room": name, "text": text}}})
        await fan.hear_event(type="chat", text=texts[-1])
        assert [one["text"] for one in fan.events if one["type"] == "chat"] == texts


async def test_a_hundred_calls_may_be_in_flight_at_once(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client(mira) as fan:
        numbers = [
            await fan.say({"rpc": {"method": "chat.send", "data": {"room": name, "text": "x"}}})
            for _ in range(100)
        ]
        await fan.hear_until(lambda: all(number in fan._replies for number in numbers))
        statuses = {fan._replies[number]["rpc"]["data"]["status"] for number in numbers}
        assert statuses == {201}


async def test_a_guest_may_watch_but_not_call(studio: Studio) -> None:
    room = await studio.room()
    async with studio.client() as guest:
        reply = await guest.call("chat.send", room=ids.show("rom", room.id), text="hi")
        assert reply["error"]["code"] == 103


async def test_a_refused_call_answers_with_the_problem_that_http_gives(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client(mira) as fan:
        long = await fan.call("chat.send", room=name, text="x" * 201)
        assert (long["status"], long["body"]["code"]) == (422, "invalid_request")
        unknown = await fan.call("chat.send", room=name, text="hi", colour="red")
        assert (unknown["status"], unknown["body"]["code"]) == (422, "invalid_request")
        missing = await fan.call("chat.send", room=ids.show("rom", ids.make()), text="hi")
        assert (missing["status"], missing["body"]["code"]) == (404, "not_found")
        nothing = await fan.call("gift.throw", room=name)
        assert nothing["error"]["code"] == 104


async def test_one_account_counts_once_and_each_guest_counts(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    async with studio.client(mira) as phone, studio.client() as guest:
        async with studio.client(mira) as tablet:
            await phone.subscribe(name)
            await tablet.subscribe(name)
            await guest.subscribe(name)
            await guest.hear_event(type="presence", viewers=2)
        await phone.ask({"unsubscribe": {"channel": f"room:{name}"}})
        await guest.hear_event(type="presence", viewers=1)


async def test_a_wallet_is_told_to_its_owner_alone(studio: Studio) -> None:
    mira, jun = await studio.person("mira"), await studio.person("jun")
    async with studio.client(mira) as hers, studio.client(jun) as his:
        changed = WalletChanged(id="w1", at=studio.clock.now(), reason="recharge", coins=350)
        studio.hub.tell(mira.id, changed)
        heard = await hers.hear_event(type="wallet")
        assert heard["coins"] == 350
        channel = f"wallet:{ids.show('acc', mira.id)}"
        refused = await his.ask({"subscribe": {"channel": channel}})
        assert refused["error"]["code"] == 103
        assert not his.events


async def test_a_closed_room_is_told_and_then_unknown(studio: Studio) -> None:
    oto = await studio.person("oto")
    room = await studio.room(oto)
    name = ids.show("rom", room.id)
    async with studio.client() as guest:
        await guest.subscribe(name)
        await close_room(studio.database, studio.clock, studio.hub, creator=oto, room=room.id)
        await guest.hear_event(type="closed")
        assert guest.state is not None
        assert guest.state.status == "closed"
        await guest.ask({"unsubscribe": {"channel": f"room:{name}"}})
        gone = await guest.subscribe(name)
        assert gone["error"]["code"] == 102


@pytest.mark.parametrize(
    "frame",
    [
        b"not json",
        b'{"id":1}\n{"id":1,"connect"',
        b'{"connect":{}}',
        b'{"id":"1","connect":{}}',
        b'{"id":1,"connect":{"token":7}}',
        b'{"id":1,"subscribe":{"channel":"room:x"}}',
        b"[" * 50_000,
        b"{}\n" * 100,
        b"\xff\xfe\x00",
    ],
)
async def test_a_client_that_does_not_speak_the_protocol_is_sent_away_for_good(
    studio: Studio, frame: bytes
) -> None:
    async with websockets.connect(studio.url, compression=None) as socket:
        await socket.send(frame, text=True)
        await asyncio.wait_for(socket.wait_closed(), 5)
        assert socket.close_code in {3500, 3501, 1002, 1007}


async def test_a_frame_that_is_too_large_closes_the_connection(studio: Studio) -> None:
    async with studio.client() as guest:
        await guest.socket.send('{"id":9,"rpc":{"method":"' + "x" * 100_000 + '"}}')
        with pytest.raises(websockets.ConnectionClosed):
            await guest.hear_until(lambda: False)


async def test_a_forged_token_is_refused_and_an_expired_one_asks_for_another(
    studio: Studio,
) -> None:
    token = studio.token()
    async with websockets.connect(studio.url, compression=None) as socket:
        forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
        await socket.send(json.dumps({"id": 1, "connect": {"token": forged}}))
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
        assert socket.close_code == 3500
    studio.clock.push(16 * 60)
    async with websockets.connect(studio.url, compression=None) as socket:
        await socket.send(json.dumps({"id": 1, "connect": {"token": token}}))
        reply = json.loads(await asyncio.wait_for(socket.recv(), 5))
        assert reply["error"]["code"] == 109


async def test_a_refreshed_token_keeps_the_connection_and_a_foreign_one_ends_it(
    studio: Studio,
) -> None:
    mira, jun = await studio.person("mira"), await studio.person("jun")
    async with studio.client(mira) as fan:
        fresh = await fan.ask({"refresh": {"token": studio.token(mira)}})
        assert fresh["refresh"]["ttl"] > 0
        await fan.say({"refresh": {"token": studio.token(jun)}})
        with pytest.raises(websockets.ConnectionClosed):
            await fan.hear_until(lambda: False)
        assert fan.socket.close_code == 3500


async def test_whoever_does_not_answer_pings_is_sent_away(studio: Studio) -> None:
    async with studio.client() as guest:
        for _ in range(2 * studio.gateway.limits.ping_seconds):
            studio.gateway.tend()
        with pytest.raises(websockets.ConnectionClosed):
            await guest.hear_until(lambda: False)
        assert guest.socket.close_code == 3012


async def test_a_client_that_asks_whether_anybody_is_there_is_answered_at_once(
    studio: Studio,
) -> None:
    # The number that our page uses: the highest that a command may carry.
    async with studio.client() as guest:
        await guest.socket.send('{"id":4294967295,"ping":{}}')
        async with asyncio.timeout(10):
            assert await guest.socket.recv() == '{"id":4294967295,"ping":{}}'


async def test_a_page_elsewhere_on_the_port_is_not_there(studio: Studio) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(studio.url.replace("/connection/", "/other/"))
    assert refused.value.response.status_code == 404


async def test_deflate_is_refused(studio: Studio) -> None:
    async with websockets.connect(studio.url, compression="deflate") as socket:
        assert not socket.protocol.extensions


async def test_the_snapshot_is_json_that_the_reducer_understands(studio: Studio) -> None:
    room = await studio.room()
    snapshot = await studio.hub.snapshot(room.id)
    assert snapshot is not None
    assert msgspec.json.decode(msgspec.json.encode(snapshot.state))["creator"]["name"] == "Oto"


async def test_without_its_database_the_socket_stays_open_and_says_try_again() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/nothing", connections_max=1)
    await nowhere.open()
    studio = await opened_studio(nowhere)
    token = studio.gateway.tokens.issue(now=studio.clock.now(), account=ids.make())
    async with websockets.connect(studio.url, compression=None) as socket:
        client = Client(socket)
        await client.ask({"connect": {"token": token}})
        name = ids.show("rom", ids.make())
        refused = await client.subscribe(name)
        assert (refused["error"]["code"], refused["error"]["temporary"]) == (100, True)
        call = await client.call("chat.send", room=name, text="hello?")
        assert (call["status"], call["body"]["code"]) == (503, "unavailable")
    await studio.close()
    await nowhere.close()
