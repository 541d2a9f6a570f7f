"""Bodies are read to the letter, and every refusal is a problem document."""

from __future__ import annotations

import pytest

from tests.conftest import Doors

WRONG = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"login": "x"}',
    b'{"login": 7, "password": "y"}',
    b'{"login": "x", "password": "y", "extra": 1}',
    b'{"login": NaN, "password": "y"}',
    b'{"login": ["x"], "password": "y"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", WRONG)
async def test_a_wrong_body_is_422_with_a_code_and_no_trace(doors: Doors, body: bytes) -> None:
    answer = await doors.client.post("/v1/sessions", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_request"
    assert problem["status"] == 422
    assert "Traceback" not in answer.text


async def test_a_huge_body_is_refused_unread(doors: Doors) -> None:
    answer = await doors.client.post("/v1/sessions", content=b" " * 300_000)
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("DELETE", "/v1/gifts", 405, "method_not_allowed"),
        ("GET", "/v1/rooms/rom_nonsense", 404, "not_found"),
        ("GET", "/v1/rooms/%00", 404, "not_found"),
        ("GET", "/v1/wallet/entries?limit=-1", 401, "sign_in_required"),
        ("GET", "/v1/rooms?limit=many", 422, "invalid_request"),
    ],
)
async def test_wrong_addresses_and_methods_are_problems_too(
    doors: Doors, method: str, path: str, status: int, code: str
) -> None:
    doors.client.cookies.clear()
    answer = await doors.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_api_describes_itself(doors: Doors) -> None:
    document = (await doors.client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "/v1/rooms/{room_id}/gifts" in document["paths"]
    page = await doors.client.get("/docs")
    assert "/v1/recharges" in page.text
    assert "<script" not in page.text
    problems = await doors.client.get("/docs/problems")
    assert "insufficient_coins" in problems.text


async def test_the_house_says_that_it_is_well(doors: Doors) -> None:
    assert (await doors.client.get("/healthz")).json() == {"status": "ok"}
    ready = (await doors.client.get("/readyz")).json()
    assert (ready["status"], ready["database"]) == ("ready", "ok")
    assert "python_info" in (await doors.client.get("/metrics")).text


async def test_every_answer_names_the_version_of_the_api(doors: Doors) -> None:
    for path in ("/healthz", "/v1/gifts", "/v1/nothing"):
        assert (await doors.client.get(path)).headers["x-largesse-api"] == "1"
