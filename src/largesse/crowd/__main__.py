"""Run the crowd as a program of its own: `python -m largesse.crowd --help`."""

from __future__ import annotations

import sys

import cyclopts

from largesse.crowd.command import simulate

if __name__ == "__main__":
    sys.exit(cyclopts.run(simulate))
