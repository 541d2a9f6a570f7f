"""A second factor through the doors: set up, asked for, used once, and removed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest

from largesse.kernel.errors import RateLimited
from largesse.people import Factors, StepUp, Viewer, require_step_up
from largesse.people.factor_errors import (
    SecondFactorMissing,
    SecondFactorRefused,
    StepUpRequired,
)
from largesse.people.factors import prove
from tests.conftest import Doors

PASSWORD = "a long walk home"
HALF_MINUTE = timedelta(seconds=30)


@dataclass
class Guarded:
    """Somebody whose account a second factor guards."""

    doors: Doors
    handle: str
    headers: dict[str, str]
    totp: pyotp.TOTP
    recovery_codes: list[str]

    async def sign_in(self, otp: str | None = None) -> httpx.Response:
        body = {"login": self.handle, "password": PASSWORD, "otp": otp}
        answer = await self.doors.client.post("/v1/sessions", json=body)
        self.doors.client.cookies.clear()
        return answer

    async def viewer(self) -> Viewer:
        return await self.doors.person(self.handle)

    @property
    def factors(self) -> Factors:
        return self.doors.house.factors


async def call(doors: Doors, verb: str, path: str, headers: dict[str, str], **body: Any) -> Any:
    return await doors.client.request(
        verb, f"/v1/me/factors{path}", headers=headers, json=body or None
    )


async def guarded(doors: Doors, handle: str) -> Guarded:
    """Set a factor up with the code of the last half minute, so that the next ones are unused."""
    headers = await doors.newcomer(handle)
    doors.client.cookies.clear()
    made = (await call(doors, "POST", "/totp", headers, password=PASSWORD)).json()
    totp = pyotp.TOTP(made["secret"])
    code = totp.at(doors.house.clock.now() - HALF_MINUTE)
    answer = await call(doors, "POST", "/totp/confirm", headers, code=code)
    assert answer.status_code == 200, answer.text
    return Guarded(doors, handle, headers, totp, answer.json()["recovery_codes"])


async def test_a_factor_is_pending_until_its_first_code_came_back(doors: Doors) -> None:
    headers = await doors.newcomer("pia")
    wrong = await call(doors, "POST", "/totp", headers, password="not it at all")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_refused")
    made = await call(doors, "POST", "/totp", headers, password=PASSWORD)
    assert made.status_code == 201
    assert made.json()["otpauth_url"].startswith("otpauth://totp/Largesse:pia?secret=")
    assert made.json()["qr_svg"].startswith("<svg")
    shown = (await call(doors, "GET", "", headers)).json()
    assert [one["status"] for one in shown["data"]] == ["pending"]
    signed_in = await doors.client.post("/v1/sessions", json={"login": "pia", "password": PASSWORD})
    assert signed_in.status_code == 201
    doors.client.cookies.clear()


async def test_setting_up_again_replaces_what_was_never_confirmed(doors: Doors) -> None:
    headers = await doors.newcomer("again")
    doors.client.cookies.clear()
    secrets = [
        (await call(doors, "POST", "/totp", headers, password=PASSWORD)).json()["secret"]
        for _ in range(2)
    ]
    now = doors.house.clock.now()
    old = await call(doors, "POST", "/totp/confirm", headers, code=pyotp.TOTP(secrets[0]).at(now))
    assert (old.status_code, old.json()["code"]) == (403, "second_factor_refused")
    new = await call(doors, "POST", "/totp/confirm", headers, code=pyotp.TOTP(secrets[1]).at(now))
    assert new.status_code == 200
    third = await call(doors, "POST", "/totp", headers, password=PASSWORD)
    assert (third.status_code, third.json()["code"]) == (409, "second_factor_set")


async def test_signing_in_takes_the_code_behind_the_right_password(doors: Doors) -> None:
    ana = await guarded(doors, "ana")
    missing = await ana.sign_in()
    assert (missing.status_code, missing.json()["code"]) == (401, "second_factor_required")
    assert "next" in missing.json()
    code = ana.totp.at(doors.house.clock.now())
    assert (await ana.sign_in(code)).status_code == 201
    again = await ana.sign_in(code)
    assert (again.status_code, again.json()["code"]) == (403, "second_factor_refused")
    body = {"login": "ana", "password": "not it at all", "otp": code}
    guess = await doors.client.post("/v1/sessions", json=body)
    assert guess.json()["code"] == "sign_in_refused"


async def test_a_recovery_code_works_once(doors: Doors) -> None:
    rui = await guarded(doors, "rui")
    assert len(rui.recovery_codes) == 10
    assert (await rui.sign_in(rui.recovery_codes[3])).status_code == 201
    assert (await rui.sign_in(rui.recovery_codes[3])).status_code == 403
    shown = (await call(doors, "GET", "", rui.headers)).json()
    assert shown["recovery_codes_left"] == 9


async def test_one_code_that_many_bring_at_once_opens_one_session(doors: Doors) -> None:
    eve = await guarded(doors, "eve")
    code, now, viewer = eve.totp.at(doors.house.clock.now()), doors.house.clock.now(), None
    viewer = await eve.viewer()
    answers = await asyncio.gather(
        *(prove(eve.factors, viewer, code, now=now) for _ in range(5)), return_exceptions=True
    )
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, SecondFactorRefused) for answer in answers) == 4


async def test_five_wrong_codes_slow_down_even_the_right_one(doors: Doors, now: datetime) -> None:
    leo = await guarded(doors, "leo")
    viewer = await leo.viewer()
    later = now + timedelta(minutes=1)
    for _ in range(5):
        with pytest.raises(SecondFactorRefused):
            await prove(leo.factors, viewer, "not-a-code", now=later)
    with pytest.raises(RateLimited):
        await prove(leo.factors, viewer, leo.totp.at(later), now=later)
    after = later + timedelta(minutes=6)
    await prove(leo.factors, viewer, leo.totp.at(after), now=after)


async def test_removing_it_takes_both_proofs(doors: Doors) -> None:
    kim = await guarded(doors, "kim")
    code = kim.totp.at(doors.house.clock.now())
    for body in ({"password": "not it", "code": code}, {"password": PASSWORD, "code": "000 000"}):
        answer = await call(doors, "DELETE", "/totp", kim.headers, **body)
        assert answer.status_code in (401, 403)
    gone = await call(doors, "DELETE", "/totp", kim.headers, password=PASSWORD, code=code)
    assert gone.status_code == 204
    assert (await kim.sign_in()).status_code == 201
    shown = (await call(doors, "GET", "", kim.headers)).json()
    assert (shown["data"], shown["recovery_codes_left"]) == ([], 0)


async def test_the_database_alone_tells_no_secret_and_no_recovery_code(doors: Doors) -> None:
    kai = await guarded(doors, "kai")
    async with doors.house.database.read() as connection:
        rows = await connection.execute(
            "select f::text || coalesce(string_agg(r::text, ''), '') from factor f"
            " join recovery_code r using (person) group by f.id"
        )
        kept = "".join(row[0] for row in await rows.fetchall())
    assert kai.totp.secret.encode().hex() not in kept
    assert not any(code.encode().hex() in kept or code in kept for code in kai.recovery_codes)


async def test_a_confirmation_holds_for_exactly_what_was_asked(doors: Doors, now: datetime) -> None:
    zoe = await guarded(doors, "zoe")
    viewer = await zoe.viewer()
    facts: dict[str, str | int] = {"amount_minor": 499, "currency": "USD", "target": "des_1"}

    async def step_up(given: StepUp, at: datetime = now, **changed: str | int) -> None:
        await require_step_up(
            zoe.factors, viewer, given, act="payout", bound_to=facts | changed, now=at
        )

    with pytest.raises(StepUpRequired) as asked:
        await step_up(StepUp())
    assert asked.value.bound_to == {"act": "payout", **facts}
    given = StepUp(asked.value.challenge, zoe.totp.at(now))
    for changed in ({"amount_minor": 500}, {"target": "des_2"}, {"currency": "EUR"}):
        with pytest.raises(StepUpRequired):
            await step_up(given, **changed)
    with pytest.raises(StepUpRequired):
        await step_up(given, at=now + timedelta(minutes=11))
    for broken in ("", "x", "99999999999.AAAA", f"{given.challenge}x", "²." + "A" * 43):
        with pytest.raises(StepUpRequired):
            await step_up(StepUp(broken, given.otp))
    await step_up(given)
    with pytest.raises(SecondFactorRefused):
        await step_up(given)


async def test_a_challenge_is_one_persons_and_one_acts(doors: Doors, now: datetime) -> None:
    joe, ida = await guarded(doors, "joe"), await guarded(doors, "ida")
    facts: dict[str, str | int] = {"amount_minor": 499}
    with pytest.raises(StepUpRequired) as asked:
        await require_step_up(
            joe.factors, await joe.viewer(), StepUp(), act="payout", bound_to=facts, now=now
        )
    for who, act in ((ida, "payout"), (joe, "auto_recharge")):
        given = StepUp(asked.value.challenge, who.totp.at(now))
        with pytest.raises(StepUpRequired):
            await require_step_up(
                who.factors, await who.viewer(), given, act=act, bound_to=facts, now=now
            )


async def test_without_a_factor_one_is_told_to_set_it_up(doors: Doors, now: datetime) -> None:
    await doors.newcomer("bare")
    doors.client.cookies.clear()
    with pytest.raises(SecondFactorMissing) as refused:
        await require_step_up(
            doors.house.factors,
            await doors.person("bare"),
            StepUp(),
            act="payout",
            bound_to={},
            now=now,
        )
    assert "Set up" in (refused.value.next or "")
