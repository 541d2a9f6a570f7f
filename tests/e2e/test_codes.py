"""A gift code from the command line becomes coins on a phone."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import sys
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import sign_up


async def issued(house: House, *words: str) -> list[str]:
    """Codes as the operator's command prints them."""
    printing = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "largesse",
        "codes",
        "issue",
        *words,
        env={**os.environ, "LARGESSE_DATA_DIR": str(house.data_dir)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, _ = await printing.communicate()
    assert printing.returncode == 0
    return [row["code"] for row in csv.DictReader(said.decode().splitlines())]


async def test_a_pasted_code_is_put_in_order_and_becomes_coins_once(
    arrive: Arrive, house: House
) -> None:
    [code] = await issued(house, "--count", "1", "--promo", "200")
    person = await sign_up(house)
    visitor = await arrive(person, device="phone", still=True)
    visitor.may_say = re.compile("status of 409")
    page = visitor.page
    await visitor.goes_to("/me")
    await visitor.link("Redeem a code").click()
    field = page.get_by_label("Gift code")
    await expect(visitor.button("Redeem")).to_be_disabled()
    assert not await violations(visitor, "gift code")

    # Typed wrongly it says so and keeps what was typed.
    wrong = code[:-3] + ("A" if code[-3] != "A" else "B") + code[-2:]
    await field.fill(wrong.lower())
    await expect(field).to_have_value(wrong)
    await visitor.button("Redeem").click()
    await expect(page.get_by_text("a symbol is wrong or missing")).to_be_visible()
    await expect(field).to_have_value(wrong)

    await field.fill(f"  {code.lower().replace('-', ' ')} ")
    await expect(field).to_have_value(code)
    await visitor.button("Redeem").click()
    await expect(visitor.heading("200 coins are yours.")).to_be_visible()
    assert not await violations(visitor, "gift code redeemed")
    await expect(visitor.link("Recharge, 200 coins now")).to_be_visible()
    assert await person.coins() == 200

    # Somebody else has no use for it any more.
    other = await arrive(await sign_up(house))
    other.may_say = re.compile("status of 409")
    await other.goes_to("/codes")
    await other.page.get_by_label("Gift code").fill(code)
    await other.button("Redeem").click()
    await expect(other.page.get_by_text("This gift code cannot be redeemed.")).to_be_visible()
