"""One stay in a room, of a guest or a member, over as many sockets as it takes."""

from __future__ import annotations

import asyncio
from random import Random

from largesse.crowd.api import Api, Away, Refused
from largesse.crowd.door import Door
from largesse.crowd.member import Member
from largesse.crowd.scene import Present, Scene
from largesse.crowd.socket import Listen, RoomSocket, enter


class Visitor:
    """Brings people into rooms and keeps them there."""

    def __init__(self, api: Api, door: Door, chance: Random) -> None:
        self._api = api
        self._door = door
        self._chance = chance

    async def stay(self, scene: Scene, member: Member | None, *, seconds: float) -> None:
        """Watch for a while; after a drop come back, unless the account is gone."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        scene.watchers += 1
        try:
            while scene.is_live and loop.time() < until:
                await self._once(scene, member, until=until)
        except Refused:
            return
        finally:
            scene.watchers -= 1

    async def listen(self, scene: Scene) -> None:
        """Be the one guest in a room who hears what happens, for as long as it is live."""
        scene.watchers += 1
        try:
            while True:
                await self._once(scene, None, until=float("inf"), listen=scene.hear)
        finally:
            scene.watchers -= 1

    async def _once(
        self, scene: Scene, member: Member | None, *, until: float, listen: Listen | None = None
    ) -> None:
        token = "" if member is None else member.token
        try:
            address = await self._api.read("/v1/realtime", token=token)
            socket = await enter(address["url"], address["token"], scene.room, listen)
        except Away:
            await self._door.wait()
            return
        if member is not None:
            scene.present[member.credential.handle] = Present(member, socket)
        try:
            is_dropped = await _closed(socket, until=until)
        finally:
            if member is not None:
                scene.present.pop(member.credential.handle, None)
            await socket.close()
        if is_dropped:
            await asyncio.sleep(self._chance.uniform(0.5, 3))


async def _closed(socket: RoomSocket, *, until: float) -> bool:
    """Whether the house ended it before we did."""
    try:
        async with asyncio.timeout_at(None if until == float("inf") else until):
            await socket.closed.wait()
    except TimeoutError:
        return False
    return True
