"""A batch of spends on its way through the books: packed, decided by set, one outcome each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from largesse.kernel import columns
from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict, LargesseError
from largesse.ledger.errors import InsufficientCoins, LimitReached, SpendingFrozen
from largesse.ledger.model import Spend, Spent
from largesse.ledger.rules import digest_bytes, key_content, periods

# A writer's connection plans each of its statements once. A plan that was cached while the tables
# were empty would look keys up by sequential scan for ever, so it has no choice.
SESSION = (
    "-c jit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_mergejoin=off"
)

_ITEM = (
    "(%(accounts)s, %(parties)s, %(coins)s, %(diamonds)s, %(kinds)s, %(rates)s, %(counts)s, %(ats)s,"
    " %(ids)s, %(keys)s, %(bodies)s, %(places)s, %(items)s, %(threads)s, %(hidden)s)"
)

# The whole write path of an ordinary act is this one statement, for up to one act a purse:
# 1. lock the senders' purses in the order of their numbers, and nothing else;
# 2. split promo and paid coins, and price the paid ones by the lot that the purse has at its head;
# 3. give a verdict: 0 done, 3 too few coins, 4/5/6 a limit, 7 frozen, 9 for ledger.post_carefully;
# 4. move each odometer once and write the journals, in the order of their numbers.
# A number is drawn only behind the lock: the horizon relies on it. A key that another writer is
# just committing is met by the unique key, and then the batch goes the careful way.
_POST = f"""
with act as materialized (
    select j.*, case when verdict = 0 then nextval('ledger.journal_seq') end as seq
    from (select c.*, case when hard then 9 when frozen then 7 when coins > had then 3
                      when paid > 0 and paid_out + paid > head_to then 9
                      when day_spent + micro > day_limit then 4 when week_spent + micro > week_limit then 5
                      when month_spent + micro > month_limit then 6 else 0 end as verdict
          from (select s.*, ledger.part(head_micro, head_coins, b) - ledger.part(head_micro, head_coins, a) as micro,
                       ledger.part(head_tax, head_coins, b) - ledger.part(head_tax, head_coins, a) as tax_micro,
                       ledger.part(head_fee, head_coins, b) - ledger.part(head_fee, head_coins, a) as fee_micro
                from (select l.*, had - coins as balance, coins - promo as paid, paid_out - head_base as a,
                             paid_out - head_base + least(coins - promo, greatest(head_to - paid_out, 0)) as b
                      from (select x.*, p.currency, p.frozen, p.promo_out, p.paid_out, p.head_to, p.head_base,
                                   p.head_coins, p.head_micro, p.head_tax, p.head_fee,
                                   j.seq is not null or p.promo_until <= %(now)s
                                     or p.prize_in - p.prize_out > p.held_prize as hard,
                                   least(p.promo_in - p.promo_out - p.held_promo, x.coins) as promo,
                                   p.promo_in - p.promo_out - p.held_promo + p.paid_in - p.paid_out - p.held_paid as had,
                                   case when p.day < %(day)s then 0 else p.day_spent end as day_spent, p.day_limit,
                                   case when p.week < %(week)s then 0 else p.week_spent end as week_spent, p.week_limit,
                                   case when p.month < %(month)s then 0 else p.month_spent end as month_spent,
                                   p.month_limit
                            from unnest{_ITEM} with ordinality x (account, party, coins, diamonds, kind, rate, count,
                                at, id, key, body, place, item, thread, hidden, o)
                            join ledger.purse p on p.account = x.account
                            left join ledger.journal j on j.account = x.account and j.key = x.key
                            order by x.account for update of p) l offset 0) s offset 0) c offset 0) j
), moved as (
    update ledger.purse p set
        promo_out = a.promo_out + a.promo, paid_out = a.paid_out + a.paid,
        day = greatest(p.day, %(day)s), week = greatest(p.week, %(week)s), month = greatest(p.month, %(month)s),
        day_spent = a.day_spent + a.micro, week_spent = a.week_spent + a.micro, month_spent = a.month_spent + a.micro
    from act a where p.account = a.account and a.verdict = 0
), written as (
    insert into ledger.journal (account, seq, id, at, key, body, promo, paid, promo_from, paid_from, party, diamonds,
        micro, tax_micro, fee_micro, balance, kind, shape, hidden, count, rate, place, item, thread)
    select account, seq, id, at, key, body, promo, paid, promo_out, paid_out, party, diamonds,
           micro, tax_micro, fee_micro, balance, kind, 1, hidden, count, rate, place, item, thread
    from act where verdict = 0
)
select o::int, verdict, seq, promo, micro, tax_micro, fee_micro, balance, currency::text,
       case verdict when 3 then had when 4 then day_limit - day_spent when 5 then week_limit - week_spent
            when 6 then month_limit - month_spent else 0 end
from act
"""
_CAREFULLY = (
    "select o, verdict, seq, promo, micro, tax_micro, fee_micro, balance, currency, left_over, id, at, prize, paid"
    f" from ledger.post_carefully(%(now)s, %(day)s, %(week)s, %(month)s, {_ITEM[1:]}"
)
_PERIODS = {4: "day", 5: "week", 6: "month"}
_DONE, _REPLAY, _CONFLICT, _TOO_FEW, _HARD = 0, 1, 2, 3, 9
_moment = attrgetter("at")

Outcome = Spent | LargesseError | None


async def post(
    connection: Connection, spends: Sequence[Spend], keys: Sequence[bytes], *, careful: bool
) -> list[Outcome]:
    """One outcome for each spend, in their order; None for one that has to be posted with care.

    `keys` are the digests of the spends' keys. Without care no account may come twice.
    An act that an earlier attempt of this very batch committed is not replayed: its
    answer was lost on the way, but it is the same act.
    """
    # By set, two acts of a purse would take the same coins.
    assert careful or len({spend.account for spend in spends}) == len(spends), "one act a purse"
    statement = _CAREFULLY if careful else _POST
    cursor = await connection.execute(statement, _packed(spends, keys), prepare=True, binary=True)
    found: list[Outcome] = [None] * len(spends)
    for row in await cursor.fetchall():
        place = row[0] - 1
        found[place] = _outcome(spends[place], row)
    return found


def _packed(spends: Sequence[Spend], keys: Sequence[bytes]) -> dict[str, object]:
    now = max(map(_moment, spends))
    day, week, month = periods(now)
    return {
        "now": now,
        "day": day,
        "week": week,
        "month": month,
        "accounts": columns.whole([spend.account for spend in spends]),
        "parties": columns.whole([spend.creator for spend in spends]),
        "coins": columns.whole([spend.coins for spend in spends]),
        "diamonds": columns.whole([spend.diamonds for spend in spends]),
        "kinds": columns.whole([spend.kind for spend in spends]),
        "rates": columns.whole([spend.rate for spend in spends]),
        "counts": columns.whole([spend.count for spend in spends]),
        "ats": columns.moments([spend.at for spend in spends]),
        "ids": columns.uuids([spend.id for spend in spends]),
        "keys": columns.digests(keys),
        "bodies": columns.digests([_content(spend.body) for spend in spends]),
        "places": columns.uuids([spend.place for spend in spends]),
        "items": columns.uuids([spend.item for spend in spends]),
        "threads": columns.uuids([spend.thread for spend in spends]),
        "hidden": columns.flags([spend.hidden for spend in spends]),
    }


@lru_cache(maxsize=4096)
def _content(body: bytes) -> bytes:
    """A flood of one gift asks for the same content again and again."""
    return digest_bytes(body)


def _outcome(spend: Spend, row: Sequence[Any]) -> Outcome:
    _, verdict, seq, promo, micro, tax_micro, fee_micro, balance, currency, left, *first = row
    if verdict <= _REPLAY:
        act, at, prize, paid = first or (spend.id, spend.at, 0, spend.coins - promo)
        return Spent(
            id=act,
            seq=seq,
            account=spend.account,
            at=at,
            coins=promo + prize + paid,
            promo=promo,
            prize=prize,
            paid=paid,
            micro=micro,
            tax_micro=tax_micro,
            fee_micro=fee_micro,
            currency=currency,
            balance=balance,
            replayed=act != spend.id,
        )
    match verdict:
        case 2:
            return IdempotencyConflict()
        case 3:
            return InsufficientCoins(missing=spend.coins - left)
        case 4 | 5 | 6:
            return LimitReached(
                period=_PERIODS[verdict], left_micro=max(left, 0), currency=currency
            )
        case 7:
            return SpendingFrozen()
        case _:
            return None


def key_bytes(key: str) -> bytes:
    """The digest of an idempotency key, as it is sent."""
    return digest_bytes(key_content(key, of="person"))
