"""Seeds in the functions of the ledger's migration, and in its tables."""

from __future__ import annotations

from tests.mistakes.seeds import (
    BALANCES,
    CREDIT,
    HOLD,
    LAWS,
    POST,
    POT,
    QUICK,
    RECEIVED,
    TABLES_TESTED,
    Seed,
)

PLACE = "create function ledger."
COSTS = (QUICK, POST, POT, HOLD, LAWS)
EXPIRY = (
    "tests/ledger/test_promo_expiry.py",
    CREDIT,
    HOLD,
    QUICK,
    "tests/ledger/test_refund.py",
    LAWS,
)
LEGS = (
    POST,
    CREDIT,
    HOLD,
    POT,
    "tests/ledger/test_refund.py",
    "tests/ledger/test_dispute.py",
    "tests/ledger/test_forfeit.py",
    QUICK,
)
BOTH_ENDS = "a span that only touches the range gives it no coin"


def _seeds(place: str, tests: tuple[str, ...], *changes: tuple[str, ...]) -> tuple[Seed, ...]:
    return tuple(Seed(place, old, new, tests, "".join(same)) for old, new, *same in changes)


CAREFUL = _seeds(
    f"{PLACE}post_carefully(", (QUICK, POST, CREDIT, POT, "tests/ledger/test_committer.py", LAWS),
    (" order by q.account for update;", ";"),
    ("order by y.account, y.o", "order by y.account, y.o desc"),
    ("if p.promo_until <= now_at then", "if p.promo_until < now_at then"),
    ("if p.promo_until <= now_at then", "if false then"),
    ("where k.account = x.account and k.key = x.key", "where k.key = x.key"),
    ("when j.body = x.body then 1 else 2 end", "when j.body = x.body then 1 else 1 end"),
    ("at := j.at; balance := j.balance", "at := x.at; balance := j.balance"),
    ("balance := j.balance;", "balance := p.paid_in - p.paid_out;"),
    ("prize := j.prize; paid := j.paid", "prize := j.paid; paid := j.prize"),
    ("tax_micro := j.tax_micro; fee_micro := j.fee_micro;", "tax_micro := j.fee_micro; fee_micro := j.tax_micro;"),
    ("least(p.promo_in - p.promo_out - p.held_promo, x.coins)", "least(p.promo_in - p.promo_out, x.coins)"),
    ("least(p.prize_in - p.prize_out - p.held_prize, x.coins - promo)", "least(p.prize_in - p.prize_out, x.coins - promo)"),
    ("least(p.prize_in - p.prize_out - p.held_prize, x.coins - promo)", "0"),
    ("- p.held_promo + p.prize_in - p.prize_out - p.held_prize\n", "- p.held_promo\n"),
    ("+ p.paid_in - p.paid_out - p.held_paid, 0)", "+ p.paid_in - p.paid_out, 0)"),
    ("+ p.paid_in - p.paid_out - p.held_paid, 0)", "+ p.paid_in - p.paid_out - p.held_paid, null)"),
    ("p.prize_out, p.prize_out + prize, 3::smallint)", "p.prize_out, p.prize_out + prize)"),
    ("p.paid_out, p.paid_out + paid) b", "p.paid_out, p.paid_out + paid + 1) b"),
    ("b.micro + w.micro, b.tax_micro + w.tax_micro", "b.micro + w.micro, b.tax_micro"),
    ("when p.day < today then 0", "when p.day <= today then 0"),
    ("when p.week < this_week then 0 else p.week_spent end", "when p.week < this_week then 0 else p.day_spent end"),
    ("case when p.month < this_month then 0 else p.month_spent end", "p.month_spent"),
    ("if p.frozen then", "if false then"),
    ("elsif x.coins > balance then", "elsif x.coins >= balance then"),
    ("elsif p.day_spent > p.day_limit then", "elsif p.day_spent >= p.day_limit then"),
    ("elsif p.week_spent > p.week_limit then", "elsif p.week_spent >= p.week_limit then"),
    ("elsif p.month_spent > p.month_limit then", "elsif false then"),
    ("p.day_limit - p.day_spent + micro", "p.day_limit - p.day_spent"),
    ("greatest(p.week_limit - p.week_spent + micro, 0)", "p.week_limit"),
    ("at := x.at;", "at := now_at;"),
    ("balance := balance - x.coins;", ""),
    ("promo, paid, prize, p.promo_out,\n                p.paid_out, p.prize_out", "promo, paid, prize, p.paid_out,\n                p.promo_out, p.prize_out"),
    ("p.paid_out, p.prize_out, x.party, x.diamonds", "p.paid_out, p.prize_out, x.party, x.coins"),
    ("p.paid_out, p.prize_out, x.party", "p.paid_out, p.paid_out, x.party"),
    ("micro, tax_micro, fee_micro, balance, x.kind, 1,", "micro, fee_micro, tax_micro, balance, x.kind, 1,"),
    ("x.hidden, x.count, x.rate, x.place, x.item", "x.hidden, x.count, x.rate, x.item, x.place"),
    ("prize_out = p.prize_out + prize", "prize_out = p.prize_out"),
    ("day = greatest(p.day, today)", "day = today"),
    ("month_spent = p.month_spent,\n", "\n"),
    ("ledger.head(x.account, p.paid_out + paid) h", "ledger.head(x.account, p.paid_out) h"),
    ("head_micro = h.head_micro, head_tax = h.head_tax, head_fee = h.head_fee", "head_micro = h.head_micro, head_tax = h.head_fee, head_fee = h.head_tax"),
)  # fmt: skip

PRICES = (
    *_seeds(
        f"{PLACE}part(", COSTS,
        ("(total / coins) * upto + (total % coins) * upto / coins", "(total / coins) * upto"),
        ("(total % coins) * upto / coins", "((total % coins) * upto + coins - 1) / coins"),
        ("(total / coins) * upto + (total % coins) * upto / coins", "total * upto / coins"),
    ),
    *_seeds(
        f"{PLACE}basis(", COSTS,
        ("greatest(s.serial_from, from_serial)", "least(s.serial_from, from_serial)"),
        ("least(s.serial_to, to_serial)", "to_serial"),
        ("s.lot_from + greatest", "greatest"),
        ("s.account = owner and ", ""),
        ("and s.pool = of_pool", ""),
        ("s.serial_to > from_serial", "s.serial_to > from_serial + 1"),
        ("s.serial_from < to_serial", "s.serial_from < to_serial - 1"),
        ("s.serial_to > from_serial", "s.serial_to >= from_serial", BOTH_ENDS),
        ("ledger.part(s.tax_micro, s.coins, p.b)", "ledger.part(s.fee_micro, s.coins, p.b)"),
        ("of_pool smallint default 1", "of_pool smallint default 2"),
    ),
    *_seeds(
        f"{PLACE}head(", COSTS,
        ("n.serial_to > serial", "n.serial_to >= serial"),
        ("n.pool = 1 and ", ""),
        ("order by n.serial_to limit 1", "order by n.serial_to desc limit 1"),
        ("max(s.serial_from - s.lot_from)", "max(s.serial_from)"),
        ("max(s.tax_micro), 0), coalesce(max(s.fee_micro), 0)", "max(s.fee_micro), 0), coalesce(max(s.tax_micro), 0)"),
        ("coalesce(max(s.coins), 1)", "coalesce(max(s.serial_to - s.serial_from), 1)"),
    ),
)  # fmt: skip

PROMO = (
    *_seeds(
        f"{PLACE}earmarked(", EXPIRY,
        (" and h.state = 0", ""),
        ("h.kind in (170, 171)", "h.kind in (171)"),
        ("h.kind in (170, 171)", "h.kind in (170)"),
        ("when 1 then h.paid else h.promo", "when 2 then h.paid else h.promo"),
        ("h.account = owner and ", ""),
    ),
    *_seeds(
        f"{PLACE}overdue_promo(", EXPIRY,
        ("l.expires <= now_at", "l.expires < now_at"),
        ("- p.promo_out - p.held_promo + e.coins, 0)", "- p.promo_out + e.coins, 0)"),
        ("- p.held_promo + e.coins, 0)", "- p.held_promo, 0)"),
        ("greatest(least(coalesce(max(s.serial_to), p.promo_out), p.promo_in - e.coins)", "greatest(coalesce(max(s.serial_to), p.promo_out)"),
        ("s.account = p.account and s.pool = 2", "s.account = p.account and s.pool = 1"),
        ("+ e.coins, 0)", "+ e.coins, -1)"),
    ),
    *_seeds(
        f"{PLACE}expire_promo(", EXPIRY,
        (" for update;", ";", "its callers hold the purse's lock already"),
        ("if p.promo_until > now_at then return 0; end if;", "", "without it nothing is overdue either"),
        ("if p.promo_until > now_at", "if p.promo_until >= now_at"),
        ("if gone > 0 then", "if gone > 1 then"),
        ("gone, p.promo_out,\n", "gone, 0,\n"),
        ("- p.held_promo - gone, 173", "- p.held_promo, 173"),
        ("gone, 173, 6)", "gone, 172, 6)"),
        ("gone, 173, 6)", "gone, 173, 1)"),
        ("promo_out = promo_out + gone", "promo_out = promo_out"),
        ("select min(l.expires)", "select max(l.expires)"),
        ("s.serial_to > p.promo_out + gone", "s.serial_to > p.promo_out"),
        ("p.promo_in - ledger.earmarked(owner, 2::smallint)), 'infinity'", "p.promo_in), 'infinity'"),
        ("s.pool = 2 and", "s.pool = 1 and"),
    ),
)  # fmt: skip

READS = (
    *_seeds(
        f"{PLACE}open_balance(", (BALANCES, "tests/ledger/test_rollup.py", "tests/ledger/test_book_spends.py"),
        ("select s.credits - s.debits", "select s.debits - s.credits"),
        ("j.seq > h.folded", "j.seq >= h.folded"),
        ("t.seq > h.folded", "t.seq >= h.folded"),
        ("(who = 1 or j.account = who", "(j.account = who"),
        ("j.account = who or j.party = who)", "j.account = who)"),
        ("- case when l.debit = number then l.amount", "+ case when l.debit = number then l.amount"),
        ("where l.asset = of_asset and number", "where number"),
        ("t.asset = of_asset and", ""),
        ("of_asset <= 2", "of_asset < 2"),
        ("sum(j.promo)::bigint", "max(j.promo)::bigint"),
        ("group by 1, 2, 3, 4) j", "group by 1, 2, 3, 4 limit 1) j"),
        ("case when j.party = who then who end as party", "j.account as party"),
    ),
    *_seeds(
        f"{PLACE}received_before(", (RECEIVED,),
        ("r.party = receiver and ", ""),
        ("order by r.first_seq desc", "order by r.first_seq"),
        ("j.seq > h.folded", "j.seq >= 0"),
        ("where j.party = receiver", "where j.account = receiver"),
        ("a.seq < before_seq", "a.seq <= before_seq"),
        ("r.first_seq < before_seq", "r.first_seq <= before_seq", "the acts themselves are compared below"),
        ("a.seq desc limit wanted", "a.seq limit wanted"),
        ("first_seq desc limit wanted", "first_seq desc limit 1"),
    ),
    *_seeds(
        f"{PLACE}received_since(", (RECEIVED,),
        ("r.latest >= w.since", "r.latest > w.since"),
        ("j.at >= w.since", "j.at > w.since"),
        ("r.party = w.party and ", ""),
        ("j.seq > h.folded", "j.seq >= 0"),
        ("w.party = j.party and", "w.party = j.account and"),
    ),
)  # fmt: skip

WIDE = _seeds(
    f"{PLACE}legs(", LEGS,
    ("case shape when 2 then 1151", "case shape when 2 then 1150"),
    ("case shape when 2 then 1150", "case shape when 2 then 1151"),
    ("or shape = 4 and kind = 170 then 1173", "then 1173"),
    ("when shape = 10 or shape = 4 and kind = 170 then 1173", "when shape = 10 or shape = 4 and kind = 170 then 1172"),
    ("case kind when 190 then account * 1000 else 1000 end + kind", "1000 + kind"),
    ("(1000 + kind + 90)::bigint", "(1000 + kind + 80)::bigint"),
    ("party * 1000 + 200, diamonds", "party * 1000 + 210, diamonds"),
    ("party * 1000 + 200, diamonds", "account * 1000 + 200, diamonds"),
    ("diamonds, 2::smallint", "diamonds, 1::smallint"),
    ("else account * 1000 + 110 end,\n           promo, 1", "else account * 1000 + 100 end,\n           promo, 1"),
    ("else account * 1000 + 100 end,\n           paid, 1", "else account * 1000 + 110 end,\n           paid, 1"),
    ("else account * 1000 + 120 end,\n           prize, 1", "else account * 1000 + 100 end,\n           prize, 1"),
    ("paid, 1::smallint", "promo, 1::smallint"),
    ("where paid > 0", "where paid > 1"),
    ("where prize > 0", "where prize > 0 and false"),
)  # fmt: skip

TABLES = (
    *_seeds(
        "create table ledger.purse (", (TABLES_TESTED, POST),
        ("constraint purse_paid_floor check (paid_in - paid_out >= held_paid)", "constraint purse_paid_floor check (paid_in >= paid_out)"),
        ("constraint purse_promo_floor check (promo_in - promo_out >= held_promo)", "constraint purse_promo_floor check (promo_in >= promo_out)"),
        ("constraint purse_prize_floor check (prize_in - prize_out >= held_prize)", "constraint purse_prize_floor check (true)"),
        ("    check (frozen = (frozen_for <> 0)),\n", ""),
        ("held_paid   bigint not null default 0 check (held_paid >= 0)", "held_paid   bigint not null default 0"),
        ("debt        bigint not null default 0 check (debt >= 0)", "debt        bigint not null default 0"),
        ("day_spent   bigint not null default 0 check (day_spent >= 0)", "day_spent   bigint not null default 0"),
    ),
    *_seeds(
        "create table ledger.journal (", (TABLES_TESTED, POST),
        ("    constraint journal_key_once unique (account, key),\n", "    constraint journal_key_once unique (account, key, seq),\n"),
        ("    check (shape = 0 or promo + paid + prize > 0),\n", ""),
        ("check (diamonds = 0 or (shape in (0, 1, 4, 9) and party is not null))", "check (diamonds = 0 or party is not null)"),
        ("check (shape between 0 and 11)", "check (shape between 0 and 12)"),
        (" check (paid >= 0)", ""),
        (" check (count > 0)", " check (count >= 0)"),
        (" check (micro >= 0)", ""),
    ),
    *_seeds(
        "create table ledger.transfer (", (TABLES_TESTED,),
        ("check (amount > 0)", "check (amount >= 0)"),
        (",\n    check (debit <> credit)", ""),
        ("check (leg >= 10)", "check (leg >= 0)"),
        ("    foreign key (account, seq) references ledger.journal,\n", ""),
    ),
    *_seeds(
        "create table ledger.lot (", (TABLES_TESTED,),
        ("check (tax_micro between 0 and micro)", "check (tax_micro >= 0)"),
        ("check (coins between 1 and 3000000000)", "check (coins between 0 and 3000000000)"),
        (",\n    check (pool <> 2 or micro = 0)", ""),
    ),
)  # fmt: skip

SQL_SEEDS = (*CAREFUL, *PRICES, *PROMO, *READS, *WIDE, *TABLES)
