"""What the crowd says fits the room and is not said twice in a row."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from largesse.crowd.talk import FOLDER, LANGUAGES, REMEMBERED_LINES, Talk, lines, theme_of
from largesse.demo import PEOPLE
from largesse.rooms.model import clean_text


def test_every_live_room_of_the_demo_has_lines_of_its_own() -> None:
    themes = [theme_of(someone.title) for someone in PEOPLE if someone.title]
    assert sorted(themes) == ["cooking", "painting", "piano"]
    assert theme_of("Something else") == "anywhere"


def test_no_remark_comes_twice_while_people_remember_it() -> None:
    talk = Talk("Late-night piano", Random(7))
    said = [talk.remark("US") for _ in range(REMEMBERED_LINES)]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
@pytest.mark.parametrize("language", ["", *sorted(LANGUAGES.values())])
def test_every_line_is_one_that_the_chat_takes(file: Path, language: str) -> None:
    said = lines(file.stem, language)
    assert len(set(said)) == len(said)
    for line in said:
        text = line.format(name="Velvet Fox", gift="golden microphone")
        assert clean_text(text) == text
        assert not text.startswith("[")


def test_people_write_english_or_the_language_of_their_country() -> None:
    talk = Talk("Late-night piano", Random(7))
    german = {talk.remark("DE") for _ in range(400)}
    assert "schön, einfach schön" in german
    assert "おやすみ前にぴったり" not in german
    assert "schön, einfach schön" not in {talk.remark("US") for _ in range(400)}


def test_grand_gifts_are_wondered_at_and_small_ones_thanked_for_by_name() -> None:
    talk = Talk("Rooftop kitchen", Random(7))
    for is_grand in (True, False):
        remarks = [
            talk.about_gift("US", name="Mira", gift="Lion", is_grand=is_grand) for _ in range(40)
        ]
        assert all("{" not in remark for remark in remarks)
        assert any("Mira" in remark for remark in remarks)
        assert any("lion" in remark for remark in remarks)
