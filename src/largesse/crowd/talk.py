"""What people say: lines that fit the room and the speaker, and never twice in a while."""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / "lines"
REMEMBERED_LINES = 45
# A room is known by words in its title; another one talks about anything.
THEMES = {
    "piano": ("piano", "keys", "song", "music", "request", "guitar"),
    "painting": ("paint", "draw", "sketch", "art", "colour", "color"),
    "cooking": ("kitchen", "cook", "bak", "dumpling", "dinner", "food"),
}
# Everybody here writes some English; these also write their own language.
LANGUAGES = {"BR": "pt", "DE": "de", "FR": "fr", "ID": "id", "JP": "ja", "MX": "es"}
_TAGGED = re.compile(r"\[([a-z]{2})\] (.*)")


def theme_of(title: str) -> str:
    """The theme that a room's title speaks of, or `anywhere`."""
    lowered = title.lower()
    for theme, words in THEMES.items():
        if any(word in lowered for word in words):
            return theme
    return "anywhere"


@cache
def lines(name: str, language: str = "") -> tuple[str, ...]:
    """The English lines of one file, and those in one more language (`[de] schön`)."""
    chosen = []
    for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        tagged = _TAGGED.fullmatch(line)
        if tagged is None:
            chosen.append(line)
        elif tagged[1] == language:
            chosen.append(tagged[2])
    return tuple(chosen)


class Talk:
    """The conversation of one room; each line is for a speaker from some country."""

    def __init__(self, title: str, chance: Random) -> None:
        self._theme = theme_of(title)
        self._chance = chance
        self._recent: deque[str] = deque(maxlen=REMEMBERED_LINES)

    def remark(self, country: str) -> str:
        """Something about what is going on, now and then just a hello."""
        theme = "anywhere" if self._chance.random() < 0.2 else self._theme
        return self._fresh(theme, country)

    def greeting(self, country: str, *, name: str) -> str:
        """A word for somebody who came in or spoke for the first time."""
        return self._fresh("greeting", country).format(name=name)

    def about_gift(self, country: str, *, name: str, gift: str, is_grand: bool) -> str:
        """What one calls out when a gift lands."""
        line = self._fresh("wonder" if is_grand else "kindness", country)
        return line.format(name=name, gift=gift.lower())

    def _fresh(self, theme: str, country: str) -> str:
        possible = lines(theme, LANGUAGES.get(country, ""))
        unused = [line for line in possible if line not in self._recent]
        line = self._chance.choice(unused or possible)
        self._recent.append(line)
        return line
