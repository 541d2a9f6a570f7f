"""Print a receipt or a credit note as PDF: the same paper is the same bytes."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from babel import Locale
from babel.dates import format_date, format_datetime

from largesse.kernel.money import Money, minor
from largesse.recharge.paper import Facts, Kind, rate_text
from largesse.recharge.papers.store import PaperRow

_HERE = Path(__file__).parent
# Countries that use US Letter paper; everybody else has A4.
_LETTER = frozenset({"US", "CA", "MX", "CO", "CL", "PH"})
# Printing takes a core for some milliseconds; the others are for people who wait for an answer.
_at_once = asyncio.Semaphore(2)


async def print_paper(row: PaperRow, *, receipt_number: str = "") -> bytes:
    """The PDF, made off the loop. `receipt_number` is the receipt that a credit note is about."""
    shown = page_of(row, receipt_number=receipt_number)
    async with _at_once:
        return await asyncio.to_thread(_pdf, json.dumps(shown), row.facts.at)


def _pdf(page: str, at: datetime) -> bytes:
    made = typst.compile(
        _HERE / "receipt_page.typ",
        font_paths=_fonts(),
        sys_inputs={"paper": page},
        format="pdf",
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Ours, and after them the machine's for scripts that ours do not cover."""
    return typst.Fonts(include_embedded_fonts=False, font_paths=[_HERE / "fonts"])


@lru_cache(maxsize=1)
def _mark() -> str:
    return (_HERE / "receipt_mark.svg").read_text()


def page_of(row: PaperRow, *, receipt_number: str = "") -> dict[str, Any]:
    """Every word and figure of the page, as the template sets it."""
    facts = row.facts
    is_receipt = row.kind is Kind.RECEIPT
    heading = "Receipt" if is_receipt else "Credit note"
    issuer = row.issuer
    assert issuer is not None, "only a numbered paper is printed"
    lines = [line for line in issuer.address.replace("\\n", "\n").splitlines() if line.strip()]
    if issuer.tax_id:
        lines.append(f"Tax id {issuer.tax_id}")
    date = format_date(facts.at, format="d MMMM yyyy", locale="en")
    top = [("Number", row.number), ("Date", date)]
    top += [("Paid with", facts.paid_with)] if is_receipt else [("For receipt", receipt_number)]
    return {
        "title": f"{heading} {row.number}",
        "heading": heading,
        "number": row.number,
        "product": "Largesse",
        "mark": _mark(),
        "format": "us-letter" if facts.country in _LETTER else "a4",
        "issuer": {"name": issuer.name, "lines": lines},
        "buyer": facts.buyer,
        "country": str(Locale("en").territories.get(facts.country, facts.country)),
        "facts": top,
        "currency": facts.currency,
        "items": _items(facts, is_receipt=is_receipt),
        "sums": _sums(facts),
        "total": ("Total paid" if is_receipt else "Total refunded", _money(facts, facts.total)),
        "references": _references(facts),
        "note": _note(is_receipt=is_receipt),
        "footer": f"{issuer.name} · {issuer.email}" if issuer.email else issuer.name,
    }


def _items(facts: Facts, *, is_receipt: bool) -> list[tuple[str, str, str]]:
    tax = "tax included" if facts.is_tax_included and facts.tax else ""
    word = "coins" if facts.coins != 1 else "coin"
    what = f"{facts.coins:,} {word}" if is_receipt else f"{facts.coins:,} {word} taken back"
    items = [(what, tax, _money(facts, facts.list_price))]
    if facts.promo_coins:
        items.append((f"{facts.promo_coins:,} bonus coins", "no cash value", _money(facts, 0)))
    if facts.discount:
        items.append((facts.discount_name or "Discount", "", f"−{_money(facts, facts.discount)}"))
    return items


def _sums(facts: Facts) -> list[tuple[str, str]]:
    if not facts.tax_bps and not facts.tax:
        return []
    rate = f"{facts.tax_name} {rate_text(facts.tax_bps)}"
    return [
        ("Price without tax", _money(facts, facts.net)),
        (rate, _money(facts, facts.tax)),
    ]


def _references(facts: Facts) -> list[tuple[str, str]]:
    moment = format_datetime(facts.at, "d MMMM yyyy, HH:mm:ss 'UTC'", locale="en")
    return [
        ("Order", facts.order),
        ("Journal", facts.journal),
        ("Booked", moment),
        ("Terms", facts.terms),
    ]


def _note(*, is_receipt: bool) -> str:
    if is_receipt:
        return "Paid in full. Coins that you have not spent can be refunded as the terms say."
    return "The money goes back the way it came. Your bank may need some days to show it."


def _money(facts: Facts, amount: int) -> str:
    return minor(Money(amount, facts.currency)).display
