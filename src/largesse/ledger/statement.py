"""The statement of any account: what it had, every leg of a period, and what it had then."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection, Database
from largesse.ledger import statement_store
from largesse.ledger.chart import BY_CODE, COIN, DIAMOND, PARTY_WIDTH, Guard, Side, Unit
from largesse.ledger.statement_store import AssetSums, LegRow


@dataclass(frozen=True, slots=True)
class Period:
    """From `since`, or from the beginning, up to but not including `until`."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class AssetBalance:
    """One asset of an account over a period; balances are positive on its growing side."""

    asset: int
    opening: int
    debits: int
    credits: int
    closing: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One leg, and the balance of its asset after it. `counter` is the account on its other side."""

    at: datetime
    journal: UUID
    seq: int
    kind: int
    counter: int
    asset: int
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period. `lines` can be read once, while it is open."""

    account: int
    period: Period
    balances: tuple[AssetBalance, ...]
    lines: AsyncGenerator[StatementLine, None]


@asynccontextmanager
async def open_statement(
    database: Database, *, account: int, period: Period
) -> AsyncIterator[Statement]:
    """One moment's view of an account, read in order of time and in bounded memory.

    Acts are placed by when they happened; those of one moment by their number. It
    holds a snapshot of the database while it is open, and wants a patient one.
    """
    async with database.work() as connection:
        await statement_store.begin(connection)
        found = await statement_store.sums(
            connection,
            number=account,
            owner=_owner(account),
            since=period.since,
            until=period.until,
        )
        balances = tuple(_balance(account, sums) for sums in found) or _nothing(account)
        yield Statement(account, period, balances, _lines(connection, account, period, balances))


async def _lines(
    connection: Connection,
    account: int,
    period: Period,
    balances: tuple[AssetBalance, ...],
) -> AsyncGenerator[StatementLine, None]:
    running = {balance.asset: balance.opening for balance in balances}
    legs = statement_store.legs(
        connection,
        number=account,
        owner=_owner(account),
        since=period.since,
        until=period.until,
    )
    async with aclosing(legs):
        async for leg in legs:
            running[leg.asset] += _grown(account, debits=leg.debit, credits_=leg.credit)
            yield _line(leg, balance=running[leg.asset])
    # The sums and the lines are two readings of the same rows.
    assert running == {balance.asset: balance.closing for balance in balances}


def _line(leg: LegRow, *, balance: int) -> StatementLine:
    return StatementLine(
        at=leg.at,
        journal=leg.journal,
        seq=leg.seq,
        kind=leg.kind,
        counter=leg.counter,
        asset=leg.asset,
        debit=leg.debit,
        credit=leg.credit,
        balance=balance,
    )


def _balance(account: int, sums: AssetSums) -> AssetBalance:
    opening = _grown(account, debits=sums.debits_before, credits_=sums.credits_before)
    closing = opening + _grown(account, debits=sums.debits, credits_=sums.credits)
    return AssetBalance(sums.asset, opening, sums.debits, sums.credits, closing)


def _nothing(account: int) -> tuple[AssetBalance, ...]:
    """An account without a leg has nothing of what it counts; of money it has no currency yet."""
    asset = {Unit.COIN: COIN, Unit.DIAMOND: DIAMOND}.get(BY_CODE[account % PARTY_WIDTH].unit)
    return () if asset is None else (AssetBalance(asset, 0, 0, 0, 0),)


def _grown(account: int, *, debits: int, credits_: int) -> int:
    side = BY_CODE[account % PARTY_WIDTH].side
    return credits_ - debits if side is Side.CREDIT else debits - credits_


def _owner(account: int) -> int | None:
    """Whose journals hold all legs of this account, where there is one."""
    party, code = divmod(account, PARTY_WIDTH)
    return party if BY_CODE[code].guard is Guard.PURSE else None
