"""Receipts: numbered without a gap, printed as it was, for their owner alone."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from pypdf import PdfReader

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.postgres import Urls
from largesse.recharge import Issuer, Recharging, number_papers
from largesse.recharge.papers import store as receipts_store
from largesse.recharge.papers.receipts import Given, write_credit_note, write_credit_note_of_rest
from tests.recharge.house import Buyer, House
from tests.recharge.test_notices import PATH, paid, signed

NUMBERS = (
    "select number from paper where series = '' and kind = 'receipt' and number is not null"
    " order by number"
)


async def bought(house: House, buyer: Buyer, coins: int = 350, **more: Any) -> dict[str, Any]:
    """An order that is paid and credited."""
    quoted = await buyer.quote(coins, **more)
    order = (await buyer.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    body = paid(order)
    answer = await house.http.post(PATH, content=body, headers=signed(house, body))
    assert answer.status_code == 204
    return await buyer.read(order)


async def printed(buyer: Buyer, url: str) -> str:
    """The words of a PDF."""
    answer = await buyer.http.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


async def gapless(house: House) -> list[int]:
    """All numbers given out, once it is certain that they are 1, 2, 3 and so on."""
    numbers = [row[0] for row in await house.rows(NUMBERS)]
    assert numbers == list(range(1, len(numbers) + 1))
    return numbers


async def test_a_receipt_says_everything_that_was_paid(house: House) -> None:
    greta = await house.buyer(country="DE")
    order = await bought(house, greta, 7000)
    await number_papers(house.recharging, now=house.clock.now())
    receipt = (await greta.read(order))["receipt"]
    said = await printed(greta, receipt["url"])
    number = receipt["number"]
    assert number.startswith(f"{house.clock.now().year}-")
    for words in (
        "Receipt", number, "Germany", greta.viewer.name, "7,000 coins", "250 bonus coins",
        "€104.99", "Price without tax", "€88.23", "VAT 19 %", "€16.76", "Total paid", "Card",
        order["id"], "jrn_", "2026-11",
    ):  # fmt: skip
        assert words in said, words


async def test_a_discount_is_a_line_of_its_own(house: House, mira: Buyer) -> None:
    from largesse.recharge import NewCoupon, add_coupon

    async with house.database.work() as connection:
        new = NewCoupon("PRINTED", name="Autumn thanks", percent=10)
        await add_coupon(connection, new, now=house.clock.now())
    order = await bought(house, mira, 700, coupon="PRINTED")
    said = await printed(mira, f"/v1/recharges/{order['id']}/receipt")
    for words in ("$9.99", "Autumn thanks", "−$0.99", "$9.00"):
        assert words in said, words


@pytest.mark.parametrize(
    ("country", "total"),
    [("JP", "¥800"), ("KW", "KWD\u00a01.550"), ("KR", "₩6,900"), ("IN", "₹449.00")],
)
async def test_money_is_printed_in_its_own_places(house: House, country: str, total: str) -> None:
    buyer = await house.buyer(country=country)
    order = await bought(house, buyer)
    said = await printed(buyer, f"/v1/recharges/{order['id']}/receipt")
    assert total.replace("\u00a0", " ") in said.replace("\u00a0", " ")


async def test_the_same_receipt_is_the_same_bytes(house: House, mira: Buyer) -> None:
    order = await bought(house, mira)
    url = f"/v1/recharges/{order['id']}/receipt"
    first, again = [(await mira.http.get(url)).content for _ in range(2)]
    assert first == again
    assert first.startswith(b"%PDF")


async def test_whoever_asks_before_the_job_came_gets_the_number_at_once(
    house: House, mira: Buyer
) -> None:
    order = await bought(house, mira)
    assert "receipt" not in order
    await printed(mira, f"/v1/recharges/{order['id']}/receipt")
    assert "receipt" in await mira.read(order)


async def test_a_receipt_is_for_its_owner_alone(house: House, mira: Buyer) -> None:
    order = await bought(house, mira)
    other = await house.buyer()
    assert (await other.http.get(f"/v1/recharges/{order['id']}/receipt")).status_code == 404
    assert (await house.http.get(f"/v1/recharges/{order['id']}/receipt")).status_code == 401
    unpaid = await mira.order(70)
    assert (await mira.http.get(f"/v1/recharges/{unpaid['id']}/receipt")).status_code == 404


async def test_fifty_credits_while_three_workers_number(house: House, urls: Urls) -> None:
    buyers = await asyncio.gather(*(house.buyer() for _ in range(10)))
    gate, done = asyncio.Semaphore(5), asyncio.Event()

    async def buy(buyer: Buyer) -> None:
        async with gate:
            await bought(house, buyer)

    async def work(recharging: Recharging) -> None:
        while not done.is_set():
            await number_papers(recharging, now=house.clock.now())
            await asyncio.sleep(0.01)

    apart = Database(urls.app, connections_max=3, patient=True)
    await apart.open()
    elsewhere = replace(house.recharging, database=apart)
    workers = [asyncio.create_task(work(elsewhere)) for _ in range(3)]
    try:
        await asyncio.gather(*(buy(buyer) for buyer in buyers for _ in range(5)))
    finally:
        done.set()
        await asyncio.gather(*workers)
        await apart.close()
    await number_papers(house.recharging, now=house.clock.now())
    waiting = await house.rows("select count(*) from paper where number is null")
    assert waiting == [(0,)]
    assert len(await gapless(house)) >= 50


async def test_a_crash_while_numbering_leaves_no_gap(house: House, mira: Buyer, urls: Urls) -> None:
    for _ in range(5):
        await bought(house, mira)
    before = await house.rows("select count(*) from paper where number is null")
    with pytest.raises(psycopg.OperationalError):
        async with await psycopg.AsyncConnection.connect(urls.app) as connection:
            taken = await receipts_store.number(connection, issuer=Issuer(), limit=200)
            assert len(taken) == before[0][0] >= 5
            with psycopg.connect(urls.owner, autocommit=True) as owner:
                owner.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
            await connection.execute("select 1")
    assert await house.rows("select count(*) from paper where number is null") == before
    assert await number_papers(house.recharging, now=house.clock.now()) == before[0][0]
    await gapless(house)


async def test_numbers_follow_the_order_of_the_books(house: House, mira: Buyer) -> None:
    await number_papers(house.recharging, now=house.clock.now())
    for _ in range(4):
        await bought(house, mira)
    await number_papers(house.recharging, now=house.clock.now())
    rows = await house.rows(
        "select seq from paper where account = %s order by number", mira.viewer.no
    )
    assert rows == sorted(rows)


async def test_a_number_and_a_mail_come_together(house: House, mira: Buyer) -> None:
    order = await bought(house, mira)
    await number_papers(house.recharging, now=house.clock.now())
    await number_papers(house.recharging, now=house.clock.now())
    number = (await mira.read(order))["receipt"]["number"]
    rows = await house.rows(
        "select subject, text, attached is not null from mail where recipient = %s",
        mira.viewer.email,
    )
    assert len(rows) == 1
    subject, text, has_paper = rows[0]
    assert subject == f"Your receipt {number}"
    assert has_paper
    assert f"{house.url}/recharge/{order['id']}?report=1" in text
    assert "350 coins" in text


async def test_a_refund_has_a_credit_note_with_a_number_of_its_own(house: House) -> None:
    greta = await house.buyer(country="DE")
    order = await greta.order(700)
    await greta.pay(order)
    await house.news.heard(order["id"], "credited")
    answer = await greta.post(f"/v1/recharges/{order['id']}/refund")
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "refunded"
    await number_papers(house.recharging, now=house.clock.now())

    after = await greta.read(order)
    (note,) = after["credit_notes"]
    assert note["number"].startswith(f"CN-{house.clock.now().year}-")
    said = await printed(greta, note["url"])
    for words in (
        "Credit note", note["number"], after["receipt"]["number"], "700 coins taken back",
        "€10.99", "VAT 19 %", "€1.75", "Total refunded",
    ):  # fmt: skip
        assert words in said, words
    other = await house.buyer()
    assert (await other.http.get(note["url"])).status_code == 404
    assert (await greta.http.get(f"{note['url']}9")).status_code == 404
    mails = await house.rows(
        "select kind, subject from mail where recipient = %s order by id", greta.viewer.email
    )
    assert mails == [
        ("receipt", f"Your receipt {after['receipt']['number']}"),
        ("credit_note", "Your refund of €10.99"),
    ]


async def test_a_payment_that_is_taken_back_has_a_credit_note_of_the_rest(
    house: House, mira: Buyer
) -> None:
    order = await bought(house, mira, 350)
    recharge = ids.read("rch", order["id"])
    given = Given(recharge, cause=ids.make(), journal=ids.make(), seq=10**12, at=house.clock.now())
    async with house.database.work() as connection:
        await write_credit_note(connection, given, coins=100, amount=143, tax=0)
        await write_credit_note(connection, given, coins=100, amount=143, tax=0)
        await write_credit_note_of_rest(connection, replace(given, cause=ids.make()))
        await write_credit_note_of_rest(connection, replace(given, cause=ids.make()))
    rows = await house.rows(
        "select (facts->>'coins')::int, (facts->>'total')::int from paper where recharge = %s"
        " and kind = 'credit_note' order by id",
        recharge,
    )
    assert rows == [(100, 143), (250, 356)]


async def test_a_numbered_paper_never_changes(house: House, mira: Buyer, urls: Urls) -> None:
    await bought(house, mira)
    await number_papers(house.recharging, now=house.clock.now())
    for statement in (
        "update paper set facts = '{}'",
        "update paper set number = number + 1",
        "delete from paper",
    ):
        with psycopg.connect(urls.app) as connection, pytest.raises(psycopg.Error):
            connection.execute(statement)
    with psycopg.connect(urls.owner) as connection, pytest.raises(psycopg.Error):
        connection.execute("update paper set number = number + 1")


async def test_a_credit_that_was_undone_leaves_no_receipt(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    body = paid(order, paid_amount=1)
    await house.http.post(PATH, content=body, headers=signed(house, body))
    rows = await house.rows(
        "select count(*) from paper where recharge = %s", ids.read("rch", order["id"])
    )
    assert rows == [(0,)]
