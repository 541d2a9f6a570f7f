-- What the provider gave back beyond what we asked for, as far as we heard; minor units.
alter table recharge add column given_back bigint not null default 0 check (given_back >= 0);

-- A buyer's own refund. The row is there before the provider is asked, and its id is the key that
-- the provider and the ledger know it by, so that asking again never gives back twice.
create table recharge_refund (
    id            uuid primary key,
    recharge      uuid not null references recharge (id),
    key           text not null,                               -- the request's Idempotency-Key
    state         text not null check (state in ('asked', 'pending', 'done', 'failed', 'returned')),
    coins         bigint not null check (coins > 0),
    promo_coins   bigint not null check (promo_coins >= 0),
    amount        bigint not null check (amount > 0),
    tax           bigint not null check (tax between 0 and amount),
    asked_at      timestamptz not null,
    tries         integer not null default 0,
    next_check_at timestamptz,                                 -- when the provider is asked (again)
    ended_at      timestamptz,
    unique (recharge, key),
    check ((state in ('asked', 'pending')) = (ended_at is null))
);
create unique index recharge_refund_open on recharge_refund (recharge) where state in ('asked', 'pending');
create index recharge_refund_due on recharge_refund (next_check_at) where next_check_at is not null;
revoke delete, truncate on recharge_refund from largesse_app;

-- A payment that was taken back: by its buyer's bank, or wholly by the provider without our asking.
-- `id` names it in the books, unless there was nothing left to take there.
create table recharge_dispute (
    id         uuid primary key,
    recharge   uuid not null references recharge (id),
    kind       text not null check (kind in ('bank', 'provider')),
    name       text not null,                                  -- the provider's id
    stage      text not null check (stage in ('opened', 'won', 'lost')),
    in_books   boolean not null,
    fee        bigint not null default 0,
    reason     text not null default '',
    opened_at  timestamptz not null,
    decided_at timestamptz,
    unique (recharge, kind, name)
);
create unique index recharge_dispute_open on recharge_dispute (recharge) where stage = 'opened' and in_books;
revoke delete, truncate on recharge_dispute from largesse_app;

-- What a provider said too early: about an order that was not there, or not paid yet, or that
-- waits for another decision. Applied once it can be.
create table parked_fact (
    id         uuid primary key,
    provider   text not null,
    recharge   uuid not null,                                  -- perhaps not there yet
    fact       jsonb not null,
    at         timestamptz not null,
    applied_at timestamptz,
    unique (recharge, provider, fact)
);
create index parked_fact_waiting on parked_fact (recharge) where applied_at is null;
revoke delete, truncate on parked_fact from largesse_app;

-- Somebody's trouble with their money, until an operator has decided.
create table support_case (
    id          uuid primary key,
    kind        text not null check (kind in ('unauthorised_recharge')),
    account     bigint not null,
    person      uuid not null,
    recharge    uuid not null references recharge (id),
    state       text not null default 'open' check (state in ('open', 'resolved')),
    decision    text check (decision in ('refund', 'release')),
    opened_at   timestamptz not null,
    resolved_at timestamptz,
    unique (recharge, kind),
    check ((state = 'resolved') = (decision is not null and resolved_at is not null))
);
create index support_case_account on support_case (account, id desc);
create index support_case_state on support_case (state, id desc);
revoke delete, truncate on support_case from largesse_app;

-- What was said and done about a case. Nothing that happened is ever rewritten.
create table support_case_step (
    support_case uuid not null references support_case (id),
    number       integer not null,
    at           timestamptz not null,
    actor        bigint,                                       -- null for the house itself
    what         text not null,
    note         text not null default '' check (length(note) <= 2000),
    primary key (support_case, number)
);
revoke update, delete, truncate on support_case_step from largesse_app;
create trigger support_case_step_is_history before update or delete or truncate on support_case_step
    for each statement execute function refuse_change();

-- What was said about one order, for its evidence.
create index notice_reference on notice (reference) where reference is not null;
