-- The usual way to keep a ledger in PostgreSQL, written to be fast: both accounts of every
-- transfer are locked in the order of their ids and hold a running balance, each transfer has
-- two entries that say the balance before and after. A gift is two transfers in one transaction
-- and one round trip: the sender's coins, and the creator's diamonds. So that nothing but the
-- creator is shared, each creator has sinks and issuing accounts of their own.
create schema baseline;
create table baseline.account (
    id             bigint primary key,
    currency       smallint not null,
    balance        bigint not null,
    version        bigint not null default 0,
    allow_negative boolean not null,
    updated_at     timestamptz not null,
    check (allow_negative or balance >= 0)
) with (fillfactor = 50);
create table baseline.transfer (
    id           bigint generated always as identity primary key,
    from_account bigint not null references baseline.account,
    to_account   bigint not null references baseline.account,
    amount       bigint not null check (amount > 0),
    created_at   timestamptz not null,
    event_at     timestamptz not null,
    check (from_account <> to_account)
);
create index on baseline.transfer (from_account);
create index on baseline.transfer (to_account);
create index on baseline.transfer (event_at);
create table baseline.entry (
    id               bigint generated always as identity primary key,
    account          bigint not null references baseline.account,
    transfer         bigint not null references baseline.transfer,
    amount           bigint not null,
    previous_balance bigint not null,
    current_balance  bigint not null,
    version          bigint not null,
    created_at       timestamptz not null
);
create index on baseline.entry (account);
create index on baseline.entry (transfer);

create function baseline.move(source bigint, target bigint, amount bigint) returns void
language plpgsql as $$
declare
    a baseline.account;
    b baseline.account;
    written bigint;
begin
    update baseline.account set balance = balance - amount, version = version + 1, updated_at = now()
    where id = source returning * into a;
    update baseline.account set balance = balance + amount, version = version + 1, updated_at = now()
    where id = target returning * into b;
    if a.currency <> b.currency then
        raise exception 'two currencies';
    end if;
    insert into baseline.transfer (from_account, to_account, amount, created_at, event_at)
    values (source, target, amount, now(), now()) returning id into written;
    insert into baseline.entry (account, transfer, amount, previous_balance, current_balance, version, created_at)
    values (source, written, -amount, a.balance + amount, a.balance, a.version, now()),
           (target, written, amount, b.balance - amount, b.balance, b.version, now());
end $$;

create function baseline.gift(sender bigint, creator bigint, coins bigint) returns void
language plpgsql as $$
begin
    perform 1 from baseline.account
    where id in (sender, creator * 10 + 1, creator * 10 + 2, creator * 10 + 3)
    order by id for update;
    perform baseline.move(sender, creator * 10 + 1, coins);
    perform baseline.move(creator * 10 + 2, creator * 10 + 3, coins);
end $$;

insert into baseline.account
select a, 1, 9000000, 0, false, '2026-01-01' from generate_series({first_sender}, {last_sender}) a;
insert into baseline.account
select c * 10 + n, case n when 1 then 1 else 2 end, 0, 0, n = 2, '2026-01-01'
from generate_series({first_creator}, {last_creator}) c cross join generate_series(1, 3) n;
vacuum analyze baseline.account;
