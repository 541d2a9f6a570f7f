"""All SQL of escrows and pots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind
from largesse.ledger.escrow_model import Escrow, EscrowState, Pot, PotState

_COLUMNS = (
    "account, id, holder, seq, at, kind, promo, prize, paid, promo_from, prize_from, paid_from,"
    " used, micro, tax_micro, fee_micro, state"
)
_FACTS = _COLUMNS.split(", ")[:-1]
_POT = "select party, id, currency, state, key, body from ledger.pot"


@dataclass(frozen=True, slots=True)
class Content:
    """What lies in a pot: coins, and what they had cost."""

    coins: int
    micro: int
    tax_micro: int
    fee_micro: int


async def add_escrow(connection: Connection, escrow: Escrow) -> None:
    """Open an escrow."""
    await connection.execute(
        f"insert into ledger.escrow ({_COLUMNS}) values ({', '.join(['%s'] * 17)})",
        (
            escrow.account, escrow.id, escrow.holder, escrow.seq, escrow.at, int(escrow.kind),
            escrow.promo, escrow.prize, escrow.paid,
            escrow.promo_from, escrow.prize_from, escrow.paid_from,
            escrow.used, escrow.micro, escrow.tax_micro, escrow.fee_micro, int(escrow.state),
        ),
    )  # fmt: skip


async def escrow_row(connection: Connection, *, account: int, escrow: UUID) -> Escrow | None:
    """An escrow of this account."""
    cursor = await connection.execute(
        f"select {_COLUMNS} from ledger.escrow where account = %s and id = %s", (account, escrow)
    )
    row = await cursor.fetchone()
    return _escrow(row) if row is not None else None


async def write_escrow(connection: Connection, escrow: Escrow) -> None:
    """Store how much of an escrow is left; one that is not open is our own mistake."""
    written = await connection.execute(
        "update ledger.escrow set used = %s, micro = %s, tax_micro = %s, fee_micro = %s, state = %s"
        " where account = %s and id = %s and state = 0",
        (
            escrow.used, escrow.micro, escrow.tax_micro, escrow.fee_micro, int(escrow.state),
            escrow.account, escrow.id,
        ),
    )  # fmt: skip
    assert written.rowcount == 1, "an escrow ends at most once"


async def has_open_escrow(connection: Connection, *, account: int) -> bool:
    """Whether anything of this person is in escrow."""
    cursor = await connection.execute(
        "select exists (select from ledger.escrow where account = %s and state = 0)", (account,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])


async def add_pot(connection: Connection, *, pot: UUID, currency: str, at: datetime) -> None:
    """Make an empty pot, unless there is one."""
    await connection.execute(
        "insert into ledger.pot (party, id, currency, at)"
        " select nextval('ledger.pot_party'), %s, %s, %s"
        " where not exists (select from ledger.pot where id = %s) on conflict (id) do nothing",
        (pot, currency, at, pot),
    )


async def pot_row(
    connection: Connection, pot: UUID, *, lock: Literal["share", "update"]
) -> Pot | None:
    """A pot: shared among those who enter, or locked by whoever ends it."""
    cursor = await connection.execute(f"{_POT} where id = %s for {lock}", (pot,))
    row = await cursor.fetchone()
    return _pot(row) if row is not None else None


async def share_pot_of(connection: Connection, holder: int) -> None:
    """Keep a pot from being shared out while an entry leaves it."""
    await connection.execute("select 1 from ledger.pot where party = %s for share", (holder,))


async def end_pot(
    connection: Connection, pot: Pot, *, state: PotState, key: UUID, body: UUID, at: datetime
) -> None:
    """Mark a pot as shared out or cancelled."""
    ended = await connection.execute(
        "update ledger.pot set state = %s, key = %s, body = %s, ended_at = %s"
        " where party = %s and state = 0",
        (int(state), key, body, at, pot.party),
    )
    assert ended.rowcount == 1, "a pot ends at most once"


async def pot_content(connection: Connection, pot: Pot) -> Content:
    """What lies in a pot now."""
    cursor = await connection.execute(
        "select coalesce(sum(promo + prize + paid - used), 0)::bigint,"
        " coalesce(sum(micro), 0)::bigint, coalesce(sum(tax_micro), 0)::bigint,"
        " coalesce(sum(fee_micro), 0)::bigint from ledger.escrow where holder = %s and state = 0",
        (pot.party,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return Content(*row)


async def empty_pot(connection: Connection, pot: Pot) -> None:
    """Mark every entry of a pot as spent."""
    await connection.execute(
        "update ledger.escrow set used = promo + prize + paid, micro = 0, tax_micro = 0,"
        " fee_micro = 0, state = %s where holder = %s and state = 0",
        (int(EscrowState.SPENT), pot.party),
    )


async def entries_to_return(connection: Connection, *, limit: int) -> list[Escrow]:
    """Entries that still lie in a pot that was cancelled."""
    cursor = await connection.execute(
        f"select {_COLUMNS} from ledger.escrow e where e.state = 0 and e.holder in"
        " (select party from ledger.pot where state = 2) order by account, id limit %s",
        (limit,),
    )
    return [_escrow(row) for row in await cursor.fetchall()]


def _escrow(row: Sequence[Any]) -> Escrow:
    *facts, state = row
    values = dict(zip(_FACTS, facts, strict=True))
    values["kind"] = Kind(values["kind"])
    return Escrow(**values, state=EscrowState(state))


def _pot(row: Sequence[Any]) -> Pot:
    party, pot, currency, state, key, body = row
    return Pot(party, pot, currency, PotState(state), key, body)
