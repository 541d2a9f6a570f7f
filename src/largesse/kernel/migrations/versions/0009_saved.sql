-- Second factors, saved methods and auto-recharge.

-- A second factor. Its secret is sealed under a key that is not in the database.
create table factor (
    id           uuid primary key,
    person       bigint not null references person (no),
    kind         text not null check (kind in ('totp')),
    secret       bytea not null,
    made_at      timestamptz not null,
    confirmed_at timestamptz,                       -- null until a first code proved that it works
    used_step    bigint not null default 0,         -- the last half minute whose code was taken
    unique (person, kind)
);

-- Codes for the day on which the telephone is lost: each works once, only digests are kept.
create table recovery_code (
    person  bigint not null references person (no),
    digest  bytea not null,
    used_at timestamptz,
    primary key (person, digest)
);

-- Wrong codes and wrong passwords at the factor's doors, so that guessing slows down.
create table factor_failure (
    person bigint not null references person (no),
    at     timestamptz not null
);
create index factor_failure_person on factor_failure (person, at);

-- What a provider calls a person of ours.
create table provider_customer (
    person   bigint not null references person (no),
    provider text not null,
    customer text not null,
    at       timestamptz not null,
    primary key (person, provider),
    unique (provider, customer)
);

-- A way to pay that the provider keeps. We have a token that only we can use, and what a person
-- must see to know it again. A removed one is forgotten by the provider next, and then by us.
create table saved_method (
    id             uuid primary key,
    person         bigint not null references person (no),
    provider       text not null,
    customer       text not null,
    token          text,                            -- null once the provider has forgotten it
    method         text not null,                   -- our code of the way to pay, such as card
    kind           text not null,
    label          text not null,
    expires        date,
    is_default     boolean not null default false,
    consent        text not null,                   -- version of the words that were agreed to
    consented_at   timestamptz not null,
    made_at        timestamptz not null,
    removed_at     timestamptz,
    forget_next_at timestamptz,                     -- when the provider is told again
    unique (provider, customer, token),
    check (not (is_default and removed_at is not null)),
    check (token is not null or removed_at is not null)
);
create index saved_method_person on saved_method (person);
create unique index saved_method_default on saved_method (person) where is_default;
create index saved_method_forget on saved_method (forget_next_at) where forget_next_at is not null;

-- How an order is paid, where it is more than a page: its method is to be kept, or a kept one is
-- charged, by the buyer's hand or by auto-recharge.
create table recharge_way (
    recharge    uuid primary key references recharge (id),
    saves       boolean not null default false,
    consent     text not null default '',           -- version of the words that were agreed to
    customer    text not null default '',           -- who the provider is told that it is kept for
    method      uuid references saved_method (id),
    answered_at timestamptz,                        -- when the provider said what the charge came to
    auto_person bigint references person (no),      -- whose auto-recharge made it
    ended_at    timestamptz                         -- when auto-recharge was done with it
);
create index recharge_way_auto on recharge_way (auto_person, recharge) where auto_person is not null;
-- Whatever goes wrong, one person's auto-recharge never has two orders under way.
create unique index recharge_way_one_auto on recharge_way (auto_person) where ended_at is null;

create table auto_recharge (
    person        bigint primary key references person (no),
    threshold     bigint not null check (threshold > 0),        -- coins
    pack          uuid not null references pack (id),
    method        uuid not null references saved_method (id),
    currency      char(3) not null,
    price         bigint not null check (price > 0),            -- the pack's total that was agreed to
    cap           bigint not null check (cap >= price),         -- minor units a month
    state         text not null check (state in ('on', 'paused', 'off')),
    paused_why    text,
    declines      smallint not null default 0,                  -- in a row
    last_at       timestamptz,
    next_check_at timestamptz not null,
    set_at        timestamptz not null,
    check ((state = 'paused') = (paused_why is not null))
);
create index auto_recharge_on on auto_recharge (person) where state = 'on';
