"""Every address that the API describes, asked with nonsense: a problem at worst, never a 500."""

from __future__ import annotations

import itertools
from typing import Any

from tests.journeys.house import House
from tests.journeys.people import Someone

NONSENSE = (
    "",
    "0",
    "-1",
    "7.5",
    "NaN",
    str(2**63),
    "9" * 400,
    "x",
    "%00",
    "\ufffd",
    "'--",
    "../..",
)


async def test_no_read_breaks_over_nonsense_in_its_address(house: House, mira: Someone) -> None:
    document = (await house.http.get("/openapi.json")).json()
    complaints = []
    for path, methods in document["paths"].items():
        for wrong in NONSENSE:
            for address, params in _requests(path, methods.get("get", {}), wrong):
                answer = await mira.get(address, **params)
                if answer.status_code >= 500:
                    complaints.append(f"{address} {params}: {answer.text[:200]}")
    assert not complaints, "\n".join(complaints)


async def test_what_is_ones_own_asks_a_stranger_to_sign_in(house: House) -> None:
    for path in ("/v1/me", "/v1/wallet", "/v1/wallet/entries", "/v1/recharges"):
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Cookie": "largesse=nonsense"}):
            answer = await house.http.get(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_required")


def _requests(path: str, about: dict[str, Any], wrong: str) -> list[tuple[str, dict[str, str]]]:
    names = [one["name"] for one in about.get("parameters", ()) if one["in"] == "query"]
    places = [one["name"] for one in about.get("parameters", ()) if one["in"] == "path"]
    address = path
    for place in places:
        address = address.replace("{" + place + "}", wrong or "-")
    several = [dict.fromkeys(some, wrong) for some in itertools.combinations(names, 2)]
    return [(address, params) for params in [{}, *({name: wrong} for name in names), *several]]
