"""A cluster of one's own, in a folder that its server reaches, for what operators do to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    # Under /tmp and open to pass through, so that the database's account reaches it from root.
    folder = Path(tempfile.mkdtemp(prefix="largesse-operating-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
