"""Joining: once a name, never with a weak password, with an empty purse from the start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Doors

NEWCOMER = {
    "handle": "noor",
    "email": "noor@people.example",
    "password": "a long walk home",
    "birth_date": "1990-01-02",
    "country": "US",
}


async def test_a_newcomer_gets_an_account_a_token_and_an_empty_wallet(doors: Doors) -> None:
    answer = await doors.client.post("/v1/accounts", json=NEWCOMER)
    assert answer.status_code == 201
    account = answer.json()["account"]
    assert account["id"].startswith("acc_")
    assert (account["handle"], account["currency"]) == ("noor", "USD")
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    wallet = (await doors.client.get("/v1/wallet", headers=headers)).json()
    assert (wallet["coins"], wallet["held"], wallet["currency"]) == (0, 0, "USD")


async def test_the_browser_gets_a_cookie_that_scripts_cannot_read(doors: Doors) -> None:
    told = NEWCOMER | {"handle": "cookie", "email": "cookie@people.example"}
    answer = await doors.client.post("/v1/accounts", json=told)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    doors.client.cookies.clear()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"handle": "NOOR", "email": "other@people.example"}, 409, "handle_taken"),
        ({"handle": "noor2", "email": "NOOR@people.example"}, 409, "handle_taken"),
        ({"password": "password"}, 422, "weak_password"),
        ({"password": "fresh@people.example"}, 422, "weak_password"),
        ({"password": "short"}, 422, "invalid_request"),
        ({"handle": "no spaces"}, 422, "invalid_request"),
        ({"handle": "x"}, 422, "invalid_request"),
        ({"email": "nobody"}, 422, "invalid_request"),
        ({"country": "XX"}, 422, "invalid_request"),
        ({"country": "us"}, 422, "invalid_request"),
        ({"birth_date": "2020-01-01"}, 403, "age_restricted"),
        ({"birth_date": "1800-01-01"}, 422, "invalid_request"),
        ({"birth_date": "yesterday"}, 422, "invalid_request"),
        ({"birth_date": 19900102}, 422, "invalid_request"),
        ({"role": "operator"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_an_account_is_refused_with_its_code(
    doors: Doors, change: dict[str, Any], status: int, code: str
) -> None:
    await doors.client.post("/v1/accounts", json=NEWCOMER)
    told = NEWCOMER | {"handle": "fresh", "email": "fresh@people.example"} | change
    answer = await doors.client.post("/v1/accounts", json=told)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    doors.client.cookies.clear()
