"""The floors of the house hold, and the machine that watches them does notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

BREACHES = {
    "the ground floor reaches up into the books": (
        "kernel/clock.py",
        "import largesse.ledger",
        "The floors of the house",
    ),
    "siblings import each other": (
        "catalogue/model.py",
        "import largesse.rooms.model",
        "The floors of the house",
    ),
    "a package without a floor": ("attic/__init__.py", "", "not listed as layers"),
    "the ledger learns of the web": ("ledger/chart.py", "import litestar", "The ledger knows no"),
    "a pure rule reads the database": ("rooms/model.py", "import psycopg", "Pure rules touch no"),
    "the stranger looks into our books": (
        "sandbox/model.py",
        "import largesse.ledger",
        "are strangers",
    ),
    "we look into the stranger's till": (
        "payments/__init__.py",
        "import largesse.sandbox",
        "nobody reaches into them",
    ),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources and their contracts in a folder where they may be broken."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_holds() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_fails_the_build(copy: Path, breach: str) -> None:
    name, line, words = BREACHES[breach]
    module = copy / "src" / "largesse" / name
    module.parent.mkdir(exist_ok=True)
    with module.open("a") as file:
        file.write(f"\n{line}\n")

    done = lint(copy)

    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert words in said
    assert "BROKEN" in said


def test_whoever_has_no_floor_is_a_stranger() -> None:
    """An outsider that no contract names could import anything."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    outsiders = {
        module
        for contract in contracts["contracts"]
        if "are strangers" in contract["name"]
        for module in contract["source_modules"]
    }
    floors = contracts["contracts"][0]["exhaustive_ignores"]
    exist = {name for name in floors if (ROOT / "src" / "largesse" / name).exists()}
    assert {f"largesse.{name}" for name in exist} <= outsiders
