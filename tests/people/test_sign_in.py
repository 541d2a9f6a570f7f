"""Signing in and out, and who is let through which door."""

from __future__ import annotations

from tests.conftest import Doors

PASSWORD = "a long walk home"


async def test_one_signs_in_with_handle_or_address_and_out_again(doors: Doors) -> None:
    await doors.newcomer("ines")
    for login in ("ines", "@Ines", "INES@people.example"):
        answer = await doors.client.post(
            "/v1/sessions", json={"login": login, "password": PASSWORD}
        )
        assert answer.status_code == 201
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await doors.client.get("/v1/me", headers=headers)).json()["handle"] == "ines"
    assert (await doors.client.delete("/v1/sessions/current", headers=headers)).status_code == 204
    assert (await doors.client.get("/v1/me", headers=headers)).status_code == 401
    doors.client.cookies.clear()


async def test_a_wrong_password_and_an_unknown_name_look_the_same(doors: Doors) -> None:
    await doors.newcomer("omar")
    wrong = {"login": "omar", "password": "not it at all"}
    unknown = {"login": "nobody-here", "password": "not it at all"}
    answers = [await doors.client.post("/v1/sessions", json=body) for body in (wrong, unknown)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    doors.client.cookies.clear()


async def test_guessing_slows_down(doors: Doors) -> None:
    await doors.newcomer("guessed")
    guess = {"login": "guessed", "password": "wrong again"}
    answers = [await doors.client.post("/v1/sessions", json=guess) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    doors.client.cookies.clear()


async def test_a_cookie_is_not_enough_when_another_site_sends_the_request(doors: Doors) -> None:
    headers = await doors.newcomer("carla")
    doors.client.cookies.clear()
    cookie = {"Cookie": f"largesse={headers['Authorization'].removeprefix('Bearer ')}"}
    own = {"Origin": "http://127.0.0.1:8400"}
    change = {"name": "Carla C."}
    mine = await doors.client.patch("/v1/me", json=change, headers=cookie | own)
    assert mine.status_code == 200
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await doors.client.patch("/v1/me", json=change, headers=cookie | foreign)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_refused")


async def test_another_site_cannot_sign_a_browser_in(doors: Doors) -> None:
    """Somebody signed in to an attacker's account would fill the attacker's purse."""
    await doors.newcomer("lure")
    doors.client.cookies.clear()
    answer = await doors.client.post(
        "/v1/sessions",
        json={"login": "lure", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_refused")
    assert "set-cookie" not in answer.headers


async def test_tokens_and_passwords_are_kept_as_digests_only(doors: Doors) -> None:
    headers = await doors.newcomer("secret")
    token = headers["Authorization"].removeprefix("Bearer ")
    async with doors.house.database.read() as connection:
        rows = await connection.execute(
            "select p::text || s::text from person p join session s on s.person = p.no"
            " where handle = 'secret'"
        )
        row = await rows.fetchone()
    assert row is not None
    assert token not in row[0]
    assert PASSWORD not in row[0]
    assert "$argon2id$" in row[0]
    doors.client.cookies.clear()
