"""Hold the rows of the books against their seals, and the seals against each other."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from largesse.kernel.database import Connection, Database
from largesse.ledger import seal_store
from largesse.ledger.audit_store import Finding
from largesse.ledger.chain import (
    GENESIS,
    LOT_KEY_BYTES,
    TRANSFER_KEY_BYTES,
    KeptSeal,
    Seal,
    SealHead,
    digest_of,
    first_wrong_key,
    first_wrong_number,
    joined,
    mark_at,
    marks_behind,
    verdict,
)
from largesse.ledger.seal_store import Columns

# So many journal numbers are read at once: some ten megabytes in the database, four here.
NUMBERS_A_READ = 131_072

_SEQ_AND_LEG = struct.Struct(">qh")


@dataclass(slots=True)
class SealsReport:
    """What the chain said; a finding a law, by its name."""

    findings: dict[str, Finding]
    newest: SealHead | None = None

    def note(self, law: str, account: int | None, seq: int | None, detail: str) -> None:
        """Remember the first wrong row of a law."""
        self.findings.setdefault(law, Finding(law, account, seq, detail))


async def audit_seals(
    database: Database, *, kept: KeptSeal | None, progress: Callable[[int, int], None]
) -> SealsReport:
    """Follow the chain from its first block, and every sealed row with it.

    Each read is a transaction of its own: what is sealed cannot change honestly.
    """
    report = SealsReport({})
    async with database.work() as connection:
        total = await seal_store.numbers_sealed(connection)
    done = 0
    met = False
    progress(done, total)
    while seals := await _read(database, report):
        for seal in seals:
            _follow(seal, report)
            if kept is not None and seal.block == kept.block:
                met = True
                if seal.digest != kept.digest:
                    report.note("kept seal", None, None, f"block {seal.block} has another digest")
            done += seal.contents.seq_to - seal.contents.seq_from + 1
        progress(done, total)
    if kept is not None and not met:
        report.note("kept seal", None, None, f"the chain has no block {kept.block}")
    return report


async def _read(database: Database, report: SealsReport) -> list[Seal]:
    """The next blocks, after a look at their rows."""
    after = 0 if report.newest is None else report.newest.block
    async with database.work() as connection:
        await seal_store.begin(connection)
        columns = await seal_store.columns(connection)
        seals = await seal_store.next_seals(connection, after=after, numbers_max=NUMBERS_A_READ)
        for run in _runs(seals):
            await _compare(connection, run, columns, report)
    return seals


def _follow(seal: Seal, report: SealsReport) -> None:
    """A block goes on where the one before ended, and its digest is its own."""
    before = report.newest
    block, seq, digest = (
        (0, 0, GENESIS) if before is None else (before.block, before.seq_to, before.digest)
    )
    law = "chain of seals"
    if (seal.block, seal.contents.seq_from, seal.previous) != (block + 1, seq + 1, digest):
        report.note(law, None, None, f"block {seal.block} does not go on where block {block} ended")
    elif digest_of(seal) != seal.digest:
        report.note(law, None, None, f"block {seal.block} does not have the digest of its contents")
    report.newest = SealHead(seal.block, seal.contents.seq_to, seal.at, seal.digest)


def _runs(seals: Sequence[Seal]) -> Iterator[list[Seal]]:
    """Split blocks where one cannot be read together with the next."""
    run: list[Seal] = []
    for seal in seals:
        if run and (seal.widths, seal.contents.seq_from) != (
            run[-1].widths,
            run[-1].contents.seq_to + 1,
        ):
            yield run
            run = []
        run.append(seal)
    if run:
        yield run


async def _compare(
    connection: Connection, run: Sequence[Seal], columns: Columns, report: SealsReport
) -> None:
    """Read the rows of some blocks, and name the first that is not what was sealed."""
    kept, widths = joined(run), run[0].widths
    found, _ = await seal_store.contents(
        connection, first=kept.seq_from, last=kept.seq_to, of=columns, widths=widths
    )
    number = first_wrong_number(kept, found)
    if number is not None:
        rows = await seal_store.journals_at(connection, number, of=columns, widths=widths)
        account, what = _wrong(mark_at(kept, number), rows)
        report.note("sealed journals", account, number, f"this journal {what}")
    key = first_wrong_key(kept.transfer_marks, found.transfer_marks, key_bytes=TRANSFER_KEY_BYTES)
    if key is not None:
        number, leg = _SEQ_AND_LEG.unpack(key)
        rows = await seal_store.transfers_at(connection, (number, leg), of=columns, widths=widths)
        account, what = _wrong(marks_behind(kept.transfer_marks, key), rows)
        report.note("sealed transfers", account, number, f"its leg {leg} {what}")
    key = first_wrong_key(kept.lot_marks, found.lot_marks, key_bytes=LOT_KEY_BYTES)
    if key is not None:
        number, lot = int.from_bytes(key[:8], signed=True), UUID(bytes=key[8:])
        rows = await seal_store.lots_at(connection, (number, lot), of=columns, widths=widths)
        account, what = _wrong(marks_behind(kept.lot_marks, key), rows)
        report.note("sealed lots", account, number, f"its lot {lot} {what}")


def _wrong(kept: set[bytes], rows: Sequence[tuple[int, bytes]]) -> tuple[int | None, str]:
    """Whose row it is, if there still is one, and what happened to it."""
    account = next((account for account, mark in rows if mark not in kept), None)
    return account, verdict(kept, {mark for _, mark in rows})
