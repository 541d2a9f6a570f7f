"""The laws of real money: what was paid for coins is owed, earned, or waits as a remainder.

All of them hold while the job that books spends is behind: what it has not reached
counts as still owed to the buyer.
"""

from __future__ import annotations

from largesse.kernel.money import MICRO_PLACES, NUMERIC, exponent
from largesse.ledger.audit_walks_store import Check, Survey
from largesse.ledger.chart import HOUSE, Kind, account
from largesse.ledger.flows import PROMOTION, REVENUE_OF, SHARE

_SPENDS = int(Kind.SPENDS_BOOKED)
_DEFERRED = account(HOUSE, SHARE.debit)
# Currency, asset number, and the micro of one minor unit.
_CURRENCIES = ", ".join(
    f"('{currency}', {asset}, {10 ** (MICRO_PLACES - exponent(currency))})"
    for currency, asset in sorted(NUMERIC.items())
)
_TAKEN_BACK = ", ".join(str(int(kind)) for kind in (Kind.REFUND, Kind.DISPUTE_LOST, Kind.DEBT_PAID))
_REVENUES = ", ".join(f"({int(kind)}, {code})" for kind, code in sorted(REVENUE_OF.items()))

CHECKS_OF_MONEY = (
    # What leaves deferred revenue and what creators are owed is the total rounded down, exactly;
    # each line between them may be up to one minor unit early or late.
    Check(
        "spends in whole minor units",
        f"""
        select null::bigint, null::bigint, due.currency || ': account ' || due.code || ' has '
               || coalesce(legs.amount, 0) || ' minor units of ' || due.micro || ' micro'
        from (select r.currency, side.code, sum(side.micro) as micro
              from ledger.released r
              cross join lateral (values (r.debit, -r.micro), (r.credit, r.micro)) side (code, micro)
              group by 1, 2) due
        join (values {_CURRENCIES}) c (currency, asset, unit) on c.currency = due.currency
        left join (select t.asset, side.number % 1000 as code, sum(side.amount) as amount
              from ledger.journal j
              join ledger.transfer t on t.account = j.account and t.seq = j.seq
              cross join lateral (values (t.debit, -t.amount), (t.credit, t.amount)) side (number, amount)
              where j.account = {HOUSE} and j.kind = {_SPENDS} group by 1, 2) legs
          on legs.asset = c.asset and legs.code = due.code
        where case due.code
              when {SHARE.debit} then -coalesce(legs.amount, 0) <> floor(-due.micro / c.unit)
              when {SHARE.credit} then coalesce(legs.amount, 0) <> floor(due.micro / c.unit)
              else abs(coalesce(legs.amount, 0) * c.unit - due.micro) >= c.unit end
        order by due.currency, due.code limit 1
        """,
    ),
)

# `spends`: what the journals that release money released, by currency, kind, and whether it is booked.
MONEY = Survey(
    """
    spends as materialized (
        select p.currency, r.kind, r.booked, sum(r.share) as share, sum(r.worth - r.share) as promotion,
               sum(r.net - r.share) as revenue
        from (select account, kind, seq <= (select upto from ledger.booked) as booked, ledger.total(share) as share,
                     ledger.total(worth) as worth, ledger.total(net) as net
              from ledger.releases group by 1, 2, 3) r
        join ledger.currencies p on p.account = r.account group by 1, 2, 3)
    """,
    (
        Check(
            "money that spends released",
            f"""
        select null::bigint, null::bigint, currency || ': from ' || debit || ' to ' || credit || ' went '
               || coalesce(booked.micro, 0) || ' micro, the spends say ' || coalesce(due.micro, 0)
        from ledger.released booked
        full join (select p.currency, f.debit, f.credit, sum(f.micro) as micro
            from spends p
            join (values {_REVENUES}) earned (kind, code) on earned.kind = p.kind
            cross join lateral (values ({SHARE.debit}, {SHARE.credit}, p.share),
                ({PROMOTION.debit}, {PROMOTION.credit}, p.promotion),
                ({SHARE.debit}, earned.code, p.revenue)) f (debit, credit, micro)
            where p.booked group by 1, 2, 3) due using (currency, debit, credit)
        where coalesce(booked.micro, 0) <> coalesce(due.micro, 0) order by currency, debit, credit limit 1
        """,
        ),
        # Invariant 10. Acts other than recharges and spends release whole minor units of coins that may
        # have cost a fraction: each of them may be off by less than one unit, and none by more. One that
        # releases less than a unit has no leg at all.
        Check(
            "deferred revenue",
            f"""
        select null::bigint, null::bigint, c.currency || ': ' || coalesce(books.amount, 0)
               || ' minor units are deferred, unspent coins cost '
               || coalesce(live.micro, 0) + coalesce(aside.micro, 0) + coalesce(waiting.micro, 0) || ' micro without tax, '
               || coalesce(mod(gone.micro, c.unit), 0) || ' micro are a remainder'
        from (values {_CURRENCIES}) c (currency, asset, unit)
        left join (select t.asset,
                     sum(case when t.credit = {_DEFERRED} then t.amount else -t.amount end) as amount,
                     count(distinct t.seq) filter (where not (t.credit = {_DEFERRED} and t.debit % 1000 in (310, 312, 601))
                       and exists (select from ledger.journal j where j.account = t.account and j.seq = t.seq
                                   and j.shape <> 2 and j.kind <> {_SPENDS})) as others
                   from ledger.transfer t
                   where {_DEFERRED} in (t.debit, t.credit) group by 1) books on books.asset = c.asset
        left join (select p.currency, sum(ledger.part(s.micro, s.coins, w.upto) - ledger.part(s.micro, s.coins, w.at)
                     - ledger.part(s.tax_micro, s.coins, w.upto) + ledger.part(s.tax_micro, s.coins, w.at)) as micro
                   from ledger.purse p
                   join ledger.span s on s.account = p.account
                     and s.serial_to > case s.pool when 1 then p.paid_out when 3 then p.prize_out end
                   cross join lateral (select s.lot_from + s.serial_to - s.serial_from as upto, s.lot_from
                     + greatest(case s.pool when 1 then p.paid_out else p.prize_out end - s.serial_from, 0) as at) w
                   group by 1) live on live.currency = c.currency
        left join (select p.currency, sum(e.micro - e.tax_micro) as micro
                   from ledger.escrow e join ledger.purse p on p.account = e.account where e.state = 0
                   group by 1) aside on aside.currency = c.currency
        left join (select currency, sum(share + revenue) as micro from spends where not booked group by 1) waiting
          on waiting.currency = c.currency
        left join (select currency, sum(micro) as micro from ledger.released
                   where debit = {SHARE.debit} group by 1) gone on gone.currency = c.currency
        left join (select p.currency, count(*) as acts
                   from ledger.journal j join ledger.currencies p on p.account = j.account
                   where j.shape in (1, 4) and j.kind in ({_TAKEN_BACK}) group by 1) small
          on small.currency = c.currency
        where abs(coalesce(books.amount, 0) * c.unit - coalesce(live.micro, 0) - coalesce(aside.micro, 0)
                  - coalesce(waiting.micro, 0) - coalesce(mod(gone.micro, c.unit), 0))
              > (coalesce(books.others, 0) + coalesce(small.acts, 0)) * c.unit
        order by c.currency limit 1
        """,
        ),
        # Counted from the diamonds themselves; redeeming and clawing back have their own acts.
        Check(
            "payable to creators",
            f"""
        select null::bigint, null::bigint, due.currency || ': creators are owed ' || coalesce(legs.amount, 0)
               || ' minor units, their diamonds were worth ' || due.micro || ' micro'
        from (select currency, sum(share + promotion) as micro from spends where booked group by 1) due
        join (values {_CURRENCIES}) c (currency, asset, unit) on c.currency = due.currency
        left join (select t.asset, sum(case when t.credit % 1000 = {SHARE.credit} then t.amount else -t.amount end) as amount
              from ledger.journal j
              join ledger.transfer t on t.account = j.account and t.seq = j.seq
              where j.account = {HOUSE} and j.kind = {_SPENDS}
                and {SHARE.credit} in (t.credit % 1000, t.debit % 1000)
              group by 1) legs on legs.asset = c.asset
        where coalesce(legs.amount, 0) <> floor(due.micro / c.unit)
        order by due.currency limit 1
        """,
        ),
    ),
)
