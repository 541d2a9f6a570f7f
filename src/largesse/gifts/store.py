"""All SQL about sent gifts, which are kept in their journals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.gifts.model import SentGift, Split
from largesse.kernel.database import Connection


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


_LAST = 2**63 - 1
_EVER = datetime(1970, 1, 1, tzinfo=UTC)

# A room's gifts are found by its creator, from the moment when it opened or from a later one.
_OF_ROOMS = (
    " from ledger.received_since(array(select r.creator from room r where r.id = any(%(rooms)s) order by r.id),"
    " array(select greatest(r.opened_at, %(since)s) from room r where r.id = any(%(rooms)s) order by r.id)) a"
    " join sent_gift s on s.sender = a.account and s.seq = a.seq and s.room = any(%(rooms)s)"
)

_SENDER = (
    "case when not s.anonymous then p.id end as sender_id,"
    " case when not s.anonymous then p.handle end as sender_handle,"
    " case when not s.anonymous then p.name end as sender_name"
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
    connection: Connection, *, creator: int, before_seq: int | None, limit: int
) -> list[ReceivedGift]:
    """A creator's gifts, newest first, behind a position."""
    async with connection.cursor(row_factory=class_row(ReceivedGift)) as cursor:
        await cursor.execute(
            "select s.seq, s.id, s.at, s.room, s.gift, g.slug, g.name, s.count, s.coins,"
            f" s.diamonds, s.currency, s.micro, s.tax, s.fees, s.share, s.promotion, {_SENDER}"
            " from ledger.received_before(%s, %s, %s) r"
            " join sent_gift s on s.sender = r.account and s.seq = r.seq"
            " join gift g on g.id = s.gift join person p on p.no = s.sender order by s.seq desc",
            (creator, _LAST if before_seq is None else before_seq, limit),
        )
        return await cursor.fetchall()


async def in_rooms_between(
    connection: Connection, *, rooms: Collection[UUID], since: datetime, until: datetime
) -> list[RoomGift]:
    """The gifts of some rooms in a time, oldest first."""
    async with connection.cursor(row_factory=class_row(RoomGift)) as cursor:
        await cursor.execute(
            "select s.room, s.id, s.at, s.combo, s.count, s.coins, s.diamonds, s.gift,"
            f" {_SENDER}{_OF_ROOMS} join person p on p.no = s.sender"
            " where s.at >= %(since)s and s.at < %(until)s order by s.at, s.seq",
            {"rooms": list(rooms), "since": since, "until": until},
        )
        return await cursor.fetchall()


async def room_supporters(
    connection: Connection, *, room: UUID
) -> list[tuple[UUID | None, str | None, str | None, int]]:
    """Who gave how many coins in a room; the anonymous together, without a name."""
    rows = await connection.execute(
        f"select {_SENDER}, sum(s.coins)::bigint as coins{_OF_ROOMS}"
        " join person p on p.no = s.sender group by 1, 2, 3 order by coins desc",
        {"rooms": [room], "since": _EVER},
    )
    return [tuple(row) async for row in rows]


async def rooms_counts(
    connection: Connection, *, rooms: Collection[UUID], since: datetime, until: datetime
) -> dict[UUID, int]:
    """How many gifts some rooms got in a time."""
    rows = await connection.execute(
        f"select s.room, count(*){_OF_ROOMS} where s.at >= %(since)s and s.at < %(until)s group by 1",
        {"rooms": list(rooms), "since": since, "until": until},
    )
    return {room: count async for room, count in rows}


async def rooms_coins(connection: Connection, *, rooms: Collection[UUID]) -> dict[UUID, int]:
    """How many coins some rooms received."""
    rows = await connection.execute(
        f"select s.room, sum(s.coins)::bigint{_OF_ROOMS} group by 1",
        {"rooms": list(rooms), "since": _EVER},
    )
    return {room: coins async for room, coins in rows}
