"""The crowd's accounts survive it, for its own eyes only."""

from __future__ import annotations

from pathlib import Path

from largesse.crowd.memory import Credential, Memory


def _noor() -> Credential:
    return Credential(handle="noor", name="Noor", country="AE", password="w" * 24, token="ses_1")


def test_accounts_come_back_for_the_house_they_are_in(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "crowd.json"
    Memory(file, "http://one").write([_noor()])
    assert Memory(file, "http://one").read() == [_noor()]
    assert Memory(file, "http://two").read() == []
    Memory(file, "http://two").write([])
    assert Memory(file, "http://one").read() == [_noor()]


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "crowd.json"
    Memory(file, "http://one").write([_noor()])
    Memory(file, "http://one").write([_noor()])
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_makes_no_sense_counts_as_empty(tmp_path: Path) -> None:
    file = tmp_path / "crowd.json"
    file.write_bytes(b"\x00 not json")
    assert Memory(file, "http://one").read() == []
