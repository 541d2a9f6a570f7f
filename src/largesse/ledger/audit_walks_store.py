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


# Every journal that moved coins, in the order of its purse, with the sums up to it, the purse,
# and what the coins that have left it had cost by their lots.
JOURNALS_OF_PURSES = Walk(
    """
    select x.*, p.account as purse, p.paid_in as purse_paid_in, p.paid_out as purse_paid_out,
           p.promo_in as purse_promo_in, p.promo_out as purse_promo_out,
           p.held_paid as purse_held_paid, p.held_promo as purse_held_promo,
           coalesce(s.micro, 0) as lots_micro, coalesce(s.tax, 0) as lots_tax, coalesce(s.fee, 0) as lots_fee
    from (select account, seq, shape, balance, promo, paid, promo_from, paid_from,
                 ledger.total(paid) filter (where shape = 2) over w as paid_in,
                 ledger.total(paid) filter (where shape in (1, 4)) over w as paid_out,
                 ledger.total(promo) filter (where shape = 2) over w as promo_in,
                 ledger.total(promo) filter (where shape in (1, 4, 6)) over w as promo_out,
                 ledger.total(case shape when 3 then paid else -paid end) filter (where shape in (3, 4, 5))
                     over w as held_paid,
                 ledger.total(case shape when 3 then promo else -promo end) filter (where shape in (3, 4, 5))
                     over w as held_promo,
                 ledger.total(micro) filter (where shape in (1, 4)) over w as spent_micro,
                 ledger.total(tax_micro) filter (where shape in (1, 4)) over w as spent_tax,
                 ledger.total(fee_micro) filter (where shape in (1, 4)) over w as spent_fee,
                 lead(seq) over w is null as newest
          from ledger.journal where account between %(first)s and %(last)s and shape > 0
          window w as (partition by account order by seq rows unbounded preceding)) x
    left join (select * from ledger.purse where account between %(first)s and %(last)s) p on p.account = x.account
    left join (select s.account,
            ledger.total(ledger.part(l.micro, l.coins, s.upto) - ledger.part(l.micro, l.coins, s.lot_from)) as micro,
            ledger.total(ledger.part(l.tax_micro, l.coins, s.upto) - ledger.part(l.tax_micro, l.coins, s.lot_from)) as tax,
            ledger.total(ledger.part(l.fee_micro, l.coins, s.upto) - ledger.part(l.fee_micro, l.coins, s.lot_from)) as fee
        from (select n.*, n.lot_from + least(n.serial_to, q.paid_out) - n.serial_from as upto
              from ledger.span n join ledger.purse q on q.account = n.account and q.account between %(first)s and %(last)s
              where n.account between %(first)s and %(last)s and n.pool = 1 and n.serial_from < q.paid_out) s
        join ledger.lot l on l.account = s.account and l.id = s.lot
        where l.account between %(first)s and %(last)s group by 1) s on s.account = x.account
    """,
    (
        Rule(
            "running balance",
            "balance < 0 or balance <> paid_in - paid_out - held_paid + promo_in - promo_out - held_promo",
            "'balance ' || balance || ' where '"
            " || paid_in - paid_out - held_paid + promo_in - promo_out - held_promo || ' is due'",
        ),
        Rule(
            "serials without gap or overlap",
            """case when shape = 2 then (promo > 0 and promo_from <> promo_in - promo)
                                     or (paid > 0 and paid_from <> paid_in - paid)
                    when shape in (1, 4, 6) then (promo > 0 and promo_from <> promo_out - promo)
                                              or (paid > 0 and paid_from <> paid_out - paid) end""",
            """'serials from ' || promo_from || '/' || paid_from || ' where '
               || case shape when 2 then promo_in else promo_out end - promo || '/'
               || case shape when 2 then paid_in else paid_out end - paid || ' are due'""",
        ),
        Rule(
            "purse against its journals",
            """newest and (purse_paid_in, purse_paid_out, purse_promo_in, purse_promo_out, purse_held_paid,
                           purse_held_promo)
                   is distinct from (paid_in, paid_out, promo_in, promo_out, held_paid, held_promo)""",
            "'odometers or holds differ from the sum of the journals'",
        ),
        Rule(
            "what spent coins cost",
            "newest and (spent_micro, spent_tax, spent_fee) <> (lots_micro, lots_tax, lots_fee)",
            "'spent coins cost ' || spent_micro || ' micro, their lots say ' || lots_micro",
        ),
        Rule("every journal has its purse", "purse is null", "'coins moved without a purse'"),
    ),
)

# Every journal that brought coins, with the sums of its lots and of its legs of money.
COINS_THAT_CAME = Walk(
    """
    select j.account, j.seq, j.paid, j.promo, j.micro, j.tax_micro, j.fee_micro, l.paid as lot_paid,
           l.promo as lot_promo, l.micro as lot_micro, l.tax_micro as lot_tax_micro, l.fee_micro as lot_fee_micro,
           t.gross, t.tax
    from ledger.journal j
    left join (select account, seq, ledger.total(coins) filter (where pool = 1) as paid,
                 ledger.total(coins) filter (where pool = 2) as promo, ledger.total(micro) as micro,
                 ledger.total(tax_micro) as tax_micro, ledger.total(fee_micro) as fee_micro
               from ledger.lot where account between %(first)s and %(last)s group by 1, 2) l
      on l.account = j.account and l.seq = j.seq
    left join (select account, seq, ledger.total(amount) as gross,
                 ledger.total(amount) filter (where credit %% 1000 = 420) as tax
               from ledger.transfer where account between %(first)s and %(last)s and debit %% 1000 = 310
               group by 1, 2) t
      on t.account = j.account and t.seq = j.seq
    where j.account between %(first)s and %(last)s and j.shape = 2
    """,
    (
        Rule(
            "lots against the journal that brought them",
            """(coalesce(lot_paid, 0), coalesce(lot_promo, 0), lot_micro, lot_tax_micro, lot_fee_micro)
               is distinct from (paid, promo, micro, tax_micro, fee_micro)""",
            "'the lots differ from the credit'",
        ),
        Rule(
            "money of recharges",
            """micro > 0 and (gross is null or gross::numeric * tax_micro <> tax::numeric * micro
                              or micro %% gross <> 0)""",
            "'the money legs differ from the price'",
        ),
    ),
)
