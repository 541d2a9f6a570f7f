-- The usual way to keep a ledger in PostgreSQL, in the shape of the published one (pgledger): both
-- accounts of every transfer are locked one by one in the order of their ids and hold a running
-- balance with a version; each transfer has two entries that say the balance before and after. Ids
-- are sortable texts made by the database, amounts are numeric. A gift is two transfers in one
-- transaction and one round trip: the sender's coins, and the creator's diamonds. So that nothing
-- but the creator is shared, each creator has sinks and issuing accounts of their own.
create schema baseline;
create function baseline.new_id(prefix text) returns text language plpgsql volatile as $$
declare
    letters constant text := '0123456789abcdefghjkmnpqrstvwxyz';
    bytes bytea := uuid_send(ledger.new_id(clock_timestamp()));
    written text := prefix || '_';
    bits integer := 0;
    waiting integer := 2;
begin
    -- 128 bits, five a letter, after two leading zeros: 26 letters.
    for number in 0..15 loop
        bits := ((bits << 8) | get_byte(bytes, number)) & 8191;
        waiting := waiting + 8;
        while waiting >= 5 loop
            waiting := waiting - 5;
            written := written || substr(letters, ((bits >> waiting) & 31) + 1, 1);
        end loop;
    end loop;
    return written;
end $$;
create table baseline.account (
    id             text primary key,
    currency       text not null,
    balance        numeric not null,
    version        bigint not null default 0,
    allow_negative boolean not null,
    updated_at     timestamptz not null,
    check (allow_negative or balance >= 0)
);
create table baseline.transfer (
    id           text primary key default baseline.new_id('tr'),
    from_account text not null references baseline.account,
    to_account   text not null references baseline.account,
    amount       numeric not null check (amount > 0),
    created_at   timestamptz not null,
    event_at     timestamptz not null,
    check (from_account <> to_account)
);
create index on baseline.transfer (from_account);
create index on baseline.transfer (to_account);
create index on baseline.transfer (event_at);
create table baseline.entry (
    id               text primary key default baseline.new_id('en'),
    account          text not null references baseline.account,
    transfer         text not null references baseline.transfer,
    amount           numeric not null,
    previous_balance numeric not null,
    current_balance  numeric not null,
    version          bigint not null,
    created_at       timestamptz not null
);
create index on baseline.entry (account);
create index on baseline.entry (transfer);

create function baseline.check_floor(checked baseline.account) returns void language plpgsql as $$
begin
    if not checked.allow_negative and checked.balance < 0 then
        raise exception 'account % would be negative', checked.id;
    end if;
end $$;

create function baseline.move(source text, target text, amount numeric) returns text
language plpgsql as $$
declare
    a baseline.account;
    b baseline.account;
    written text;
begin
    update baseline.account set balance = balance - amount, version = version + 1, updated_at = now()
    where id = source returning * into a;
    perform baseline.check_floor(a);
    update baseline.account set balance = balance + amount, version = version + 1, updated_at = now()
    where id = target returning * into b;
    perform baseline.check_floor(b);
    if a.currency <> b.currency then
        raise exception 'two currencies';
    end if;
    insert into baseline.transfer (from_account, to_account, amount, created_at, event_at)
    values (source, target, amount, now(), now()) returning id into written;
    insert into baseline.entry (account, transfer, amount, previous_balance, current_balance, version, created_at)
    values (source, written, -amount, a.balance + amount, a.balance, a.version, now());
    insert into baseline.entry (account, transfer, amount, previous_balance, current_balance, version, created_at)
    values (target, written, amount, b.balance - amount, b.balance, b.version, now());
    return written;
end $$;

create function baseline.gift(sender bigint, creator bigint, coins bigint) returns setof baseline.transfer
language plpgsql as $$
declare
    accounts constant text[] := array[
        'acc_' || lpad(sender::text, 26, '0'), 'acc_' || lpad((creator * 10 + 1)::text, 26, '0'),
        'acc_' || lpad((creator * 10 + 2)::text, 26, '0'), 'acc_' || lpad((creator * 10 + 3)::text, 26, '0')];
    one text;
    written text[];
begin
    foreach one in array array(select a from unnest(accounts) a order by a) loop
        perform 1 from baseline.account where id = one for update;
    end loop;
    written := array[baseline.move(accounts[1], accounts[2], coins), baseline.move(accounts[3], accounts[4], coins)];
    return query select * from baseline.transfer t where t.id = any (written) order by t.id;
end $$;

-- The lean way: numbers for ids, no entries, and each account moved by one atomic UPDATE in the
-- order of their ids, which the row's lock serialises as well.
create table baseline.lean_account (
    id      bigint primary key,
    balance bigint not null,
    floor   bigint not null,
    check (balance >= floor)
) with (fillfactor = 50);
create sequence baseline.lean_seq;
create table baseline.lean_transfer (
    id      bigint primary key default nextval('baseline.lean_seq'),
    debit   bigint not null,
    credit  bigint not null,
    amount  bigint not null check (amount > 0),
    at      timestamptz not null
);
create index on baseline.lean_transfer (debit);
create index on baseline.lean_transfer (credit);

create function baseline.gift_by_update(sender bigint, creator bigint, coins bigint) returns setof baseline.lean_transfer
language plpgsql as $$
begin
    update baseline.lean_account set balance = balance + coins where id = creator * 10 + 1;
    update baseline.lean_account set balance = balance + coins where id = creator * 10 + 2;
    update baseline.lean_account set balance = balance - coins where id = creator * 10 + 3;
    update baseline.lean_account set balance = balance - coins where id = sender;
    return query insert into baseline.lean_transfer (debit, credit, amount, at)
        values (sender, creator * 10 + 1, coins, now()), (creator * 10 + 3, creator * 10 + 2, coins, now()) returning *;
end $$;

insert into baseline.lean_account
select a, 9000000, 0 from generate_series({first_sender}, {last_sender}) a;
insert into baseline.lean_account
select c * 10 + n, 0, case n when 3 then -9000000000000 else 0 end
from generate_series({first_creator}, {last_creator}) c cross join generate_series(1, 3) n;
insert into baseline.account
select 'acc_' || lpad(a::text, 26, '0'), 'COIN', 9000000, 0, false, '2026-01-01'
from generate_series({first_sender}, {last_sender}) a;
insert into baseline.account
select 'acc_' || lpad((c * 10 + n)::text, 26, '0'), case n when 1 then 'COIN' else 'DIAMOND' end, 0, 0, n = 2, '2026-01-01'
from generate_series({first_creator}, {last_creator}) c cross join generate_series(1, 3) n;
vacuum analyze baseline.account, baseline.lean_account;
