"""The PostgreSQL that comes with the house, for when nobody brought one.

A laptop gets a real server with one command: found or installed binaries, a cluster beside
the data, a private socket, no network and no password. Everything here is about running that
server safely; nothing here knows a table, and with LARGESSE_DATABASE_URL none of it is used.
"""

from __future__ import annotations

from .backup import Copy, back_up
from .cluster import Cluster, Urls, embedded, running, start, throwaway
from .errors import PostgresTrouble
from .reach import reached
from .restore import restore

__all__ = [
    "Cluster",
    "Copy",
    "PostgresTrouble",
    "Urls",
    "back_up",
    "embedded",
    "reached",
    "restore",
    "running",
    "start",
    "throwaway",
]
