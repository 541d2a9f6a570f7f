"""The port that takes letters out of the house."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Accepted:
    """The letter is the other side's business now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be taken: such an address does not exist, for one."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not now, or nobody answered; it may have been taken all the same."""

    why: str


Answer = Accepted | Refused | Unknown


class Carrier(Protocol):
    """A way out. It never raises for the network: that is `Unknown`."""

    async def carry(self, message: EmailMessage) -> Answer:
        """Hand one message over."""
        ...
