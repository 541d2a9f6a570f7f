"""A creator pages through every gift once, newest first."""

from __future__ import annotations

import pytest

from tests.conftest import Doors
from tests.gifts.test_send import send


async def test_paging_through_received_gifts_meets_each_once(doors: Doors) -> None:
    creator = await doors.newcomer("paged_creator")
    opened = await doors.client.post("/v1/rooms", json={"title": "Pages"}, headers=creator)
    mira = await doors.newcomer("paged_mira")
    await doors.give_coins("paged_mira", 50)
    sent = []
    for n in range(7):
        answer = await send(doors, opened.json()["id"], mira, f"tap-{n}")
        sent.append(answer.json()["id"])

    met: list[str] = []
    after = ""
    while True:
        page = (
            await doors.client.get(f"/v1/creators/me/gifts?limit=3{after}", headers=creator)
        ).json()
        met += [gift["id"] for gift in page["data"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert met == sent[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=nonsense", "after=OS45LjE"])
async def test_a_made_up_page_is_refused(doors: Doors, query: str) -> None:
    creator = await doors.newcomer(f"page_{query[-4:].lower().replace('=', '_')}")
    answer = await doors.client.get(f"/v1/creators/me/gifts?{query}", headers=creator)
    assert answer.status_code == 422
