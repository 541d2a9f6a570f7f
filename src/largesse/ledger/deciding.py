"""Decide something that was open, exactly once: what all decisions have in common."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger import store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.claims_model import Decision
from largesse.ledger.earlier import earlier_act
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow


async def decided(connection: Connection, decision: Decision) -> JournalRow | None:
    """The act that this decision already was, if its key came before.

    The caller holds the lock of the account. Raises `IdempotencyConflict` where the
    key decided something else.
    """
    key = key_digest(decision.key, of="decision")
    return await earlier_act(connection, account=decision.account, key=key, body=_body(decision))


async def decision_row(
    connection: Connection, decision: Decision, *, kind: Kind, balance: int = 0
) -> JournalRow:
    """The journal of a decision; it moves no coins of a purse unless its shape is changed."""
    return JournalRow(
        account=decision.account,
        seq=await store.next_seq(connection),
        id=decision.id,
        at=decision.at,
        key=key_digest(decision.key, of="decision"),
        body=_body(decision),
        kind=kind,
        shape=Shape.OTHER,
        balance=balance,
    )


def _body(decision: Decision) -> UUID:
    return digest(decision.on.bytes + decision.body)
