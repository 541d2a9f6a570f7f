"""One room socket: the Centrifugo client protocol in JSON, as little of it as a viewer needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from largesse.crowd.api import Away

CALL_SECONDS_MAX = 20
_PUSH = b'{"push"'

Listen = Callable[[dict[str, Any]], None]


class RoomSocket(WSListener):
    """A connection that answers pings, makes calls, and listens only if somebody wants to hear.

    Most of a crowd only watches: a push that nobody listens to is never parsed,
    which is what lets hundreds of viewers live in one small process.
    """

    def __init__(self, listen: Listen | None) -> None:
        self._listen = listen
        self._transport: WSTransport | None = None
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0
        self.closed = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        payload = frame.get_payload_as_bytes()
        if payload == b"{}":
            transport.send(WSMsgType.TEXT, b"{}")
        elif self._listen is not None or not payload.startswith(_PUSH):
            for line in payload.splitlines():
                self._hear(msgspec.json.decode(line))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self.closed.set()
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(Away())
        self._replies.clear()

    def _hear(self, said: dict[str, Any]) -> None:
        reply = self._replies.pop(said.get("id", 0), None)
        if reply is not None and not reply.done():
            reply.set_result(said)
        publication = said.get("push", {}).get("pub")
        if publication is not None and self._listen is not None:
            for event in publication["data"].get("events", ()):
                self._listen(event)

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one command and wait for its reply; raises `Away`."""
        if self._transport is None:
            raise Away
        self._number += 1
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._replies[self._number] = reply
        command = msgspec.json.encode({"id": self._number, **request})
        self._transport.send(WSMsgType.TEXT, command)
        try:
            async with asyncio.timeout(CALL_SECONDS_MAX):
                return await reply
        except TimeoutError:
            raise Away from None

    async def call(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        """One rpc call: the status and body that HTTP would have answered with."""
        reply = await self.ask({"rpc": {"method": method, "data": params}})
        if "error" in reply:
            return 429 if reply["error"].get("temporary") else 400, reply["error"]
        answer = reply["rpc"]["data"]
        return answer["status"], answer["body"]

    async def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.send_close()
            self._transport.disconnect()


async def enter(url: str, token: str, room: str, listen: Listen | None = None) -> RoomSocket:
    """Connect, say who one is, and watch a room; raises `Away` if any of it fails."""
    try:
        _, listener = await ws_connect(lambda: RoomSocket(listen), url)
    except (OSError, WSError) as error:
        raise Away from error
    assert isinstance(listener, RoomSocket)
    for request in ({"connect": {"token": token}}, {"subscribe": {"channel": f"room:{room}"}}):
        reply = await listener.ask(request)
        if "error" in reply:
            await listener.close()
            raise Away
    return listener
