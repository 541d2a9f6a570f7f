"""Children that end with us, even when we are killed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(farewell: signal.Signals = signal.SIGINT) -> Callable[[], None] | None:
    """What a child does first on Linux: ask for a clean stop if this program is killed.

    Hand it to `preexec_fn`. The kernel ties it to the thread that starts the child,
    and a change of user forgets it, so it must run after that.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, farewell)
        if os.getppid() != parent:  # It was killed before we asked.
            os._exit(1)

    return ask
