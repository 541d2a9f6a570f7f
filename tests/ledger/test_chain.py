from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from largesse.ledger.chain import (
    NO_ROW,
    Contents,
    KeptSeal,
    NotASeal,
    Widths,
    by_number,
    digest_of,
    first_wrong_key,
    first_wrong_number,
    joined,
    read_kept_seal,
    sealed,
    verdict,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
WIDTHS = Widths(18, 7, 13)


def mark(number: int) -> bytes:
    return bytes([number]) * 16


def contents(*numbers: int, first: int = 1, last: int = 4) -> Contents:
    marks, doubled = by_number(list(numbers), b"".join(map(mark, numbers)), first=first, last=last)
    return Contents(first, last, marks, b"", b"", doubled)


def test_a_number_without_a_journal_leaves_a_gap() -> None:
    assert contents(1, 2, 3, 4).marks == mark(1) + mark(2) + mark(3) + mark(4)
    assert contents(2, 4).marks == NO_ROW + mark(2) + NO_ROW + mark(4)
    assert contents().marks == NO_ROW * 4


def test_a_number_that_two_journals_have_is_told() -> None:
    assert contents(1, 2, 2, 4).doubled == 2
    assert first_wrong_number(contents(1, 2, 4), contents(1, 2, 2, 4)) == 2
    assert first_wrong_number(contents(1, 2, 3, 4), contents(2, 3, 3, 4)) == 1


def test_the_first_difference_is_found() -> None:
    assert first_wrong_number(contents(1, 2, 4), contents(1, 2, 4)) is None
    assert first_wrong_number(contents(1, 2, 4), contents(1, 2, 3, 4)) == 3
    assert first_wrong_number(contents(1, 2, 4), contents(2)) == 1
    leaf = {key: bytes([key]) * 10 + mark(key) for key in range(4)}
    kept = leaf[1] + leaf[2]
    assert first_wrong_key(kept, kept, key_bytes=10) is None
    assert first_wrong_key(kept, leaf[1] + leaf[2] + leaf[3], key_bytes=10) == bytes([3]) * 10
    assert first_wrong_key(kept, leaf[2], key_bytes=10) == bytes([1]) * 10


def test_what_happened_to_a_row_follows_from_its_marks() -> None:
    ours, other = {mark(1)}, {mark(2)}
    assert "deleted" in verdict(ours, set())
    assert "inserted" in verdict(set(), other)
    assert "inserted" in verdict(ours, ours | other)
    assert "altered" in verdict(ours, other)


def test_a_digest_covers_everything_that_a_seal_says() -> None:
    seal = sealed(contents(1, 2, 4), after=None, widths=WIDTHS, at=NOON)
    assert digest_of(seal) == seal.digest
    inside = seal.contents
    changed = [
        dataclasses.replace(seal, block=2),
        dataclasses.replace(seal, at=NOON + timedelta(microseconds=1)),
        dataclasses.replace(seal, previous=bytes([1]) * 32),
        dataclasses.replace(seal, widths=Widths(18, 8, 13)),
        dataclasses.replace(seal, contents=dataclasses.replace(inside, seq_to=5)),
        dataclasses.replace(seal, contents=dataclasses.replace(inside, marks=inside.marks[::-1])),
        dataclasses.replace(seal, contents=dataclasses.replace(inside, transfer_marks=mark(1))),
        dataclasses.replace(seal, contents=dataclasses.replace(inside, lot_marks=mark(1))),
    ]
    assert len({digest_of(one) for one in [seal, *changed]}) == 9


def test_blocks_that_follow_each_other_are_compared_together() -> None:
    first = sealed(contents(1, 2, 4), after=None, widths=WIDTHS, at=NOON)
    second = sealed(contents(5, 6, first=5, last=6), after=None, widths=WIDTHS, at=NOON)
    both = joined([first, second])
    assert (both.seq_from, both.seq_to) == (1, 6)
    assert both.marks == contents(1, 2, 4, 5, 6, last=6).marks


def test_a_kept_seal_is_read_as_it_was_printed() -> None:
    assert read_kept_seal(f" 42:{'ab' * 32}\n") == KeptSeal(42, b"\xab" * 32)


@pytest.mark.parametrize(
    "text", ["", "42", f"x:{'ab' * 32}", "42:xyz", "42:abcd", f"{'ab' * 32}:42"]
)
def test_what_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(NotASeal):
        read_kept_seal(text)
