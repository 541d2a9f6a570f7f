from __future__ import annotations

import re
from pathlib import Path

import pytest

from largesse.ledger import CHART, Kind, account, name_of
from largesse.ledger.chart import BY_CODE, Guard, Unit

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"


def test_codes_are_three_digits_and_used_once() -> None:
    assert len(BY_CODE) == len(CHART)
    assert all(100 <= line.code <= 999 for line in CHART)


def test_a_kind_is_the_code_of_the_account_it_is_about() -> None:
    for kind in Kind:
        assert kind in BY_CODE
        if kind.spends:
            assert BY_CODE[kind].unit is Unit.COIN
            assert BY_CODE[kind + 90].unit is Unit.DIAMOND
            assert BY_CODE[kind + 90].name == BY_CODE[kind].name.replace(
                "coins spent on", "diamonds issued for"
            )


def test_an_account_reads_as_words() -> None:
    assert name_of(account(1042, 100)) == "paid coins of a person (1042)"
    assert name_of(1_042_199) == "unknown account (1042)"
    with pytest.raises(AssertionError):
        account(1042, 199)


def test_the_page_shows_this_chart() -> None:
    shown = re.findall(
        r"^\| (\d{3}) \| (\S+) \| (.+?) \| (\w+) \| (\w+) \| (\w+) \|$",
        PAGE.read_text(),
        re.MULTILINE,
    )
    assert shown == [
        (
            str(line.code),
            line.reference,
            line.name,
            line.unit.value,
            line.side.value,
            _guard(line.guard),
        )
        for line in CHART
    ]


def _guard(guard: Guard) -> str:
    return guard.value
