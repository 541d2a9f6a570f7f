"""The wallet tells what there is, what it cost, and every act exactly once."""

from __future__ import annotations

from tests.conftest import Doors
from tests.gifts.test_send import live_room, send


async def test_the_history_adds_up_to_the_balance(doors: Doors) -> None:
    room = await live_room(doors, "ledger_creator")
    mira = await doors.newcomer("ledger_mira")
    await doors.give_coins("ledger_mira", 100)
    for n in range(4):
        await send(doors, room, mira, f"tap-{n}", gift="coffee")

    wallet = (await doors.client.get("/v1/wallet", headers=mira)).json()
    entries: list[dict[str, object]] = []
    after = ""
    while True:
        page = (await doors.client.get(f"/v1/wallet/entries?limit=2{after}", headers=mira)).json()
        entries += page["data"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert [entry["kind"] for entry in entries] == ["gift"] * 4 + ["recharge"]
    assert sum(int(str(entry["coins"])) for entry in entries) == wallet["coins"] == 60
    assert entries[0]["balance"] == 60
    assert wallet["cost_basis"]["display"] == "$0.60"
    assert wallet["spent"]["today"]["display"] == "$0.40"
    assert len({entry["journal_id"] for entry in entries}) == 5


async def test_an_entry_leads_to_the_act_behind_it(doors: Doors) -> None:
    room = await live_room(doors, "act_creator")
    mira, ben = await doors.newcomer("act_mira"), await doors.newcomer("act_ben")
    await doors.give_coins("act_mira", 10)
    sent = (await send(doors, room, mira, "tap-1", count=2)).json()
    listed = (await doors.client.get("/v1/wallet/entries", headers=mira)).json()["data"][0]

    entry = await doors.client.get(f"/v1/wallet/entries/{listed['id']}", headers=mira)
    assert entry.json() == listed
    assert listed["reference"] == sent["id"]
    act = await doors.client.get(f"/v1/gifts/sent/{listed['reference']}", headers=mira)
    assert act.json() == sent
    for path in (f"/v1/wallet/entries/{listed['id']}", f"/v1/gifts/sent/{sent['id']}"):
        assert (await doors.client.get(path, headers=ben)).status_code == 404


async def test_nobody_reads_a_wallet_without_signing_in(doors: Doors) -> None:
    doors.client.cookies.clear()
    for path in ("/v1/wallet", "/v1/wallet/entries"):
        answer = await doors.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")
