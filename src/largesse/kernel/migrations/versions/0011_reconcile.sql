-- Settlement files and the health of providers.

-- One row a file that a provider settled by. The same bytes are never loaded twice.
create table settlement_file (
    id        uuid primary key,
    provider  text not null,
    name      text not null,
    digest    bytea not null unique,
    since     timestamptz not null,                      -- the days that it speaks of, in UTC
    until     timestamptz not null,
    loaded_at timestamptz not null,
    lines     bigint not null default 0,
    done_at   timestamptz                                -- null while it is being read
);

-- Every line with what became of it. A line that two files share is judged in the first.
create table settlement_line (
    provider  text not null,
    line      text not null,                             -- the provider's own id of it
    file      uuid not null references settlement_file (id),
    number    bigint not null,
    kind      text not null,
    at        timestamptz not null,
    payment   text not null,
    gross     bigint not null,
    fee       bigint not null,
    currency  char(3) not null,
    verdict   text not null check (verdict in ('matched', 'different', 'extra')),
    why       text not null default '',
    recharge  uuid references recharge (id),
    product   text not null default '',
    primary key (provider, line)
);
create index settlement_line_of_file on settlement_line (file, verdict, number);
create index settlement_line_of_recharge on settlement_line (recharge) where recharge is not null;
revoke update, delete, truncate on settlement_line from largesse_app;

-- Payments that we credited in a file's days and that it does not have. A later file may.
create table settlement_missing (
    provider text not null,
    payment  text not null,
    recharge uuid not null references recharge (id),
    file     uuid not null references settlement_file (id),
    found_in uuid references settlement_file (id),
    primary key (provider, payment)
);
create index settlement_missing_of_file on settlement_missing (file);

-- When a payment was credited, for the days of a settlement file.
create index recharge_payment_at on recharge_payment (provider, at);

-- How providers answer: written when that changes, so that every node tells the same.
create table provider_health (
    provider   text primary key,
    status     text not null check (status in ('ok', 'degraded', 'down')),
    failures   integer not null,
    since      timestamptz not null,
    checked_at timestamptz not null
);
