"""The trial balance: every line of the chart at a moment, and per asset debit = credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from largesse.kernel.database import Database
from largesse.ledger import statement_store
from largesse.ledger.chart import PARTY_WIDTH, PEOPLE_FROM
from largesse.ledger.statement_store import LineSums


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One account of the house, or a line of the chart over all people (`account` is None).

    What went through either side, and what is left, on the side where it is left.
    """

    asset: int
    code: int
    account: int | None
    debits: int
    credits: int
    debit_balance: int
    credit_balance: int


@dataclass(frozen=True, slots=True)
class TrialTotal:
    """The sums of one asset's lines."""

    asset: int
    debits: int
    credits: int
    debit_balance: int
    credit_balance: int

    @property
    def balances(self) -> bool:
        """Whether debit = credit, in what moved and in what is left."""
        return (self.debits, self.debit_balance) == (self.credits, self.credit_balance)


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All books at a moment: lines by asset and code, and one total an asset."""

    before: datetime
    lines: tuple[TrialLine, ...]
    totals: tuple[TrialTotal, ...]


async def trial_balance(database: Database, *, before: datetime) -> TrialBalance:
    """Every line of the chart from the acts that happened before a moment.

    It reads all books once, from one snapshot, and wants a patient `Database`.
    """
    async with database.work() as connection:
        await statement_store.begin(connection)
        found = await statement_store.trial_balance(
            connection, before=before, house_parties=PEOPLE_FROM
        )
    lines = tuple(_line(sums) for sums in found)
    assets = sorted({line.asset for line in lines})
    return TrialBalance(before, lines, tuple(_total(asset, lines) for asset in assets))


def _line(sums: LineSums) -> TrialLine:
    left = sums.debits - sums.credits
    return TrialLine(
        asset=sums.asset,
        code=sums.code,
        account=None if sums.party is None else sums.party * PARTY_WIDTH + sums.code,
        debits=sums.debits,
        credits=sums.credits,
        debit_balance=max(left, 0),
        credit_balance=max(-left, 0),
    )


def _total(asset: int, lines: tuple[TrialLine, ...]) -> TrialTotal:
    mine = [line for line in lines if line.asset == asset]
    return TrialTotal(
        asset=asset,
        debits=sum(line.debits for line in mine),
        credits=sum(line.credits for line in mine),
        debit_balance=sum(line.debit_balance for line in mine),
        credit_balance=sum(line.credit_balance for line in mine),
    )
