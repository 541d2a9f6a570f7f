-- Terms, offers, coupons, receipts with gapless numbers, and mail.

-- What buyers agreed to. A version never changes; new words are a new row.
create table terms (
    version    text primary key check (version ~ '^[0-9a-z.-]{1,40}$'),
    text       text not null,
    valid_from timestamptz not null unique
);
revoke update, delete, truncate on terms from largesse_app;
create trigger terms_are_history before update or delete or truncate on terms
    for each statement execute function refuse_change();

insert into terms (version, text, valid_from) values ('2026-11',
'Coins are bought with money and spent here, on gifts and other things that have a price in coins. They are tied to your account, cannot be sold or given to another account, and are not money.

You pay the price that the review shows, with the tax that it names. Coins arrive when the payment is through.

Coins that you paid for and have not spent can be refunded within 14 days. What you have given or spent cannot be taken back. Bonus coins cost nothing, have no cash value, and end on the day that is shown with them.

Coins are for adults. If a payment was not yours, tell us: your coins are kept safe while we look at it.',
'2000-01-01T00:00:00Z');

-- A lower price or a bonus on one pack for a time, or for an account's first recharge.
create table offer (
    id           uuid primary key,
    pack         uuid not null references pack (id),
    name         text not null,                              -- as people read it
    price        bigint check (price > 0),                   -- in place of the pack's
    promo_coins  bigint not null default 0 check (promo_coins >= 0),  -- beside the pack's own
    is_first     boolean not null default false,             -- once an account, before any recharge
    joined_hours integer check (joined_hours > 0),           -- ends so long after signing up
    starts_at    timestamptz not null,
    ends_at      timestamptz check (ends_at > starts_at),
    check (price is not null or promo_coins > 0)
);
create index offer_of_pack on offer (pack);

create table coupon (
    id               uuid primary key,
    code             text not null unique check (code ~ '^[A-Z0-9]{4,32}$'),
    name             text not null,                          -- as the receipt prints it
    percent_bps      integer check (percent_bps between 1 and 9900),
    amount           bigint check (amount > 0),
    currency         char(3),
    promo_coins      bigint check (promo_coins > 0),
    starts_at        timestamptz not null,
    ends_at          timestamptz check (ends_at > starts_at),
    uses_max         bigint check (uses_max > 0),
    account_uses_max integer not null default 1 check (account_uses_max > 0),
    coins_min        bigint not null default 0,              -- smallest order
    packs            uuid[],                                 -- null: whatever is bought
    uses             bigint not null default 0 check (uses >= 0),
    check (num_nonnulls(percent_bps, amount, promo_coins) = 1),
    check ((amount is null) = (currency is null))
);

alter table recharge
    add column original_price    bigint,                     -- before offer or coupon
    add column discount_name     text not null default '',
    add column offer             uuid references offer (id),
    add column coupon            uuid references coupon (id),
    add column tax_name          text not null default '',
    add column tax_bps           integer not null default 0,
    add column terms_accepted_at timestamptz,
    add constraint recharge_discounted check (original_price > price),
    add constraint recharge_terms foreign key (terms) references terms (version);

-- Orders that a coupon or a first-recharge offer is used up by, from confirmation on.
-- One that comes to nothing gives its use back.
create table coupon_use (
    recharge    uuid primary key references recharge (id),
    coupon      uuid not null references coupon (id),
    account     bigint not null,
    at          timestamptz not null,
    released_at timestamptz
);
create index coupon_use_by_account on coupon_use (coupon, account) where released_at is null;
create table first_offer_use (
    recharge    uuid primary key references recharge (id),
    offer       uuid not null references offer (id),
    account     bigint not null,
    at          timestamptz not null,
    released_at timestamptz
);
create unique index first_offer_use_once on first_offer_use (account) where released_at is null;
revoke delete, truncate on coupon_use, first_offer_use from largesse_app;

-- Codes that are being tried or did not work, so that nobody guesses them.
create table coupon_refusal (
    id      uuid primary key,
    account bigint not null,
    at      timestamptz not null
);
create index coupon_refusal_recent on coupon_refusal (account, at);

-- Receipts and credit notes: every printed fact as it was. The number comes a moment later, in
-- the order of the books (docs/decisions/0009-receipt-numbers.md), and then nothing changes.
create table paper (
    id       uuid primary key,
    kind     text not null check (kind in ('receipt', 'credit_note')),
    recharge uuid not null references recharge (id),
    cause    uuid not null unique,                           -- the recharge, or its refund
    corrects uuid references paper (id),                     -- the receipt of a credit note
    account  bigint not null,
    seq      bigint not null,                                -- of the journal in the books
    at       timestamptz not null,
    facts    jsonb not null,
    issuer   jsonb,                                          -- who gave it out, as it was then
    series   text,                                           -- what the seller's numbers begin with
    year     smallint,
    number   integer check (number > 0),
    check ((kind = 'credit_note') = (corrects is not null)),
    check (num_nulls(issuer, series, year, number) in (0, 4)),
    unique (series, kind, year, number)
);
create index paper_unnumbered on paper (seq) where number is null;
create index paper_of_recharge on paper (recharge);

create table paper_series (
    series text not null,
    kind   text not null,
    year   smallint not null,
    last   integer not null,
    primary key (series, kind, year)
);

create function keep_number() returns trigger language plpgsql as $$
begin
    if old.number is not null then
        raise exception 'a numbered paper never changes' using errcode = 'LG001';
    end if;
    return new;
end $$;
revoke update, delete, truncate on paper from largesse_app;
grant update (issuer, series, year, number) on paper to largesse_app;
create trigger paper_keeps_its_number before update on paper
    for each row execute function keep_number();
create trigger paper_is_history before delete or truncate on paper
    for each statement execute function refuse_change();

-- Mail that is on its way. A row commits with its cause; whoever sends it leases it first.
create table mail (
    id          uuid primary key,
    kind        text not null,
    recipient   text not null,
    subject     text not null,
    text        text not null,
    html        text not null,
    attached    uuid,                                        -- the paper that goes with it
    made_at     timestamptz not null,
    next_try_at timestamptz,                                 -- null: sent, or given up
    tries       integer not null default 0,
    sent_at     timestamptz,
    trouble     text not null default '',                    -- why the last try failed
    check (sent_at is null or next_try_at is null)
);
create index mail_due on mail (next_try_at) where next_try_at is not null;
create index mail_done on mail (made_at) where next_try_at is null;
