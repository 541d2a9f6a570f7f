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


@dataclass(frozen=True, slots=True)
class Figure:
    """Rows of whole numbers that an audit wants to know besides."""

    name: str
    numbers: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Laws of all books that share what one pass over them adds up, and figures of the same sums."""

    sums: str
    laws: tuple[Check, ...]
    figures: tuple[Figure, ...] = ()

    @property
    def all_at_once(self) -> str:
        """The query for what breaks any law, and for all figures, each row with its name in front."""
        parts = [
            f"(select '{law.name}', x.*, null::bigint[] from ({law.wrong}) x (account, seq, detail))"
            for law in self.laws
        ] + [
            f"(select '{figure.name}', null::bigint, null::bigint, null, x.* from ({figure.numbers}) x (numbers))"
            for figure in self.figures
        ]
        return f"with {self.sums} {' union all '.join(parts)}"

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its laws one by one, for when not all can be reckoned."""
        return tuple(Check(law.name, f"with {self.sums} {law.wrong}") for law in self.laws)


_DUE = "paid_in - paid_out - held_paid + promo_in - promo_out - held_promo + prize_in - prize_out - held_prize"

# Every journal that moved coins, in the order of its purse, with the sums up to it, its lots and its legs
# of money, the purse, and what the coins that have left that had cost by their lots. A purse without any
# journal is there too, with nothing beside it.
PURSES = Walk(
    """
    select coalesce(x.account, p.account) as account, x.seq, shape, came, went, balance, promo, prize, paid, promo_from, prize_from,
           paid_from, x.paid_in, x.paid_out, x.promo_in, x.promo_out, x.prize_in, x.prize_out, x.held_paid,
           x.held_promo, x.held_prize, debt_paid, micro, tax_micro, fee_micro, spent_micro, spent_tax, spent_fee,
           newest or x.account is null as newest, p.account as purse, p.paid_in as purse_paid_in,
           p.paid_out as purse_paid_out, p.promo_in as purse_promo_in, p.promo_out as purse_promo_out,
           p.prize_in as purse_prize_in, p.prize_out as purse_prize_out, p.held_paid as purse_held_paid,
           p.held_promo as purse_held_promo, p.held_prize as purse_held_prize, p.debt as purse_debt,
           coalesce(p.owed, 0) as owed, coalesce(p.lots_micro, 0) as lots_micro, coalesce(p.lots_tax, 0) as lots_tax,
           coalesce(p.lots_fee, 0) as lots_fee, lot_paid, lot_promo, lot_prize, lot_micro, lot_tax_micro,
           lot_fee_micro, booked, by_store, tax_booked, commission_booked
    from (select x.*, lot_paid, lot_promo, lot_prize, lot_micro, lot_tax_micro, lot_fee_micro, booked,
                 by_store, tax_booked, commission_booked
          from (select account, seq, shape, came, went, balance, promo, prize, paid, promo_from, prize_from, paid_from,
                 micro, tax_micro, fee_micro,
                 ledger.total(paid) filter (where came) over w as paid_in,
                 ledger.total(paid) filter (where went) over w as paid_out,
                 ledger.total(promo) filter (where came) over w as promo_in,
                 ledger.total(promo) filter (where went) over w as promo_out,
                 ledger.total(prize) filter (where came) over w as prize_in,
                 ledger.total(prize) filter (where went) over w as prize_out,
                 ledger.total(case shape when 3 then paid else -paid end) filter (where waited) over w as held_paid,
                 ledger.total(case shape when 3 then promo else -promo end) filter (where waited) over w as held_promo,
                 ledger.total(case shape when 3 then prize else -prize end) filter (where waited) over w as held_prize,
                 ledger.total(paid) filter (where kind = 190 and shape = 1) over w as debt_paid,
                 ledger.total(micro) filter (where went) over w as spent_micro,
                 ledger.total(tax_micro) filter (where went) over w as spent_tax,
                 ledger.total(fee_micro) filter (where went) over w as spent_fee,
                 lead(seq) over w is null as newest
          from (select *, shape in (2, 8, 11) as came, shape in (1, 4, 6, 7, 10) as went, shape in (3, 4, 5) as waited
                from ledger.journal where account between %(first)s and %(last)s and shape > 0 offset 0) j
          window w as (partition by account order by seq rows unbounded preceding)) x
          left join (select l.*, t.gross as booked, t.tax as tax_booked, t.commission as commission_booked, t.by_store
              from (select account, seq, ledger.total(coins) filter (where pool = 1) as lot_paid,
                      ledger.total(coins) filter (where pool = 2) as lot_promo,
                      ledger.total(coins) filter (where pool = 3) as lot_prize, ledger.total(micro) as lot_micro,
                      ledger.total(tax_micro) as lot_tax_micro, ledger.total(fee_micro) as lot_fee_micro
                    from ledger.lot where account between %(first)s and %(last)s group by 1, 2) l
              left join (select account, seq, ledger.total(amount) as gross,
                      ledger.total(amount) filter (where credit %% 1000 = 420) as tax,
                      ledger.total(amount) filter (where debit %% 1000 = 601) as commission,
                      bool_or(debit %% 1000 in (312, 601)) as by_store
                    from ledger.transfer where account between %(first)s and %(last)s
                      and credit %% 1000 in (400, 420) group by 1, 2) t
                on t.account = l.account and t.seq = l.seq) l
            on l.account = x.account and l.seq = x.seq) x
    full join (select p.*, s.micro as lots_micro, s.tax as lots_tax, s.fee as lots_fee, d.owed
        from ledger.purse p
        left join (select s.account,
                ledger.total(ledger.part(l.micro, l.coins, s.upto) - ledger.part(l.micro, l.coins, s.lot_from)) as micro,
                ledger.total(ledger.part(l.tax_micro, l.coins, s.upto) - ledger.part(l.tax_micro, l.coins, s.lot_from)) as tax,
                ledger.total(ledger.part(l.fee_micro, l.coins, s.upto) - ledger.part(l.fee_micro, l.coins, s.lot_from)) as fee
            from (select n.*, n.lot_from + least(n.serial_to, gone.upto) - n.serial_from as upto
                  from ledger.span n
                  join ledger.purse q on q.account = n.account and q.account between %(first)s and %(last)s
                  cross join lateral (select case n.pool when 1 then q.paid_out else q.prize_out end) gone (upto)
                  where n.account between %(first)s and %(last)s and n.pool in (1, 3) and n.serial_from < gone.upto) s
            join ledger.lot l on l.account = s.account and l.id = s.lot
            where l.account between %(first)s and %(last)s group by 1) s on s.account = p.account
        left join (select debit / 1000 as account, ledger.total(amount) as owed from ledger.transfer
                   where account between %(first)s and %(last)s and debit %% 1000 = 190 group by 1) d on d.account = p.account
        where p.account between %(first)s and %(last)s) p on p.account = x.account
    """,
    (
        Rule(
            "running balance",
            f"balance < 0 or balance <> {_DUE}",
            f"'balance ' || balance || ' where ' || {_DUE} || ' is due'",
        ),
        Rule(
            "serials without gap or overlap",
            # Only promo coins run out, a recharge brings no prize, and a prize nothing else.
            """case when came
                    then (promo > 0 and (promo_from <> promo_in - promo or shape = 11))
                      or (paid > 0 and (paid_from <> paid_in - paid or shape = 11))
                      or (prize > 0 and (prize_from <> prize_in - prize or shape = 2))
                    when went
                    then (promo > 0 and promo_from <> promo_out - promo)
                      or (paid > 0 and (paid_from <> paid_out - paid or shape = 6))
                      or (prize > 0 and (prize_from <> prize_out - prize or shape = 6)) end""",
            """'serials from ' || promo_from || '/' || prize_from || '/' || paid_from || ' where '
               || case when came then promo_in else promo_out end - promo || '/'
               || case when came then prize_in else prize_out end - prize || '/'
               || case when came then paid_in else paid_out end - paid || ' are due'""",
        ),
        Rule(
            "purse against its journals",
            """newest and purse is not null
               and (purse_paid_in, purse_paid_out, purse_promo_in, purse_promo_out, purse_prize_in, purse_prize_out,
                    purse_held_paid, purse_held_promo, purse_held_prize)
                   <> (coalesce(paid_in, 0), coalesce(paid_out, 0), coalesce(promo_in, 0), coalesce(promo_out, 0),
                       coalesce(prize_in, 0), coalesce(prize_out, 0), coalesce(held_paid, 0), coalesce(held_promo, 0),
                       coalesce(held_prize, 0))""",
            "'odometers or holds differ from the sum of the journals'",
        ),
        Rule(
            "what spent coins cost",
            "newest and (coalesce(spent_micro, 0), coalesce(spent_tax, 0), coalesce(spent_fee, 0))"
            " <> (lots_micro, lots_tax, lots_fee)",
            "'spent coins cost ' || coalesce(spent_micro, 0) || ' micro, their lots say ' || lots_micro",
        ),
        Rule(
            "debt against its transfers",
            "newest and purse_debt <> owed - coalesce(debt_paid, 0)",
            "'owes ' || purse_debt || ', the transfers say ' || owed - coalesce(debt_paid, 0)",
        ),
        Rule(
            # What a pot shares out has no purse: its coins lie in escrow.
            "every journal has its purse",
            "purse is null and not (shape = 9 and exists (select from ledger.pot o where o.party = w.account))",
            "'coins moved without a purse'",
        ),
        Rule(
            "lots against the journal that brought them",
            """shape in (2, 11)
               and (coalesce(lot_paid, 0), coalesce(lot_promo, 0), coalesce(lot_prize, 0),
                    lot_micro, lot_tax_micro, lot_fee_micro)
                   is distinct from (paid, promo, prize, micro, tax_micro, fee_micro)""",
            "'the lots differ from the credit'",
        ),
        Rule(
            # What a store sold is booked without its tax, and with its commission.
            "money of recharges",
            """shape = 2 and case when by_store
                then micro > tax_micro
                     and (booked::numeric * fee_micro <> coalesce(commission_booked, 0)::numeric * (micro - tax_micro)
                          or (micro - tax_micro) %% booked <> 0)
                else micro > 0
                     and (booked is null or booked::numeric * tax_micro <> coalesce(tax_booked, 0)::numeric * micro
                          or micro %% booked <> 0) end""",
            "'the money legs differ from the price'",
        ),
    ),
)

# Every pool of every purse, with where its spans end, how many of their serials are those of coins that
# left and came back, and how many coins its lots have.
POOLS = Walk(
    """
    select p.account, null::bigint as seq, pools.pool, pools.entered, coalesce(s.ending, 0) as ending,
           coalesce(s.back, 0) as back, coalesce(l.coins, 0) as coins
    from ledger.purse p
    cross join lateral (values (1::smallint, p.paid_in), (2::smallint, p.promo_in), (3::smallint, p.prize_in))
        pools (pool, entered)
    left join (select account, pool, max(serial_to) as ending,
                 ledger.total(serial_to - serial_from) filter (where back) as back
               from ledger.span where account between %(first)s and %(last)s group by 1, 2) s
      on s.account = p.account and s.pool = pools.pool
    left join (select account, pool, ledger.total(coins) as coins from ledger.lot
               where account between %(first)s and %(last)s group by 1, 2) l
      on l.account = p.account and l.pool = pools.pool
    where p.account between %(first)s and %(last)s
    """,
    (
        Rule(
            "spans cover what came in",
            "ending <> entered",
            "'pool ' || pool || ': spans end at ' || ending || ', the odometer at ' || entered",
        ),
        Rule(
            # That the odometer counts them is said by the purse against its journals.
            "coins that came back",
            "back <> entered - coins",
            """'pool ' || pool || ': ' || back || ' serials are marked, ' || entered - coins
               || ' came in without a lot of their own'""",
        ),
    ),
)
