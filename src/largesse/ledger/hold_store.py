"""All SQL of holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind
from largesse.ledger.model import Hold, HoldState, OnExpiry

_COLUMNS = "account, id, seq, at, kind, promo, paid, micro, party, diamonds, on_expiry, due, state, prize, rate"
_READ = f"select {_COLUMNS} from ledger.hold where account = %s and id = %s"
_DUE = f"select {_COLUMNS} from ledger.hold where state = 0 and due <= %s order by due limit %s"


async def add_hold(connection: Connection, hold: Hold) -> None:
    """Open a hold."""
    await connection.execute(
        "insert into ledger.hold (account, id, seq, at, kind, promo, paid, micro, party, diamonds,"
        " on_expiry, due, prize, rate)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            hold.account, hold.id, hold.seq, hold.at, int(hold.kind), hold.promo, hold.paid,
            hold.micro, hold.party, hold.diamonds, int(hold.on_expiry), hold.due,
            hold.prize, hold.rate,
        ),
    )  # fmt: skip


async def hold_row(connection: Connection, *, account: int, hold: UUID) -> Hold | None:
    """A hold of this account."""
    cursor = await connection.execute(_READ, (account, hold))
    row = await cursor.fetchone()
    return _hold(row) if row is not None else None


async def due(connection: Connection, *, at: datetime, limit: int) -> list[Hold]:
    """Open holds whose time is up."""
    cursor = await connection.execute(_DUE, (at, limit))
    return [_hold(row) for row in await cursor.fetchall()]


async def close(connection: Connection, hold: Hold, *, state: HoldState, seq: int) -> None:
    """Mark a hold as resolved by a journal; a hold that is not open is our own mistake."""
    closed = await connection.execute(
        "update ledger.hold set state = %s, resolved = %s"
        " where account = %s and id = %s and state = 0",
        (int(state), seq, hold.account, hold.id),
    )
    assert closed.rowcount == 1, "a hold is resolved at most once"


def _hold(row: Sequence[Any]) -> Hold:
    (
        account, hold, seq, at, kind, promo, paid, micro, party, diamonds, on_expiry, due, state,
        prize, rate,
    ) = row  # fmt: skip
    return Hold(
        account=account,
        id=hold,
        seq=seq,
        at=at,
        kind=Kind(kind),
        promo=promo,
        paid=paid,
        micro=micro,
        party=party,
        diamonds=diamonds,
        on_expiry=OnExpiry(on_expiry),
        due=due,
        state=HoldState(state),
        prize=prize,
        rate=rate,
    )
