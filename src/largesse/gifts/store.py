"""All SQL about sent gifts, and the rows that join the ledger's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.gifts.model import SentGift, Split, split_of
from largesse.kernel.database import Connection
from largesse.ledger import Filed, Spent


@dataclass(frozen=True, slots=True)
class GiftRow:
    """What a gift's act carries through the ledger: everything but what the ledger finds out."""

    creator: int
    room: UUID
    gift: UUID
    combo: UUID
    count: int
    diamonds: int
    diamond_micro: int
    anonymous: bool


@dataclass(frozen=True, slots=True)
class ReceivedGift:
    """One line of a creator's list; the sender's name is None for an anonymous gift."""

    seq: int
    id: UUID
    at: datetime
    room: UUID
    gift: UUID
    slug: str
    name: str
    count: int
    coins: int
    diamonds: int
    currency: str
    micro: int
    tax: int
    fees: int
    share: int
    promotion: int
    sender_id: UUID | None
    sender_handle: str | None
    sender_name: str | None


@dataclass(frozen=True, slots=True)
class RoomGift:
    """A gift as its room tells it; the sender is None for an anonymous gift."""

    room: UUID
    id: UUID
    at: datetime
    combo: UUID
    count: int
    coins: int
    diamonds: int
    gift: UUID
    sender_id: UUID | None
    sender_handle: str | None
    sender_name: str | None


_SENDER = (
    "case when not s.anonymous then p.id end as sender_id,"
    " case when not s.anonymous then p.handle end as sender_handle,"
    " case when not s.anonymous then p.name end as sender_name"
)

# A cursor that somebody made up may name a moment that the database cannot hold.
_MICROS_MAX = 9_000_000_000_000_000

_WRITE = (
    "select write_sent_gifts(%s::bigint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],"
    " %s::uuid[], %s::int[], %s::bigint[], %s::bool[])"
)


def split_in_row(spent: Spent, row: GiftRow) -> Split:
    """The split of a gift that the ledger has just taken the coins of."""
    return split_of(
        coins=spent.coins,
        diamonds=row.diamonds,
        cost_basis=spent.micro,
        tax=spent.tax_micro,
        fees=spent.fee_micro,
        diamond_micro=row.diamond_micro,
        currency=spent.currency,
    )


async def write_batch(connection: Connection, filed: Sequence[Filed]) -> None:
    """Send the gift rows of one ledger batch: one statement in its transaction and round trip."""
    lines = [_written(act, act.row) for act in filed if isinstance(act.row, GiftRow)]
    assert len(lines) == len(filed), "only gifts come here"
    # Arrays travel as text literals: several times cheaper than adapting every value.
    columns = ["{" + ",".join(column) + "}" for column in zip(*lines, strict=True)]
    await connection.execute(_WRITE, columns, prepare=True)


def _written(act: Filed, row: GiftRow) -> tuple[str, ...]:
    return (
        str(act.account),
        act.key,
        act.id.hex,
        row.room.hex,
        row.gift.hex,
        row.combo.hex,
        str(row.count),
        str(row.diamond_micro),
        "t" if row.anonymous else "f",
    )


async def diamond_rates(connection: Connection) -> dict[str, int]:
    """What one diamond is worth in each currency, in micro."""
    rows = await connection.execute("select currency, micro from diamond_rate")
    return {currency: micro async for currency, micro in rows}


async def sent_gift(connection: Connection, *, sender: int, seq: int, balance: int) -> SentGift:
    """A gift as it was first answered; the ledger remembers the balance of that moment."""
    rows = await connection.execute(
        "select id, creator, room, gift, combo, count, at, anonymous, coins, micro, tax, fees,"
        " share, promotion, diamonds, currency from sent_gift where sender = %s and seq = %s",
        (sender, seq),
    )
    row = await rows.fetchone()
    assert row is not None, "a gift's row commits with its journal"
    sent, creator, room, gift, combo, count, at, anonymous = row[:8]
    coins, micro, tax, fees, share, promotion, diamonds, currency = row[8:]
    split = Split(
        coins=coins,
        cost_basis=micro,
        tax=tax,
        fees=fees,
        platform=micro - tax - fees - share,
        creator=share,
        promotion=promotion,
        diamonds=diamonds,
        currency=currency,
    )
    return SentGift(
        id=sent,
        seq=seq,
        sender=sender,
        creator=creator,
        room=room,
        gift=gift,
        combo=combo,
        count=count,
        at=at,
        anonymous=anonymous,
        balance=balance,
        split=split,
        replayed=True,
    )


async def position_of(connection: Connection, *, sender: int, sent: UUID) -> int | None:
    """Where a gift of this sender stands in the books."""
    rows = await connection.execute(
        "select seq from sent_gift where sender = %s and id = %s", (sender, sent)
    )
    row = await rows.fetchone()
    return None if row is None else int(row[0])


async def received_by(
    connection: Connection, *, creator: int, before: tuple[int, int] | None, limit: int
) -> list[ReceivedGift]:
    """A creator's gifts, newest first, behind a moment (in microseconds) and a position."""
    micros, seq = before or (_MICROS_MAX, 2**62)
    async with connection.cursor(row_factory=class_row(ReceivedGift)) as cursor:
        await cursor.execute(
            "select s.seq, s.id, s.at, s.room, s.gift, g.slug, g.name, s.count, s.coins,"
            f" s.diamonds, s.currency, s.micro, s.tax, s.fees, s.share, s.promotion, {_SENDER}"
            " from sent_gift s join gift g on g.id = s.gift join person p on p.no = s.sender"
            " where s.creator = %(creator)s"
            " and (s.at, s.seq) < (timestamptz 'epoch' + %(micros)s * interval '1 microsecond', %(seq)s)"
            " order by s.at desc, s.seq desc limit %(limit)s",
            {"creator": creator, "micros": min(micros, _MICROS_MAX), "seq": seq, "limit": limit},
        )
        return await cursor.fetchall()


async def in_rooms_between(
    connection: Connection, *, rooms: Collection[UUID], since: datetime, until: datetime
) -> list[RoomGift]:
    """The gifts of some rooms in a time, oldest first."""
    async with connection.cursor(row_factory=class_row(RoomGift)) as cursor:
        await cursor.execute(
            "select s.room, s.id, s.at, s.combo, s.count, s.coins, s.diamonds, s.gift,"
            f" {_SENDER} from room r join sent_gift s on s.creator = r.creator and s.room = r.id"
            " join person p on p.no = s.sender"
            " where r.id = any(%s) and s.at >= %s and s.at < %s order by s.at, s.seq",
            (list(rooms), since, until),
        )
        return await cursor.fetchall()


async def room_supporters(
    connection: Connection, *, room: UUID
) -> list[tuple[UUID | None, str | None, str | None, int]]:
    """Who gave how many coins in a room; the anonymous together, without a name."""
    rows = await connection.execute(
        f"select {_SENDER}, sum(s.coins)::bigint as coins"
        " from room r join sent_gift s on s.creator = r.creator and s.room = r.id"
        " and s.at >= r.opened_at join person p on p.no = s.sender"
        " where r.id = %s group by 1, 2, 3 order by coins desc",
        (room,),
    )
    return [tuple(row) async for row in rows]


async def rooms_counts(
    connection: Connection, *, rooms: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, int]:
    """How many gifts some rooms got in a time."""
    rows = await connection.execute(
        "select r.id, count(*) from room r"
        " join sent_gift s on s.creator = r.creator and s.room = r.id"
        " and s.at >= %s and s.at < %s where r.id = any(%s) group by r.id",
        (since, until, list(rooms)),
    )
    return {room: count async for room, count in rows}


async def rooms_coins(connection: Connection, *, rooms: Collection[UUID]) -> dict[UUID, int]:
    """How many coins some rooms received."""
    rows = await connection.execute(
        "select r.id, sum(s.coins)::bigint from room r"
        " join sent_gift s on s.creator = r.creator and s.room = r.id and s.at >= r.opened_at"
        " where r.id = any(%s) group by r.id",
        (list(rooms),),
    )
    return {room: coins async for room, coins in rows}
