"""Prove the books while they are open: every seal, and everything that is stored again from the journals.

The sealed rows are read by number, then one read-only snapshot of the database is
walked purse by purse, all in bounded memory. A finding names the first row that is
wrong. Nothing is repaired: the books are append-only, and a wrong row is a question
for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from largesse.kernel.database import Connection, Database
from largesse.ledger import audit_store
from largesse.ledger.audit_claims_store import CLAIMS_OF_ALL, CLAIMS_OF_PURSES
from largesse.ledger.audit_escrow_laws_store import ESCROW_CHECKS_OF_ALL, ESCROW_CHECKS_OF_PURSES
from largesse.ledger.audit_laws_store import CHECKS_OF_ALL, CHECKS_OF_PURSES, WALKS_OF_PURSES
from largesse.ledger.audit_money_laws_store import CHECKS_OF_MONEY, MONEY
from largesse.ledger.audit_seals import audit_seals
from largesse.ledger.audit_store import Finding, Step
from largesse.ledger.audit_sums_store import SUMS
from largesse.ledger.chain import KeptSeal, SealHead
from largesse.ledger.chart import BY_CODE, COIN, DIAMOND, Unit, name_of

PURSES_A_STEP = 2_000

Findings = dict[str, Finding]


@dataclass(frozen=True, slots=True)
class Flow:
    """What went from one chart code to another: two of the accounts, and the first journal."""

    debit: int
    credit: int
    asset: int
    amount: int
    first: int


class Part(StrEnum):
    """What an audit is looking at, and counts."""

    SEALS = "sealed journals"
    PURSES = "purses"


@dataclass(frozen=True, slots=True)
class Coins:
    """What was issued, or is owed, is in purses or escrow or has gone somewhere."""

    issued: int
    owed: int
    outstanding: int
    escrowed: int
    gone: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and the first wrong row of every check that failed."""

    findings: tuple[Finding, ...]
    journals: int
    transfers: int
    purses: int
    coins_issued: int
    coins_owed: int
    coins_outstanding: int
    coins_escrowed: int
    coins_gone: int
    seal: SealHead | None
    """The newest block of the chain. Keep its number and digest elsewhere."""
    unsealed: int
    """Journals that came after it."""

    @property
    def ok(self) -> bool:
        """Whether everything adds up."""
        return not self.findings


Progress = Callable[[Part, int, int], None]
"""Told how many of a part are done, and how many there are."""


async def audit(
    database: Database, *, kept: KeptSeal | None = None, progress: Progress | None = None
) -> AuditReport:
    """Check seals, floors, odometers, lots, holds, snapshots and conservation against the journals.

    With a `kept` seal, also that the chain still contains it: then nothing that was
    in the books when it was kept has changed since. It wants a patient `Database`:
    some statements walk all books. Gifts go on meanwhile. The walk over the purses
    is one transaction long, so a very long audit keeps old row versions around: run
    it when it is quiet if there is much.
    """
    told = progress or (lambda part, done, total: None)
    seals = await audit_seals(
        database, kept=kept, progress=lambda done, total: told(Part.SEALS, done, total)
    )
    findings = seals.findings
    async with database.work() as connection:
        await audit_store.begin(connection)
        purses = await _walk(connection, findings, told)
        for check in (*CHECKS_OF_ALL, *ESCROW_CHECKS_OF_ALL, *CLAIMS_OF_ALL, *CHECKS_OF_MONEY):
            if found := await audit_store.first_wrong(connection, check):
                findings[check.name] = found
        figures = await _sums(connection, findings)
        coins = await _flows(connection, figures["flows"], findings)
    journals, transfers, unsealed = next(iter(figures["volume"]), (0, 0, 0))
    return AuditReport(
        tuple(findings.values()), journals, transfers, purses,
        coins.issued, coins.owed, coins.outstanding, coins.escrowed, coins.gone, seals.newest, unsealed,
    )  # fmt: skip


async def _walk(connection: Connection, findings: Findings, told: Progress) -> int:
    """Check purse by purse; returns how many there are."""
    total = await audit_store.count_purses(connection)
    done = 0
    after: int | None = None
    told(Part.PURSES, done, total)
    await audit_store.walk_by_index(connection, on=True)
    while step := await audit_store.next_purses(connection, after=after, limit=PURSES_A_STEP):
        await _check(connection, step, findings)
        after = step.last
        done += step.count
        told(Part.PURSES, done, total)
    await audit_store.walk_by_index(connection, on=False)
    return done


async def _check(connection: Connection, step: Step, findings: Findings) -> None:
    """The laws of a run of purses, but for those that are known to be broken."""
    for walk in WALKS_OF_PURSES:
        for found in await audit_store.first_wrongs(connection, walk, step, known=findings):
            findings.setdefault(found.check, found)
    for check in (*CHECKS_OF_PURSES, *ESCROW_CHECKS_OF_PURSES, *CLAIMS_OF_PURSES):
        if check.name in findings:
            continue
        if one := await audit_store.first_wrong(connection, check, step):
            findings[check.name] = one


async def _sums(connection: Connection, findings: Findings) -> dict[str, list[list[int]]]:
    """The laws over sums of all journals; returns the figures."""
    figures: dict[str, list[list[int]]] = {}
    for survey in (SUMS, MONEY):
        found = await audit_store.surveyed(connection, survey)
        findings.update({finding.check: finding for finding in found.findings})
        figures |= found.figures
    return figures


async def _flows(connection: Connection, numbers: list[list[int]], findings: Findings) -> Coins:
    """Invariant 9, and every leg between accounts that there are."""
    held = await audit_store.coins(connection)
    flows = sorted((Flow(*row) for row in numbers), key=lambda flow: flow.first)
    coins = Coins(
        issued=sum(f.amount for f in flows if f.asset == COIN and f.debit % 1000 in (150, 151)),
        owed=held.debt,
        outstanding=held.outstanding,
        escrowed=held.escrowed,
        gone=sum(
            f.amount * (_is_gone(f.credit) - _is_gone(f.debit)) for f in flows if f.asset == COIN
        ),
    )
    if coins.issued + coins.owed != coins.outstanding + coins.escrowed + coins.gone:
        sums = (
            f"issued {coins.issued}, owed {coins.owed}, in purses {coins.outstanding},"
            f" in escrow {coins.escrowed}, gone {coins.gone}"
        )
        findings["conservation of coins"] = Finding("conservation of coins", None, None, sums)
    for flow in flows:
        for number in (flow.debit, flow.credit):
            if not _counts(number, flow.asset) and "chart of accounts" not in findings:
                account = await audit_store.account_of(connection, flow.first)
                what = f"{name_of(number)}, asset {flow.asset}"
                findings["chart of accounts"] = Finding(
                    "chart of accounts", account, flow.first, what
                )
    return coins


def _is_gone(number: int) -> bool:
    """Whether coins that come to this account have left for good."""
    return 160 <= number % 1000 < 180


def _counts(number: int, asset: int) -> bool:
    """Whether there is such an account, and it counts this asset."""
    line = BY_CODE.get(number % 1000)
    if line is None:
        return False
    return {Unit.COIN: asset == COIN, Unit.DIAMOND: asset == DIAMOND}.get(
        line.unit, asset > DIAMOND
    )
