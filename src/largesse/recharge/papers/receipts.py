"""Write receipts and credit notes, number them without a gap, and mail them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse import mail
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import Money, minor
from largesse.ledger import Credited
from largesse.mail import Letter, put_letters
from largesse.people import addresses
from largesse.recharge import paper
from largesse.recharge.model import Recharge
from largesse.recharge.paper import Facts, Kind
from largesse.recharge.papers import store as receipts_store
from largesse.recharge.papers.store import NewPaper, PaperRow
from largesse.recharge.recharging import Recharging

ROUND_MAX = 200


async def write_receipt(connection: Connection, recharge: Recharge, credited: Credited) -> None:
    """Keep all that the receipt will say, with the coins themselves; its number follows in a moment.

    The caller holds the order's row.
    """
    buyer, paid_with = await receipts_store.buyer_and_method(
        connection, person=recharge.person, country=recharge.country, method=recharge.method
    )
    facts = paper.receipt_facts(
        recharge,
        buyer=buyer,
        paid_with=paid_with,
        journal=credited.id,
        at=credited.at,
    )
    new = NewPaper(
        id=ids.make(),
        kind=Kind.RECEIPT,
        recharge=recharge.id,
        cause=recharge.id,
        corrects=None,
        account=recharge.account,
        seq=credited.seq,
        at=credited.at,
        facts=facts,
    )
    await receipts_store.insert(connection, new)


@dataclass(frozen=True, slots=True)
class Given:
    """Money that went back: what for, and the journal that says so. `cause` is the refund or dispute."""

    recharge: UUID
    cause: UUID
    journal: UUID
    seq: int
    at: datetime


async def write_credit_note(
    connection: Connection, given: Given, *, coins: int, amount: int, tax: int
) -> None:
    """Keep the credit note of a refund, with the refund itself; once a cause.

    There is none where there is no receipt of ours, because a store had sold the coins. The caller
    holds the order's row.
    """
    receipt, _ = await _papers(connection, given.recharge)
    if receipt is not None:
        facts = paper.credit_note_facts(
            receipt.facts, coins=coins, amount=amount, tax=tax, journal=given.journal, at=given.at
        )
        await _insert_note(connection, given, receipt, facts)


async def write_credit_note_of_rest(connection: Connection, given: Given) -> None:
    """Keep the credit note of whatever has not gone back yet, when all of it does at once."""
    receipt, notes = await _papers(connection, given.recharge)
    if receipt is None:
        return
    facts = paper.rest_facts(
        receipt.facts, [one.facts for one in notes], journal=given.journal, at=given.at
    )
    if facts is not None:
        await _insert_note(connection, given, receipt, facts)


async def _papers(connection: Connection, recharge: UUID) -> tuple[PaperRow | None, list[PaperRow]]:
    found = (await receipts_store.of_recharges(connection, recharges=[recharge]))[recharge]
    receipt = next((one for one in found if one.kind is Kind.RECEIPT), None)
    return receipt, [one for one in found if one.kind is Kind.CREDIT_NOTE]


async def _insert_note(
    connection: Connection, given: Given, receipt: PaperRow, facts: Facts
) -> None:
    new = NewPaper(
        id=ids.make(),
        kind=Kind.CREDIT_NOTE,
        recharge=given.recharge,
        cause=given.cause,
        corrects=receipt.id,
        account=receipt.account,
        seq=given.seq,
        at=given.at,
        facts=facts,
    )
    await receipts_store.insert(connection, new)


async def number_papers(recharging: Recharging, *, now: datetime) -> int:
    """Number what has none, in the order of the books, and mail it; returns how many.

    A number and its mail commit together. Safe on many workers at once, and after a crash.
    """
    done = 0
    while True:
        async with recharging.database.work() as connection:
            numbered = await receipts_store.number(
                connection, issuer=recharging.issuer, limit=ROUND_MAX
            )
            await put_letters(connection, await _letters(connection, recharging, numbered, now=now))
        done += len(numbered)
        if len(numbered) < ROUND_MAX:
            return done


async def _letters(
    connection: Connection, recharging: Recharging, papers: Sequence[PaperRow], *, now: datetime
) -> list[Letter]:
    to = await addresses(connection, {one.account for one in papers})
    corrected = {one.recharge for one in papers if one.kind is Kind.CREDIT_NOTE}
    receipts = await receipts_store.of_recharges(connection, recharges=list(corrected))
    return [
        Letter(
            id=ids.make(),
            kind=str(one.kind),
            recipient=to[one.account],
            subject=words.subject,
            text=words.text,
            html=words.html,
            made_at=now,
            attached=one.id,
        )
        for one in papers
        if one.account in to
        for words in [_words(one, receipts.get(one.recharge, []), origin=recharging.origin)]
    ]


def _words(one: PaperRow, of: Sequence[PaperRow], *, origin: str) -> mail.Words:
    facts = one.facts
    url = f"{origin}/recharge/{facts.order}"
    if one.kind is Kind.RECEIPT:
        return mail.receipt(
            name=facts.buyer,
            number=one.number,
            coins=paper.coins_text(facts),
            total=_money(facts),
            paid_with=facts.paid_with,
            url=url,
        )
    receipt = next(row for row in of if row.id == one.corrects)
    return mail.refund_done(
        name=facts.buyer,
        number=one.number,
        coins=paper.coins_text(facts),
        amount=_money(facts),
        of=receipt.number,
        url=url,
    )


def _money(facts: Facts) -> str:
    return minor(Money(facts.total, facts.currency)).display
