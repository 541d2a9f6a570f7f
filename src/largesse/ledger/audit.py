"""Prove the books while they are open: everything that is stored again from the journals.

One read-only snapshot of the database, walked purse by purse in bounded memory.
A finding names the first row that is wrong. Nothing is repaired: the books are
append-only, and a wrong row is a question for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from largesse.kernel.database import Connection, Database
from largesse.ledger import audit_store
from largesse.ledger.audit_claims_store import CLAIMS_OF_ALL, CLAIMS_OF_PURSES
from largesse.ledger.audit_escrow_laws_store import ESCROW_CHECKS_OF_ALL, ESCROW_CHECKS_OF_PURSES
from largesse.ledger.audit_laws_store import CHECKS_OF_ALL, CHECKS_OF_PURSES
from largesse.ledger.audit_money_laws_store import CHECKS_OF_MONEY
from largesse.ledger.audit_store import Finding
from largesse.ledger.chart import CHART, Unit, name_of

PURSES_A_STEP = 2_000


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was looked at, and the first wrong row of every check that failed."""

    findings: tuple[Finding, ...]
    transfers: int
    accounts: int
    coins_issued: int
    coins_owed: int
    coins_outstanding: int
    coins_escrowed: int
    coins_gone: int

    @property
    def ok(self) -> bool:
        """Whether everything adds up."""
        return not self.findings


Progress = Callable[[int, int], None]
"""Told how many purses are done, and how many there are."""


async def audit(database: Database, *, progress: Progress | None = None) -> AuditReport:
    """Check floors, odometers, lots, holds, snapshots and conservation against the journals.

    It wants a patient `Database`: some statements walk all books. Gifts go on meanwhile. The snapshot is one transaction long, so a very long
    audit keeps old row versions around: run it when it is quiet if there is much.
    """
    async with database.work() as connection:
        await audit_store.begin(connection)
        return await _audit(connection, progress or (lambda done, total: None))


async def _audit(connection: Connection, progress: Progress) -> AuditReport:
    findings: dict[str, Finding] = {}
    total = await audit_store.count_purses(connection)
    done = 0
    transfers = await audit_store.count_house_transfers(connection)
    after: int | None = None
    progress(done, total)
    while step := await audit_store.next_purses(connection, after=after, limit=PURSES_A_STEP):
        for check in (*CHECKS_OF_PURSES, *ESCROW_CHECKS_OF_PURSES, *CLAIMS_OF_PURSES):
            if check.name in findings:
                continue
            if found := await audit_store.first_wrong(connection, check, step):
                findings[check.name] = found
        transfers += await audit_store.count_transfers(connection, step)
        after = step.last
        done += step.count
        progress(done, total)

    for check in (*CHECKS_OF_ALL, *ESCROW_CHECKS_OF_ALL, *CLAIMS_OF_ALL, *CHECKS_OF_MONEY):
        if found := await audit_store.first_wrong(connection, check):
            findings[check.name] = found
    for found in await _unknown_accounts(connection):
        findings.setdefault(found.check, found)

    coins = await audit_store.coins(connection)
    if coins.issued + coins.debt != coins.outstanding + coins.escrowed + coins.gone:
        findings["conservation of coins"] = Finding(
            "conservation of coins",
            None,
            None,
            f"issued {coins.issued}, owed {coins.debt}, in purses {coins.outstanding},"
            f" in escrow {coins.escrowed}, gone {coins.gone}",
        )
    accounts = await audit_store.count_accounts(connection)
    return AuditReport(
        findings=tuple(findings.values()),
        transfers=transfers,
        accounts=accounts,
        coins_issued=coins.issued,
        coins_owed=coins.debt,
        coins_outstanding=coins.outstanding,
        coins_escrowed=coins.escrowed,
        coins_gone=coins.gone,
    )


async def _unknown_accounts(connection: Connection) -> list[Finding]:
    """Legs outside the chart, or of an asset that their account does not count."""
    asset_of = {Unit.COIN: 1, Unit.DIAMOND: 2}
    codes = {line.code: asset_of.get(line.unit) for line in CHART}
    return [
        Finding(
            "chart of accounts", leg.account, leg.seq, f"{name_of(leg.number)}, asset {leg.asset}"
        )
        for leg in await audit_store.kinds_of_legs(connection)
        if leg.number % 1000 not in codes
        or (codes[leg.number % 1000] or max(leg.asset, 3)) != leg.asset
    ]
