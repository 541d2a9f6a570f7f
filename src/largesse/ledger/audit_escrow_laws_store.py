"""The laws of escrow, pots and deferred memberships. Each selects what breaks it."""

from __future__ import annotations

from largesse.ledger.audit_laws_store import LEGS
from largesse.ledger.audit_walks_store import Check

ESCROW_CHECKS_OF_PURSES = (
    Check(
        "escrows against their journals",
        """
        select e.account, e.seq, 'the escrow and its journal disagree'
        from ledger.escrow e
        left join ledger.journal j on j.account = e.account and j.seq = e.seq
          and j.account between %(first)s and %(last)s
        where e.account between %(first)s and %(last)s
          and (j.shape, j.party, j.promo, j.prize, j.paid, j.promo_from, j.prize_from, j.paid_from)
              is distinct from (7, e.holder, e.promo, e.prize, e.paid, e.promo_from, e.prize_from, e.paid_from)
        order by 1, 2 limit 1
        """,
    ),
    Check(
        # That the odometer counts them is said by the purse against its journals.
        "coins that came back",
        """
        select p.account, null::bigint, 'pool ' || pools.pool || ': ' || coalesce(s.back, 0) || ' serials are marked, '
               || pools.entered - coalesce(l.coins, 0) || ' came in without a lot of their own'
        from ledger.purse p
        cross join lateral (values (1, p.paid_in), (2, p.promo_in), (3, p.prize_in)) pools (pool, entered)
        left join (select account, pool, ledger.total(serial_to - serial_from) as back from ledger.span
                   where account between %(first)s and %(last)s and back group by 1, 2) s
          on s.account = p.account and s.pool = pools.pool
        left join (select account, pool, ledger.total(coins) as coins from ledger.lot
                   where account between %(first)s and %(last)s group by 1, 2) l
          on l.account = p.account and l.pool = pools.pool
        where p.account between %(first)s and %(last)s
          and coalesce(s.back, 0) <> pools.entered - coalesce(l.coins, 0)
        order by 1 limit 1
        """,
    ),
)

ESCROW_CHECKS_OF_ALL = (
    Check(
        "coins in escrow",
        """
        select coalesce(j.holder, e.holder), null::bigint, 'the journals leave ' || coalesce(j.coins, 0)
               || ' coins of ' || coalesce(j.micro, 0) || ' micro in escrow, there are '
               || coalesce(e.coins, 0) || ' of ' || coalesce(e.micro, 0)
        from (select case shape when 9 then account else party end as holder,
                     sum(case shape when 7 then 1 else -1 end * (promo + prize + paid)) as coins,
                     sum(case shape when 7 then 1 else -1 end * micro) as micro,
                     sum(case shape when 7 then 1 else -1 end * tax_micro) as tax,
                     sum(case shape when 7 then 1 else -1 end * fee_micro) as fee
              from ledger.journal where shape in (7, 8, 9, 11) group by 1) j
        full join (select holder, sum(promo + prize + paid - used) as coins, sum(micro) as micro,
                     sum(tax_micro) as tax, sum(fee_micro) as fee
                   from ledger.escrow group by 1) e on e.holder = j.holder
        where (j.coins, j.micro, j.tax, j.fee) is distinct from (e.coins, e.micro, e.tax, e.fee)
        order by 1 limit 1
        """,
    ),
    Check(
        "a pot that was shared out is empty",
        """
        select p.party, e.seq, e.coins || ' coins are left in a pot that was shared out'
        from ledger.pot p
        cross join lateral (select min(seq) as seq, sum(promo + prize + paid - used) as coins
                            from ledger.escrow where holder = p.party and state = 0) e
        where p.state = 1 and e.coins > 0 order by 1 limit 1
        """,
    ),
    Check(
        "escrow by its transfers",
        f"""
        select t.account / 1000, null::bigint, 'the transfers leave ' || t.coins || ' coins in escrow, there are '
               || coalesce(e.coins, 0)
        from (select side.account, sum(side.coins) as coins from {LEGS} t
              cross join lateral (values (t.debit, -t.amount), (t.credit, t.amount)) side (account, coins)
              where t.asset = 1 and side.account % 1000 = 140 group by 1) t
        left join (select holder, sum(promo + prize + paid - used) as coins from ledger.escrow group by 1) e
          on e.holder = t.account / 1000
        where t.coins <> coalesce(e.coins, 0) order by 1 limit 1
        """,
    ),
    Check(
        "deferred memberships",
        """
        select coalesce(t.account, d.account), null::bigint, 'the transfers defer ' || coalesce(t.minor, 0)
               || ' of memberships, ' || coalesce(d.minor, 0) || ' are not earned yet'
        from (select x.account, sum(case when x.credit = 1401 then x.amount else -x.amount end) as minor
              from ledger.transfer x where 1401 in (x.debit, x.credit) group by 1) t
        full join (select account, sum(net - ledger.part(share, periods, passed)
                     - ledger.part(net - share, periods, passed)) as minor
                   from ledger.deferral group by 1) d on d.account = t.account
        where t.minor is distinct from d.minor order by 1 limit 1
        """,
    ),
)
