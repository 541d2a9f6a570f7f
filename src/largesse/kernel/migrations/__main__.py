"""`python -m largesse.kernel.migrations [pre|post|all]`: migrate LARGESSE_MIGRATION_URL's database."""

from __future__ import annotations

import os
import sys

from largesse.kernel.migrations.run import migrate
from largesse.kernel.migrations.standing import URL_VARIABLE, Phase


def _tell(why: str) -> None:
    sys.stdout.write(f"{why}\n")
    sys.stdout.flush()


url = os.environ.get(URL_VARIABLE)
if not url:
    sys.exit(f"{URL_VARIABLE} must name the database, as its owner")
migrate(url, Phase(sys.argv[1] if sys.argv[1:] else "all"), tell=_tell)
