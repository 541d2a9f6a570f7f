"""What a seed is: one mistake that somebody could make in the SQL, and the tests that judge it."""

from __future__ import annotations

from typing import NamedTuple

POST = "tests/ledger/test_post.py"
CREDIT = "tests/ledger/test_credit.py"
COMMITTER = "tests/ledger/test_committer.py"
TABLES_TESTED = "tests/ledger/test_tables.py"
QUICK = "tests/ledger/test_quick_and_careful.py"
POT = "tests/ledger/test_pot.py"
HOLD = "tests/ledger/test_hold.py"
LAWS = "tests/ledger/test_laws.py"
BALANCES = "tests/ledger/test_balances.py"
RECEIVED = "tests/ledger/test_received.py"
SPENDING = (QUICK, POST, CREDIT, POT, COMMITTER, LAWS)


class Seed(NamedTuple):
    """`old` is found once in its place and becomes `new`.

    `place` is "post" for the quick statement, or how an object of the ledger's
    migration begins. A seed that changes no answer says why in `same`, and is not judged.
    """

    place: str
    old: str
    new: str
    tests: tuple[str, ...] = SPENDING
    same: str = ""

    @property
    def name(self) -> str:
        """The mistake in one line."""
        return f"{self.place}: {_line(self.old)} -> {_line(self.new)}"

    def plant(self, text: str) -> str:
        """The text with this mistake in it; fails where it is not there exactly once."""
        start = 0 if self.place == "post" else _only(text, self.place, within=text)
        end = len(text) if self.place == "post" else _end(text, start)
        place = text[start:end]
        at = start + _only(place, self.old, within=self.name)
        return text[:at] + self.new + text[at + len(self.old) :]


def _end(text: str, start: int) -> int:
    ends = [text.find(f"\n{word} ", start + 1) for word in ("create", "grant", "insert")]
    return min((end for end in ends if end > 0), default=len(text))


def _only(text: str, wanted: str, *, within: str) -> int:
    found = text.count(wanted)
    if found != 1:
        raise LookupError(f"{wanted!r} is there {found} times: {within[:200]}")
    return text.index(wanted)


def _line(text: str) -> str:
    return " ".join(text.split()) or "nothing"
