"""`python -m largesse.sandbox`."""

from __future__ import annotations

import sys

from largesse.sandbox.run import main

sys.exit(main())
