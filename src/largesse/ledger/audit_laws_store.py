"""The laws of the books. Each selects what breaks it: account, journal, and what is wrong there."""

from __future__ import annotations

from largesse.ledger.audit_walks_store import POOLS, PURSES, Check

WALKS_OF_PURSES = (PURSES, POOLS)

CHECKS_OF_PURSES = (
    Check(
        "floors",
        """
        select account, null::bigint, 'below its floor' from ledger.purse where account between %(first)s and %(last)s
          and (paid_in - paid_out < held_paid or promo_in - promo_out < held_promo
               or prize_in - prize_out < held_prize or least(held_paid, held_promo, held_prize, debt) < 0) order by 1 limit 1
        """,
    ),
    Check(
        "spans without gap or overlap",
        """
        select account, null::bigint, 'pool ' || pool || ': a span from ' || serial_from || ' where '
               || due || ' is due'
        from (select account, pool, serial_from, coalesce(lag(serial_to) over
                     (partition by account, pool order by serial_to), 0) as due
              from ledger.span where account between %(first)s and %(last)s) x
        where serial_from <> due order by account limit 1
        """,
    ),
    Check(
        # A gift that takes the last coin of a lot leaves its head as it is: the next one looks again.
        "the lot at the head of a purse",
        """
        select p.account, null::bigint, 'the purse remembers a lot up to coin ' || p.head_to || ', the spans say '
               || coalesce(s.live, 0)
        from ledger.purse p
        left join (select s.account, max(s.serial_to) filter (where s.serial_to > q.paid_out) as live,
                     bool_or((q.head_to, q.head_base, q.head_coins, q.head_micro, q.head_tax, q.head_fee)
                             = (s.serial_to, s.serial_from - s.lot_from, s.coins, s.micro, s.tax_micro, s.fee_micro)) as known
                   from ledger.span s
                   join ledger.purse q on q.account = s.account and q.account between %(first)s and %(last)s
                   where s.account between %(first)s and %(last)s and s.pool = 1
                     and s.serial_to >= q.paid_out and s.serial_from <= q.paid_out
                   group by 1) s on s.account = p.account
        where p.account between %(first)s and %(last)s and s.known is not true
          and (s.live is not null or (p.head_to, p.head_base, p.head_coins, p.head_micro, p.head_tax, p.head_fee)
                                     <> (0, 0, 1, 0, 0, 0))
        order by 1 limit 1
        """,
    ),
    Check(
        "lots against their spans",
        """
        select l.account, l.seq, 'lot of ' || l.coins || ' coins, spans of ' || coalesce(s.coins, 0)
               || ' or at another price'
        from ledger.lot l
        left join (select account, lot, ledger.total(serial_to - serial_from) as coins, bool_and(lot_from = due) as whole,
                     min(coins) as of_coins, max(coins) as of_coins_max, min(micro) as micro, max(micro) as micro_max,
                     min(tax_micro) as tax_micro, max(tax_micro) as tax_micro_max, min(fee_micro) as fee_micro,
                     max(fee_micro) as fee_micro_max
                   from (select *, ledger.total(serial_to - serial_from) over w - (serial_to - serial_from) as due
                         from ledger.span where account between %(first)s and %(last)s and not back
                         window w as (partition by account, lot order by lot_from rows unbounded preceding)) o group by 1, 2) s
          on s.account = l.account and s.lot = l.id
        where l.account between %(first)s and %(last)s
          and (s.coins is distinct from l.coins or not s.whole
               or (s.of_coins, s.micro, s.tax_micro, s.fee_micro) <> (l.coins, l.micro, l.tax_micro, l.fee_micro)
               or (s.of_coins_max, s.micro_max, s.tax_micro_max, s.fee_micro_max)
                   <> (l.coins, l.micro, l.tax_micro, l.fee_micro))
        order by l.account, l.seq limit 1
        """,
    ),
    Check(
        "holds against the purse",
        """
        select p.account, null::bigint, 'open holds differ from what the purse holds'
        from ledger.purse p
        left join (select account, sum(paid) as paid, sum(promo) as promo, sum(prize) as prize from ledger.hold
                   where account between %(first)s and %(last)s and state = 0 group by 1) h on h.account = p.account
        where p.account between %(first)s and %(last)s
          and (p.held_paid, p.held_promo, p.held_prize)
              <> (coalesce(h.paid, 0), coalesce(h.promo, 0), coalesce(h.prize, 0))
        order by 1 limit 1
        """,
    ),
    Check(
        "holds against their journals",
        """
        select h.account, h.seq, 'the hold and its journals disagree'
        from ledger.hold h
        left join ledger.journal made on made.account = h.account and made.seq = h.seq
          and made.account between %(first)s and %(last)s
        left join ledger.journal ended on ended.account = h.account and ended.seq = h.resolved
          and ended.account between %(first)s and %(last)s
        where h.account between %(first)s and %(last)s
          and ((made.shape, made.promo, made.prize, made.paid) is distinct from (3, h.promo, h.prize, h.paid)
            or (h.state <> 0 and (ended.shape, ended.promo, ended.prize, ended.paid)
                is distinct from (3 + h.state, h.promo, h.prize, h.paid)))
        order by 1, 2 limit 1
        """,
    ),
)

CHECKS_OF_ALL = (
    Check(
        "journal numbers were drawn",
        """
        select account, seq, 'nobody drew this number' from ledger.journal
        where seq < 1 or seq > (select last_value from ledger.journal_seq) order by seq limit 1
        """,
    ),
    Check(
        # Below the newest seal the seals say it.
        "every transfer and lot has its journal",
        """
        select x.account, x.seq, x.what from (
            select account, seq, 'leg ' || leg || ' has no journal' as what from ledger.transfer
            union all
            select account, seq, 'lot ' || id || ' has no journal' from ledger.lot) x
        left join ledger.journal j on j.account = x.account and j.seq = x.seq
        where j.account is null and x.seq > (select coalesce(max(seq_to), 0) from ledger.seal)
        order by 1, 2 limit 1
        """,
    ),
)
