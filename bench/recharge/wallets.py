"""A buyer's wallet on the socket: when does it show the coins that a notice brought?"""

from __future__ import annotations

import asyncio
import json
import time

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect


class Wallet(WSListener):
    """Hears of one's own purse, and notes when each order's coins were shown."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._hello: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.shown_at: dict[str, float] = {}

    @classmethod
    async def watch(cls, url: str, token: str) -> Wallet:
        """Somebody who looks at their wallet."""
        wallet = cls(token)
        await ws_connect(lambda: wallet, url)
        await wallet._hello
        return wallet

    def on_ws_connected(self, transport: WSTransport) -> None:
        hello = {"id": 1, "connect": {"token": self._token}}
        transport.send(WSMsgType.TEXT, json.dumps(hello).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        now = time.perf_counter()
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        for line in frame.get_payload_as_bytes().split(b"\n"):
            if line == b"{}":
                transport.send(WSMsgType.TEXT, b"{}")
                continue
            said = json.loads(line)
            if said.get("id") == 1:
                self._hello.set_result(None)
            data = said.get("push", {}).get("pub", {}).get("data", {})
            for event in data.get("events", ()):
                if event.get("type") == "wallet" and event.get("reference"):
                    self.shown_at.setdefault(event["reference"], now)
