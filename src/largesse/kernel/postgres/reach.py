"""The database for a command that somebody types, whether or not the house is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from largesse.settings import Settings

from .cluster import running, start


@contextmanager
def reached(settings: Settings) -> Iterator[str]:
    """The address of the database that the settings name, or the embedded one, running or not."""
    if settings.database_url:
        yield settings.database_url
        return
    cluster = running(settings.data_dir)
    started = None if cluster is not None else start(settings.data_dir)
    found = cluster or started
    assert found is not None
    try:
        yield found.urls().app
    finally:
        if started is not None:
            started.stop()
