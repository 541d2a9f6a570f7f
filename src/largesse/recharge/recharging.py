"""What every step of a recharge needs at hand, put together once by `main`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.payments import Provider, Providers
from largesse.recharge.asking import Asking
from largesse.recharge.model import Recharge, RechargeRules, State
from largesse.recharge.paper import Issuer


@dataclass(frozen=True, slots=True)
class RechargeNews:
    """An order moved, or auto-recharge stopped: then there may be no order to name.

    `balance` is what can be spent now, when coins came or went; `repaid` coins of a credit went into what was owed.
    """

    person: UUID
    reference: str
    at: datetime
    state: State | None
    what: str
    balance: int | None = None
    repaid: int = 0


class Tell(Protocol):
    """Whoever tells one person alone what is new; called after the commit, and never blocks."""

    def __call__(self, news: RechargeNews) -> None: ...


def nobody_listens(news: RechargeNews) -> None:
    """For commands and jobs that run apart from the gateway."""


@dataclass(frozen=True, slots=True)
class Recharging:
    """The database, the providers, the house's numbers, and the way to the buyer's screen.

    `origin` is our own address, where payers come back to; `issuer` is who our receipts are from.
    """

    database: Database
    providers: Providers
    clock: Clock
    origin: str
    rules: RechargeRules = field(default_factory=RechargeRules)
    issuer: Issuer = field(default_factory=Issuer)
    compare_channels: bool = True
    tell: Tell = nobody_listens
    asking: Asking = field(default_factory=Asking)

    def provider_of(self, recharge: Recharge) -> Provider:
        """Who collects the money of this order."""
        return self.providers[recharge.provider]
