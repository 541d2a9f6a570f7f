"""The laws of claims: debts, freezes, earmarks, disputes, what creators have and withdraw."""

from __future__ import annotations

from largesse.ledger.audit_walks_store import Check

CLAIMS_OF_PURSES = (
    Check(
        "frozen for a reason",
        """
        select p.account, null::bigint, 'frozen for ' || p.frozen_for || ', owes ' || p.debt || ', open disputes '
               || d.open
        from ledger.purse p
        left join (select account, count(*) as disputes from ledger.dispute
                   where account between %(first)s and %(last)s and state = 0 group by 1) o on o.account = p.account
        cross join lateral (select coalesce(o.disputes, 0) as open) d
        where p.account between %(first)s and %(last)s
          and (p.frozen <> (p.frozen_for <> 0) or (p.frozen_for & 2 <> 0) <> (d.open > 0)
               or (p.frozen_for & 4 <> 0) <> (p.debt > 0))
        order by 1 limit 1
        """,
    ),
    Check(
        "earmarks against their holds",
        """
        select h.account, h.seq, 'a hold of ' || h.paid || '/' || h.promo || ' coins, earmarks of '
               || coalesce(e.paid, 0) || '/' || coalesce(e.promo, 0)
        from ledger.hold h
        left join (select e.account, e.hold, sum(e.lot_to - e.lot_from) filter (where l.pool = 1) as paid,
                     sum(e.lot_to - e.lot_from) filter (where l.pool = 2) as promo
                   from ledger.earmark e join ledger.lot l on l.account = e.account and l.id = e.lot
                   where e.account between %(first)s and %(last)s group by 1, 2) e
          on e.account = h.account and e.hold = h.id
        where h.account between %(first)s and %(last)s
          and (coalesce(e.paid, 0), coalesce(e.promo, 0))
              <> (h.paid * (h.kind in (170, 171))::int, h.promo * (h.kind in (170, 171))::int)
        order by 1, 2 limit 1
        """,
    ),
    Check(
        "earmarked coins lie behind all others",
        """
        select p.account, null::bigint, 'pool ' || m.pool || ': of ' || m.coins || ' earmarked coins '
               || m.behind || ' lie behind'
        from ledger.purse p
        join (select e.account, l.pool, sum(e.lot_to - e.lot_from) as coins,
                coalesce(sum(b.coins), 0) as behind
              from ledger.earmark e
              join ledger.hold h on h.account = e.account and h.id = e.hold and h.state = 0
              join ledger.lot l on l.account = e.account and l.id = e.lot
              join ledger.purse q on q.account = e.account
              left join lateral (
                select sum(greatest(least(s.lot_from + s.serial_to - s.serial_from, e.lot_to)
                       - greatest(s.lot_from + greatest(t.first - s.serial_from, 0), e.lot_from), 0)) as coins
                from ledger.span s
                cross join lateral (select case l.pool when 1 then q.paid_in else q.promo_in end
                                           - ledger.earmarked(q.account, l.pool) as first) t
                where s.account = e.account and s.lot = e.lot and s.serial_to > t.first) b on true
              where e.account between %(first)s and %(last)s group by 1, 2) m on m.account = p.account
        where m.coins <> m.behind order by 1 limit 1
        """,
    ),
    Check(
        "disputes against their journals",
        """
        select d.account, d.seq, 'the dispute and its journals disagree'
        from ledger.dispute d
        left join ledger.journal opened on opened.account = d.account and opened.seq = d.seq
        left join ledger.journal ended on ended.account = d.account and ended.seq = d.resolved
        left join lateral (select sum(t.amount) filter (where t.seq = d.seq and t.debit %% 1000 = 320) as taken,
              sum(t.amount) filter (where t.seq = d.resolved and t.credit %% 1000 = 320) as ended,
              sum(t.amount) filter (where t.seq = d.resolved and t.debit %% 1000 = 190) as owed
            from ledger.transfer t where t.account = d.account and t.seq in (d.seq, d.resolved)) m on true
        where d.account between %(first)s and %(last)s
          and (opened.kind is distinct from 320 or m.taken is distinct from d.amount
               or (d.state <> 0 and (ended.kind is distinct from case d.state when 1 then 171 else 310 end
                                     or m.ended is distinct from d.amount or coalesce(m.owed, 0) <> d.owed)))
        order by 1, 2 limit 1
        """,
    ),
    Check(
        "nothing is taken back twice",
        """
        select l.account, l.seq, 'of ' || l.coins || ' coins ' || o.coins || ' were taken back or are owed'
        from (select account, source, sum(coins) as coins
              from (select distinct h.account, h.id, n.source, h.paid as coins from ledger.hold h
                    join ledger.earmark e on e.account = h.account and e.hold = h.id
                    join ledger.lot n on n.account = e.account and n.id = e.lot
                    where h.account between %(first)s and %(last)s and h.kind in (170, 171) and h.state = 1
                    union all
                    select account, id, source, owed from ledger.dispute
                    where account between %(first)s and %(last)s) taken
              where source is not null group by 1, 2) o
        cross join lateral (select l.account, min(l.seq) as seq, sum(l.coins) as coins from ledger.lot l
                            where l.account = o.account and l.source = o.source and l.pool = 1 group by 1) l
        where o.coins > l.coins order by 1, 2 limit 1
        """,
    ),
)

CLAIMS_OF_ALL = (
    Check(
        "disputes receivable",
        """
        select coalesce(t.number, d.number) / 1000, null::bigint, 'disputes receivable ' || coalesce(t.amount, 0)
               || ', open disputes ' || coalesce(d.amount, 0)
        from (select number, asset, sum(amount) as amount
              from (select debit as number, asset, amount from ledger.transfer where debit % 1000 = 320
                    union all
                    select credit, asset, -amount from ledger.transfer where credit % 1000 = 320) x
              group by 1, 2) t
        full join (select clearing / 1000 * 1000 + 320 as number, asset, sum(amount) as amount
                   from ledger.dispute where state = 0 group by 1, 2) d using (number, asset)
        where coalesce(t.amount, 0) <> coalesce(d.amount, 0) order by 1 limit 1
        """,
    ),
    Check(
        "available diamonds",
        """
        select coalesce(c.account, t.party), null::bigint, 'available, withdrawing, redeemed or owed '
               || 'differ from the transfers'
        from ledger.creator c
        full join (select number / 1000 as party,
                coalesce(sum(amount) filter (where number % 1000 = 210), 0) as available,
                coalesce(sum(amount) filter (where number % 1000 = 220), 0) as withdrawing,
                coalesce(-sum(amount) filter (where number % 1000 = 290), 0) as debt,
                coalesce(sum(redeemed), 0) as redeemed
            from (select credit as number, amount, case debit when 1260 then -amount end as redeemed
                  from ledger.transfer where credit % 1000 in (210, 220, 290)
                  union all
                  select debit, -amount, case credit when 1260 then amount end
                  from ledger.transfer where debit % 1000 in (210, 220, 290)) x group by 1) t on t.party = c.account
        where (coalesce(c.available, 0), coalesce(c.withdrawing, 0), coalesce(c.debt, 0), coalesce(c.redeemed, 0))
              <> (coalesce(t.available, 0), coalesce(t.withdrawing, 0), coalesce(t.debt, 0), coalesce(t.redeemed, 0))
           or c.available < 0 or c.withdrawing < 0 or c.debt < 0 or c.redeemed < 0
           or (c.debt > 0 and c.available > 0)
        order by 1 limit 1
        """,
    ),
    Check(
        "payouts against the creator",
        """
        select c.account, null::bigint, 'withdrawing or redeemed differ from the payouts'
        from ledger.creator c
        left join (select account, sum(diamonds) filter (where state = 0) as withdrawing,
                     sum(diamonds) filter (where state = 1) as redeemed
                   from ledger.payout group by 1) p on p.account = c.account
        where (c.withdrawing, c.redeemed) <> (coalesce(p.withdrawing, 0), coalesce(p.redeemed, 0))
        order by 1 limit 1
        """,
    ),
    Check(
        "payouts in flight",
        """
        select coalesce(t.party, p.party), null::bigint, 'in flight ' || coalesce(t.amount, 0) || ', open payouts '
               || coalesce(p.amount, 0)
        from (select party, asset, sum(amount) as amount
              from (select credit / 1000 as party, asset, amount from ledger.transfer where credit % 1000 = 411
                    union all
                    select debit / 1000, asset, -amount from ledger.transfer where debit % 1000 = 411) x
              group by 1, 2) t
        full join (select account as party, asset, sum(amount) as amount
                   from ledger.payout where state = 0 group by 1, 2) p using (party, asset)
        where coalesce(t.amount, 0) <> coalesce(p.amount, 0) order by 1 limit 1
        """,
    ),
    Check(
        "no hour gives more than it earned",
        """
        select e.party, null::bigint, 'hour ' || e.hour || ': matured ' || e.matured || ', clawed back ' || e.clawed
               || ', earned ' || e.diamonds + coalesce(a.diamonds, 0)
        from ledger.earned e
        left join (select party, floor(extract(epoch from at) / 3600)::int as hour, sum(diamonds) as diamonds
                   from ledger.journal where diamonds > 0 and seq > (select folded from ledger.horizon)
                   group by 1, 2) a on a.party = e.party and a.hour = e.hour
        where e.matured + e.clawed > e.diamonds + coalesce(a.diamonds, 0) order by 1 limit 1
        """,
    ),
)
