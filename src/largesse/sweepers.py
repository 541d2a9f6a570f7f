"""What happens by the clock: nothing that was promised waits for a person to press a button.

Every sweeper is safe to repeat and to run on many workers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from largesse import ledger
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.jobs import Jobs
from largesse.mail import Carrier, send_mail
from largesse.recharge import (
    PaperPrinter,
    Recharging,
    acknowledge_purchases,
    expire_recharges,
    forget_methods,
    number_papers,
    probe_providers,
    sweep_auto_recharges,
    sweep_recharges,
    sweep_refunds,
    watch_stores,
)


@dataclass(frozen=True, slots=True)
class Mailing:
    """Who carries our mail, and whom it is from."""

    carrier: Carrier
    sender: str


@dataclass(frozen=True, slots=True)
class Sweepers:
    """The sweepers' tools, and how long pending diamonds wait."""

    database: Database
    clock: Clock
    recharging: Recharging
    mailing: Mailing
    clearing: timedelta

    def register(self, jobs: Jobs) -> None:
        """Put every sweeper on the clock (cron with seconds)."""
        jobs.every("*/2 * * * * *", "resolve_holds", self.resolve_holds)
        jobs.every("*/5 * * * * *", "sweep_recharges", self.sweep_recharges)
        jobs.every("*/5 * * * * *", "acknowledge_purchases", self.acknowledge_purchases)
        jobs.every("20 * * * * *", "watch_stores", self.watch_stores)
        jobs.every("*/3 * * * * *", "auto_recharge", self.auto_recharge)
        jobs.every("*/10 * * * * *", "forget_methods", self.forget_methods)
        jobs.every("*/15 * * * * *", "probe_providers", self.probe_providers)
        jobs.every("*/2 * * * * *", "number_papers", self.number_papers)
        jobs.every("*/5 * * * * *", "send_mail", self.send_mail)
        jobs.every("*/2 * * * * *", "roll_up_books", self.roll_up)
        jobs.every("15 * * * * *", "book_spends", self.book_spends)
        jobs.every("*/10 * * * * *", "seal_books", self.seal_books)
        jobs.every("25 * * * * *", "return_cancelled_entries", self.return_cancelled_entries)
        jobs.every("30 * * * * *", "expire_promo_coins", self.expire_promo_coins)
        jobs.every("45 */10 * * * *", "mature_diamonds", self.mature_diamonds)

    async def resolve_holds(self) -> None:
        """Held coins are spent or returned when their time is up."""
        await ledger.resolve_due_holds(self.database, at=self.clock.now())

    async def sweep_recharges(self) -> None:
        """Paid orders without a notice are found, stale ones end, refunds reach their end."""
        now = self.clock.now()
        # One round each time, however many are due: forty questions a second are what a provider's
        # limits leave room for, and paying people come first.
        await sweep_recharges(self.recharging, now=now)
        await expire_recharges(self.recharging, now=now)
        await sweep_refunds(self.recharging, now=now)

    async def acknowledge_purchases(self) -> None:
        """App stores hear that coins were given, before they give the money back."""
        await acknowledge_purchases(self.recharging, now=self.clock.now())

    async def watch_stores(self) -> None:
        """What an app store's notices did not bring is found in its own lists."""
        await watch_stores(self.recharging, now=self.clock.now())

    async def probe_providers(self) -> None:
        """A payment provider that fell silent is asked whether it is back."""
        await probe_providers(self.recharging, now=self.clock.now())

    async def auto_recharge(self) -> None:
        """Whoever is short of coins and agreed to it gets their pack."""
        await sweep_auto_recharges(self.recharging, now=self.clock.now())

    async def forget_methods(self) -> None:
        """Providers forget the methods that people removed."""
        await forget_methods(self.recharging, now=self.clock.now())

    async def number_papers(self) -> None:
        """Receipts get their numbers, in the order of the books, and are mailed."""
        await number_papers(self.recharging, now=self.clock.now())

    async def send_mail(self) -> None:
        """Letters leave, and those that nobody took are tried again."""
        await send_mail(
            self.database,
            self.mailing.carrier,
            PaperPrinter(self.recharging),
            sender=self.mailing.sender,
            now=self.clock.now(),
        )

    async def roll_up(self) -> None:
        """Balances of accounts that nobody locks stay short to read."""
        await ledger.roll_up(self.database)

    async def return_cancelled_entries(self) -> None:
        """Entries into what was cancelled go back to the lots they came from."""
        await ledger.return_cancelled(self.database, at=self.clock.now())

    async def book_spends(self) -> None:
        """What was spent is earned, and owed to creators, in real money too."""
        await ledger.book_spends(self.database, at=self.clock.now())

    async def seal_books(self) -> None:
        """What has settled in the books can no longer change unnoticed."""
        await ledger.seal(self.database, at=self.clock.now())

    async def expire_promo_coins(self) -> None:
        """Promo coins leave when their time is over."""
        await ledger.expire_promos(self.database, at=self.clock.now())

    async def mature_diamonds(self) -> None:
        """Pending diamonds become available after the clearing window."""
        now = self.clock.now()
        await ledger.mature_all(self.database, earned_until=now - self.clearing, at=now)
