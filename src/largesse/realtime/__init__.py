"""Room sockets: the hub that owns rooms and the gateway that serves connections.

It knows how events travel, not what they mean: rules of rooms are in `rooms`.
`Hub` is the `Stage` that features speak to; `main` gives the gateway its methods.
"""

from largesse.realtime.bus import Bus, LocalBus
from largesse.realtime.calls import Method, Methods
from largesse.realtime.frames import Limits
from largesse.realtime.gate import SocketLimits
from largesse.realtime.gateway import Gateway
from largesse.realtime.hub import Hub
from largesse.realtime.tokens import Tokens

__all__ = [
    "Bus",
    "Gateway",
    "Hub",
    "Limits",
    "LocalBus",
    "Method",
    "Methods",
    "SocketLimits",
    "Tokens",
]
