"""Keep the collector of cyclic garbage from stopping the show, and threads from hoarding memory."""

from __future__ import annotations

import contextlib
import ctypes
import gc

# Our requests make next to no cycles; a full collection walks every object there is and
# takes tens of milliseconds, in which nobody's gift moves.
YOUNG_OBJECTS = 50_000
GENERATIONS = (20, 50)
# glibc gives each busy thread an arena that it rarely returns; ours print and hash, briefly.
ARENAS_MAX = 2
# And it keeps what was large once; a password takes 19 MiB for a moment, which then goes back.
LARGE_BYTES = 8 * 2**20
_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3


def calm_memory() -> None:
    """Set everything that the start made aside for good, and look for garbage seldom.

    Call it once everything is loaded. A full collection paused the ledger bench for 50
    to 80 ms before.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *GENERATIONS)
    # Other C libraries have no such switch, and need none.
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, ARENAS_MAX)
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
