"""Terms: orders keep the version that their buyer agreed to."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from largesse.kernel.postgres import Urls
from tests.recharge.house import Buyer, House


async def test_an_order_keeps_its_terms_when_new_ones_come(
    house: House, mira: Buyer, urls: Urls
) -> None:
    first = (await house.http.get("/v1/terms")).json()
    assert first["is_current"]
    assert "14 days" in first["text"]
    quoted = await mira.quote(70)
    assert quoted["terms"]["version"] == first["version"]
    assert "accepted_at" not in quoted["terms"], "a review is no agreement"
    agreed = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    assert "accepted_at" in agreed["terms"]

    tomorrow = house.clock.now() + timedelta(days=1)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("insert into terms values ('2027-01', 'New words.', %s)", (tomorrow,))
    assert (await house.http.get("/v1/terms")).json()["version"] == first["version"]
    assert (await house.http.get("/v1/terms/2027-01")).json()["is_current"] is False
    house.clock.push(days=2)
    try:
        assert (await house.http.get("/v1/terms")).json()["text"] == "New words."
        assert (await mira.quote(70))["terms"]["version"] == "2027-01"
        earlier = (await house.http.get(f"/v1/terms/{first['version']}")).json()
        assert earlier == first | {"is_current": False}
    finally:
        house.clock.push(days=-2)
    assert (await mira.read(agreed))["terms"]["version"] == first["version"]


@pytest.mark.parametrize("version", ["1999-01", "%27", "%00", "a" * 300])
async def test_terms_that_never_were_are_not_found(house: House, version: str) -> None:
    assert (await house.http.get(f"/v1/terms/{version}")).status_code == 404


async def test_nobody_rewrites_what_was_agreed_to(urls: Urls) -> None:
    for statement in ("update terms set text = ''", "delete from terms"):
        for url in (urls.app, urls.owner):
            with psycopg.connect(url) as connection, pytest.raises(psycopg.Error):
                connection.execute(statement)
