"""One's own receipts and credit notes as PDF, and the print that goes with a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel.errors import NotFound
from largesse.mail import Attachment
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.paper import Kind
from largesse.recharge.papers import store as receipts_store
from largesse.recharge.papers.printing import print_paper
from largesse.recharge.papers.receipts import number_papers
from largesse.recharge.papers.store import PaperRow
from largesse.recharge.recharging import Recharging

PDF = "application/pdf"


async def read_receipt(
    recharging: Recharging, viewer: Viewer, recharge: UUID, *, now: datetime
) -> Attachment:
    """The receipt of one's own order; who asks in the moment before it has its number waits for it.

    Raises `NotFound`, for somebody else's order and for one that was not paid too.
    """
    papers = await _papers(recharging, viewer, recharge)
    if papers and not papers[0].number:
        await number_papers(recharging, now=now)
        papers = await _papers(recharging, viewer, recharge)
    for one in papers:
        if one.kind is Kind.RECEIPT and one.number:
            return await _printed(one)
    raise NotFound


async def read_credit_note(
    recharging: Recharging, viewer: Viewer, recharge: UUID, *, number: str
) -> Attachment:
    """A credit note of one's own order by its number; raises `NotFound`."""
    papers = await _papers(recharging, viewer, recharge)
    for one in papers:
        if one.kind is Kind.CREDIT_NOTE and one.number == number:
            return await _printed(one, of=papers)
    raise NotFound


@dataclass(frozen=True, slots=True)
class PaperPrinter:
    """Prints what goes with a mail."""

    recharging: Recharging

    async def __call__(self, paper: UUID) -> Attachment:
        """The paper as a file; raises `NotFound`."""
        async with self.recharging.database.read() as connection:
            row = await receipts_store.by_id(connection, paper=paper)
            if row is None or not row.number:
                raise NotFound
            papers = await receipts_store.of_recharges(connection, recharges=[row.recharge])
        return await _printed(row, of=papers[row.recharge])


async def _papers(recharging: Recharging, viewer: Viewer, recharge: UUID) -> list[PaperRow]:
    async with recharging.database.read() as connection:
        order = await store.by_id(connection, recharge=recharge)
        if order is None or order.account != viewer.no:
            raise NotFound
        return (await receipts_store.of_recharges(connection, recharges=[recharge]))[recharge]


async def _printed(row: PaperRow, of: list[PaperRow] | None = None) -> Attachment:
    corrected = next((one.number for one in of or () if one.id == row.corrects), "")
    body = await print_paper(row, receipt_number=corrected)
    name = "receipt" if row.kind is Kind.RECEIPT else "credit-note"
    return Attachment(f"{name}-{row.number}.pdf", PDF, body)
