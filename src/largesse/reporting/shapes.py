"""Reports as operators see them. Coins, diamonds and money are whole numbers, money in minor units.

A report's `lines` are the rows of its CSV, field by field. Micro is a millionth of
a currency's major unit; `value_micro` includes the tax.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class AccountShown(msgspec.Struct, frozen=True):
    number: int
    words: str
    name: str


class BalanceShown(msgspec.Struct, frozen=True):
    """One asset over the period; balances are positive on the side on which the account grows."""

    asset: str
    opening: int
    debits: int
    credits: int
    closing: int


class StatementRow(msgspec.Struct, frozen=True):
    """An opening or closing balance of an asset, or a leg with the balance after it.

    A closing row sums the period's debits and credits.
    """

    what: Literal["opening", "leg", "closing"]
    at: datetime | None
    journal_id: str | None
    seq: int | None
    kind: str | None
    counter_account: int | None
    counter_name: str | None
    asset: str
    debit: int | None
    credit: int | None
    balance: int


class StatementShown(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """An account over a period: from `from` (null: the beginning) up to, not including, `to`."""

    account: AccountShown
    since: datetime | None
    until: datetime
    balances: list[BalanceShown]
    lines: list[StatementRow]


class TrialRow(msgspec.Struct, frozen=True):
    """An account of the house, a line of the chart over all people, or an asset's total."""

    what: Literal["account", "people", "total"]
    asset: str
    account: int | None
    code: int | None
    name: str | None
    debits: int
    credits: int
    debit_balance: int
    credit_balance: int


class TrialBalanceShown(msgspec.Struct, frozen=True):
    """All acts that happened before `at`; `balances` says that debit = credit in every asset."""

    at: datetime
    balances: bool
    lines: list[TrialRow]


class UnusedRow(msgspec.Struct, frozen=True):
    """Unused coins; without a country those in escrow, and those that no lot explains."""

    pool: str
    country: str | None
    currency: str | None
    coins: int
    value_micro: int
    tax_micro: int


class UnusedCoinsShown(msgspec.Struct, frozen=True):
    """What people had not used by the acts that happened before `at`."""

    at: datetime
    lines: list[UnusedRow]


class BreakageRow(msgspec.Struct, frozen=True):
    """Coins that went in a month, or paid ones that were unused at the end, by age in days."""

    what: str
    month: str | None
    days_min: int | None
    days_max: int | None
    pool: str
    country: str | None
    currency: str | None
    coins: int
    value_micro: int
    tax_micro: int


class BreakageShown(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """What expired or was forfeited in a period, and what was unused at its end."""

    since: datetime | None
    until: datetime
    lines: list[BreakageRow]
