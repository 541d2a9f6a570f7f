"""What a price is made of, and the paper that says so: offers, coupons, terms and receipts."""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect
from pypdf import PdfReader

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.e2e.visitor import fact
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, sign_up

COUPON = f"SPRING{fresh_key('')[-5:].upper()}"


@pytest.fixture
async def buyer(house: House) -> Someone:
    return await sign_up(house, country="DE")


async def gives_out(house: House, *words: str) -> None:
    """A coupon from the operator's command line."""
    giving = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "largesse",
        "coupons",
        "add",
        *words,
        env={**os.environ, "LARGESSE_DATA_DIR": str(house.data_dir)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(60):
        assert await giving.wait() == 0


async def test_a_coupon_is_tucked_away_and_takes_off_what_the_review_says(
    arrive: Arrive, house: House, buyer: Someone
) -> None:
    await gives_out(house, COUPON, "--name", "Spring", "--percent", "20")
    visitor = await arrive(buyer, device="phone", still=True)
    visitor.may_say = re.compile("status of 4(09|22)")
    page = visitor.page
    await visitor.goes_to("/recharge")
    field = page.get_by_role("textbox", name="Coupon")
    await expect(field).to_be_hidden()
    await page.get_by_text("Have a coupon?").click()
    await field.fill("NOTHING4U")
    await visitor.button("Review").click()
    await expect(page.get_by_text("This coupon does not work here.")).to_be_visible()
    assert not await violations(visitor, "a coupon that does not work")

    await field.fill(COUPON.lower())
    await visitor.button("Review").click()
    order = page.get_by_role("region", name="Your order")
    await expect(fact(order, "Price")).to_have_text("€5.49")
    await expect(fact(order, "Discount · Spring")).to_have_text("−€1.09")
    await expect(fact(order, "Total")).to_have_text("€4.40")
    await expect(order.get_by_text(re.compile("19% included"))).to_be_visible()
    assert not await violations(visitor, "review with a discount")


async def test_a_receipt_is_a_pdf_with_the_lines_of_the_review(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer, still=True)
    page = visitor.page
    await visitor.goes_to("/recharge")
    await visitor.button("Review").click()
    await visitor.button(re.compile("^Pay €")).click()
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    link = visitor.link(re.compile("^Download the receipt"))
    await expect(link).to_be_visible()
    assert not await violations(visitor, "an order with its receipt")
    async with page.expect_download() as downloading:
        await link.click()
    file = await (await downloading.value).path()
    text = PdfReader(io.BytesIO(file.read_bytes())).pages[0].extract_text()
    number = re.search(r"Receipt (\S+), PDF", await link.inner_text())
    assert number is not None
    assert number[1] in text
    assert "5.49" in text or "5,49" in text


async def test_the_review_leads_to_the_very_terms_that_the_order_is_under(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer, still=True)
    await visitor.goes_to("/recharge")
    await visitor.button("Review").click()
    async with visitor.context.expect_page() as opening:
        await visitor.link(re.compile("^Terms of ")).click()
    terms = await opening.value
    await expect(terms.get_by_role("heading", name="Terms")).to_be_visible()
    order = (await buyer.get("/v1/recharges")).json()["data"][0]
    assert terms.url.endswith(f"/terms/{order['terms']['version']}")
    await expect(terms.get_by_text(f"Version {order['terms']['version']}")).to_be_visible()
    await terms.close()
    # The order is where it was.
    await expect(visitor.button(re.compile("^Pay €"))).to_be_visible()
    await visitor.goes_to("/terms")
    await expect(visitor.heading("Terms")).to_be_visible()
    assert not await violations(visitor, "terms")


async def test_a_first_recharge_offer_shows_what_it_costs_otherwise(
    arrive: Arrive, house: House, buyer: Someone
) -> None:
    await house.ask_database(
        "insert into offer (id, pack, name, price, is_first, starts_at)"
        " select gen_random_uuid(), id, 'First recharge', 399, true, timestamptz '2020-01-01'"
        " from pack where country = 'DE' and coins = 350 and is_offered returning id"
    )
    visitor = await arrive(buyer, device="phone", still=True)
    page = visitor.page
    await visitor.goes_to("/recharge")
    pack = page.locator("label").filter(has_text="First recharge")
    await expect(pack).to_contain_text(re.compile("before ?€5.49"))
    await expect(pack).to_contain_text("€3.99")
    assert not await violations(visitor, "packs with an offer")
    await visitor.button("Review").click()
    order = page.get_by_role("region", name="Your order")
    await expect(fact(order, "Discount · First recharge")).to_have_text("−€1.50")
    await expect(fact(order, "Total")).to_have_text("€3.99")
    await house.ask_database("update offer set ends_at = starts_at + interval '1 day' returning id")
