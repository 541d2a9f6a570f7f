"""Every body that the API describes, sent wrong in every way: a problem, and nothing moved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.journeys.house import House
from tests.journeys.people import Someone, fresh_key, sign_up

# A body that each door would take, so that only the one wrong field can be at fault.
GOOD: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/v1/accounts"): {
        "handle": "attacker",
        "email": "attacker@example.org",
        "password": "open sesame largesse",
        "birth_date": "1990-01-01",
        "country": "US",
    },
    ("post", "/v1/sessions"): {"login": "mira", "password": "open sesame largesse"},
    ("patch", "/v1/me"): {"name": "Somebody"},
    ("post", "/v1/me/factors/totp"): {"password": "open sesame largesse"},
    ("post", "/v1/me/factors/totp/confirm"): {"code": "123456"},
    ("delete", "/v1/me/factors/totp"): {"password": "open sesame largesse", "code": "123456"},
    ("put", "/v1/auto-recharge"): {
        "threshold": 50,
        "pack_id": "pck_01k9x00000e00s000000000000",
        "saved_method_id": "sav_01k9x00000e00s000000000000",
        "monthly_cap": {"amount": 500, "currency": "USD"},
    },
    ("post", "/v1/recharges"): {"coins": 100, "method": "card"},
    ("post", "/v1/recharges/{recharge_id}/proof"): {"proof": "what a store signed"},
    ("post", "/v1/codes/redeem"): {"code": "7KQ2-M9XD-40TR-VNE5-C"},
    ("post", "/v1/rooms"): {"title": "A room"},
    ("post", "/v1/rooms/{room_id}/gifts"): {"gift": "rose", "count": 1},
    ("post", "/v1/rooms/{room_id}/messages"): {"text": "hello"},
    ("post", "/v1/operator/cases/{case_id}/resolve"): {"decision": "release", "note": "why"},
}
NUMBERS = ['"7"', "7.5", "7.0", "1e1", "NaN", "Infinity", "-1", "0", str(2**53), "1" * 400]
NO_NUMBERS = ["true", "[]", "{}", '""', "[7]"]
TEXTS = ["7", "7.5", "true", "[]", "{}", '["x"]', "NaN", '""', json.dumps("x" * 100_000)]
WHOLE = ["", " ", "null", "7", '"text"', "[]", "{", '{"a":}', "\ufeff{}", "[" * 50_000]


@dataclass(frozen=True, slots=True)
class Attack:
    """One wrong request."""

    what: str
    method: str
    path: str
    content: bytes
    kind: str = "application/json"


async def test_every_described_body_is_known_to_this_test(house: House) -> None:
    document = (await house.http.get("/openapi.json")).json()
    described = {
        (method, path)
        for path, methods in document["paths"].items()
        for method, about in methods.items()
        if "requestBody" in about
    }
    assert described == set(GOOD)


@pytest.mark.parametrize(("method", "path"), list(GOOD))
async def test_a_wrong_body_is_a_problem_and_changes_nothing(
    house: House, room: str, method: str, path: str
) -> None:
    attacker = await sign_up(house)
    await attacker.recharge(coins=50)
    document = (await house.http.get("/openapi.json")).json()
    before = await _digest(house, attacker)

    complaints: list[str] = []
    for attack in _attacks(document, method, path):
        answer = await _strike(house, attacker, attack, room=room)
        complaints += _complaints(attack, answer)

    assert not complaints, "\n".join(complaints)
    assert await _digest(house, attacker) == before


async def test_deep_nesting_inside_a_field_is_only_a_wrong_type(
    house: House, mira: Someone, room: str
) -> None:
    deep = b'{"gift": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}"
    attack = Attack("deep", "post", "/v1/rooms/{room_id}/gifts", deep)
    answer = await _strike(house, mira, attack, room=room)
    assert not list(_complaints(attack, answer))


async def test_ids_of_nobody_and_of_others_are_not_found(
    house: House, mira: Someone, room: str
) -> None:
    other_kind = f"snd_{room.removeprefix('rom_')}"
    for wrong in ("rom_00000000000000000000000000", "rom_x", other_kind, "%00", "1", "'--"):
        for answer in (
            await mira.get(f"/v1/rooms/{wrong}"),
            await mira.send_gift("rose", room=wrong),
            await mira.post(f"/v1/rooms/{wrong}/messages", {"text": "hello"}),
            await mira.post(f"/v1/rooms/{wrong}/close"),
            await mira.get(f"/v1/recharges/{wrong}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), wrong
    closing = await mira.post(f"/v1/rooms/{room}/close")
    assert (closing.status_code, closing.json()["code"]) == (404, "not_found")
    unknown = await mira.send_gift("no-such-gift", room=room)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    pack = await mira.post(
        "/v1/recharges", {"pack_id": "pck_nothing", "method": "card"}, key=fresh_key()
    )
    assert (pack.status_code, pack.json()["code"]) == (404, "not_found")


def _attacks(document: dict[str, Any], method: str, path: str) -> Iterator[Attack]:
    about = document["paths"][path][method]["requestBody"]["content"]["application/json"]
    schema = document["components"]["schemas"][about["schema"]["$ref"].rpartition("/")[2]]
    good = GOOD[method, path]
    for name, field in schema["properties"].items():
        for value in _wrong_values(field):
            # Absent from the good body where two fields exclude one another.
            rest = {key: one for key, one in good.items() if key not in {name, "coins"}}
            text = json.dumps(rest)[:-1] + (", " if rest else "") + f'"{name}": {value}}}'
            yield Attack(f"{name}={value[:20]}", method, path, text.encode())
    for name in schema.get("required", ()):
        without = {key: one for key, one in good.items() if key != name}
        for wrong in (without, good | {name: None}):
            yield Attack(f"no {name}", method, path, json.dumps(wrong).encode())
    for content in WHOLE:
        yield Attack(f"whole {content[:20]!r}", method, path, content.encode())
    fine = json.dumps(good).encode()
    yield Attack("unknown", method, path, json.dumps(good | {"surprise": 1}).encode())
    yield Attack("a list of it", method, path, b"[" + fine + b"]")
    yield Attack("huge", method, path, fine + b" " * 300_000)
    yield Attack("not text", method, path, b"\xff\xfe\x00")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        yield Attack(kind, method, path, b"a=1&b=2", kind)


def _wrong_values(field: dict[str, Any]) -> Iterator[str]:
    if '"integer"' in json.dumps(field):
        yield from NUMBERS + NO_NUMBERS
    elif '"boolean"' in json.dumps(field):
        yield from (text for text in TEXTS if text != "true")
    else:
        # An empty text is wrong only where the description says so.
        yield from (text for text in TEXTS if text != '""' or "minLength" in field)


async def _strike(house: House, attacker: Someone, attack: Attack, *, room: str) -> httpx.Response:
    headers = {"Content-Type": attack.kind, "Idempotency-Key": fresh_key("attack")}
    return await house.http.request(
        attack.method,
        attack.path.replace("{room_id}", room),
        content=attack.content,
        headers=attacker.headers | headers,
    )


def _complaints(attack: Attack, answer: httpx.Response) -> Iterator[str]:
    where = f"{attack.method} {attack.path} {attack.what}"
    if not 400 <= answer.status_code < 500:
        yield f"{where}: {answer.status_code} {answer.text[:200]}"
    elif answer.headers["content-type"] != "application/problem+json":
        yield f"{where}: {answer.headers['content-type']}"
    elif not answer.json().get("code") or answer.json()["status"] != answer.status_code:
        yield f"{where}: {answer.text[:200]}"


async def _digest(house: House, who: Someone) -> list[object]:
    """Everything that a wrong request could have moved."""
    rooms = (await house.http.get("/v1/rooms")).json()["data"]
    orders = (await who.get("/v1/recharges")).json()["data"]
    return [
        await who.wallet(),
        await who.entries(),
        [order["id"] for order in orders],
        (await who.get("/v1/me")).json(),
        [room["id"] for room in rooms],
        await house.ask_database("select count(*) from chat_message"),
        await house.ask_database("select count(*) from ledger.journal"),
    ]
