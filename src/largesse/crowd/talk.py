"""What people say: lines that fit the room, and never the same one twice in a while."""

from __future__ import annotations

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


def theme_of(title: str) -> str:
    """The theme that a room's title speaks of, or `anywhere`."""
    lowered = title.lower()
    for theme, words in THEMES.items():
        if any(word in lowered for word in words):
            return theme
    return "anywhere"


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of one file, one a line."""
    return tuple((FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines())


class Talk:
    """The conversation of one room."""

    def __init__(self, title: str, chance: Random) -> None:
        self._theme = theme_of(title)
        self._chance = chance
        self._recent: deque[str] = deque(maxlen=REMEMBERED_LINES)

    def remark(self) -> str:
        """Something about what is going on, now and then just a hello."""
        return self._fresh("anywhere" if self._chance.random() < 0.2 else self._theme)

    def greeting(self, name: str) -> str:
        """A word for somebody who came in or spoke for the first time."""
        return self._fresh("greeting").format(name=name)

    def about_gift(self, name: str, gift: str, *, is_grand: bool) -> str:
        """What one calls out when a gift lands."""
        line = self._fresh("wonder" if is_grand else "kindness")
        return line.format(name=name, gift=gift.lower())

    def _fresh(self, theme: str) -> str:
        unused = [line for line in lines(theme) if line not in self._recent]
        line = self._chance.choice(unused or lines(theme))
        self._recent.append(line)
        return line
