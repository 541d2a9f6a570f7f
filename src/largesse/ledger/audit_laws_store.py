"""The laws of the books. Each selects what breaks it: account, journal, and what is wrong there."""

from __future__ import annotations

from largesse.ledger.audit_walks_store import COINS_THAT_CAME, JOURNALS_OF_PURSES, Check

WALKS_OF_PURSES = (JOURNALS_OF_PURSES, COINS_THAT_CAME)

CHECKS_OF_PURSES = (
    Check(
        "coins have their journals",
        """
        select p.account, null::bigint, 'coins in a purse that no journal filled'
        from ledger.purse p where p.account between %(first)s and %(last)s
          and (p.paid_in <> 0 or p.promo_in <> 0 or p.paid_out <> 0 or p.promo_out <> 0)
          and (select 1 from ledger.journal j where j.account = p.account and j.shape > 0 limit 1) is null
        order by 1 limit 1
        """,
    ),
    Check(
        "floors",
        """
        select account, null::bigint, 'below its floor' from ledger.purse where account between %(first)s and %(last)s
          and (paid_in - paid_out < held_paid or promo_in - promo_out < held_promo or held_paid < 0
               or held_promo < 0) order by 1 limit 1
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
        "spans cover what came in",
        """
        select p.account, null::bigint, 'pool ' || pools.pool || ': spans end at ' || coalesce(s.ending, 0)
               || ', the odometer at ' || pools.entered
        from ledger.purse p
        cross join lateral (values (1, p.paid_in), (2, p.promo_in)) pools (pool, entered)
        left join (select account, pool, max(serial_to) as ending from ledger.span
                   where account between %(first)s and %(last)s group by 1, 2) s on s.account = p.account and s.pool = pools.pool
        where p.account between %(first)s and %(last)s and coalesce(s.ending, 0) <> pools.entered order by 1 limit 1
        """,
    ),
    Check(
        "lots against their spans",
        """
        select l.account, l.seq, 'lot of ' || l.coins || ' coins, spans of ' || coalesce(s.coins, 0)
               || ' or at another price'
        from ledger.lot l
        left join (select account, lot, ledger.total(serial_to - serial_from) as coins, bool_and(lot_from = due) as whole,
                     count(distinct (coins, micro, tax_micro, fee_micro)) as prices, min(coins) as of_coins,
                     min(micro) as micro, min(tax_micro) as tax_micro, min(fee_micro) as fee_micro
                   from (select *, ledger.total(serial_to - serial_from) over w - (serial_to - serial_from) as due
                         from ledger.span where account between %(first)s and %(last)s
                         window w as (partition by account, lot order by lot_from rows unbounded preceding)) o
                   group by 1, 2) s
          on s.account = l.account and s.lot = l.id
        where l.account between %(first)s and %(last)s
          and (s.coins is distinct from l.coins or not s.whole or s.prices > 1
               or (s.of_coins, s.micro, s.tax_micro, s.fee_micro) <> (l.coins, l.micro, l.tax_micro, l.fee_micro))
        order by l.account, l.seq limit 1
        """,
    ),
    Check(
        "holds against the purse",
        """
        select p.account, null::bigint, 'open holds differ from what the purse holds'
        from ledger.purse p
        left join (select account, sum(paid) as paid, sum(promo) as promo from ledger.hold
                   where account between %(first)s and %(last)s and state = 0 group by 1) h on h.account = p.account
        where p.account between %(first)s and %(last)s
          and (p.held_paid, p.held_promo) <> (coalesce(h.paid, 0), coalesce(h.promo, 0))
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
          and ((made.shape, made.promo, made.paid) is distinct from (3, h.promo, h.paid)
            or (h.state <> 0 and (ended.shape, ended.promo, ended.paid)
                is distinct from (3 + h.state, h.promo, h.paid)))
        order by 1, 2 limit 1
        """,
    ),
)

# The legs of all journals and what each pair of accounts moved, by the kinds of their journals: the rows
# are added up before they are spelled out. The purse's own side has party 0 here. `first` is the first
# journal; `folded` says whether the horizon has passed.
LEGS = """
    (select l.debit, l.credit, l.amount, l.asset, g.first, g.folded
     from (select 0 as account, party, kind, shape, seq <= (select folded from ledger.horizon) as folded,
                  sum(promo) as promo, sum(paid) as paid, sum(diamonds) as diamonds, min(seq) as first
           from ledger.journal group by 2, 3, 4, 5) g
     cross join lateral jsonb_populate_record(null::ledger.journal, to_jsonb(g)) j
     cross join lateral ledger.legs(j) l
     union all
     select debit, credit, amount, asset, seq, seq <= (select folded from ledger.horizon) from ledger.transfer)
"""

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
    Check(
        "snapshots against the transfers",
        f"""
        select s.account, null::bigint, 'snapshot of asset ' || s.asset || ' differs from its transfers'
        from ledger.snapshot s
        full join (select side.account, t.asset, sum(side.debit) as debits, sum(side.credit) as credits
                   from {LEGS} t cross join lateral (values (t.debit, t.amount, 0::bigint),
                     (t.credit, 0::bigint, t.amount)) side (account, debit, credit)
                   where t.folded
                   group by 1, 2) t on t.account = s.account and t.asset = s.asset
        where (s.account is not null and (s.debits, s.credits) is distinct from (t.debits, t.credits))
           or (s.account is null and t.account % 1000 not in (100, 110, 120, 130, 210, 220, 290))
        order by 1 limit 1
        """,
    ),
    Check(
        "available diamonds",
        """
        select c.account, null::bigint, 'available differs from its transfers' from ledger.creator c
        left join (select credit / 1000 as party, sum(amount) as came from ledger.transfer
                   where credit % 1000 = 210 group by 1) i on i.party = c.account
        left join (select debit / 1000 as party, sum(amount) as went from ledger.transfer
                   where debit % 1000 = 210 group by 1) o on o.party = c.account
        where c.available <> coalesce(i.came, 0) - coalesce(o.went, 0) order by 1 limit 1
        """,
    ),
    Check(
        "pending diamonds",
        """
        select coalesce(e.party, j.party), null::bigint, 'earned ' || coalesce(e.diamonds, 0) || ', the journals say '
               || coalesce(j.diamonds, 0) || '; matured ' || coalesce(e.matured, 0) || ', moved ' || coalesce(m.moved, 0)
        from (select party, sum(diamonds) as diamonds, sum(matured) as matured from ledger.earned group by 1) e
        full join (select party, sum(diamonds) as diamonds from ledger.journal
                   where diamonds > 0 and seq <= (select folded from ledger.horizon) group by 1) j on j.party = e.party
        left join (select debit / 1000 as party, sum(amount) as moved from ledger.transfer
                   where debit % 1000 = 200 and credit % 1000 = 210 group by 1) m on m.party = e.party
        where e.diamonds is distinct from j.diamonds or e.matured <> coalesce(m.moved, 0) order by 1 limit 1
        """,
    ),
)
