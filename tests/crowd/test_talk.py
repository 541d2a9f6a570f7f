"""What the crowd says fits the room and is not said twice in a row."""

from __future__ import annotations

from random import Random

import pytest

from largesse.crowd.talk import FOLDER, REMEMBERED_LINES, Talk, lines, theme_of
from largesse.demo import PEOPLE
from largesse.rooms.model import clean_text


def test_every_live_room_of_the_demo_has_lines_of_its_own() -> None:
    themes = [theme_of(someone.title) for someone in PEOPLE if someone.title]
    assert sorted(themes) == ["cooking", "painting", "piano"]
    assert theme_of("Something else") == "anywhere"


def test_no_remark_comes_twice_while_people_remember_it() -> None:
    talk = Talk("Late-night piano", Random(7))
    said = [talk.remark() for _ in range(REMEMBERED_LINES)]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_every_line_is_one_that_the_chat_takes(file: object) -> None:
    name = str(file).rpartition("/")[2].removesuffix(".txt")
    assert len(set(lines(name))) == len(lines(name))
    for line in lines(name):
        text = line.format(name="Velvet Fox", gift="golden microphone")
        assert clean_text(text) == text


def test_grand_gifts_are_wondered_at_and_small_ones_thanked_for_by_name() -> None:
    talk = Talk("Rooftop kitchen", Random(7))
    for is_grand in (True, False):
        remarks = [talk.about_gift("Mira", "Lion", is_grand=is_grand) for _ in range(40)]
        assert all("{" not in remark for remark in remarks)
        assert any("Mira" in remark for remark in remarks)
        assert any("lion" in remark for remark in remarks)
