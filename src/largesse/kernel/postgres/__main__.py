"""Open psql on the embedded database that runs now: python -m largesse.kernel.postgres."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .cluster import running
from .errors import PostgresTrouble
from .find import find_programs


def main() -> None:
    """Become psql, logged in as the owner of the tables; further arguments go to it."""
    brought = os.environ.get("LARGESSE_DATABASE_URL")
    if brought:
        psql, url = find_programs().path("psql"), brought
    else:
        data_dir = Path(os.environ.get("LARGESSE_DATA_DIR", "var"))
        cluster = running(data_dir) if data_dir.is_dir() else None
        if cluster is None:
            raise PostgresTrouble(f"No database runs in {data_dir}. Start one with: make run")
        psql, url = cluster.programs.path("psql"), cluster.urls().owner
    # psql looks for its own folder by the name that it is called by.
    os.execv(psql, [psql, url, *sys.argv[1:]])  # noqa: S606 - it takes over the terminal


if __name__ == "__main__":
    try:
        main()
    except PostgresTrouble as trouble:
        sys.exit(str(trouble))
