"""Laws of all books over sums of the journal, which is read once for all of them."""

from __future__ import annotations

from largesse.ledger.audit_walks_store import Check, Figure, Survey

# `acts`: the journals added up by who received them and what they did; the account stays only where it
# matters, in escrow and debt. `first` is the first of them, `folded` says whether the horizon has passed
# them, `marks` tells their numbers and accounts from others. `legs`: their legs, and those of money;
# spelling out every journal's legs before they are added up costs several times as much.
SUMS = Survey(
    """
    acts as materialized (
            select case when shape = 9 or kind = 190 then account else 0 end as account, party, kind, shape,
               seq <= (select folded from ledger.horizon) as folded, count(*) as acts,
               count(*) filter (where seq > (select coalesce(max(seq_to), 0) from ledger.seal)) as unsealed,
               count(*) filter (where promo > 0) + count(*) filter (where paid > 0)
                 + count(*) filter (where prize > 0) + count(*) filter (where diamonds > 0) as legs,
               ledger.total(promo) as promo, ledger.total(paid) as paid, ledger.total(prize) as prize,
               ledger.total(diamonds) as diamonds, ledger.total(micro) filter (where shape in (7, 8, 9, 11)) as micro,
               ledger.total(tax_micro) filter (where shape in (7, 8, 9, 11)) as tax_micro,
               ledger.total(fee_micro) filter (where shape in (7, 8, 9, 11)) as fee_micro, min(seq) as first,
               bit_xor(hashint8extended(seq, account)) as marks
            from ledger.journal group by 1, 2, 3, 4, 5),
    legs as materialized (
            select l.debit, l.credit, l.amount, l.asset, a.first, a.folded from acts a
            cross join lateral ledger.legs(a.account, a.party, a.kind, a.shape, a.promo, a.paid, a.prize, a.diamonds) l
        union all
            select debit, credit, amount, asset, seq, seq <= (select folded from ledger.horizon) from ledger.transfer)
    """,
    (
        Check(
            "snapshots against the transfers",
            """
            select s.account, null::bigint, 'snapshot of asset ' || s.asset || ' differs from its transfers'
            from ledger.snapshot s
            full join (select side.account, t.asset, sum(side.debit) as debits, sum(side.credit) as credits
                   from legs t cross join lateral (values (t.debit, t.amount, 0::bigint),
                     (t.credit, 0::bigint, t.amount)) side (account, debit, credit)
                   where t.folded
                   group by 1, 2) t on t.account = s.account and t.asset = s.asset
            where (s.account is not null and (s.debits, s.credits) is distinct from (t.debits, t.credits))
           or (s.account is null and t.account % 1000 not in (100, 110, 120, 130, 140, 210, 220, 290))
            order by 1 limit 1
        """,
        ),
        Check(
            # Acts are told from each other by their number, and by a hash of it that is added up without carry.
            "what was received",
            """
            select coalesce(r.party, j.party), null::bigint, 'received ' || coalesce(r.acts, 0) || ' acts, the journals say '
               || coalesce(j.acts, 0) || coalesce(case when r.acts = j.acts then ', but others' end, '')
            from (select r.party, count(*) as acts, bit_xor(hashint8extended(act.seq, act.account)) as marks
              from ledger.received r cross join lateral unnest(r.accounts, r.seqs) act (account, seq) group by 1) r
            full join (select party, sum(acts) as acts, bit_xor(marks) as marks from acts
                   where kind between 160 and 169 and shape in (1, 4) and folded group by 1) j
          on j.party = r.party
            where (r.acts, r.marks) is distinct from (j.acts, j.marks) order by 1 limit 1
        """,
        ),
        Check(
            "pending diamonds",
            """
            select coalesce(e.party, j.party, m.party), null::bigint, 'earned ' || coalesce(e.diamonds, 0)
               || ', the journals say ' || coalesce(j.diamonds, 0) || '; matured ' || coalesce(e.matured, 0)
               || ', moved ' || coalesce(m.matured, 0) || '; clawed back ' || coalesce(e.clawed, 0)
               || ', moved ' || coalesce(m.clawed, 0)
            from (select party, sum(diamonds) as diamonds, sum(matured) as matured, sum(clawed) as clawed
              from ledger.earned group by 1) e
            full join (select party, sum(diamonds) as diamonds from acts
                   where diamonds > 0 and folded group by 1) j on j.party = e.party
            full join (select debit / 1000 as party,
                     sum(amount) filter (where credit % 1000 in (210, 290)) as matured,
                     sum(amount) filter (where credit % 1000 = 261) as clawed from ledger.transfer
                   where debit % 1000 = 200 group by 1) m on m.party = coalesce(e.party, j.party)
            where coalesce(e.diamonds, 0) <> coalesce(j.diamonds, 0)
           or coalesce(e.matured, 0) <> coalesce(m.matured, 0)
           or coalesce(e.clawed, 0) <> coalesce(m.clawed, 0)
            order by 1 limit 1
        """,
        ),
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
              from acts where shape in (7, 8, 9, 11) group by 1) j
            full join (select holder, sum(promo + prize + paid - used) as coins, sum(micro) as micro,
                     sum(tax_micro) as tax, sum(fee_micro) as fee
                   from ledger.escrow group by 1) e on e.holder = j.holder
            where (j.coins, j.micro, j.tax, j.fee) is distinct from (e.coins, e.micro, e.tax, e.fee)
            order by 1 limit 1
        """,
        ),
        Check(
            "escrow by its transfers",
            """
            select t.account / 1000, null::bigint, 'the transfers leave ' || t.coins || ' coins in escrow, there are '
               || coalesce(e.coins, 0)
            from (select side.account, sum(side.coins) as coins from legs t
              cross join lateral (values (t.debit, -t.amount), (t.credit, t.amount)) side (account, coins)
              where t.asset = 1 and side.account % 1000 = 140 group by 1) t
            left join (select holder, sum(promo + prize + paid - used) as coins from ledger.escrow group by 1) e
          on e.holder = t.account / 1000
            where t.coins <> coalesce(e.coins, 0) order by 1 limit 1
        """,
        ),
    ),
    (
        # What went from one chart code to another: two of the accounts, and the first journal.
        Figure(
            "flows",
            """
            select array[min(debit), min(credit), asset, sum(amount)::bigint, min(first)]
            from legs group by debit % 1000, credit % 1000, asset
            """,
        ),
        # Journals, transfers, and journals above the newest seal.
        Figure(
            "volume",
            """
            select array[coalesce(sum(acts), 0)::bigint, coalesce(sum(legs), 0)::bigint
                         + (select count(*) from ledger.transfer), coalesce(sum(unsealed), 0)::bigint]
            from acts
            """,
        ),
    ),
)
