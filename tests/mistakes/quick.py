"""Seeds in the statement that posts an ordinary batch."""

from __future__ import annotations

from tests.mistakes.seeds import Seed


def _seed(old: str, new: str, *, same: str = "") -> Seed:
    return Seed("post", old, new, same=same)


QUICK_SEEDS = (
    # The verdict.
    _seed("when coins > had then 3", "when coins >= had then 3"),
    _seed("when coins > had then 3", ""),
    _seed("when frozen then 7", ""),
    _seed("when hard then 9 when frozen then 7", "when frozen then 7 when hard then 9"),
    _seed("when paid > 0 and paid_out + paid > head_to then 9", ""),
    _seed("paid_out + paid > head_to then 9", "paid_out + paid > head_to + 1 then 9"),
    _seed("paid_out + paid > head_to then 9", "paid_out > head_to then 9"),
    _seed("day_spent + micro > day_limit then 4", "day_spent + micro >= day_limit then 4"),
    _seed("week_spent + micro > week_limit then 5", "week_spent + micro >= week_limit then 5"),
    _seed("month_spent + micro > month_limit then 6", "month_spent + micro >= month_limit then 6"),
    _seed("when day_spent + micro > day_limit then 4", ""),
    _seed("when week_spent + micro > week_limit then 5", ""),
    _seed("when month_spent + micro > month_limit then 6", ""),
    _seed("when day_spent + micro > day_limit", "when day_spent > day_limit"),
    # What the coins cost.
    _seed(
        "ledger.part(head_micro, head_coins, b) - ledger.part(head_micro, head_coins, a) as micro",
        "ledger.part(head_micro, head_coins, b - a) as micro",
    ),
    _seed("ledger.part(head_tax, head_coins, b) -", "ledger.part(head_fee, head_coins, b) -"),
    _seed("ledger.part(head_fee, head_coins, a) as", "ledger.part(head_tax, head_coins, a) as"),
    _seed("paid_out - head_base as a", "paid_out as a"),
    _seed("paid_out - head_base + least(", "paid_out + least("),
    _seed("least(coins - promo, greatest", "greatest(coins - promo, greatest"),
    _seed(
        "greatest(head_to - paid_out, 0)", "head_to - paid_out",
        same="a purse without a live paid lot has a head that costs nothing",
    ),
    # Which coins, and how many there are.
    _seed("had - coins as balance", "had as balance"),
    _seed("coins - promo as paid", "coins as paid"),
    _seed("least(p.promo_in - p.promo_out - p.held_promo, x.coins)", "least(p.promo_in - p.promo_out, x.coins)"),
    _seed("least(p.promo_in - p.promo_out - p.held_promo, x.coins)", "0"),
    _seed("- p.held_paid as had", "as had"),
    _seed("p.promo_in - p.promo_out - p.held_promo + p.paid_in", "p.promo_in - p.promo_out + p.paid_in"),
    # What is left to the careful function.
    _seed(
        "j.seq is not null or", "",
        same="the unique key meets the repeated act, and the batch goes the careful way",
    ),
    _seed("p.promo_until <= %(now)s", "p.promo_until < %(now)s"),
    _seed("or p.promo_until <= %(now)s", ""),
    _seed("or p.prize_in - p.prize_out > p.held_prize", ""),
    _seed(
        "p.prize_in - p.prize_out > p.held_prize", "p.prize_in - p.prize_out >= p.held_prize",
        same="all goes the careful way, which answers the same, but slowly",
    ),
    # Periods.
    _seed("when p.day < %(day)s then 0", "when p.day <= %(day)s then 0"),
    _seed("case when p.day < %(day)s then 0 else p.day_spent end", "p.day_spent"),
    _seed("case when p.week < %(week)s then 0 else p.week_spent end", "p.week_spent"),
    _seed("when p.week < %(week)s then 0", "when p.week <= %(week)s then 0"),
    _seed("when p.month < %(month)s then 0", "when p.month <= %(month)s then 0"),
    _seed("case when p.month < %(month)s then 0 else p.month_spent end", "p.month_spent"),
    # Locks and joins.
    _seed(
        "on j.account = x.account and j.key = x.key", "on j.key = x.key",
        same="somebody else's act sends it the careful way, where it is no repetition",
    ),
    _seed("order by x.account for update of p", "order by x.account"),
    _seed("order by x.account for update of p", "order by x.o for update of p"),
    # The odometers.
    _seed("promo_out = a.promo_out + a.promo,", "promo_out = a.promo_out + a.coins,"),
    _seed("promo_out = a.promo_out + a.promo, ", ""),
    _seed("paid_out = a.paid_out + a.paid,", "paid_out = a.paid_out,"),
    _seed("day = greatest(p.day, %(day)s),", "day = least(p.day, %(day)s),"),
    _seed("week = greatest(p.week, %(week)s),", ""),
    _seed(", month = greatest(p.month, %(month)s),", ","),
    _seed("day = greatest(p.day, %(day)s),", "day = %(day)s,"),
    _seed("day_spent = a.day_spent + a.micro", "day_spent = a.micro"),
    _seed("week_spent = a.week_spent + a.micro", "week_spent = a.day_spent + a.micro"),
    _seed(", month_spent = a.month_spent + a.micro", ""),
    _seed("where p.account = a.account and a.verdict = 0", "where p.account = a.account"),
    _seed("where p.account = a.account and a.verdict = 0", "where a.verdict = 0"),
    # The journal.
    _seed("promo, paid, promo_out, paid_out, party, diamonds,", "promo, paid, paid_out, promo_out, party, diamonds,"),
    _seed("promo_out, paid_out, party, diamonds,", "promo_out, paid_out, party, coins,"),
    _seed("select account, seq, id, at, key, body,", "select account, seq, id, at, key, key,"),
    _seed("select account, seq, id, at, key, body,", "select account, seq, id, %(now)s, key, body,"),
    _seed("tax_micro, fee_micro, balance, kind, 1,", "fee_micro, tax_micro, balance, kind, 1,"),
    _seed("balance, kind, 1, hidden", "balance, 160, 1, hidden"),
    _seed("kind, 1, hidden", "kind, 4, hidden"),
    _seed("1, hidden, count, rate, place", "1, hidden, rate, count, place"),
    _seed("rate, place, item, thread\n    from act", "rate, item, place, thread\n    from act"),
    _seed("rate, place, item, thread\n    from act", "rate, place, item, item\n    from act"),
    _seed("kind, 1, hidden, count", "kind, 1, not hidden, count"),
    # The answer.
    _seed("when 3 then had", "when 3 then coins"),
    _seed("when 4 then day_limit - day_spent", "when 4 then day_limit"),
    _seed("when 5 then week_limit - week_spent", "when 5 then week_limit - day_spent"),
    _seed("when 6 then month_limit - month_spent", "when 6 then month_limit - week_spent"),
    _seed("promo, micro, tax_micro, fee_micro, balance, currency::text", "promo, micro, fee_micro, tax_micro, balance, currency::text"),
)  # fmt: skip
