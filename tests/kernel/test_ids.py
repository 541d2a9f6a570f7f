"""Ids sort by time, survive being written down, and refuse what is not theirs."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.kernel.errors import NotFound


@given(st.uuids())
def test_an_id_reads_back_as_it_was_shown(value: UUID) -> None:
    assert ids.read("snd", ids.show("snd", value)) == value


@given(st.lists(st.uuids(), min_size=2, max_size=20))
def test_shown_ids_sort_like_the_ids_themselves(values: list[UUID]) -> None:
    shown = [ids.show("snd", value) for value in values]
    assert [ids.read("snd", text) for text in sorted(shown)] == sorted(values)


def test_ids_made_one_after_another_always_rise() -> None:
    made = [ids.make(now_ms=1_700_000_000_000) for _ in range(5000)]
    assert made == sorted(set(made))
    assert all(value.version == 7 for value in made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "snd",
        "snd_",
        "snd_short",
        "gft_01m84bsfeee009kz7gn86r8fkn",
        "snd_01m84bsfeee009kz7gn86r8fk!",
        "snd_01M84BSFEEE009KZ7GN86R8FKN",
        "snd_" + "z" * 26,
        "snd_" + "1" * 27,
    ],
)
def test_an_id_of_another_kind_or_shape_is_simply_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        ids.read("snd", text)
