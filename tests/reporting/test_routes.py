"""The operator's reports over HTTP: what they say, in both forms, and to whom."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from largesse.people import grant_operator, revoke_operator
from largesse.reporting import shapes
from tests.conftest import Doors
from tests.gifts.test_send import live_room, send

REPORTS = {
    "/v1/operator/accounts/report_mira:paid/statement": shapes.StatementShown,
    "/v1/operator/accounts/house:deferred_revenue/statement": shapes.StatementShown,
    "/v1/operator/trial-balance": shapes.TrialBalanceShown,
    "/v1/operator/unused-coins": shapes.UnusedCoinsShown,
    "/v1/operator/breakage": shapes.BreakageShown,
}


@dataclass
class Desk:
    """An operator's desk in a house where something happened, and a person who is no operator."""

    doors: Doors
    ada: dict[str, str]
    mira: dict[str, str]

    async def get(self, path: str, *, accept: str = "*/*", **query: str) -> httpx.Response:
        headers = self.ada | {"Accept": accept}
        return await self.doors.client.get(path, params=query, headers=headers)

    async def report(self, path: str, **query: str) -> dict[str, Any]:
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(doors: Doors) -> Desk:
    room = await live_room(doors, "report_oto")
    mira = await doors.newcomer("report_mira")
    ada = await doors.newcomer("report_ada")
    await doors.give_coins("report_mira", 100)
    for n in range(3):
        await send(doors, room, mira, f"tap-{n}", gift="coffee")
    await grant_operator(doors.house.database, handle="report_ada")
    return Desk(doors, ada, mira)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cell(value: object) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("path", REPORTS)
async def test_the_csv_is_the_lines_of_the_json(desk: Desk, path: str) -> None:
    to = {"to": "2030-01-01"} if "statement" in path or "breakage" in path else {"at": "2030-01-01"}
    told = await desk.report(path, **to)
    sheet = await desk.get(path, format="csv", **to)
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    assert told["lines"]
    assert rows_of(sheet.text) == [
        {name: as_cell(value) for name, value in line.items()} for line in told["lines"]
    ]


@pytest.mark.parametrize("path", REPORTS)
async def test_a_report_is_what_the_api_describes(desk: Desk, path: str) -> None:
    answer = await desk.get(path)
    shape = REPORTS[path]
    assert msgspec.json.encode(msgspec.json.decode(answer.content, type=shape)) == (
        msgspec.json.encode(json.loads(answer.content))
    )
    assert answer.headers["cache-control"] == "no-store"


async def test_a_statement_tells_every_leg_between_two_balances(desk: Desk) -> None:
    told = await desk.report("/v1/operator/accounts/report_mira:paid/statement")
    assert told["account"]["words"] == "report_mira:paid"
    assert told["from"] is None
    assert told["balances"] == [
        {"asset": "COIN", "opening": 0, "debits": 30, "credits": 100, "closing": 70}
    ]
    assert [(x["what"], x["kind"], x["debit"], x["credit"], x["balance"]) for x in told["lines"]] == [
        ("opening", None, None, None, 0),
        ("leg", "recharge", 0, 100, 100),
        ("leg", "gift", 10, 0, 90),
        ("leg", "gift", 10, 0, 80),
        ("leg", "gift", 10, 0, 70),
        ("closing", None, 30, 100, 70),
    ]  # fmt: skip
    assert {x["counter_name"] for x in told["lines"] if x["kind"] == "gift"} == {
        "coins spent on gifts (1)"
    }
    number = told["account"]["number"]
    assert await desk.report(
        f"/v1/operator/accounts/{number}/statement", to=told["to"]
    ) == await desk.report("/v1/operator/accounts/report_mira:paid/statement", to=told["to"])


async def test_a_period_opens_with_what_was_before(desk: Desk) -> None:
    whole = await desk.report("/v1/operator/accounts/report_mira:paid/statement")
    second = whole["lines"][3]["at"]
    late = await desk.report("/v1/operator/accounts/report_mira:paid/statement", **{"from": second})
    assert late["balances"][0]["opening"] == 90
    assert [x["journal_id"] for x in late["lines"] if x["what"] == "leg"] == [
        x["journal_id"] for x in whole["lines"][3:5]
    ]
    early = await desk.report("/v1/operator/accounts/report_mira:paid/statement", to=second)
    assert early["balances"][0]["closing"] == 90


async def test_the_reports_agree_about_what_is_left(desk: Desk) -> None:
    trial = await desk.report("/v1/operator/trial-balance")
    paid = next(x for x in trial["lines"] if (x["what"], x["code"]) == ("people", 100))
    assert trial["balances"] is True
    assert (paid["credit_balance"], paid["debit_balance"]) == (70, 0)
    unused = await desk.report("/v1/operator/unused-coins")
    assert unused["lines"] == [
        {
            "pool": "paid", "country": "US", "currency": "USD", "coins": 70,
            "value_micro": 700_000, "tax_micro": 0,
        }
    ]  # fmt: skip
    breakage = await desk.report("/v1/operator/breakage")
    assert [(x["what"], x["days_min"], x["days_max"], x["coins"]) for x in breakage["lines"]] == [
        ("unused", 0, 30, 70)
    ]
    assert (await desk.report("/v1/operator/unused-coins", at="2001-01-01"))["lines"] == []


async def test_the_form_is_asked_for_by_address_or_by_header(desk: Desk) -> None:
    path = "/v1/operator/trial-balance"
    for accept, query, form in (
        ("*/*", {}, "application/json"),
        ("text/csv", {}, "text/csv"),
        ("text/csv;q=0.5, application/json", {}, "application/json"),
        ("text/html", {}, "application/json"),
        ("application/json", {"format": "csv"}, "text/csv"),
        ("text/csv", {"format": "json"}, "application/json"),
    ):
        answer = await desk.get(path, accept=accept, **query)
        assert answer.headers["content-type"].partition(";")[0] == form


@pytest.mark.parametrize("path", REPORTS)
async def test_only_operators_read_reports(desk: Desk, path: str) -> None:
    answer = await desk.doors.client.get(path, headers=desk.mira)
    assert (answer.status_code, answer.json()["code"]) == (403, "operators_only")
    desk.doors.client.cookies.clear()
    answer = await desk.doors.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


@pytest.mark.parametrize(
    "account",
    [
        "nobody_of_this_name:paid", "report_mira:gold", "report_mira:", ":paid", ":", "x", "0", "-1",
        "100", "999", "1042999", "7.5", "1e9", "٤٢١٠٠", str(2**63), "9" * 400, "house:paid:x",
        "%00:paid", "'--:paid", "Report_Mira:paid",
    ],
)  # fmt: skip
async def test_an_account_that_is_none_is_not_found(desk: Desk, account: str) -> None:
    answer = await desk.get(f"/v1/operator/accounts/{account}/statement")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", REPORTS)
@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "9999-12-31", "", "2026-03-31T10:00"])
async def test_a_day_that_is_none_is_a_problem(desk: Desk, path: str, wrong: str) -> None:
    named = "at" if path.endswith(("balance", "coins")) else "to"
    answer = await desk.get(path, **{named: wrong})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (
        422,
        "invalid_request",
        named,
    )
    answer = await desk.get(path, format="xlsx")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_signing_up_makes_no_operator_and_revoking_unmakes_one(desk: Desk) -> None:
    told = {
        "handle": "report_eve", "email": "eve@people.example", "password": "a long walk home",
        "birth_date": "1990-01-02", "country": "US", "role": "operator",
    }  # fmt: skip
    refused = await desk.doors.client.post("/v1/accounts", json=told)
    assert refused.status_code == 422
    database = desk.doors.house.database
    eve = await desk.doors.newcomer("report_eve")
    path = "/v1/operator/unused-coins"
    assert (await desk.doors.client.get(path, headers=eve)).status_code == 403
    assert (await grant_operator(database, handle="report_eve")).is_operator
    assert (await desk.doors.client.get(path, headers=eve)).status_code == 200
    assert not (await revoke_operator(database, handle="report_eve")).is_operator
    assert (await desk.doors.client.get(path, headers=eve)).status_code == 403
