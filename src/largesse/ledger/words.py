"""One word for each line of the chart, so that a person can name an account without its number.

`paid`, `pending` or `deferred_revenue`: a short word where there is one, and the
line's name in one word for the rest, so a new line has a word from the first day.
"""

from __future__ import annotations

import re

from largesse.kernel.money import NUMERIC
from largesse.ledger.chart import BY_CODE, COIN, DIAMOND, Kind

SHORT = {
    100: "paid",
    110: "promo",
    120: "prize",
    130: "held",
    140: "escrow",
    160: "gifts",
    161: "highlights",
    162: "memberships",
    170: "refunded",
    171: "clawed_back",
    172: "forfeited",
    173: "expired",
    190: "debt",
    200: "pending",
    210: "available",
    220: "withdrawing",
    290: "diamond_debt",
    300: "cash",
    310: "clearing",
    311: "reserve",
    312: "store_receivable",
    400: "deferred_revenue",
    410: "creator_payable",
    600: "provider_fees",
}
_KINDS = {int(kind): kind.name.lower() for kind in Kind}
_CURRENCIES = {number: code for code, number in NUMERIC.items()}


def word_of(code: int) -> str:
    """The word of a line of the chart."""
    return SHORT.get(code) or _slug(BY_CODE[code].name)


def code_named(word: str) -> int | None:
    """The line that goes by this word, short or long; None when there is none."""
    return _CODES.get(word)


def asset_name(asset: int) -> str:
    """`COIN`, `DIAMOND`, or a currency's code; a currency unknown here keeps its ISO number."""
    match asset:
        case int() if asset == COIN:
            return "COIN"
        case int() if asset == DIAMOND:
            return "DIAMOND"
        case _:
            return _CURRENCIES.get(asset, f"{asset:03}")


def kind_name(kind: int) -> str:
    """Why an act happened, in one word; a kind unknown here keeps its number."""
    return _KINDS.get(kind) or str(kind)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


_CODES = {_slug(line.name): line.code for line in BY_CODE.values()} | {
    word: code for code, word in SHORT.items() if code in BY_CODE
}
