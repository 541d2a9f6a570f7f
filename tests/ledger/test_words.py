"""Accounts, assets and kinds in words."""

from __future__ import annotations

from largesse.ledger import CHART, Kind, asset_name, code_named, kind_name, word_of


def test_every_line_of_the_chart_has_a_word_of_its_own() -> None:
    words = {line.code: word_of(line.code) for line in CHART}
    assert len(set(words.values())) == len(CHART)
    assert {code_named(word): word for word in words.values()} == words


def test_a_line_is_also_found_by_its_whole_name() -> None:
    assert code_named("paid_coins_of_a_person") == code_named("paid") == 100
    assert code_named("deferred_revenue_of_coins") == code_named("deferred_revenue") == 400
    assert code_named("gold") is None


def test_a_word_is_short_where_there_is_a_short_one() -> None:
    assert (word_of(100), word_of(311), word_of(400)) == ("paid", "reserve", "deferred_revenue")
    assert word_of(150) == "paid_coins_issued"


def test_what_has_no_word_keeps_its_number() -> None:
    assert [asset_name(asset) for asset in (1, 2, 840, 392, 36)] == [
        "COIN", "DIAMOND", "USD", "JPY", "036",
    ]  # fmt: skip
    assert (kind_name(Kind.GIFT), kind_name(999)) == ("gift", "999")
