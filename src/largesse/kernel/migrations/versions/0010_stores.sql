-- What app stores sell, and gift codes.

-- A pack as a store sells it. Products have one name in all countries; the price is the one that
-- the store lists there, in the list's currency, and its tax is the store's own affair.
create table store_product (
    provider   text not null,
    country    char(2) not null references price_list (country),
    pack       uuid not null references pack (id),
    product    text not null,
    price      bigint not null check (price > 0),
    is_offered boolean not null default true,
    primary key (provider, pack)
);
create unique index store_product_offered on store_product (provider, country, product)
    where is_offered;

insert into store_product (provider, country, pack, product, price)
select store.provider, pack.country, pack.id, 'coins_' || pack.coins, pack.price
from pack cross join (values ('apple'), ('google')) store (provider);

insert into payment_method (country, code, name, provider, position, channel)
select list.country, method.code, method.name, method.provider, 1, method.channel
from price_list list
cross join (values
    ('apple_iap', 'App Store', 'apple', 'ios'),
    ('google_play', 'Google Play', 'google', 'android')
) method (code, name, provider, channel);

-- What a store still has to hear: that the coins of a purchase were given. One that never hears it
-- gives the money back, Google after three days.
create table store_acknowledgement (
    provider        text not null,
    payment         text not null,
    purchase        text not null,                       -- how the store is asked about it
    recharge        uuid not null references recharge (id),
    product         text not null,
    made_at         timestamptz not null,
    due_at          timestamptz not null,                -- when to tell it next
    attempts        integer not null default 0,
    acknowledged_at timestamptz,
    alarmed_at      timestamptz,                         -- when an operator was told
    primary key (provider, payment)
);
create index store_acknowledgement_due on store_acknowledgement (due_at)
    where acknowledged_at is null;

-- Up to when a store was asked for what its notices did not bring.
create table store_watch (
    provider   text primary key,
    seen_until timestamptz not null,
    due_at     timestamptz not null
);

-- Gift codes of one kind that were issued together. Sold ones bring paid coins, whose price their
-- buyer paid elsewhere; the others bring promo coins.
create table code_batch (
    id          uuid primary key,
    at          timestamptz not null,
    note        text not null,
    count       integer not null check (count > 0),
    coins       bigint not null check (coins >= 0),
    promo_coins bigint not null check (promo_coins >= 0),
    promo_days  integer not null check (promo_days > 0),
    country     char(2),                                 -- only there; null = everywhere
    currency    char(3),                                 -- of the price; only purses in it
    price       bigint,                                  -- of one code, in minor units
    expires_at  timestamptz,
    voided_at   timestamptz,                             -- lost or stolen: none of them works any more
    check (coins + promo_coins > 0),
    check ((coins > 0) = (price is not null) and (price is null) = (currency is null)),
    check (price > 0)
);

-- The code itself is nowhere: only its SHA-256, which nobody can turn back.
create table gift_code (
    digest      bytea primary key check (length(digest) = 32),
    id          uuid not null unique,
    batch       uuid not null references code_batch (id),
    redeemed_by bigint,
    redeemed_at timestamptz,
    journal     uuid,
    check ((redeemed_by is null) = (redeemed_at is null) and (redeemed_by is null) = (journal is null))
);
create index gift_code_batch on gift_code (batch);
revoke delete, truncate on gift_code, code_batch from largesse_app;
revoke update on code_batch from largesse_app;
grant update (voided_at) on code_batch to largesse_app;

-- Tries that have not succeeded, so that nobody guesses.
create table code_attempt (
    id      uuid primary key,
    account bigint not null,
    at      timestamptz not null
);
create index code_attempt_recent on code_attempt (account, at);
