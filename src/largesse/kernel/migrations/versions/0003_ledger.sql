-- The books. docs/ledger.md explains them; largesse.ledger is their only caller.
-- Everything is keyed by the account whose purse is locked, so that one act stays on one shard.
create schema ledger;
grant usage on schema ledger to largesse_app;

-- Journals are numbered in one line. CACHE 1: a number drawn later is a larger number.
create sequence ledger.journal_seq cache 1;

-- The only row that a gift locks. Every coin that enters gets the next serial number of its
-- pool; the odometers say which serials came in and went out, so paid coins = paid_in - paid_out.
create table ledger.purse (
    account     bigint primary key,
    currency    char(3) not null,
    paid_in     bigint not null default 0,
    paid_out    bigint not null default 0,
    promo_in    bigint not null default 0,
    promo_out   bigint not null default 0,
    held_paid   bigint not null default 0 check (held_paid >= 0),
    held_promo  bigint not null default 0 check (held_promo >= 0),
    promo_until timestamptz not null default 'infinity',  -- the first expiry among live promo coins
    price_max   bigint not null default 0,                -- micro, dearest live coin, rounded up
    day         integer not null default 0,               -- UTC days, Monday weeks, months since 1970
    week        integer not null default 0,
    month       integer not null default 0,
    day_spent   bigint not null default 0 check (day_spent >= 0),    -- micro of the gift budget
    week_spent  bigint not null default 0 check (week_spent >= 0),
    month_spent bigint not null default 0 check (month_spent >= 0),
    day_limit   bigint,
    week_limit  bigint,
    month_limit bigint,
    frozen      boolean not null default false,
    opened_at   timestamptz not null,
    constraint purse_paid_floor check (paid_in - paid_out >= held_paid),
    constraint purse_promo_floor check (promo_in - promo_out >= held_promo)
) with (fillfactor = 50);

-- One row an act. `shape` says what it does to the purse: 0 nothing, 1 spend, 2 credit, 3 hold,
-- 4 post a hold, 5 void a hold, 6 expire. `kind` is why, and is the chart code of the account
-- that it is about, so a wide row is a balanced journal by construction: there is no way to
-- write one leg without the other. See the view ledger.transfers.
create table ledger.journal (
    account    bigint not null,
    seq        bigint not null,
    id         uuid not null,
    at         timestamptz not null,
    key        uuid not null,          -- digest of the idempotency key
    body       uuid not null,          -- digest of what was asked
    promo      bigint not null default 0 check (promo >= 0),
    paid       bigint not null default 0 check (paid >= 0),
    promo_from bigint not null default 0,  -- first serial that came or went
    paid_from  bigint not null default 0,
    party      bigint,                 -- the other side, where there is one: the creator
    diamonds   bigint not null default 0 check (diamonds >= 0),
    micro      bigint not null default 0 check (micro >= 0),  -- what these coins cost this buyer
    tax_micro  bigint not null default 0 check (tax_micro >= 0),
    fee_micro  bigint not null default 0 check (fee_micro >= 0),
    balance    bigint not null,        -- coins that can be spent after this act
    kind       smallint not null,
    shape      smallint not null check (shape between 0 and 6),
    primary key (account, seq),
    unique (account, key),
    check (shape = 0 or promo + paid > 0),
    check (diamonds = 0 or (shape in (1, 4) and party is not null))
);
-- There is no index by party: it would cost every gift a quarter of its posting. What a creator
-- earned is summed by the job that moves the horizon; what lies above it is found by number.
create index journal_by_seq on ledger.journal using brin (seq) with (pages_per_range = 16);

-- The legs that a wide row cannot say: real money, and everything rare. Debit and credit are
-- ledger accounts: party * 1000 + chart code.
create table ledger.transfer (
    account bigint not null,
    seq     bigint not null,
    leg     smallint not null check (leg >= 10),
    debit   bigint not null,
    credit  bigint not null,
    amount  bigint not null check (amount > 0),
    asset   smallint not null,
    primary key (account, seq, leg),
    foreign key (account, seq) references ledger.journal,
    check (debit <> credit)
);
create index transfer_by_seq on ledger.transfer using brin (seq) with (pages_per_range = 16);

-- The legs of a wide row. One branch a leg: a list of VALUES would be compiled anew for every journal,
-- which makes it twenty times slower. Nothing but amounts, shape, kind and the two sides matters here,
-- so the audit also asks for the legs of many journals at once, added up.
create function ledger.legs(j ledger.journal)
returns table (leg smallint, debit bigint, credit bigint, amount bigint, asset smallint)
language sql immutable parallel safe as $$
    select 1::smallint,
           case j.shape when 2 then 1151 when 4 then j.account * 1000 + 130 when 5 then j.account * 1000 + 130
               else j.account * 1000 + 110 end,
           case j.shape when 2 then j.account * 1000 + 110 when 3 then j.account * 1000 + 130
               when 5 then j.account * 1000 + 110 else 1000 + j.kind end,
           j.promo, 1::smallint
    where j.promo > 0
    union all
    select 2::smallint,
           case j.shape when 2 then 1150 when 4 then j.account * 1000 + 130 when 5 then j.account * 1000 + 130
               else j.account * 1000 + 100 end,
           case j.shape when 2 then j.account * 1000 + 100 when 3 then j.account * 1000 + 130
               when 5 then j.account * 1000 + 100 else 1000 + j.kind end,
           j.paid, 1::smallint
    where j.paid > 0
    union all
    select 3::smallint, (1000 + j.kind + 90)::bigint, j.party * 1000 + 200, j.diamonds, 2::smallint
    where j.diamonds > 0
$$;

-- Every leg of every journal, wide or not, in one form.
create view ledger.transfers as
select j.account, j.seq, leg.leg, leg.debit, leg.credit, leg.amount, leg.asset, j.kind
from ledger.journal j
cross join lateral ledger.legs(j) leg
union all
select t.account, t.seq, t.leg, t.debit, t.credit, t.amount, t.asset, j.kind
from ledger.transfer t
join ledger.journal j on j.account = t.account and j.seq = t.seq;

-- One purchase or grant of coins: what it cost, where, until when. Never changed.
create table ledger.lot (
    account   bigint not null,
    id        uuid not null,
    seq       bigint not null,         -- the journal that brought it
    pool      smallint not null check (pool in (1, 2)),  -- 1 paid, 2 promo
    coins     bigint not null check (coins between 1 and 3000000000),
    currency  char(3) not null,
    country   char(2) not null,
    origin    text not null,           -- the provider or campaign it came from
    source    uuid,                    -- the order that paid for it
    micro     bigint not null check (micro >= 0),      -- gross, tax included
    tax_micro bigint not null check (tax_micro between 0 and micro),
    fee_micro bigint not null check (fee_micro >= 0),
    expires   timestamptz not null default 'infinity',
    primary key (account, id),
    foreign key (account, seq) references ledger.journal,
    check (pool = 1 or micro = 0)
);
create index lot_by_seq on ledger.lot using brin (seq) with (pages_per_range = 16);

-- Which serials of a purse belong to which lot. Keyed by the end of the span, so that finding
-- the live ones never walks over those that are used up. It repeats what the lot cost, because
-- the posting function reads it for every gift.
create table ledger.span (
    account     bigint not null,
    pool        smallint not null,
    serial_to   bigint not null,       -- exclusive
    serial_from bigint not null,
    lot         uuid not null,
    lot_from    bigint not null check (lot_from >= 0),  -- position of serial_from inside its lot
    coins       bigint not null,       -- of the whole lot, as are the three below
    micro       bigint not null,
    tax_micro   bigint not null,
    fee_micro   bigint not null,
    primary key (account, pool, serial_to),
    foreign key (account, lot) references ledger.lot,
    check (serial_from < serial_to)
);

-- Coins set aside until somebody decides, or until `due`, when on_expiry decides.
create table ledger.hold (
    account   bigint not null,
    id        uuid not null,
    seq       bigint not null,
    at        timestamptz not null,
    kind      smallint not null,
    promo     bigint not null check (promo >= 0),
    paid      bigint not null check (paid >= 0),
    micro     bigint not null,         -- counted towards the gift budget, given back by a void
    party     bigint,
    diamonds  bigint not null check (diamonds >= 0),
    on_expiry smallint not null check (on_expiry in (1, 2)),  -- 1 post, 2 void
    due       timestamptz not null,
    state     smallint not null default 0 check (state in (0, 1, 2)),  -- open, posted, voided
    resolved  bigint,                  -- the journal that did it
    primary key (account, id),
    check (promo + paid > 0),
    check ((state = 0) = (resolved is null))
);
create index hold_due on ledger.hold (due) where state = 0;

-- What a creator may withdraw. Only rare acts lock this row: a gift never touches it, because
-- pending diamonds are journals that are summed (snapshot + tail).
create table ledger.creator (
    account     bigint primary key,
    available   bigint not null default 0 check (available >= 0),
    withdrawing bigint not null default 0 check (withdrawing >= 0),
    redeemed    bigint not null default 0 check (redeemed >= 0),  -- paid out, ever
    debt        bigint not null default 0 check (debt >= 0)
);

-- What a creator earned in an hour (since 1970), as far as the horizon has seen it. Diamonds that
-- have matured have left pending.
create table ledger.earned (
    party    bigint not null,
    hour     integer not null,
    latest   timestamptz not null,     -- the youngest act of the hour
    diamonds bigint not null,
    matured  bigint not null default 0,
    primary key (party, hour),
    check (matured between 0 and diamonds)
);
create index earned_pending on ledger.earned (latest) where diamonds > matured;

-- Sums of the accounts that nobody locks, up to the horizon.
create table ledger.snapshot (
    account bigint not null,           -- ledger account: party * 1000 + chart code
    asset   smallint not null,
    debits  numeric not null,
    credits numeric not null,
    primary key (account, asset)
);
create table ledger.horizon (
    one     boolean primary key default true check (one),
    folded  bigint not null default 0, -- the snapshots hold every journal up to this number
    next    bigint not null default 0, -- candidate for the next fold ...
    settled xid8 not null default '0'  -- ... once every transaction older than this has ended
);
insert into ledger.horizon default values;

-- A block of the journal that has settled, sealed: what its rows were, in 16 bytes each, chained to
-- the block before. largesse.ledger.chain has the form; docs/decisions/0008 has the reasons.
create table ledger.seal (
    block            bigint primary key check (block > 0),
    seq_from         bigint not null unique,
    seq_to           bigint not null,       -- inclusive
    journals         integer not null,
    transfers        integer not null,
    lots             integer not null,
    journal_columns  smallint not null,     -- how many columns these rows had when they were sealed
    transfer_columns smallint not null,
    lot_columns      smallint not null,
    at               timestamptz not null,
    marks            bytea not null,        -- one for each number from seq_from on, zero where there is no journal
    transfer_marks   bytea not null,        -- (seq, leg, mark) of each
    lot_marks        bytea not null,        -- (seq, id, mark) of each
    previous         bytea not null,        -- digest of the block before
    digest           bytea not null unique,
    check (seq_from <= seq_to and length(marks) = 16 * (seq_to - seq_from + 1)),
    check (length(transfer_marks) = 26 * transfers and length(lot_marks) = 40 * lots),
    check (length(previous) = 32 and length(digest) = 32)
);
-- Marks cannot be compressed, so nobody should try.
alter table ledger.seal alter column marks set storage external,
    alter column transfer_marks set storage external, alter column lot_marks set storage external;

grant select, insert, update, delete on all tables in schema ledger to largesse_app;
grant usage, select on all sequences in schema ledger to largesse_app;

-- History is written once. The right is taken away, and a trigger refuses whoever still has it.
revoke update, delete, truncate on ledger.journal, ledger.transfer, ledger.lot, ledger.seal from largesse_app;
create trigger journal_is_history before update or delete or truncate on ledger.journal
    for each statement execute function refuse_change();
create trigger transfer_is_history before update or delete or truncate on ledger.transfer
    for each statement execute function refuse_change();
create trigger lot_is_history before update or delete or truncate on ledger.lot
    for each statement execute function refuse_change();
create trigger seal_is_history before update or delete or truncate on ledger.seal
    for each statement execute function refuse_change();

-- A sum that stays in 64 bits and fails beyond them: as a running sum a third faster than sum(bigint),
-- which counts in numeric.
create aggregate ledger.total(bigint) (
    sfunc = int8pl, stype = bigint, initcond = '0', combinefunc = int8pl, parallel = safe);

-- The share of a lot's total that its first `upto` coins carry: floor(total * upto / coins),
-- without leaving 64 bits. Differences of it telescope, so the parts of a lot always add up to it.
create function ledger.part(total bigint, coins bigint, upto bigint) returns bigint
language sql immutable parallel safe as $$
    select (total / coins) * upto + (total % coins) * upto / coins
$$;

-- What the paid serials [from_serial, to_serial) cost their buyer, in micro.
create function ledger.basis(
    owner bigint, from_serial bigint, to_serial bigint,
    out micro bigint, out tax_micro bigint, out fee_micro bigint)
language sql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
    select coalesce(sum(ledger.part(s.micro, s.coins, p.b) - ledger.part(s.micro, s.coins, p.a)), 0)::bigint,
           coalesce(sum(ledger.part(s.tax_micro, s.coins, p.b) - ledger.part(s.tax_micro, s.coins, p.a)), 0)::bigint,
           coalesce(sum(ledger.part(s.fee_micro, s.coins, p.b) - ledger.part(s.fee_micro, s.coins, p.a)), 0)::bigint
    from ledger.span s
    cross join lateral (select
        s.lot_from + greatest(s.serial_from, from_serial) - s.serial_from as a,
        s.lot_from + least(s.serial_to, to_serial) - s.serial_from as b) p
    where s.account = owner and s.pool = 1 and s.serial_to > from_serial and s.serial_from < to_serial
$$;

-- The balance of an account that nobody locks, on its credit side: its snapshot and what lies above
-- the horizon, in one statement, so that both are of one moment. Journals are found by number.
create function ledger.open_balance(number bigint, of_asset smallint) returns bigint
language sql stable set enable_seqscan = off set jit = off as $$
    select (coalesce((select s.credits - s.debits from ledger.snapshot s
                      where s.account = number and s.asset = of_asset), 0)
          + coalesce((select sum(case when t.credit = number then t.amount else 0 end
                               - case when t.debit = number then t.amount else 0 end)
                      from ledger.transfers t
                      where t.seq > h.folded and t.asset = of_asset and number in (t.debit, t.credit)), 0))::bigint
    from ledger.horizon h
$$;

-- Bring the block ranges by number up to date, so that what lies above the horizon is found without
-- reading everything since the last vacuum. It needs the owner's right, and steps back for a vacuum.
create function ledger.summarize() returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
    lock table ledger.journal, ledger.transfer, ledger.lot in share update exclusive mode nowait;
    perform brin_summarize_new_values('ledger.journal_by_seq'), brin_summarize_new_values('ledger.transfer_by_seq'),
        brin_summarize_new_values('ledger.lot_by_seq');
exception when lock_not_available then
    return;
end $$;

-- A UUIDv7 for the acts that the database itself begins (PostgreSQL 15 has no uuidv7()).
create function ledger.new_id(at timestamptz) returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6),
        52, 1), 53, 1), 'hex')::uuid
$$;

-- Let promo coins go whose time is over, as one journal; returns how many went. The caller holds
-- the purse's lock. Coins on hold stay: they were promised in time.
create function ledger.expire_promo(owner bigint, now_at timestamptz) returns bigint
language plpgsql set enable_seqscan = off as $$
declare
    p ledger.purse;
    over_to bigint;
    gone bigint;
    number bigint;
begin
    select * into strict p from ledger.purse where account = owner for update;
    if p.promo_until > now_at then return 0; end if;
    -- Live spans lie in the order of their expiry, so those that are over lead.
    select coalesce(max(s.serial_to), p.promo_out) into over_to
    from ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot
    where s.account = owner and s.pool = 2 and s.serial_to > p.promo_out and l.expires <= now_at;
    gone := greatest(over_to - p.promo_out - p.held_promo, 0);
    if gone > 0 then
        number := nextval('ledger.journal_seq');
        insert into ledger.journal (account, seq, id, at, key, body, promo, promo_from, balance, kind, shape)
        values (owner, number, ledger.new_id(now_at), now_at,
                md5('expired:' || owner || ':' || p.promo_out)::uuid, md5('expired')::uuid,
                gone, p.promo_out,
                p.paid_in - p.paid_out - p.held_paid + p.promo_in - p.promo_out - p.held_promo - gone, 173, 6);
    end if;
    update ledger.purse set
        promo_out = promo_out + gone,
        promo_until = coalesce((
            select min(l.expires) from ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot
            where s.account = owner and s.pool = 2 and s.serial_to > p.promo_out + gone), 'infinity')
    where account = owner;
    return gone;
end $$;

-- Post a batch of spends: one answer an item, in any order. The whole write path is here:
-- 1. lock the senders' purses in the order of their numbers, and nothing else, and see by set
--    which of them need care (floor, limits, freeze);
-- 2. find replays by (account, key), which the lock has made final;
-- 3. walk only the items of purses that need care;
-- 4. split promo and paid by running sums, write the journals, move each odometer once.
-- status: 0 done, 1 replay, 2 conflict, 3 too few coins, 4/5/6 day/week/month limit, 7 frozen.
-- `left_over` of a refusal is what there was: spendable coins (3), or micro under the limit (4-6).
--
-- The planner settings are pinned because a plan that was cached while the tables were empty would
-- look keys up by sequential scan for ever, and because planning anew costs more than a small batch.
create function ledger.post(
    now_at timestamptz, today integer, this_week integer, this_month integer,
    ids uuid[], ats timestamptz[], kinds smallint[], keys uuid[], bodies uuid[],
    accounts bigint[], parties bigint[], coins bigint[], diamonds bigint[])
returns table (
    o integer, status smallint, id uuid, seq bigint, at timestamptz, promo bigint, paid bigint,
    micro bigint, tax_micro bigint, fee_micro bigint, balance bigint, currency text, left_over bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    verdicts smallint[];
    remains bigint[] := '{}';
    careful bigint[];
    stale bigint[];
    found bigint;
    who bigint;
    r record;
    current bigint;
    promo_left bigint;
    paid_left bigint;
    paid_at bigint;
    day_left bigint;
    week_left bigint;
    month_left bigint;
    from_promo bigint;
    cost bigint;
begin
    -- A replay counts here as if it were new: then its purse is walked item by item, and comes out right.
    select count(*), array_agg(q.account) filter (where q.stale), array_agg(q.account) filter (where q.care)
    into found, stale, careful
    from (select p.account,
                 p.promo_until <= now_at and p.promo_in - p.promo_out > p.held_promo as stale,
                 case
                 when p.frozen then true
                 when p.paid_in - p.paid_out - p.held_paid + p.promo_in - p.promo_out - p.held_promo < t.wanted then true
                 when p.day_limit is null and p.week_limit is null and p.month_limit is null then false
                 else coalesce(t.wanted * p.price_max + case when p.day < today then 0 else p.day_spent end > p.day_limit, false)
                   or coalesce(t.wanted * p.price_max + case when p.week < this_week then 0 else p.week_spent end > p.week_limit, false)
                   or coalesce(t.wanted * p.price_max + case when p.month < this_month then 0 else p.month_spent end > p.month_limit, false)
                 end as care
          from (select x.account, sum(x.coins) as wanted
                from unnest(accounts, coins) x (account, coins) group by 1) t
          join ledger.purse p on p.account = t.account
          order by p.account for update of p) q;
    if stale is not null then
        foreach who in array stale loop
            perform ledger.expire_promo(who, now_at);
        end loop;
    end if;
    if stale is not null or found < (select count(distinct a) from unnest(accounts) a) then
        careful := accounts;
    end if;

    select array_agg(case when j.seq is null then 0 when j.body = x.body then 1 else 2 end::smallint order by x.o)
    into verdicts
    from unnest(accounts, keys, bodies) with ordinality x (account, key, body, o)
    left join ledger.journal j on j.account = x.account and j.key = x.key;

    if careful is not null then
        remains := array_fill(0::bigint, array[cardinality(ids)]);
        for r in
            select x.o, x.account as owner, x.coins as wanted, p.*
            from unnest(accounts, coins, verdicts) with ordinality x (account, coins, verdict, o)
            left join ledger.purse p on p.account = x.account
            where x.verdict = 0 and x.account = any (careful)
            order by x.account, x.o
        loop
            if current is distinct from r.owner then
                current := r.owner;
                promo_left := r.promo_in - r.promo_out - r.held_promo;
                paid_left := r.paid_in - r.paid_out - r.held_paid;
                paid_at := r.paid_out;
                day_left := r.day_limit - case when r.day < today then 0 else r.day_spent end;
                week_left := r.week_limit - case when r.week < this_week then 0 else r.week_spent end;
                month_left := r.month_limit - case when r.month < this_month then 0 else r.month_spent end;
            end if;
            if r.frozen then
                verdicts[r.o] := 7;
            elsif r.account is null or r.wanted > promo_left + paid_left then
                verdicts[r.o] := 3;
                remains[r.o] := coalesce(promo_left + paid_left, 0);
            else
                from_promo := least(promo_left, r.wanted);
                select b.micro into cost from ledger.basis(r.owner, paid_at, paid_at + r.wanted - from_promo) b;
                if cost > day_left then
                    verdicts[r.o] := 4;
                    remains[r.o] := greatest(day_left, 0);
                elsif cost > week_left then
                    verdicts[r.o] := 5;
                    remains[r.o] := greatest(week_left, 0);
                elsif cost > month_left then
                    verdicts[r.o] := 6;
                    remains[r.o] := greatest(month_left, 0);
                else
                    promo_left := promo_left - from_promo;
                    paid_left := paid_left - (r.wanted - from_promo);
                    paid_at := paid_at + r.wanted - from_promo;
                    day_left := day_left - cost;
                    week_left := week_left - cost;
                    month_left := month_left - cost;
                end if;
            end if;
        end loop;
    end if;

    return query
    with item as materialized (
        select u.*, nextval('ledger.journal_seq') as seq,
               (sum(u.coins) over (partition by u.account order by u.o))::bigint as run
        from (select x.* from unnest(ids, ats, kinds, keys, bodies, accounts, parties, coins, diamonds, verdicts)
                  with ordinality x (id, at, kind, key, body, account, party, coins, diamonds, verdict, o)
              where x.verdict = 0) u
    ), split as materialized (
        select i.*, p.currency,
               p.promo_in - p.promo_out - p.held_promo + p.paid_in - p.paid_out - p.held_paid - i.run as balance,
               s.promo, i.coins - s.promo as paid,
               p.promo_out + s.promo_before as promo_from,
               p.paid_out + (i.run - i.coins - s.promo_before) as paid_from
        from item i
        join ledger.purse p on p.account = i.account
        cross join lateral (select
            least(p.promo_in - p.promo_out - p.held_promo, i.run - i.coins) as promo_before,
            least(p.promo_in - p.promo_out - p.held_promo, i.run)
              - least(p.promo_in - p.promo_out - p.held_promo, i.run - i.coins) as promo) s
    ), priced as materialized (
        select s.*, c.micro, c.tax_micro, c.fee_micro
        from split s
        cross join lateral (
            select coalesce(sum(ledger.part(n.micro, n.coins, q.b) - ledger.part(n.micro, n.coins, q.a)), 0)::bigint as micro,
                   coalesce(sum(ledger.part(n.tax_micro, n.coins, q.b) - ledger.part(n.tax_micro, n.coins, q.a)), 0)::bigint as tax_micro,
                   coalesce(sum(ledger.part(n.fee_micro, n.coins, q.b) - ledger.part(n.fee_micro, n.coins, q.a)), 0)::bigint as fee_micro
            from ledger.span n
            cross join lateral (select
                n.lot_from + greatest(n.serial_from, s.paid_from) - n.serial_from as a,
                n.lot_from + least(n.serial_to, s.paid_from + s.paid) - n.serial_from as b) q
            where s.paid > 0 and n.account = s.account and n.pool = 1
              and n.serial_to > s.paid_from and n.serial_from < s.paid_from + s.paid) c
    ), written as (
        insert into ledger.journal (account, seq, id, at, key, body, promo, paid, promo_from, paid_from,
                                    party, diamonds, micro, tax_micro, fee_micro, balance, kind, shape)
        select account, seq, id, at, key, body, promo, paid, promo_from, paid_from,
               party, diamonds, micro, tax_micro, fee_micro, balance, kind, 1 from priced
    ), moved as (
        update ledger.purse p set
            promo_out = p.promo_out + t.promo,
            paid_out = p.paid_out + t.paid,
            day = greatest(p.day, today),
            week = greatest(p.week, this_week),
            month = greatest(p.month, this_month),
            day_spent = case when p.day < today then 0 else p.day_spent end + t.micro,
            week_spent = case when p.week < this_week then 0 else p.week_spent end + t.micro,
            month_spent = case when p.month < this_month then 0 else p.month_spent end + t.micro
        from (select account, sum(promo)::bigint as promo, sum(paid)::bigint as paid, sum(micro)::bigint as micro
              from priced group by 1) t
        where p.account = t.account
    )
    select z.o::integer, 0::smallint, z.id, z.seq, z.at, z.promo, z.paid,
           z.micro, z.tax_micro, z.fee_micro, z.balance, z.currency::text, 0::bigint
    from priced z
    union all
    select x.o::integer, x.verdict, j.id, j.seq, j.at, j.promo, j.paid,
           j.micro, j.tax_micro, j.fee_micro, j.balance, p.currency::text, coalesce(remains[x.o], 0)
    from unnest(accounts, keys, verdicts) with ordinality x (account, key, verdict, o)
    left join ledger.purse p on p.account = x.account
    left join ledger.journal j on x.verdict = 1 and j.account = x.account and j.key = x.key
    where x.verdict <> 0;
end $$;
