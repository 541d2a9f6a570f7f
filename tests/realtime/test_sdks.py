"""Public SDKs of the Centrifugo protocol, unmodified, against our gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from centrifuge import (
    Client,
    ClientEventHandler,
    PublicationContext,
    ServerPublicationContext,
    ServerSubscribedContext,
    SubscribedContext,
    SubscriptionEventHandler,
)

from largesse.kernel import ids
from largesse.rooms import WalletChanged, send_message
from tests.realtime.conftest import Studio

REPOSITORY = Path(__file__).parents[2]


class Ears(SubscriptionEventHandler, ClientEventHandler):  # type: ignore[misc]  # the SDK has no types
    """Remembers what the SDK tells, and lets a test wait for it."""

    def __init__(self) -> None:
        self.subscribed: list[SubscribedContext] = []
        self.offsets: list[int] = []
        self.events: list[dict[str, Any]] = []
        self.private: list[dict[str, Any]] = []
        self.news = asyncio.Condition()

    async def on_subscribed(self, ctx: Any) -> None:
        if not isinstance(ctx, ServerSubscribedContext):
            self.subscribed.append(ctx)
        await self._tell()

    async def on_publication(self, ctx: Any) -> None:
        if isinstance(ctx, ServerPublicationContext):
            self.private += ctx.pub.data["events"]
        elif isinstance(ctx, PublicationContext):
            self.offsets.append(ctx.pub.offset)
            self.events += ctx.pub.data["events"]
        await self._tell()

    async def wait(self, is_enough: Any) -> None:
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(is_enough)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()


async def test_the_python_sdk_watches_calls_and_recovers_after_a_drop(studio: Studio) -> None:
    room, mira = await studio.room(), await studio.person("mira")
    name, ears = ids.show("rom", room.id), Ears()
    client = Client(
        studio.url, token=studio.token(mira), events=ears, min_reconnect_delay=0.05, proxy=None
    )
    subscription = client.new_subscription(f"room:{name}", ears)
    await client.connect()
    await subscription.subscribe()
    await ears.wait(lambda: ears.subscribed)
    assert ears.subscribed[0].data["title"] == "Late piano"
    assert ears.subscribed[0].recoverable is True

    said = await client.rpc("chat.send", {"room": name, "text": "one"})
    assert said.data["status"] == 201
    await ears.wait(lambda: any(one.get("text") == "one" for one in ears.events))
    studio.hub.tell(mira.id, WalletChanged(id="w1", at=studio.clock.now(), reason="gift", coins=5))
    await ears.wait(lambda: ears.private)

    client._conn.transport.abort()
    await send_message(studio.chat, viewer=mira, room=room.id, text="while you were away")
    await ears.wait(lambda: len(ears.subscribed) == 2)
    assert ears.subscribed[1].recovered is True
    await ears.wait(lambda: any(one.get("text", "").startswith("while") for one in ears.events))
    assert ears.offsets == sorted(set(ears.offsets))
    await client.disconnect()


NODE = shutil.which("node")
SCRIPT = """
import { Centrifuge } from "./web/node_modules/centrifuge/build/index.mjs"
const [url, token, room] = process.argv.slice(-3)
const client = new Centrifuge(url, { token, minReconnectDelay: 20 })
const say = (what) => console.log(JSON.stringify(what))
const watching = client.newSubscription(`room:${room}`)
let drops = 0
watching.on("subscribed", (at) => {
  say({ subscribed: true, recovered: at.recovered, title: at.data?.title ?? null })
  if (drops === 0) client.rpc("chat.send", { room, text: "from node" }).then((r) => say(r.data))
  else client.rpc("chat.send", { room, text: "back again" })
})
watching.on("publication", (one) => {
  for (const event of one.data.events) {
    if (event.type !== "chat") continue
    say({ offset: one.offset, text: event.text })
    if (event.text === "from node") { drops += 1; client._transport.close() }
    if (event.text === "back again") client.disconnect()
  }
})
client.on("disconnected", () => process.exit(0))
watching.subscribe()
client.connect()
"""


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
async def test_the_javascript_sdk_watches_calls_and_recovers_after_a_drop(
    studio: Studio,
) -> None:
    if not (REPOSITORY / "web/node_modules/centrifuge").is_dir():
        pytest.skip("the web's packages are not installed")
    room, mira = await studio.room(), await studio.person("mira")
    name = ids.show("rom", room.id)
    assert NODE is not None
    running = await asyncio.create_subprocess_exec(
        NODE,
        "--input-type=module",
        "--experimental-websocket",
        "-e",
        SCRIPT,
        studio.url,
        studio.token(mira),
        name,
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(running.communicate(), 20)
    said = [json.loads(line) for line in output.splitlines()]
    assert running.returncode == 0, errors.decode()
    subscribed = [one for one in said if one.get("subscribed")]
    assert [one["recovered"] for one in subscribed] == [False, True]
    assert subscribed[0]["title"] == "Late piano"
    texts = [one["text"] for one in said if "text" in one]
    assert texts == ["from node", "back again"]
    assert any(one.get("status") == 201 for one in said)
