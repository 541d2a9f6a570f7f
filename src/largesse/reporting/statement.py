"""Report one account: what it had, every leg of a period, and what it had then."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import msgspec

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.ledger import Period, Statement, asset_name, kind_name, name_of, open_statement
from largesse.reporting.account import account_named
from largesse.reporting.shapes import BalanceShown, StatementRow
from largesse.reporting.sheet import Report


@asynccontextmanager
async def report_statement(
    database: Database, *, account: str, period: Period
) -> AsyncIterator[Report]:
    """The statement of an account that was named by number or in words; raises `NotFound`."""
    found = await account_named(database, account)
    async with open_statement(database, account=found.number, period=period) as statement:
        head = {
            "account": found,
            "from": period.since,
            "to": period.until,
            "balances": [
                BalanceShown(
                    asset_name(one.asset), one.opening, one.debits, one.credits, one.closing
                )
                for one in statement.balances
            ],
        }
        yield Report(f"statement-{found.number}", head, StatementRow, _rows(statement))


async def _rows(statement: Statement) -> AsyncGenerator[msgspec.Struct, None]:
    period = statement.period
    for one in statement.balances:
        yield StatementRow(
            what="opening", at=period.since, journal_id=None, seq=None, kind=None,
            counter_account=None, counter_name=None, asset=asset_name(one.asset),
            debit=None, credit=None, balance=one.opening,
        )  # fmt: skip
    async with aclosing(statement.lines) as lines:
        async for line in lines:
            yield StatementRow(
                what="leg", at=line.at, journal_id=ids.show("jrn", line.journal), seq=line.seq,
                kind=kind_name(line.kind), counter_account=line.counter,
                counter_name=name_of(line.counter), asset=asset_name(line.asset),
                debit=line.debit, credit=line.credit, balance=line.balance,
            )  # fmt: skip
    for one in statement.balances:
        yield StatementRow(
            what="closing", at=period.until, journal_id=None, seq=None, kind=None,
            counter_account=None, counter_name=None, asset=asset_name(one.asset),
            debit=one.debits, credit=one.credits, balance=one.closing,
        )  # fmt: skip
