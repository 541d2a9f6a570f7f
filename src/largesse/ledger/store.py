"""All SQL of single acts and reads. Rows stay here; values go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.errors import guarded
from largesse.ledger.lots import Pool
from largesse.ledger.model import Leg
from largesse.ledger.rules import Periods


@dataclass(frozen=True, slots=True)
class PurseRow:
    """A purse as it stands in the table; the odometers say what its coins' serials are."""

    account: int
    currency: str
    paid_in: int
    paid_out: int
    promo_in: int
    promo_out: int
    prize_in: int
    prize_out: int
    held_paid: int
    held_promo: int
    held_prize: int
    debt: int
    promo_until: datetime | None
    day: int
    week: int
    month: int
    day_spent: int
    week_spent: int
    month_spent: int
    day_limit: int | None
    week_limit: int | None
    month_limit: int | None
    frozen_for: int

    @property
    def frozen(self) -> bool:
        """Whether spending is paused, for any reason."""
        return bool(self.frozen_for)

    @property
    def paid(self) -> int:
        """Paid coins that can be spent."""
        return self.paid_in - self.paid_out - self.held_paid

    @property
    def promo(self) -> int:
        """Promo coins that can be spent."""
        return self.promo_in - self.promo_out - self.held_promo

    @property
    def prize(self) -> int:
        """Prize coins that can be spent."""
        return self.prize_in - self.prize_out - self.held_prize

    @property
    def spendable(self) -> int:
        """All coins that can be spent."""
        return self.paid + self.promo + self.prize

    def split(self, coins: int) -> tuple[int, int, int]:
        """How the next coins would be taken: promo first, then prize, then paid."""
        promo = min(self.promo, coins)
        prize = min(self.prize, coins - promo)
        return (promo, prize, coins - promo - prize)

    def spent(self, today: Periods) -> tuple[int, int, int]:
        """Micro of the gift budget used today, this week, this month."""
        return (
            self.day_spent if self.day >= today.day else 0,
            self.week_spent if self.week >= today.week else 0,
            self.month_spent if self.month >= today.month else 0,
        )


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One act, as it is written."""

    account: int
    seq: int
    id: UUID
    at: datetime
    key: UUID
    body: UUID
    kind: Kind
    shape: Shape
    balance: int
    promo: int = 0
    paid: int = 0
    promo_from: int = 0
    paid_from: int = 0
    party: int | None = None
    diamonds: int = 0
    micro: int = 0
    tax_micro: int = 0
    fee_micro: int = 0
    prize: int = 0
    prize_from: int = 0
    rate: int | None = None


_JOURNAL = (
    "account, seq, id, at, key, body, kind, shape, balance, promo, paid, promo_from, paid_from,"
    " party, diamonds, micro, tax_micro, fee_micro, prize, prize_from, rate"
)
_PURSE = (
    "account, currency, paid_in, paid_out, promo_in, promo_out, prize_in, prize_out,"
    " held_paid, held_promo, held_prize, debt,"
    " nullif(promo_until, 'infinity') as promo_until, day, week, month,"
    " day_spent, week_spent, month_spent, day_limit, week_limit, month_limit, frozen_for"
)
_READ_PURSE = f"select {_PURSE} from ledger.purse where account = %s"
_READ_BY_KEY = f"select {_JOURNAL} from ledger.journal where account = %s and key = %s"
_ADD_JOURNAL = f"insert into ledger.journal ({_JOURNAL}) values ({', '.join(['%s'] * 21)})"


async def add_purse(connection: Connection, *, account: int, currency: str, at: datetime) -> None:
    """Make an empty purse, unless there is one."""
    await connection.execute(
        "insert into ledger.purse (account, currency, opened_at) values (%s, %s, %s)"
        " on conflict (account) do nothing",
        (account, currency, at),
    )


async def purse_row(connection: Connection, account: int, *, lock: bool = False) -> PurseRow | None:
    """A purse, locked until the transaction ends where a change will follow."""
    async with connection.cursor(row_factory=class_row(PurseRow)) as cursor:
        await cursor.execute(
            _READ_PURSE + " for update" if lock else _READ_PURSE,
            (account,),
        )
        return await cursor.fetchone()


async def expire_promo(connection: Connection, *, account: int, at: datetime) -> int:
    """Let the promo coins go whose time is over; returns how many went."""
    cursor = await connection.execute("select ledger.expire_promo(%s, %s)", (account, at))
    row = await cursor.fetchone()
    assert row is not None
    gone: int = row[0]
    return gone


async def unlocked_purses(connection: Connection, *, accounts: Sequence[int]) -> set[int]:
    """Those of the purses that nobody has locked; they are locked now."""
    cursor = await connection.execute(
        "select account from ledger.purse where account = any(%s) for update skip locked",
        (list(accounts),),
    )
    return {account for (account,) in await cursor.fetchall()}


async def purses_below(
    connection: Connection, *, accounts: Sequence[int], floors: Sequence[int]
) -> set[int]:
    """Those of the purses in which fewer coins than their floor can be spent."""
    cursor = await connection.execute(
        "select account from unnest(%s::bigint[], %s::bigint[]) asked (account, floor)"
        " join ledger.purse using (account)"
        " where paid_in - paid_out - held_paid + promo_in - promo_out - held_promo"
        " + prize_in - prize_out - held_prize < floor",
        (list(accounts), list(floors)),
    )
    return {account for (account,) in await cursor.fetchall()}


async def overdue_promo(connection: Connection, *, account: int, at: datetime) -> int:
    """How many promo coins `expire_promo` would let go now."""
    cursor = await connection.execute(
        "select coalesce(ledger.overdue_promo(%s, %s), 0)", (account, at)
    )
    row = await cursor.fetchone()
    assert row is not None
    overdue: int = row[0]
    return overdue


async def stale_purses(connection: Connection, *, at: datetime, limit: int) -> list[int]:
    """Purses with promo coins whose time is over."""
    cursor = await connection.execute(
        "select account from ledger.purse where promo_until <= %s"
        " and promo_in - promo_out > held_promo order by promo_until limit %s",
        (at, limit),
    )
    return [account for (account,) in await cursor.fetchall()]


async def next_seq(connection: Connection) -> int:
    """The next journal's number. The caller has locked a row, so its transaction has an id.

    The horizon relies on that order: see `rollup`.
    """
    cursor = await connection.execute(
        "select nextval('ledger.journal_seq') from pg_current_xact_id()"
    )
    row = await cursor.fetchone()
    assert row is not None
    number: int = row[0]
    return number


async def journal_by_key(connection: Connection, *, account: int, key: UUID) -> JournalRow | None:
    """The act that this key already caused, if it did."""
    async with connection.cursor(row_factory=class_row(JournalRow)) as cursor:
        await cursor.execute(
            _READ_BY_KEY,
            (account, key),
        )
        return await cursor.fetchone()


@guarded
async def add_journal(connection: Connection, row: JournalRow, legs: Sequence[Leg] = ()) -> None:
    """Write an act, with those legs that its wide row cannot say."""
    await connection.execute(
        _ADD_JOURNAL,
        (
            row.account, row.seq, row.id, row.at, row.key, row.body, int(row.kind), int(row.shape),
            row.balance, row.promo, row.paid, row.promo_from, row.paid_from,
            row.party, row.diamonds, row.micro, row.tax_micro, row.fee_micro,
            row.prize, row.prize_from, row.rate,
        ),
    )  # fmt: skip
    for number, leg in enumerate(legs, start=10):
        await connection.execute(
            "insert into ledger.transfer (account, seq, leg, debit, credit, amount, asset)"
            " values (%s, %s, %s, %s, %s, %s, %s)",
            (row.account, row.seq, number, leg.debit, leg.credit, leg.amount, leg.asset),
        )


async def lock_books(connection: Connection, *, account: int, key: UUID) -> None:
    """Serialise acts of one key where no purse does it, until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(%s::bigint # %s::bigint)",
        (account, int.from_bytes(key.bytes[:8], signed=True)),
    )


async def basis(
    connection: Connection,
    *,
    account: int,
    from_serial: int,
    to_serial: int,
    pool: Pool = Pool.PAID,
) -> tuple[int, int, int]:
    """What the serials [from, to) of a pool cost their buyer: micro, and the tax and fee in it."""
    if from_serial >= to_serial:
        return (0, 0, 0)
    cursor = await connection.execute(
        "select micro, tax_micro, fee_micro from ledger.basis(%s, %s, %s, %s::smallint)",
        (account, from_serial, to_serial, int(pool)),
    )
    row = await cursor.fetchone()
    assert row is not None
    micro, tax_micro, fee_micro = row
    return (micro, tax_micro, fee_micro)


async def cost(
    connection: Connection, *, account: int, paid: tuple[int, int], prize: tuple[int, int]
) -> tuple[int, int, int]:
    """What paid and prize serials cost together; each pool as [from, to). Promo cost nothing."""
    bought = await basis(connection, account=account, from_serial=paid[0], to_serial=paid[1])
    won = await basis(
        connection, account=account, from_serial=prize[0], to_serial=prize[1], pool=Pool.PRIZE
    )
    return (bought[0] + won[0], bought[1] + won[1], bought[2] + won[2])


@guarded
async def write_purse(connection: Connection, purse: PurseRow) -> None:
    """Store a purse that the caller has locked; its floors are checked once more by the table.

    The lot at its head is looked up again, so spans are laid before this is called.
    """
    await connection.execute(
        "update ledger.purse p set paid_in = %s, paid_out = %s, promo_in = %s, promo_out = %s,"
        " prize_in = %s, prize_out = %s, held_paid = %s, held_promo = %s, held_prize = %s, debt = %s,"
        " promo_until = coalesce(%s::timestamptz, 'infinity'),"
        " day = %s, week = %s, month = %s, day_spent = %s, week_spent = %s, month_spent = %s,"
        " day_limit = %s, week_limit = %s, month_limit = %s, frozen = %s, frozen_for = %s,"
        " head_to = h.head_to, head_base = h.head_base, head_coins = h.head_coins,"
        " head_micro = h.head_micro, head_tax = h.head_tax, head_fee = h.head_fee"
        " from ledger.head(%s, %s) h where p.account = %s",
        (
            purse.paid_in, purse.paid_out, purse.promo_in, purse.promo_out,
            purse.prize_in, purse.prize_out, purse.held_paid, purse.held_promo, purse.held_prize,
            purse.debt, purse.promo_until,
            purse.day, purse.week, purse.month,
            purse.day_spent, purse.week_spent, purse.month_spent,
            purse.day_limit, purse.week_limit, purse.month_limit,
            purse.frozen, int(purse.frozen_for), purse.account, purse.paid_out, purse.account,
        ),
    )  # fmt: skip
