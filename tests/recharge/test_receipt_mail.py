"""From the coins to the letter in the buyer's mailbox, with the receipt that it carries."""

from __future__ import annotations

import io

from pypdf import PdfReader

from largesse.mail import send_mail
from largesse.recharge import PaperPrinter, number_papers
from tests.mail.conftest import MailServer
from tests.recharge.house import House
from tests.recharge.test_receipts import bought


async def test_a_receipt_is_mailed_with_its_pdf_also_after_an_outage(house: House) -> None:
    greta = await house.buyer(country="DE")
    order = await bought(house, greta, 700)
    now = house.clock.now()
    await number_papers(house.recharging, now=now)
    server = MailServer()
    printer = PaperPrinter(house.recharging)

    async def send() -> int:
        at = house.clock.now()
        return await send_mail(
            house.database, server.carrier, printer, sender="coins@live.example", now=at
        )

    assert await send() == 0, "the server is not up yet"
    await server.start()
    house.clock.push(minutes=2)
    try:
        assert await send() == 1
    finally:
        await server.stop()
        house.clock.push(minutes=-2)
    letter = server.taken[0]
    number = (await greta.read(order))["receipt"]["number"]
    assert letter["To"] == greta.viewer.email
    assert letter["Subject"] == f"Your receipt {number}"
    body = letter.get_body(("plain",))
    assert body is not None
    assert f"/recharge/{order['id']}?report=1" in body.get_content()
    (paper,) = letter.iter_attachments()
    assert paper.get_filename() == f"receipt-{number}.pdf"
    pdf = paper.get_payload(decode=True)
    assert isinstance(pdf, bytes)
    said = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert number in said
    assert "VAT 19 %" in said
