"""`python -m largesse.kernel.migrations`: migrate the database of LARGESSE_MIGRATION_URL."""

from __future__ import annotations

import os
import sys

from largesse.kernel.migrations.run import migrate
from largesse.kernel.migrations.standing import URL_VARIABLE

url = os.environ.get(URL_VARIABLE)
if not url:
    sys.exit(f"{URL_VARIABLE} must name the database, as its owner")
migrate(url)
