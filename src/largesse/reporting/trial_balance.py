"""Report all books at a moment: debit = credit in every asset."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime

from largesse.kernel.database import Database
from largesse.ledger import CHART, TrialBalance, asset_name, name_of, trial_balance
from largesse.reporting.shapes import TrialRow
from largesse.reporting.sheet import Report, each

_NAMES = {line.code: line.name for line in CHART}


@asynccontextmanager
async def report_trial_balance(database: Database, *, before: datetime) -> AsyncIterator[Report]:
    """Every account of the house, every line of the chart over all people, and the totals."""
    found = await trial_balance(database, before=before)
    head = {"at": before, "balances": all(total.balances for total in found.totals)}
    yield Report("trial-balance", head, TrialRow, each(_rows(found)))


def _rows(found: TrialBalance) -> Iterator[TrialRow]:
    for line in found.lines:
        yield TrialRow(
            what="people" if line.account is None else "account",
            asset=asset_name(line.asset),
            account=line.account,
            code=line.code,
            name=name_of(line.account) if line.account is not None else _NAMES.get(line.code),
            debits=line.debits,
            credits=line.credits,
            debit_balance=line.debit_balance,
            credit_balance=line.credit_balance,
        )
    for total in found.totals:
        yield TrialRow(
            what="total",
            asset=asset_name(total.asset),
            account=None,
            code=None,
            name=None,
            debits=total.debits,
            credits=total.credits,
            debit_balance=total.debit_balance,
            credit_balance=total.credit_balance,
        )
