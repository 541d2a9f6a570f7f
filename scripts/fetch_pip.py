"""Put pip into this environment when the machine has none: one file, checked by its hash.

Only the standard library is here to work with. The index is the usual one or PIP_INDEX_URL.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

WHEEL = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def main() -> None:
    """Fetch the wheel that is named above and let it install itself."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page = f"{index}/pip/"
    wheel = _read(urljoin(page, _address(page)))
    if hashlib.sha256(wheel).hexdigest() != SHA256:
        sys.exit(f"{WHEEL} from {index} is not the file that this checkout knows.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WHEEL
        path.write_bytes(wheel)
        command = [sys.executable, f"{path}/pip", "install", "-q", "--no-index", str(path)]
        subprocess.run(command, check=True)


def _address(page: str) -> str:
    files = json.loads(_read(page, accept="application/vnd.pypi.simple.v1+json"))["files"]
    return next(str(file["url"]) for file in files if file["filename"] == WHEEL)


def _read(url: str, *, accept: str = "*/*") -> bytes:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


if __name__ == "__main__":
    main()
