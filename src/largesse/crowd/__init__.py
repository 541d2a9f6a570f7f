"""The simulated crowd: people who watch, chat, recharge and give, from outside.

It knows Largesse as any client does, over HTTP and the room socket, and pays at
the provider's own page. Nothing here may import a feature or touch the database;
what it must remember are the accounts that it made itself.
"""

from __future__ import annotations

from largesse.crowd.command import simulate
from largesse.crowd.run import Plan, crowd_until_called

__all__ = ["Plan", "crowd_until_called", "simulate"]
