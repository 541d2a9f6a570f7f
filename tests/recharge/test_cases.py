"""This wasn't me: spending stops, unspent coins go back, and an operator decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, Freeze, SpendingFrozen
from largesse.recharge.cases import store as cases_store
from largesse.recharge.cases.store import UNAUTHORISED, SupportCase
from tests.recharge.desk import Desk
from tests.recharge.house import Buyer, House


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House, urls: Urls) -> AsyncIterator[Desk]:
    committer = Committer(urls.app)
    await committer.start()
    made = Desk(house, committer)
    yield made
    await made.audit()
    await committer.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def ada(desk: Desk) -> Buyer:
    """An operator."""
    return await desk.operator()


async def test_a_report_freezes_the_wallet_and_gives_back_what_is_unspent(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    mine = await desk.bought(mira, 70)
    order = await desk.bought(mira, 350)
    answer = await mira.http.post(f"/v1/recharges/{order['id']}/report")
    assert answer.status_code == 200, answer.text
    case = answer.json()
    assert (case["status"], case["recharge_id"]) == ("open", order["id"])
    assert [entry["what"] for entry in case["timeline"]] == ["reported", "refund_asked"]
    await desk.house.news.heard(order["id"], "reported")
    assert (await mira.read(order))["status"] == "refunded"
    assert (await mira.read(mine))["status"] == "credited"
    with pytest.raises(SpendingFrozen):
        await desk.spend(mira, 1)

    path = f"/v1/operator/cases/{case['id']}/resolve"
    decided = await ada.http.post(path, json={"decision": "refund", "note": "her card was stolen"})
    assert decided.status_code == 200, decided.text
    assert (decided.json()["status"], decided.json()["decision"]) == ("resolved", "refund")
    await desk.spend(mira, 1)
    shown = (await mira.http.get(f"/v1/cases/{case['id']}")).json()
    assert [(entry["what"], entry["by"]) for entry in shown["timeline"]] == [
        ("reported", "buyer"),
        ("refund_asked", "house"),
        ("no_refund", "operator"),
        ("decided_refund", "operator"),
    ]
    assert "stolen" not in str(shown)
    assert "stolen" in str(decided.json())


async def test_reporting_again_is_the_same_case(desk: Desk, mira: Buyer) -> None:
    order = await desk.bought(mira, 70)
    path = f"/v1/recharges/{order['id']}/report"
    answers = await asyncio.gather(*(mira.http.post(path) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1
    listed = (await mira.http.get("/v1/cases")).json()["data"]
    assert [one["recharge_id"] for one in listed] == [order["id"]]
    assert (await desk.purse(mira)).frozen_for == Freeze.SECURITY


async def test_spent_coins_wait_for_the_operator_who_may_let_it_be(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    await desk.spend(mira, 70)
    case = (await mira.http.post(f"/v1/recharges/{order['id']}/report")).json()
    assert [entry["what"] for entry in case["timeline"]] == ["reported", "no_refund"]
    path = f"/v1/operator/cases/{case['id']}/resolve"
    refused = await ada.http.post(path, json={"decision": "refund", "note": "try"})
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_refund")
    assert (await mira.http.get(f"/v1/cases/{case['id']}")).json()["status"] == "open"

    for _ in range(2):
        released = await ada.http.post(path, json={"decision": "release", "note": "her sister"})
        assert released.json()["decision"] == "release"
    assert not (await desk.purse(mira)).is_frozen
    other = await ada.http.post(path, json={"decision": "refund", "note": "no"})
    assert (other.status_code, other.json()["code"]) == (409, "case_closed")


async def test_a_case_stays_open_when_the_provider_gave_nothing_back(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    # While a bank has the payment the provider refunds nothing, and nobody told us of the bank.
    await mira.faults(order, lose=True)
    await desk.console(order, "dispute", stage="opened", fee=0)
    case = (await mira.http.post(f"/v1/recharges/{order['id']}/report")).json()
    told = [entry["what"] for entry in case["timeline"]]
    assert told == ["reported", "refund_asked", "no_refund"]
    path = f"/v1/operator/cases/{case['id']}/resolve"
    decision = {"decision": "refund", "note": "her card was stolen"}
    refused = await ada.http.post(path, json=decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_unavailable")
    assert (await mira.http.get(f"/v1/cases/{case['id']}")).json()["status"] == "open"
    assert (await desk.purse(mira)).frozen_for == Freeze.SECURITY

    await desk.console(order, "dispute", stage="won")
    decided = await ada.http.post(path, json=decision)
    assert (decided.status_code, decided.json()["status"]) == (200, "resolved")
    assert (await mira.read(order))["status"] == "refunded"


async def test_an_operator_may_refund_what_is_too_old_for_its_buyer(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    desk.house.clock.push(days=20)
    try:
        case = (await mira.http.post(f"/v1/recharges/{order['id']}/report")).json()
        assert (await mira.read(order))["status"] == "credited"
        path = f"/v1/operator/cases/{case['id']}/resolve"
        await ada.http.post(path, json={"decision": "refund", "note": "checked the sessions"})
        assert (await mira.read(order))["status"] == "refunded"
    finally:
        desk.house.clock.ahead = timedelta()


async def test_two_cases_keep_a_wallet_frozen_until_both_are_decided(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    cases = []
    for _ in range(2):
        order = await desk.bought(mira, 70)
        cases.append((await mira.http.post(f"/v1/recharges/{order['id']}/report")).json())
    for case, frozen in zip(cases, (True, False), strict=True):
        path = f"/v1/operator/cases/{case['id']}/resolve"
        await ada.http.post(path, json={"decision": "release", "note": "hers"})
        assert (await desk.purse(mira)).is_frozen is frozen


async def test_a_report_in_the_moment_of_a_decision_keeps_the_wallet_frozen(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    first, second = await desk.bought(mira, 70), await desk.bought(mira, 70)
    case = (await mira.http.post(f"/v1/recharges/{first['id']}/report")).json()
    path = f"/v1/operator/cases/{case['id']}/resolve"
    decision = {"decision": "release", "note": "hers"}
    async with asyncio.TaskGroup() as tasks, desk.house.database.work() as connection:
        reported = SupportCase(
            id=ids.make(), kind=UNAUTHORISED, account=mira.viewer.no, person=mira.viewer.id,
            recharge=ids.read("rch", second["id"]), state="open", decision=None,
            opened_at=desk.house.clock.now(), resolved_at=None,
        )  # fmt: skip
        await cases_store.insert_case(connection, reported)
        await ledger.freeze(connection, account=mira.viewer.no, reason=Freeze.SECURITY)
        deciding = tasks.create_task(ada.http.post(path, json=decision))
        # It has come as far as the wallet, or has decided without looking at it.
        await desk.house.count_reaches(
            1,
            "select (select count(*) from pg_locks where not granted)"
            " + (select count(*) from support_case where id = %s and state = 'resolved')",
            ids.read("cas", case["id"]),
        )
    assert deciding.result().status_code == 200
    assert (await desk.purse(mira)).frozen_for == Freeze.SECURITY


async def test_a_report_ends_no_freeze_that_an_operator_made(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    async with desk.house.database.work() as connection:
        await ledger.freeze(connection, account=mira.viewer.no)
    case = (await mira.http.post(f"/v1/recharges/{order['id']}/report")).json()
    path = f"/v1/operator/cases/{case['id']}/resolve"
    await ada.http.post(path, json={"decision": "release", "note": "hers"})
    assert (await desk.purse(mira)).frozen_for == Freeze.OPERATOR


async def test_cases_are_for_their_people_and_for_operators(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    order = await desk.bought(mira, 70)
    case = (await mira.http.post(f"/v1/recharges/{order['id']}/report")).json()
    oto = await desk.house.buyer()
    assert (await oto.http.get(f"/v1/cases/{case['id']}")).status_code == 404
    assert (await oto.http.get("/v1/cases")).json()["data"] == []
    assert (await mira.http.get("/v1/operator/cases")).status_code == 403
    path = f"/v1/operator/cases/{case['id']}/resolve"
    decision = {"decision": "release", "note": "mine"}
    assert (await mira.http.post(path, json=decision)).status_code == 403
    unclear = await ada.http.post(path, json={"decision": "perhaps", "note": "?"})
    assert unclear.status_code == 422
    listed = await ada.http.get("/v1/operator/cases", params={"status": "open", "limit": 1})
    assert listed.json()["data"][0]["id"] == case["id"]
    assert listed.json()["data"][0]["account_id"].startswith("acc_")
    more = await ada.http.get("/v1/operator/cases", params={"after": listed.json()["next"]})
    assert case["id"] not in {one["id"] for one in more.json()["data"]}


async def test_the_evidence_says_everything_and_no_secret(
    desk: Desk, mira: Buyer, ada: Buyer
) -> None:
    before = await desk.bought(mira, 70)
    await desk.spend(mira, 70)
    order = await desk.bought(mira, 350)
    await desk.spend(mira, 120)
    await desk.console(order, "dispute", stage="opened", fee=0)
    await desk.house.news.heard(order["id"], "dispute_opened")

    path = f"/v1/operator/recharges/{order['id']}/evidence"
    answer = await ada.http.get(path)
    assert answer.status_code == 200, answer.text
    pack = answer.json()
    assert pack["recharge"]["status"] == "disputed"
    assert pack["terms_version"] == order["terms"]["version"]
    assert pack["buyer"]["country"] == "US"
    assert len(pack["buyer"]["sessions"]) == 1
    assert [(use["kind"], use["coins"]) for use in pack["uses"]] == [("gift", 120)]
    assert [one["id"] for one in pack["earlier"]] == [before["id"]]
    assert [one["stage"] for one in pack["disputes"]] == ["opened"]
    assert len(pack["notices"]) == 2
    assert mira.viewer.email not in answer.text

    sheet = await ada.http.get(f"{path}/uses.csv")
    assert sheet.headers["content-type"].startswith("text/csv")
    first, second = sheet.text.splitlines()
    assert first == "id,at,kind,to,coins,coins_of_act"
    assert second.endswith(",gift,,120,120")
    assert (await mira.http.get(path)).status_code == 403
    missing = "/v1/operator/recharges/rch_0000000000000000000000000n/evidence"
    assert (await ada.http.get(missing)).status_code == 404
