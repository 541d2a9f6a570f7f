"""The laws of the books. Each selects what breaks it: account, journal, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A law of the books, and the query for what breaks it."""

    name: str
    wrong: str


CHECKS_OF_PURSES = (
    Check(
        "running balance",
        """
        select account, seq, 'balance ' || balance || ' where ' || expected || ' is due'
        from (select j.account, j.seq, j.balance, sum(case when j.shape in (2, 5, 8, 11) then j.promo + j.prize + j.paid
                     when j.shape in (1, 3, 6, 7, 10) then -j.promo - j.prize - j.paid else 0 end)
                     over (partition by j.account order by j.seq) as expected
              from ledger.journal j where j.account between %(first)s and %(last)s and j.shape > 0) x
        where balance <> expected or balance < 0 order by account, seq limit 1
        """,
    ),
    Check(
        "serials without gap or overlap",
        """
        select account, seq, 'serials from ' || promo_from || '/' || prize_from || '/' || paid_from
               || ' where ' || promo_due || '/' || prize_due || '/' || paid_due || ' are due'
        from (select j.account, j.seq, j.promo, j.prize, j.paid, j.promo_from, j.prize_from, j.paid_from,
                     sum(j.promo) over w - j.promo as promo_due, sum(j.prize) over w - j.prize as prize_due,
                     sum(j.paid) over w - j.paid as paid_due
              from ledger.journal j where j.account between %(first)s and %(last)s
                and j.shape in (1, 2, 4, 6, 7, 8, 10, 11)
              window w as (partition by j.account, j.shape in (2, 8, 11) order by j.seq)) x
        where (promo > 0 and promo_from <> promo_due) or (prize > 0 and prize_from <> prize_due)
           or (paid > 0 and paid_from <> paid_due)
        order by account, seq limit 1
        """,
    ),
    Check(
        "purse against its journals",
        """
        select p.account, null::bigint, 'odometers or holds differ from the sum of the journals'
        from ledger.purse p
        left join (select account,
                sum(paid) filter (where shape in (2, 8)) as paid_in,
                sum(paid) filter (where shape in (1, 4, 7, 10)) as paid_out,
                sum(promo) filter (where shape in (2, 8)) as promo_in,
                sum(promo) filter (where shape in (1, 4, 6, 7, 10)) as promo_out,
                sum(prize) filter (where shape in (8, 11)) as prize_in,
                sum(prize) filter (where shape in (1, 4, 7, 10)) as prize_out,
                sum(case shape when 3 then paid else -paid end) filter (where shape in (3, 4, 5)) as held_paid,
                sum(case shape when 3 then promo else -promo end) filter (where shape in (3, 4, 5)) as held_promo,
                sum(case shape when 3 then prize else -prize end) filter (where shape in (3, 4, 5)) as held_prize
            from ledger.journal where account between %(first)s and %(last)s group by 1) j on j.account = p.account
        where p.account between %(first)s and %(last)s
          and (p.paid_in, p.paid_out, p.promo_in, p.promo_out, p.prize_in, p.prize_out,
               p.held_paid, p.held_promo, p.held_prize)
              is distinct from (coalesce(j.paid_in, 0), coalesce(j.paid_out, 0), coalesce(j.promo_in, 0),
                                coalesce(j.promo_out, 0), coalesce(j.prize_in, 0), coalesce(j.prize_out, 0),
                                coalesce(j.held_paid, 0), coalesce(j.held_promo, 0), coalesce(j.held_prize, 0))
        order by 1 limit 1
        """,
    ),
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
        "spans cover what came in",
        """
        select p.account, null::bigint, 'pool ' || pools.pool || ': spans end at ' || coalesce(s.ending, 0)
               || ', the odometer at ' || pools.entered
        from ledger.purse p
        cross join lateral (values (1, p.paid_in), (2, p.promo_in), (3, p.prize_in)) pools (pool, entered)
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
        left join (select account, lot, sum(serial_to - serial_from) as coins, bool_and(lot_from = due) as whole,
                     min(array[coins, micro, tax_micro, fee_micro]) as lowest,
                     max(array[coins, micro, tax_micro, fee_micro]) as highest
                   from (select *, sum(serial_to - serial_from) over w - (serial_to - serial_from) as due
                         from ledger.span where account between %(first)s and %(last)s and not back
                         window w as (partition by account, lot order by lot_from)) o group by 1, 2) s
          on s.account = l.account and s.lot = l.id
        where l.account between %(first)s and %(last)s and (s.coins is distinct from l.coins or not s.whole or s.lowest <> s.highest
               or s.lowest <> array[l.coins, l.micro, l.tax_micro, l.fee_micro])
        order by l.account, l.seq limit 1
        """,
    ),
    Check(
        "lots against the journal that brought them",
        """
        select j.account, j.seq, 'the lots differ from the credit'
        from ledger.journal j
        left join (select account, seq, sum(coins) filter (where pool = 1) as paid,
                     sum(coins) filter (where pool = 2) as promo, sum(coins) filter (where pool = 3) as prize, sum(micro) as micro,
                     sum(tax_micro) as tax_micro, sum(fee_micro) as fee_micro
                   from ledger.lot where account between %(first)s and %(last)s group by 1, 2) l
          on l.account = j.account and l.seq = j.seq
        where j.account between %(first)s and %(last)s and j.shape in (2, 11)
          and (coalesce(l.paid, 0), coalesce(l.promo, 0), coalesce(l.prize, 0), l.micro, l.tax_micro, l.fee_micro)
              is distinct from (j.paid, j.promo, j.prize, j.micro, j.tax_micro, j.fee_micro)
        order by j.account, j.seq limit 1
        """,
    ),
    Check(
        "what spent coins cost",
        """
        select p.account, null::bigint, 'spent coins cost ' || coalesce(j.micro, 0) || ' micro, their lots say '
               || coalesce(s.micro, 0)
        from ledger.purse p
        left join (select account, sum(micro)::bigint as micro, sum(tax_micro)::bigint as tax,
                     sum(fee_micro)::bigint as fee
                   from ledger.journal where account between %(first)s and %(last)s and shape in (1, 4, 7, 10) group by 1) j
          on j.account = p.account
        left join (select s.account,
                sum(ledger.part(l.micro, l.coins, s.upto) - ledger.part(l.micro, l.coins, s.lot_from))::bigint as micro,
                sum(ledger.part(l.tax_micro, l.coins, s.upto) - ledger.part(l.tax_micro, l.coins, s.lot_from))::bigint as tax,
                sum(ledger.part(l.fee_micro, l.coins, s.upto) - ledger.part(l.fee_micro, l.coins, s.lot_from))::bigint as fee
            from (select n.*, n.lot_from + least(n.serial_to, gone.upto) - n.serial_from as upto
                  from ledger.span n join ledger.purse q on q.account = n.account
                  cross join lateral (select case n.pool when 1 then q.paid_out else q.prize_out end) gone (upto)
                  where n.account between %(first)s and %(last)s and n.pool in (1, 3) and n.serial_from < gone.upto) s
            join ledger.lot l on l.account = s.account and l.id = s.lot group by 1) s on s.account = p.account
        where p.account between %(first)s and %(last)s
          and (coalesce(j.micro, 0), coalesce(j.tax, 0), coalesce(j.fee, 0))
              <> (coalesce(s.micro, 0), coalesce(s.tax, 0), coalesce(s.fee, 0))
        order by 1 limit 1
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
        left join ledger.journal ended on ended.account = h.account and ended.seq = h.resolved
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
        "every journal has its purse",
        """
        select j.account, min(j.seq), 'coins moved without a purse' from ledger.journal j
        where j.shape > 0 and not exists (select from ledger.purse p where p.account = j.account)
          and not (j.shape = 9 and exists (select from ledger.pot o where o.party = j.account))
        group by 1 order by 1 limit 1
        """,
    ),
    Check(
        "money of recharges",
        """
        select j.account, j.seq, 'the money legs differ from the price'
        from ledger.journal j
        left join (select account, seq, sum(amount) as gross,
                     sum(amount) filter (where credit % 1000 = 420) as tax,
                     sum(amount) filter (where debit % 1000 = 601) as commission,
                     bool_or(debit % 1000 in (312, 601)) as by_store
                   from ledger.transfer where credit % 1000 in (400, 420) group by 1, 2) t
          on t.account = j.account and t.seq = j.seq
        cross join lateral (values (case when t.by_store then j.micro - j.tax_micro else j.micro end,
            case when t.by_store then j.fee_micro else j.tax_micro end,
            case when t.by_store then t.commission else t.tax end)) due (gross, part, booked)
        where j.shape = 2 and due.gross > 0
          and (t.gross is null or t.gross * (due.part::numeric) <> coalesce(due.booked, 0) * (due.gross::numeric)
               or due.gross % t.gross <> 0)
        order by 1, 2 limit 1
        """,
    ),
    Check(
        "snapshots against the transfers",
        """
        select s.account, null::bigint, 'snapshot of asset ' || s.asset || ' differs from its transfers'
        from ledger.snapshot s
        full join (select side.account, t.asset, sum(side.debit) as debits, sum(side.credit) as credits
                   from ledger.transfers t cross join lateral (values (t.debit, t.amount, 0::bigint),
                     (t.credit, 0::bigint, t.amount)) side (account, debit, credit)
                   where t.seq <= (select folded from ledger.horizon)
                   group by 1, 2) t on t.account = s.account and t.asset = s.asset
        where (s.account is not null and (s.debits, s.credits) is distinct from (t.debits, t.credits))
           or (s.account is null and t.account % 1000 not in (100, 110, 120, 130, 140, 210, 220, 290))
        order by 1 limit 1
        """,
    ),
)
