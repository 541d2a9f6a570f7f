"""Gift codes from the command line, as an operator types them."""

from __future__ import annotations

import csv
import io

import pytest

from largesse.kernel.postgres import Urls
from largesse.recharge.codes.model import read
from tests.test_reports import largesse


def test_codes_are_printed_once_as_csv(urls: Urls) -> None:
    words = (
        "codes issue --coins 350 --price 499 --currency USD --count 3 --expires 2030-01-01T00:00Z"
    )
    sheet = largesse(urls.app, *words.split())
    assert (sheet.returncode, sheet.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(sheet.stdout)))
    assert len({row["code"] for row in rows}) == 3
    assert all(read(row["code"]) for row in rows)
    assert {(row["coins"], row["price"], row["currency"]) for row in rows} == {
        ("350", "499", "USD")
    }


def test_promo_codes_need_no_price(urls: Urls) -> None:
    sheet = largesse(
        urls.app, *["codes", "issue", "--promo", "50", "--count", "1", "--country", "DE"]
    )
    assert (sheet.returncode, sheet.stdout.count("\n")) == (0, 2)


def test_a_batch_that_was_lost_is_made_worthless(urls: Urls) -> None:
    sheet = largesse(urls.app, *["codes", "issue", "--promo", "50", "--count", "4"])
    batch = next(csv.DictReader(io.StringIO(sheet.stdout)))["batch"]
    for _ in range(2):
        voided = largesse(urls.app, "codes", "void", batch)
        assert (voided.returncode, voided.stdout) == (0, "4 codes will not work any more.\n")
    unknown = largesse(urls.app, "codes", "void", "bat_" + "0" * 26)
    assert (unknown.returncode, unknown.stdout) == (2, "")


@pytest.mark.parametrize(
    "words",
    [
        "--coins 350 --count 1",
        "--coins 350 --price 499 --count 1",
        "--coins 350 --price 499 --currency XYZ --count 1",
        "--promo 50 --price 499 --currency USD --count 1",
        "--promo 50 --count 0",
        "--promo -5 --count 1",
        "--promo 50 --promo-days 0 --count 1",
        "--promo 50 --count 1 --expires yesterday",
        "--promo 50 --count 1 --expires 2020-01-01T00:00Z",
        "--promo 50 --count 1 --country Germany",
        "--count 1",
    ],
)
def test_codes_that_make_no_sense_are_not_issued(urls: Urls, words: str) -> None:
    sheet = largesse(urls.app, "codes", "issue", *words.split())
    assert (sheet.returncode, sheet.stdout) == (2, "")
    assert sheet.stderr.count("\n") == 1
