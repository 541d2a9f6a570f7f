"""The laws of escrow, pots and deferred memberships. Each selects what breaks it."""

from __future__ import annotations

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
)

ESCROW_CHECKS_OF_ALL = (
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
