"""The whole crowd: rooms found, accounts made, people coming and going."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from random import Random

import structlog
import uvloop

from largesse.crowd.api import Api, Away, Refused
from largesse.crowd.door import Door
from largesse.crowd.member import Member, join, some_credential
from largesse.crowd.memory import Credential, Memory
from largesse.crowd.scene import Pace, Scene
from largesse.crowd.taste import Gift
from largesse.crowd.visit import Visitor

STAY_SECONDS_MEAN = 360
# Empty seats fill like a hall before the concert: fast at first, then one by one.
FILLING_SECONDS = 25
LOOKING_SECONDS = 10
REPORT_SECONDS = 300
FIRST_MEMBERS = 6
MEMBERS_MIN = 9
TALKERS_MIN = 2
MEMBER_PERCENT = 30
RECHARGING_AT_ONCE = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the crowd goes and how big and busy it is; the paces are for one room."""

    url: str
    data_dir: Path
    rooms: int = 3
    viewers: int = 200
    gifts_per_minute: float = 30.0
    lines_per_minute: float = 24.0
    seed: int | None = None
    duration_seconds: float | None = None


def crowd_until_called(plan: Plan) -> None:
    """Simulate as a program: SIGINT and SIGTERM send everybody home."""
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        uvloop.run(_until_called(plan))


async def _until_called(plan: Plan) -> None:
    task = asyncio.current_task()
    assert task is not None
    for called in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(called, task.cancel)
    await be_a_crowd(plan)


async def be_a_crowd(plan: Plan) -> None:
    """Be a crowd until the time is over or the task is cancelled."""
    crowd = Crowd(plan)
    try:
        async with asyncio.timeout(plan.duration_seconds):
            await crowd.run()
    except TimeoutError:
        log.info("crowd_went_home", **crowd.counted())
    finally:
        await crowd.close()


class Crowd:
    """Everybody who is there, in all rooms."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._chance = Random(plan.seed)  # noqa: S311 - believable, not secret
        self._api = Api(plan.url)
        self._door = Door(self._api, self._chance)
        self._visitor = Visitor(self._api, self._door, self._chance)
        self._memory = Memory(plan.data_dir / "crowd.json", plan.url)
        self._till = asyncio.Semaphore(RECHARGING_AT_ONCE)
        self._scenes: dict[str, Scene] = {}
        self._members: dict[str, Member] = {}
        self._weights: dict[str, float] = {}

    async def run(self) -> None:
        """Look for rooms, make accounts, come and go: all at once, until cancelled."""
        async with asyncio.TaskGroup() as together:
            together.create_task(self._look_around())
            together.create_task(self._gather_members())
            together.create_task(self._arrive())
            together.create_task(self._report())

    async def close(self) -> None:
        """Everybody leaves."""
        for scene in self._scenes.values():
            scene.close()
        await self._api.close()

    def counted(self) -> dict[str, int]:
        """How many there are, for the log."""
        return {
            "rooms": len(self._scenes),
            "watching": sum(scene.watchers for scene in self._scenes.values()),
            "members": len(self._members),
        }

    # Rooms

    async def _look_around(self) -> None:
        while True:
            try:
                await self._update_scenes()
            except Away:
                await self._door.wait()
            except Refused as refusal:
                log.warning("rooms_not_listed", why=str(refusal))
            await asyncio.sleep(LOOKING_SECONDS if self._scenes else 1)

    async def _update_scenes(self) -> None:
        listed = (await self._api.read("/v1/rooms"))["data"]
        live = {room["id"]: room for room in listed}
        for gone in self._scenes.keys() - live.keys():
            self._scenes.pop(gone).close()
        catalogue = (await self._api.read("/v1/gifts"))["data"]
        gifts = tuple(Gift(one["slug"], one["coins"]) for one in catalogue)
        for room in sorted(listed, key=lambda one: str(one["started_at"])):
            if len(self._scenes) < self._plan.rooms and room["id"] not in self._scenes:
                self._enter(room["id"], room["title"], gifts)

    def _enter(self, room: str, title: str, gifts: tuple[Gift, ...]) -> None:
        scene = Scene(
            room=room,
            title=title,
            api=self._api,
            chance=self._chance,
            pace=Pace(self._plan.gifts_per_minute, self._plan.lines_per_minute),
            gifts=gifts,
            till=self._till,
            known=self._members,
        )
        self._scenes[room] = scene
        self._weights[room] = self._chance.uniform(0.6, 1.4)
        scene.open()
        scene.start(self._visitor.listen(scene))

    # Accounts

    async def _gather_members(self) -> None:
        remembered = self._memory.read()
        taken = {one.handle for one in remembered}
        wanted = max(MEMBERS_MIN, self._plan.viewers * MEMBER_PERCENT // 100)
        candidates = [*remembered, *self._strangers(taken)][: max(wanted, 1)]
        for place, credential in enumerate(candidates):
            is_known = bool(credential.token)
            await self._welcome(credential)
            # A new account costs the house a slow password hash: not too many at once.
            is_urgent = is_known or place < FIRST_MEMBERS
            await asyncio.sleep(0.1 if is_urgent else self._chance.uniform(1.5, 4))

    def _strangers(self, taken: set[str]) -> list[Credential]:
        text = resources.files("largesse.crowd").joinpath("names.txt").read_text("utf-8")
        names = text.splitlines()
        self._chance.shuffle(names)
        people = [some_credential(line, number) for number in (1, 2, 3) for line in names]
        return [one for one in people if one.handle not in taken]

    async def _welcome(self, credential: Credential) -> None:
        while True:
            try:
                member = await join(self._api, credential, self._chance)
            except Away:
                await self._door.wait()
                continue
            except Refused as refusal:
                if refusal.status == 429:
                    await asyncio.sleep(self._chance.uniform(5, 15))
                    continue
                log.info("not_joined", handle=credential.handle, why=str(refusal))
                return
            self._members[credential.handle] = member
            self._memory.write([one.credential for one in self._members.values()])
            return

    # Coming and going

    async def _arrive(self) -> None:
        async with asyncio.TaskGroup() as visits:
            while True:
                missing = self._plan.viewers - self.counted()["watching"]
                per_second = self._plan.viewers / STAY_SECONDS_MEAN + missing / FILLING_SECONDS
                await asyncio.sleep(self._chance.expovariate(max(per_second, 0.2)))
                if self._scenes and missing > 0:
                    visits.create_task(self._visit())

    async def _visit(self) -> None:
        member = self._somebody()
        scene = self._scene_for(member)
        if member is not None:
            member.is_out = True
        seconds = 20 + self._chance.expovariate(1 / STAY_SECONDS_MEAN)
        try:
            await self._visitor.stay(scene, member, seconds=seconds)
        finally:
            if member is not None:
                member.is_out = False

    def _scene_for(self, member: Member | None) -> Scene:
        """A room by its popularity; but no room stays mute while another has talkers."""
        scenes = list(self._scenes.values())
        quietest = min(scenes, key=lambda one: len(one.present))
        if member is not None and len(quietest.present) < TALKERS_MIN:
            return quietest
        return self._chance.choices(scenes, [self._weights[one.room] for one in scenes])[0]

    def _somebody(self) -> Member | None:
        """A member who is not watching yet, as long as members are a minority; else a guest."""
        idle = [one for one in self._members.values() if not one.is_out]
        there = len(self._members) - len(idle)
        is_members_turn = there * 100 < MEMBER_PERCENT * self._plan.viewers
        return self._chance.choice(idle) if idle and is_members_turn else None

    async def _report(self) -> None:
        await asyncio.sleep(30)
        while True:
            log.info("crowd", **self.counted())
            await asyncio.sleep(REPORT_SECONDS)
