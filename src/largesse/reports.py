"""Reports, operators and coupons from the command line, on the books that the settings name."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import datetime
from typing import Annotated

import cyclopts
import uvloop
from cyclopts import Parameter

from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.migrations.standing import applied, newest
from largesse.kernel.money import Money
from largesse.kernel.postgres import reached
from largesse.people import Viewer, grant_operator, revoke_operator
from largesse.recharge import NewCoupon, add_coupon
from largesse.reporting import (
    Form,
    Report,
    moment,
    period,
    report_breakage,
    report_statement,
    report_trial_balance,
    report_unused_coins,
    written,
)
from largesse.settings import Settings, read_settings

From = Annotated[str | None, Parameter(name="--from", help="day or moment; the beginning")]
To = Annotated[str | None, Parameter(name="--to", help="day (to its end) or moment; now")]
At = Annotated[str | None, Parameter(name="--at", help="day (to its end) or moment; now")]
FormAsked = Annotated[Form, Parameter(name="--format")]

Opening = Callable[[Database, datetime], AbstractAsyncContextManager[Report]]

operator = cyclopts.App(name="operator", help="Say who runs the house.")
coupons = cyclopts.App(name="coupons", help="Codes that make coins cheaper.")


def statement(
    account: str, *, since: From = None, until: To = None, form: FormAsked = Form.CSV
) -> int:
    """Every leg of an account (1042100, mira:paid, house:deferred_revenue) and its balances."""

    def opened(database: Database, now: datetime) -> AbstractAsyncContextManager[Report]:
        asked = period(since, until, now=now)
        return report_statement(database, account=account, period=asked)

    return _print(opened, form)


def trial_balance(*, at: At = None, form: FormAsked = Form.CSV) -> int:
    """All books at a moment: debit = credit in every asset."""
    return _print(lambda books, now: report_trial_balance(books, before=moment(at, now=now)), form)


def unused_coins(*, at: At = None, form: FormAsked = Form.CSV) -> int:
    """Coins that were unused at a moment, by pool, country and currency, with their value."""
    return _print(lambda books, now: report_unused_coins(books, before=moment(at, now=now)), form)


def breakage(*, since: From = None, until: To = None, form: FormAsked = Form.CSV) -> int:
    """Coins that expired or were forfeited by month, and paid coins unused at the end by age."""
    return _print(
        lambda books, now: report_breakage(books, period=period(since, until, now=now)), form
    )


@operator.command
def grant(handle: str) -> int:
    """Let somebody who has an account read the reports and answer for other people's money."""
    return _say(lambda database: grant_operator(database, handle=handle))


@operator.command
def revoke(handle: str) -> int:
    """Make an operator a viewer again."""
    return _say(lambda database: revoke_operator(database, handle=handle))


@coupons.command
def add(
    code: str,
    *,
    percent: int | None = None,
    amount: int | None = None,
    currency: str = "USD",
    bonus_coins: int | None = None,
    name: str = "",
    until: To = None,
    uses: int | None = None,
    uses_each: int = 1,
    coins_min: int = 0,
) -> int:
    """Give out a coupon: --percent 20, or --amount 500 (minor units of --currency), or --bonus-coins 50."""

    async def work(database: Database, settings: Settings) -> None:
        now = SystemClock(settings.clock_offset_s).now()
        new = NewCoupon(
            code=code,
            name=name,
            percent=percent,
            amount=None if amount is None else Money(amount, currency),
            promo_coins=bonus_coins,
            ends_at=None if until is None else moment(until, now=now),
            uses_max=uses,
            account_uses_max=uses_each,
            coins_min=coins_min,
        )
        async with database.work() as connection:
            coupon = await add_coupon(connection, new, now=now)
        sys.stdout.write(f"{coupon.name} can be used now\n")

    return on_books(work)


def _print(opening: Opening, form: Form) -> int:
    async def work(database: Database, settings: Settings) -> None:
        now = SystemClock(settings.clock_offset_s).now()
        async with opening(database, now) as report, aclosing(written(report, form)) as pieces:
            async for piece in pieces:
                sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()

    try:
        return on_books(work)
    except BrokenPipeError:
        # Whoever reads has seen enough; the interpreter's own flush must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _say(change: Callable[[Database], Awaitable[Viewer]]) -> int:
    async def work(database: Database, _settings: Settings) -> None:
        person = await change(database)
        sys.stdout.write(f"{person.handle} is now: {person.role}\n")

    return on_books(work)


def on_books(work: Callable[[Database, Settings], Awaitable[None]]) -> int:
    """Do it on the books; 0, or 2 with the reason why it was refused."""
    settings = read_settings()

    async def opened(url: str) -> None:
        database = Database(url, connections_max=2, patient=True)
        await database.open()
        try:
            async with database.read() as connection:
                if await applied(connection) != newest():
                    raise Unavailable("These books have another schema than this version needs.")
            await work(database, settings)
        finally:
            await database.close()

    try:
        with reached(settings) as url:
            uvloop.run(opened(url))
    except LargesseError as refusal:
        sys.stderr.write(f"{refusal.detail}\n")
        return 2
    return 0
