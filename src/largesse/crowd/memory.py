"""The accounts that the crowd made for itself, kept in one private file."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Credential(msgspec.Struct, kw_only=True):
    """One account and how to come back into it."""

    handle: str
    name: str
    country: str
    password: str
    token: str = ""


class _Kept(msgspec.Struct):
    """The file: accounts by the address of the house that they are in."""

    houses: dict[str, list[Credential]] = {}


class Memory:
    """Reads and writes the crowd's accounts in one house; only this user can read the file."""

    def __init__(self, file: Path, house: str) -> None:
        self._file = file
        self._house = house

    def read(self) -> list[Credential]:
        """Everybody who was there before; a file that cannot be read counts as none."""
        return self._all().houses.get(self._house, [])

    def write(self, people: list[Credential]) -> None:
        """Replace what is kept, in one step, so that a crash leaves the old or the new."""
        kept = self._all()
        kept.houses[self._house] = people
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.encode(kept))
        draft.replace(self._file)

    def _all(self) -> _Kept:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return _Kept()
