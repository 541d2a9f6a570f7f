"""The way from whoever announces a fact to the node that owns the room.

One node: the way is a function call. A cluster puts NATS in the same place.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from largesse.rooms import Fact, PrivateEvent


class Receiver(Protocol):
    """The hub's end of the bus."""

    def take(self, room: UUID, fact: Fact) -> None:
        """A fact about a room arrived."""
        ...

    def take_private(self, account: UUID, event: PrivateEvent) -> None:
        """Something for one account arrived."""
        ...


class Bus(Protocol):
    """Carries facts to the hubs; it may carry one twice, and never blocks."""

    def carry(self, room: UUID, fact: Fact) -> None:
        """Bring a fact to the room's owner."""
        ...

    def carry_private(self, account: UUID, event: PrivateEvent) -> None:
        """Bring an event to all nodes where this account may be connected."""
        ...

    def deliver_to(self, receiver: Receiver) -> None:
        """Name the hub of this node."""
        ...


class LocalBus:
    """The bus of a single node."""

    def __init__(self) -> None:
        self._receiver: Receiver | None = None

    def deliver_to(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def carry(self, room: UUID, fact: Fact) -> None:
        assert self._receiver is not None
        self._receiver.take(room, fact)

    def carry_private(self, account: UUID, event: PrivateEvent) -> None:
        assert self._receiver is not None
        self._receiver.take_private(account, event)
