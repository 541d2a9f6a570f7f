"""What an operator sees of the room sockets at `/metrics`."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

CONNECTIONS = Gauge("largesse_socket_connections", "Room sockets that are open.")
FRAMES = Counter("largesse_room_frames", "Frames that rooms flushed.")
DELIVERIES = Counter("largesse_room_deliveries", "Frames times listeners.")
SLOW = Counter("largesse_socket_slow", "Clients dropped because they did not keep up.")
CALLS = Counter("largesse_socket_calls", "Calls over the room socket.", ["method", "status"])
