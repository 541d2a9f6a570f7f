"""The commands that README gives to a newcomer are the ones that machines run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_ci_runs_the_command_of_the_readme() -> None:
    said = (ROOT / ".ci" / "run").read_text()
    assert "exec make test" in said
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_a_run_without_a_single_test_fails(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text('"""No test is in here."""\n')
    here = {**os.environ, "TESTS": f"{tmp_path} -p no:cacheprovider", "LARGESSE_CHROMIUM": "none"}
    done = subprocess.run(
        [str(ROOT / "scripts" / "test.sh")], env=here, capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"no tests ran" in done.stdout


@pytest.mark.parametrize(
    "target", ["run", "test", "check", "bench", "format", "lint", "types", "web", "psql", "clean"]
)
def test_every_command_is_explained(target: str) -> None:
    done = subprocess.run(
        ["make", "-s", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True
    )
    assert re.search(rf"make {target}\s+\S", done.stdout)


def test_cleaning_leaves_the_data() -> None:
    makefile = (ROOT / "Makefile").read_text()
    removed = makefile.partition("\nclean:")[2]
    assert "rm -rf" in removed
    assert not re.search(r"\bvar\b", removed.partition("\n")[2])


def test_every_script_stops_at_its_first_failure() -> None:
    """All but the one that runs three kinds of tests and adds up what failed."""
    scripts = sorted((ROOT / "scripts").glob("*.sh"))
    careless = [path.name for path in scripts if "\nset -eu\n" not in path.read_text()]
    assert careless == ["test.sh"]
