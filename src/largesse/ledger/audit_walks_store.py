"""Laws that share one pass over their rows, because the journal is long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A law of the books, and the query for what breaks it."""

    name: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A law of rows that a walk passes: when a row breaks it, and what is wrong there."""

    name: str
    wrong: str
    detail: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Laws that look at the same rows in the same order, so that one pass is enough for all."""

    rows: str
    rules: tuple[Rule, ...]

    @property
    def any_wrong(self) -> str:
        """The query for whether anything is wrong at all."""
        either = " or ".join(f"({rule.wrong})" for rule in self.rules)
        return f"select true from ({self.rows}) w where {either} limit 1"

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its laws one by one, for when something is wrong."""
        return tuple(
            Check(
                rule.name,
                f"select account, seq, {rule.detail} from ({self.rows}) w where {rule.wrong}"
                " order by account, seq limit 1",
            )
            for rule in self.rules
        )


_DUE = "paid_in - paid_out - held_paid + promo_in - promo_out - held_promo + prize_in - prize_out - held_prize"

# Every journal that moved coins, in the order of its purse, with the sums up to it, the purse,
# and what the coins that have left it had cost by their lots.
JOURNALS_OF_PURSES = Walk(
    """
    select x.*, p.account as purse, p.paid_in as purse_paid_in, p.paid_out as purse_paid_out,
           p.promo_in as purse_promo_in, p.promo_out as purse_promo_out, p.prize_in as purse_prize_in,
           p.prize_out as purse_prize_out, p.held_paid as purse_held_paid, p.held_promo as purse_held_promo,
           p.held_prize as purse_held_prize, p.debt as purse_debt, coalesce(d.owed, 0) as owed,
           coalesce(s.micro, 0) as lots_micro, coalesce(s.tax, 0) as lots_tax, coalesce(s.fee, 0) as lots_fee
    from (select account, seq, shape, balance, promo, prize, paid, promo_from, prize_from, paid_from,
                 ledger.total(paid) filter (where shape in (2, 8)) over w as paid_in,
                 ledger.total(paid) filter (where shape in (1, 4, 7, 10)) over w as paid_out,
                 ledger.total(promo) filter (where shape in (2, 8)) over w as promo_in,
                 ledger.total(promo) filter (where shape in (1, 4, 6, 7, 10)) over w as promo_out,
                 ledger.total(prize) filter (where shape in (8, 11)) over w as prize_in,
                 ledger.total(prize) filter (where shape in (1, 4, 7, 10) and prize > 0) over w as prize_out,
                 ledger.total(case shape when 3 then paid else -paid end) filter (where shape in (3, 4, 5))
                     over w as held_paid,
                 ledger.total(case shape when 3 then promo else -promo end) filter (where shape in (3, 4, 5))
                     over w as held_promo,
                 ledger.total(case shape when 3 then prize else -prize end) filter (where shape in (3, 4, 5))
                     over w as held_prize,
                 ledger.total(paid) filter (where kind = 190 and shape = 1) over w as debt_paid,
                 ledger.total(micro) filter (where shape in (1, 4, 7, 10)) over w as spent_micro,
                 ledger.total(tax_micro) filter (where shape in (1, 4, 7, 10)) over w as spent_tax,
                 ledger.total(fee_micro) filter (where shape in (1, 4, 7, 10)) over w as spent_fee,
                 lead(seq) over w is null as newest
          from ledger.journal where account between %(first)s and %(last)s and shape > 0
          window w as (partition by account order by seq rows unbounded preceding)) x
    left join (select * from ledger.purse where account between %(first)s and %(last)s) p on p.account = x.account
    left join (select s.account,
            ledger.total(ledger.part(l.micro, l.coins, s.upto) - ledger.part(l.micro, l.coins, s.lot_from)) as micro,
            ledger.total(ledger.part(l.tax_micro, l.coins, s.upto) - ledger.part(l.tax_micro, l.coins, s.lot_from)) as tax,
            ledger.total(ledger.part(l.fee_micro, l.coins, s.upto) - ledger.part(l.fee_micro, l.coins, s.lot_from)) as fee
        from (select n.*, n.lot_from + least(n.serial_to, gone.upto) - n.serial_from as upto
              from ledger.span n join ledger.purse q on q.account = n.account and q.account between %(first)s and %(last)s
              cross join lateral (select case n.pool when 1 then q.paid_out else q.prize_out end) gone (upto)
              where n.account between %(first)s and %(last)s and n.pool in (1, 3) and n.serial_from < gone.upto) s
        join ledger.lot l on l.account = s.account and l.id = s.lot
        where l.account between %(first)s and %(last)s group by 1) s on s.account = x.account
    left join (select debit / 1000 as account, ledger.total(amount) as owed from ledger.transfer
               where account between %(first)s and %(last)s and debit %% 1000 = 190 group by 1) d on d.account = x.account
    """,
    (
        Rule(
            "running balance",
            f"balance < 0 or balance <> {_DUE}",
            f"'balance ' || balance || ' where ' || {_DUE} || ' is due'",
        ),
        Rule(
            "serials without gap or overlap",
            """case when shape in (2, 8, 11)
                    then (promo > 0 and promo_from <> promo_in - promo) or (paid > 0 and paid_from <> paid_in - paid)
                      or (prize > 0 and prize_from <> prize_in - prize)
                    when shape in (1, 4, 6, 7, 10)
                    then (promo > 0 and promo_from <> promo_out - promo) or (paid > 0 and paid_from <> paid_out - paid)
                      or (prize > 0 and prize_from <> prize_out - prize) end""",
            """'serials from ' || promo_from || '/' || prize_from || '/' || paid_from || ' where '
               || case when shape in (2, 8, 11) then promo_in else promo_out end - promo || '/'
               || case when shape in (2, 8, 11) then prize_in else prize_out end - prize || '/'
               || case when shape in (2, 8, 11) then paid_in else paid_out end - paid || ' are due'""",
        ),
        Rule(
            "purse against its journals",
            """newest and purse is not null
               and (purse_paid_in, purse_paid_out, purse_promo_in, purse_promo_out, purse_prize_in, purse_prize_out,
                    purse_held_paid, purse_held_promo, purse_held_prize)
                   <> (paid_in, paid_out, promo_in, promo_out, prize_in, prize_out, held_paid, held_promo, held_prize)""",
            "'odometers or holds differ from the sum of the journals'",
        ),
        Rule(
            "what spent coins cost",
            "newest and (spent_micro, spent_tax, spent_fee) <> (lots_micro, lots_tax, lots_fee)",
            "'spent coins cost ' || spent_micro || ' micro, their lots say ' || lots_micro",
        ),
        Rule(
            "debt against its transfers",
            "newest and purse_debt <> owed - debt_paid",
            "'owes ' || purse_debt || ', the transfers say ' || owed - debt_paid",
        ),
        Rule(
            # What a pot shares out has no purse: its coins lie in escrow.
            "every journal has its purse",
            "purse is null and not (shape = 9 and exists (select from ledger.pot o where o.party = w.account))",
            "'coins moved without a purse'",
        ),
    ),
)

# Every journal that brought coins, with the sums of its lots and of its legs of money. What a store
# sold is booked without its tax, and with its commission.
COINS_THAT_CAME = Walk(
    """
    select j.account, j.seq, j.shape, j.paid, j.promo, j.prize, j.micro, j.tax_micro, j.fee_micro,
           l.paid as lot_paid, l.promo as lot_promo, l.prize as lot_prize, l.micro as lot_micro,
           l.tax_micro as lot_tax_micro, l.fee_micro as lot_fee_micro, t.gross as booked,
           case when t.by_store then j.micro - j.tax_micro else j.micro end as gross,
           case when t.by_store then j.fee_micro else j.tax_micro end as part,
           coalesce(case when t.by_store then t.commission else t.tax end, 0) as part_booked
    from ledger.journal j
    left join (select account, seq, ledger.total(coins) filter (where pool = 1) as paid,
                 ledger.total(coins) filter (where pool = 2) as promo,
                 ledger.total(coins) filter (where pool = 3) as prize, ledger.total(micro) as micro,
                 ledger.total(tax_micro) as tax_micro, ledger.total(fee_micro) as fee_micro
               from ledger.lot where account between %(first)s and %(last)s group by 1, 2) l
      on l.account = j.account and l.seq = j.seq
    left join (select account, seq, ledger.total(amount) as gross,
                 ledger.total(amount) filter (where credit %% 1000 = 420) as tax,
                 ledger.total(amount) filter (where debit %% 1000 = 601) as commission,
                 bool_or(debit %% 1000 in (312, 601)) as by_store
               from ledger.transfer where account between %(first)s and %(last)s and credit %% 1000 in (400, 420)
               group by 1, 2) t
      on t.account = j.account and t.seq = j.seq
    where j.account between %(first)s and %(last)s and j.shape in (2, 11)
    """,
    (
        Rule(
            "lots against the journal that brought them",
            """(coalesce(lot_paid, 0), coalesce(lot_promo, 0), coalesce(lot_prize, 0),
                lot_micro, lot_tax_micro, lot_fee_micro)
               is distinct from (paid, promo, prize, micro, tax_micro, fee_micro)""",
            "'the lots differ from the credit'",
        ),
        Rule(
            "money of recharges",
            """shape = 2 and gross > 0 and (booked is null or booked::numeric * part <> part_booked::numeric * gross
                                            or gross %% booked <> 0)""",
            "'the money legs differ from the price'",
        ),
    ),
)
