-- The books. docs/ledger.md explains them; largesse.ledger is their only caller.
-- Everything is keyed by the account whose purse is locked, so that one act stays on one shard.
-- A constraint that a person's act can run into has a name of its own, which ledger/errors.py knows;
-- the others, which PostgreSQL names, only our own mistakes can break.
create schema ledger;
grant usage on schema ledger to largesse_app;

-- Journals are numbered in one line. CACHE 1: a number drawn later is a larger number.
create sequence ledger.journal_seq cache 1;

-- The only row that a gift locks. Every coin that enters gets the next serial number of its
-- pool; the odometers say which serials came in and went out, so paid coins = paid_in - paid_out.
-- `debt` is what a charged-back person owes in coins; what comes in next pays it first.
create table ledger.purse (
    account     bigint primary key,
    currency    char(3) not null,
    paid_in     bigint not null default 0,
    paid_out    bigint not null default 0,
    promo_in    bigint not null default 0,
    promo_out   bigint not null default 0,
    prize_in    bigint not null default 0,
    prize_out   bigint not null default 0,
    held_paid   bigint not null default 0,
    held_promo  bigint not null default 0,
    held_prize  bigint not null default 0,
    debt        bigint not null default 0,
    promo_until timestamptz not null default 'infinity',  -- the first expiry among live promo coins
    head_to     bigint not null default 0,                -- the lot that the next paid coin is of:
    head_base   bigint not null default 0,                -- its last serial (exclusive), the serial of
    head_coins  bigint not null default 1,                -- its first coin, and what all of it cost, so
    head_micro  bigint not null default 0,                -- that a gift needs no look at the spans
    head_tax    bigint not null default 0,
    head_fee    bigint not null default 0,
    day         integer not null default 0,               -- UTC days, Monday weeks, months since 1970
    week        integer not null default 0,
    month       integer not null default 0,
    day_spent   bigint not null default 0,    -- micro of the gift budget
    week_spent  bigint not null default 0,
    month_spent bigint not null default 0,
    day_limit   bigint,
    week_limit  bigint,
    month_limit bigint,
    frozen      boolean not null default false,           -- for any reason at all
    frozen_for  smallint not null default 0,              -- reasons, added: 1 operator, 2 dispute, 4 debt, 8 security
    opened_at   timestamptz not null,
    -- A check is read anew for each statement, so few are cheaper than many.
    check (least(held_paid, held_promo, held_prize, debt, day_spent, week_spent, month_spent) >= 0
           and frozen = (frozen_for <> 0)),
    constraint purse_paid_floor check (paid_in - paid_out >= held_paid),
    constraint purse_promo_floor check (promo_in - promo_out >= held_promo),
    constraint purse_prize_floor check (prize_in - prize_out >= held_prize)
) with (fillfactor = 50);

-- One row an act. `shape` says what it does to the purse: 0 nothing, 1 spend, 2 credit, 3 hold,
-- 4 post a hold, 5 void a hold, 6 expire, 7 put in escrow, 8 return from escrow, 9 spend what is
-- in escrow, 10 forfeit, 11 win a prize. `kind` is why, and is the chart code of the account
-- that it is about, so a wide row is a balanced journal by construction: there is no way to
-- write one leg without the other. See the view ledger.transfers. Two kinds go another way: paid
-- coins that pay a debt (190) go to their owner's debt, promo coins of a refund (170) just expire.
create table ledger.journal (
    account    bigint not null,
    seq        bigint not null,
    id         uuid not null,
    at         timestamptz not null,
    key        uuid not null,          -- digest of the idempotency key
    body       uuid not null,          -- digest of what was asked
    promo      bigint not null default 0,
    paid       bigint not null default 0,
    prize      bigint not null default 0,
    promo_from bigint not null default 0,  -- first serial that came or went
    paid_from  bigint not null default 0,
    prize_from bigint not null default 0,
    party      bigint,                 -- the other side, where there is one: the creator, or the
                                       -- holder of the escrow (shapes 7, 8 and 11)
    diamonds   bigint not null default 0,
    micro      bigint not null default 0,  -- what these coins cost this buyer
    tax_micro  bigint not null default 0,
    fee_micro  bigint not null default 0,
    balance    bigint not null,        -- coins that can be spent after this act
    kind       smallint not null,
    shape      smallint not null,
    hidden     boolean,                -- the room shall not learn who it was
    count      integer,
    rate       bigint,  -- micro that one diamond is worth, in the purse's currency
    place      uuid,                   -- where it was done, of what thing, so many; what belongs
    item       uuid,                   -- together has one thread. The ledger only keeps these.
    thread     uuid,
    primary key (account, seq),
    constraint journal_key_once unique (account, key),
    check (least(promo, paid, prize, diamonds, micro, tax_micro, fee_micro, rate, count - 1) >= 0
           and shape between 0 and 11 and (shape = 0 or promo + paid + prize > 0)
           and (diamonds = 0 or (shape in (0, 1, 4, 9) and party is not null))
           and (shape not in (7, 8, 11) or party is not null))
);
-- There is no index by party: it would cost every gift a quarter of its posting. What a creator
-- earned is summed by the job that moves the horizon; what lies above it is found by number.
create index journal_by_seq on ledger.journal using brin (seq) with (pages_per_range = 64);

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

-- The legs that a wide row says. It takes sums of rows that differ in nothing else, too. (A VALUES
-- list would say the same and take ten times as long: its expressions are prepared anew for each row.)
create function ledger.legs(account bigint, party bigint, kind smallint, shape smallint,
    promo bigint, paid bigint, prize bigint, diamonds bigint)
returns table (leg smallint, debit bigint, credit bigint, amount bigint, asset smallint)
language sql immutable parallel safe as $$
    select 1::smallint,
           case shape when 2 then 1151 when 4 then account * 1000 + 130 when 5 then account * 1000 + 130
               when 8 then party * 1000 + 140 when 9 then account * 1000 + 140 when 11 then party * 1000 + 140
               else account * 1000 + 110 end,
           case when shape = 10 or shape = 4 and kind = 170 then 1173 when shape in (1, 4, 6, 9) then 1000 + kind
               when shape = 3 then account * 1000 + 130 when shape = 7 then party * 1000 + 140
               else account * 1000 + 110 end,
           promo, 1::smallint
    where promo > 0
    union all
    select 2::smallint,
           case shape when 2 then 1150 when 4 then account * 1000 + 130 when 5 then account * 1000 + 130
               when 8 then party * 1000 + 140 when 9 then account * 1000 + 140 when 11 then party * 1000 + 140
               else account * 1000 + 100 end,
           case when shape = 10 then 1172
               when shape in (1, 4, 6, 9) then case kind when 190 then account * 1000 else 1000 end + kind
               when shape = 3 then account * 1000 + 130 when shape = 7 then party * 1000 + 140
               else account * 1000 + 100 end,
           paid, 1::smallint
    where paid > 0
    union all
    select 3::smallint, (1000 + kind + 90)::bigint, party * 1000 + 200, diamonds, 2::smallint
    where diamonds > 0
    union all
    select 4::smallint,
           case shape when 4 then account * 1000 + 130 when 5 then account * 1000 + 130
               when 8 then party * 1000 + 140 when 9 then account * 1000 + 140 when 11 then party * 1000 + 140
               else account * 1000 + 120 end,
           case when shape = 10 then 1172 when shape in (1, 4, 6, 9) then 1000 + kind
               when shape = 3 then account * 1000 + 130 when shape = 7 then party * 1000 + 140
               else account * 1000 + 120 end,
           prize, 1::smallint
    where prize > 0
$$;

-- Every leg of every journal, wide or not, in one form.
create view ledger.transfers as
select j.account, j.seq, leg.leg, leg.debit, leg.credit, leg.amount, leg.asset, j.kind, j.at, j.id
from ledger.journal j
cross join lateral ledger.legs(j.account, j.party, j.kind, j.shape, j.promo, j.paid, j.prize, j.diamonds) leg
union all
select t.account, t.seq, t.leg, t.debit, t.credit, t.amount, t.asset, j.kind, j.at, j.id
from ledger.transfer t
join ledger.journal j on j.account = t.account and j.seq = t.seq;

-- The real money that a spend moves, in micro of its purse's currency. Of what the coins cost less
-- tax, the creator gets what their diamonds are worth, as far as it reaches after the provider's
-- fee (share); the house adds what is missing (promotion) and earns the rest (revenue). Only spends,
-- posted holds and what is released from escrow: a void moves no money, and every other act books its own.
create view ledger.releases as
select j.account, j.seq, j.kind, c.share, w.worth - c.share as promotion,
       j.micro - j.tax_micro - c.share as revenue, w.worth, j.micro - j.tax_micro as net
from ledger.journal j
cross join lateral (select j.diamonds * coalesce(j.rate, 0) as worth) w
cross join lateral (select greatest(least(w.worth, j.micro - j.tax_micro - j.fee_micro), 0) as share) c
where j.shape in (1, 4, 9) and j.kind between 160 and 169;

-- One purchase, grant or prize of coins: what it cost, where, until when. Never changed.
create table ledger.lot (
    account   bigint not null,
    id        uuid not null,
    seq       bigint not null,         -- the journal that brought it
    pool      smallint not null check (pool in (1, 2, 3)),  -- 1 paid, 2 promo, 3 prize
    coins     bigint not null check (coins between 1 and 3000000000),
    currency  char(3) not null,
    country   char(2) not null,
    origin    text not null,           -- the provider, campaign or event it came from
    source    uuid,                    -- the order that paid for it, or the pot it was won from
    micro     bigint not null check (micro >= 0),      -- gross, tax included
    tax_micro bigint not null check (tax_micro between 0 and micro),
    fee_micro bigint not null check (fee_micro >= 0),
    expires   timestamptz not null default 'infinity',
    primary key (account, id),
    foreign key (account, seq) references ledger.journal,
    check (pool <> 2 or micro = 0)
);
create index lot_by_seq on ledger.lot using brin (seq) with (pages_per_range = 16);

-- Which serials of a purse belong to which lot. Keyed by the end of the span, so that finding
-- the live ones never walks over those that are used up. It repeats what the lot cost, because
-- the posting function reads it for every gift. Coins that come back from escrow get new serials
-- of their old lots; `back` marks the serials that they had when they left, and `returned` is the
-- journal that brought them back.
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
    back        boolean not null default false,
    returned    bigint,
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
    prize     bigint not null default 0 check (prize >= 0),
    micro     bigint not null,         -- counted towards the gift budget, given back by a void
    party     bigint,
    diamonds  bigint not null check (diamonds >= 0),
    rate      bigint check (rate >= 0),
    on_expiry smallint not null check (on_expiry in (1, 2)),  -- 1 post, 2 void
    due       timestamptz not null,
    state     smallint not null default 0 check (state in (0, 1, 2)),  -- open, posted, voided
    resolved  bigint,                  -- the journal that did it
    primary key (account, id),
    check (promo + paid + prize > 0),
    check ((state = 0) = (resolved is null))
);
create index hold_due on ledger.hold (due) where state = 0;

-- Where the entries of many people into one event lie. Its party is above all people's numbers.
create sequence ledger.pot_party minvalue 1000000000000;
create table ledger.pot (
    party    bigint primary key,
    id       uuid not null unique,
    currency char(3) not null,
    at       timestamptz not null,
    state    smallint not null default 0 check (state in (0, 1, 2)),  -- open, closed, cancelled
    ended_at timestamptz,
    key      uuid,                     -- digests of the key and the content that ended it
    body     uuid,
    check ((state = 0) = (key is null) and (key is null) = (body is null) and (key is null) = (ended_at is null))
);

-- The currency in which an account's coins were paid.
create view ledger.currencies as
select account, currency from ledger.purse union all select party, currency from ledger.pot;

-- Coins that left a purse for something that takes place later. The serials say which lots they
-- are of: they go back to those, or are spent in the order promo, prize, paid, or are shared out
-- with their pot. `holder` is the party of the escrow account: the person, or a pot.
create table ledger.escrow (
    account    bigint not null,
    id         uuid not null,
    holder     bigint not null,
    seq        bigint not null,
    at         timestamptz not null,
    kind       smallint not null,
    promo      bigint not null check (promo >= 0),
    prize      bigint not null check (prize >= 0),
    paid       bigint not null check (paid >= 0),
    promo_from bigint not null,
    prize_from bigint not null,
    paid_from  bigint not null,
    used       bigint not null default 0,  -- coins that were spent or went back
    micro      bigint not null check (micro >= 0),         -- what the coins that are left cost
    tax_micro  bigint not null check (tax_micro >= 0),
    fee_micro  bigint not null check (fee_micro >= 0),
    state      smallint not null default 0 check (state in (0, 1, 2)),  -- open, spent, returned
    primary key (account, id),
    check (promo + prize + paid > 0 and used between 0 and promo + prize + paid),
    check ((state = 0) = (used < promo + prize + paid))
);
create index escrow_open on ledger.escrow (holder, account, id) where state = 0;

-- A membership that was paid with money, and how many of its periods have passed: what is not
-- earned yet of its net price. Minor units.
create table ledger.deferral (
    account  bigint not null,
    id       uuid not null,
    seq      bigint not null,
    currency char(3) not null,
    creator  bigint not null,
    net      bigint not null check (net > 0),
    share    bigint not null check (share between 0 and net),  -- the creator's part of it
    diamonds bigint not null check (diamonds >= 0),
    periods  integer not null check (periods > 0),
    passed   integer not null default 0 check (passed between 0 and periods),
    primary key (account, id)
);

-- Which coins a hold is about, where it is about certain ones: a refund's and a dispute's. Coins of
-- open holds lie behind all others of their pool, so that nothing else can take them.
create table ledger.earmark (
    account  bigint not null,
    hold     uuid not null,
    lot      uuid not null,
    lot_from bigint not null check (lot_from >= 0),  -- places inside the lot
    lot_to   bigint not null,                        -- exclusive
    primary key (account, hold, lot, lot_from),
    foreign key (account, hold) references ledger.hold,
    foreign key (account, lot) references ledger.lot,
    check (lot_from < lot_to)
);
create index hold_certain on ledger.hold (account) where state = 0 and kind in (170, 171);

-- A payment that its buyer disputes with their bank. Its coins, if any were left, are on the hold
-- of the same id.
create table ledger.dispute (
    account  bigint not null,
    id       uuid not null,
    source   uuid not null,            -- the order that is disputed
    seq      bigint not null,
    at       timestamptz not null,
    clearing bigint not null,          -- the ledger account that the money was taken from
    amount   bigint not null check (amount > 0),
    asset    smallint not null,
    state    smallint not null default 0 check (state in (0, 1, 2)),  -- open, lost, won
    owed     bigint not null default 0 check (owed >= 0),             -- coins that became debt
    diamonds bigint not null default 0 check (diamonds >= 0),         -- taken back from creators
    resolved bigint,
    primary key (account, id),
    foreign key (account, seq) references ledger.journal,
    check ((state = 0) = (resolved is null))
);
create unique index dispute_unresolved on ledger.dispute (account, source) where state <> 2;

-- A creator's withdrawal. The money is what the diamonds are worth; what arrives is that less the
-- fee and the tax that the house has to withhold.
create table ledger.payout (
    account  bigint not null,          -- the creator
    id       uuid not null,
    seq      bigint not null,
    at       timestamptz not null,
    diamonds bigint not null check (diamonds > 0),
    amount   bigint not null check (amount > 0),
    fee      bigint not null check (fee >= 0),
    withheld bigint not null check (withheld >= 0),
    asset    smallint not null,
    currency char(3) not null,
    state    smallint not null default 0 check (state in (0, 1, 2, 3)),  -- requested, paid, rejected, returned
    resolved bigint,                   -- the journal that moved it last
    primary key (account, id),
    foreign key (account, seq) references ledger.journal,
    check (fee + withheld <= amount),
    check ((state = 0) = (resolved is null))
);

-- What a creator may withdraw. Only rare acts lock this row: a gift never touches it, because
-- pending diamonds are journals that are summed (snapshot + tail).
create table ledger.creator (
    account     bigint primary key,
    available   bigint not null default 0,
    withdrawing bigint not null default 0,
    redeemed    bigint not null default 0 check (redeemed >= 0),  -- paid out, ever, and not returned
    debt        bigint not null default 0 check (debt >= 0),      -- clawed back after they had left
    constraint creator_available_floor check (available >= 0),
    constraint creator_withdrawing_floor check (withdrawing >= 0),
    check (debt = 0 or available = 0)  -- whoever owes pays with what comes first
);

-- What a creator earned in an hour (since 1970), as far as the horizon has seen it. Diamonds that
-- have matured have left pending.
create table ledger.earned (
    party    bigint not null,
    hour     integer not null,
    latest   timestamptz not null,     -- the youngest act of the hour
    diamonds bigint not null,
    matured  bigint not null default 0 check (matured >= 0),
    clawed   bigint not null default 0 check (clawed >= 0),  -- may run ahead of the horizon
    primary key (party, hour)
);
create index earned_pending on ledger.earned (latest) where diamonds > matured + clawed;

-- Which acts a party received, up to the horizon: one row a fold. An index of the journal by party
-- would cost every gift a sixth of its posting; the job that folds writes the same in bulk.
create table ledger.received (
    party     bigint not null,
    first_seq bigint not null,
    latest    timestamptz not null,    -- the youngest act among them
    accounts  bigint[] not null,       -- whose acts they are, by rising number
    seqs      bigint[] not null,
    primary key (party, first_seq)
);
create index received_latest on ledger.received (party, latest);

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

-- How far the job has booked the real money of spends, and what it was since ever: micro that went
-- from one account of the house to another, by their chart codes. The books hold the whole minor
-- units of these totals, so a remainder waits here and is never lost.
create table ledger.booked (
    one  boolean primary key default true check (one),
    upto bigint not null default 0
);
insert into ledger.booked default values;
create table ledger.released (
    currency char(3) not null,
    debit    smallint not null,
    credit   smallint not null,
    micro    numeric not null,
    primary key (currency, debit, credit)
);
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
revoke update, delete, truncate on ledger.journal, ledger.transfer, ledger.lot, ledger.earmark from largesse_app;
revoke update, delete, truncate on ledger.seal from largesse_app;
revoke delete, truncate on ledger.dispute, ledger.payout from largesse_app;
create trigger journal_is_history before update or delete or truncate on ledger.journal
    for each statement execute function refuse_change();
create trigger transfer_is_history before update or delete or truncate on ledger.transfer
    for each statement execute function refuse_change();
create trigger lot_is_history before update or delete or truncate on ledger.lot
    for each statement execute function refuse_change();
create trigger earmark_is_history before update or delete or truncate on ledger.earmark
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

-- What the serials [from_serial, to_serial) of a pool, the paid one, cost their buyer, in micro.
create function ledger.basis(
    owner bigint, from_serial bigint, to_serial bigint, of_pool smallint default 1,
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
    where s.account = owner and s.pool = of_pool and s.serial_to > from_serial and s.serial_from < to_serial
$$;

-- The balance of an account that nobody locks, on its credit side: its snapshot and what lies above
-- the horizon, all of one moment. Only rows that could name the account are read, found by number,
-- and they are summed before their legs are made, which is ten times faster than the other way round.
-- The plan is pinned to the block ranges and kept: on young books the planner would walk the whole
-- primary key, or sort, and planning anew would cost as much as reading.
create function ledger.open_balance(number bigint, of_asset smallint) returns bigint
language plpgsql stable
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off
set enable_sort = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
    who bigint := number / 1000;
    found bigint;
begin
    select coalesce((select s.credits - s.debits from ledger.snapshot s
                     where s.account = number and s.asset = of_asset), 0)
         + coalesce((select sum(case when l.credit = number then l.amount else 0 end
                              - case when l.debit = number then l.amount else 0 end)
                     from (select case when j.account = who then who end as account,
                                  case when j.party = who then who end as party, j.kind, j.shape,
                                  sum(j.promo)::bigint as promo, sum(j.paid)::bigint as paid,
                                  sum(j.prize)::bigint as prize, sum(j.diamonds)::bigint as diamonds
                           from ledger.journal j
                           where j.seq > h.folded and of_asset <= 2
                             and (who = 1 or j.account = who or j.party = who)
                           group by 1, 2, 3, 4) j
                     cross join lateral ledger.legs(
                         j.account, j.party, j.kind, j.shape, j.promo, j.paid, j.prize, j.diamonds) l
                     where l.asset = of_asset and number in (l.debit, l.credit)), 0)
         + coalesce((select sum(case when t.credit = number then t.amount else 0 end
                              - case when t.debit = number then t.amount else 0 end)
                     from ledger.transfer t
                     where t.seq > h.folded and t.asset = of_asset and number in (t.debit, t.credit)), 0)
    into found from ledger.horizon h;
    return found;
end $$;

-- The newest acts that a party received before a number, newest first: from the folds, and above
-- the horizon by number.
create function ledger.received_before(receiver bigint, before_seq bigint, wanted integer)
returns table (account bigint, seq bigint)
language sql stable set enable_seqscan = off set jit = off as $$
    select a.account, a.seq
    from (select act.account, act.seq
          from (select * from ledger.received r where r.party = receiver and r.first_seq < before_seq
                order by r.first_seq desc limit wanted) r
          cross join lateral unnest(r.accounts, r.seqs) act (account, seq)
          union all
          select j.account, j.seq from ledger.horizon h join ledger.journal j on j.seq > h.folded
          where j.party = receiver) a
    where a.seq < before_seq order by a.seq desc limit wanted
$$;

-- The acts that some parties received since a moment, in any order; each party's moment is its own.
create function ledger.received_since(receivers bigint[], since timestamptz[])
returns table (account bigint, seq bigint)
language sql stable set enable_seqscan = off set jit = off as $$
    select act.account, act.seq
    from unnest(receivers, since) w (party, since)
    join ledger.received r on r.party = w.party and r.latest >= w.since
    cross join lateral unnest(r.accounts, r.seqs) act (account, seq)
    union all
    select j.account, j.seq
    from ledger.horizon h join ledger.journal j on j.seq > h.folded
    join unnest(receivers, since) w (party, since) on w.party = j.party and j.at >= w.since
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

-- How many coins of a pool lie behind all others because an open hold is about these very coins.
create function ledger.earmarked(owner bigint, of_pool smallint) returns bigint
language sql stable set enable_seqscan = off as $$
    select coalesce(sum(case of_pool when 1 then h.paid else h.promo end), 0)::bigint
    from ledger.hold h where h.account = owner and h.state = 0 and h.kind in (170, 171)
$$;

-- How many promo coins are over and on no hold. Live spans lie in the order of their expiry, so
-- those that are over lead; earmarked coins lie behind, whatever their expiry.
create function ledger.overdue_promo(owner bigint, now_at timestamptz) returns bigint
language sql stable set enable_seqscan = off as $$
    select greatest(least(coalesce(max(s.serial_to), p.promo_out), p.promo_in - e.coins)
                    - p.promo_out - p.held_promo + e.coins, 0)
    from ledger.purse p
    cross join ledger.earmarked(p.account, 2::smallint) e (coins)
    left join (ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot and l.expires <= now_at)
        on s.account = p.account and s.pool = 2 and s.serial_to > p.promo_out
       and s.serial_from < p.promo_in - e.coins
    where p.account = owner group by p.account, e.coins
$$;

-- Let promo coins go whose time is over, as one journal; returns how many went. The caller holds
-- the purse's lock. Coins on hold stay: they were promised in time.
create function ledger.expire_promo(owner bigint, now_at timestamptz) returns bigint
language plpgsql set enable_seqscan = off as $$
declare
    p ledger.purse;
    gone bigint;
    number bigint;
begin
    select * into strict p from ledger.purse where account = owner for update;
    if p.promo_until > now_at then return 0; end if;
    gone := ledger.overdue_promo(owner, now_at);
    if gone > 0 then
        number := nextval('ledger.journal_seq');
        insert into ledger.journal (account, seq, id, at, key, body, promo, promo_from, balance, kind, shape)
        values (owner, number, ledger.new_id(now_at), now_at,
                md5('expired:' || owner || ':' || p.promo_out)::uuid, md5('expired')::uuid,
                gone, p.promo_out,
                p.paid_in - p.paid_out - p.held_paid + p.prize_in - p.prize_out - p.held_prize
                  + p.promo_in - p.promo_out - p.held_promo - gone, 173, 6);
    end if;
    update ledger.purse set
        promo_out = promo_out + gone,
        promo_until = coalesce((
            select min(l.expires) from ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot
            where s.account = owner and s.pool = 2 and s.serial_to > p.promo_out + gone
              and s.serial_from < p.promo_in - ledger.earmarked(owner, 2::smallint)), 'infinity')
    where account = owner;
    return gone;
end $$;

-- The lot that the paid coin with this serial is of, as the purse remembers it.
create function ledger.head(owner bigint, serial bigint, out head_to bigint, out head_base bigint,
    out head_coins bigint, out head_micro bigint, out head_tax bigint, out head_fee bigint)
language sql stable set enable_seqscan = off as $$
    select coalesce(max(s.serial_to), 0), coalesce(max(s.serial_from - s.lot_from), 0), coalesce(max(s.coins), 1),
           coalesce(max(s.micro), 0), coalesce(max(s.tax_micro), 0), coalesce(max(s.fee_micro), 0)
    from (select * from ledger.span n where n.account = owner and n.pool = 1 and n.serial_to > serial
          order by n.serial_to limit 1) s
$$;

-- Post acts one after the other: those that the quick statement (ledger/batch_store.py) does not
-- decide, because they are repeated, touch several lots, or meet promo coins whose time is over.
-- It locks the senders' purses in the order of their numbers, and nothing else.
-- verdict: 0 done, 1 replay, 2 conflict, 3 too few coins, 4/5/6 day/week/month limit, 7 frozen.
-- `left_over` of a refusal is what there was: spendable coins (3), or micro under the limit (4-6).
create function ledger.post_carefully(
    now_at timestamptz, today integer, this_week integer, this_month integer,
    accounts bigint[], parties bigint[], coins bigint[], diamonds bigint[], kinds bigint[], rates bigint[],
    counts bigint[], ats timestamptz[], ids uuid[], keys uuid[], bodies uuid[], places uuid[], items uuid[],
    threads uuid[], hidden boolean[])
returns table (
    o integer, verdict integer, id uuid, seq bigint, at timestamptz, promo bigint, prize bigint, paid bigint,
    micro bigint, tax_micro bigint, fee_micro bigint, balance bigint, currency text, left_over bigint)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_variable
declare
    x record;
    p ledger.purse;
    j ledger.journal;
begin
    perform 1 from ledger.purse q where q.account = any (accounts) order by q.account for update;
    for x in
        select * from unnest(accounts, parties, coins, diamonds, kinds, rates, counts, ats, ids, keys, bodies,
                             places, items, threads, hidden) with ordinality
            y (account, party, coins, diamonds, kind, rate, count, at, id, key, body, place, item, thread, hidden, o)
        order by y.account, y.o
    loop
        o := x.o;
        left_over := 0;
        select * into p from ledger.purse q where q.account = x.account;
        if p.promo_until <= now_at then
            perform ledger.expire_promo(x.account, now_at);
            select * into p from ledger.purse q where q.account = x.account;
        end if;
        currency := p.currency;
        select * into j from ledger.journal k where k.account = x.account and k.key = x.key;
        if found then
            verdict := case when j.body = x.body then 1 else 2 end;
            id := j.id; seq := j.seq; at := j.at; balance := j.balance;
            promo := j.promo; prize := j.prize; paid := j.paid;
            micro := j.micro; tax_micro := j.tax_micro; fee_micro := j.fee_micro;
            return next;
            continue;
        end if;

        -- Promo coins go first, then prizes, then paid ones; the last two have a cost.
        promo := least(p.promo_in - p.promo_out - p.held_promo, x.coins);
        prize := least(p.prize_in - p.prize_out - p.held_prize, x.coins - promo);
        paid := x.coins - promo - prize;
        balance := coalesce(p.promo_in - p.promo_out - p.held_promo + p.prize_in - p.prize_out - p.held_prize
                            + p.paid_in - p.paid_out - p.held_paid, 0);
        select b.micro + w.micro, b.tax_micro + w.tax_micro, b.fee_micro + w.fee_micro
        into micro, tax_micro, fee_micro
        from ledger.basis(x.account, p.paid_out, p.paid_out + paid) b,
             ledger.basis(x.account, p.prize_out, p.prize_out + prize, 3::smallint) w;
        p.day_spent := case when p.day < today then 0 else p.day_spent end + micro;
        p.week_spent := case when p.week < this_week then 0 else p.week_spent end + micro;
        p.month_spent := case when p.month < this_month then 0 else p.month_spent end + micro;
        if p.frozen then
            verdict := 7;
        elsif x.coins > balance then
            verdict := 3;
            left_over := balance;
        elsif p.day_spent > p.day_limit then
            verdict := 4;
            left_over := greatest(p.day_limit - p.day_spent + micro, 0);
        elsif p.week_spent > p.week_limit then
            verdict := 5;
            left_over := greatest(p.week_limit - p.week_spent + micro, 0);
        elsif p.month_spent > p.month_limit then
            verdict := 6;
            left_over := greatest(p.month_limit - p.month_spent + micro, 0);
        else
            verdict := 0;
            id := x.id; seq := nextval('ledger.journal_seq'); at := x.at;
            balance := balance - x.coins;
            insert into ledger.journal (account, seq, id, at, key, body, promo, paid, prize, promo_from,
                paid_from, prize_from, party, diamonds, micro, tax_micro, fee_micro, balance, kind, shape,
                hidden, count, rate, place, item, thread)
            values (x.account, seq, id, at, x.key, x.body, promo, paid, prize, p.promo_out,
                p.paid_out, p.prize_out, x.party, x.diamonds, micro, tax_micro, fee_micro, balance, x.kind, 1,
                x.hidden, x.count, x.rate, x.place, x.item, x.thread);
            update ledger.purse q set
                promo_out = p.promo_out + promo, paid_out = p.paid_out + paid, prize_out = p.prize_out + prize,
                day = greatest(p.day, today), week = greatest(p.week, this_week), month = greatest(p.month, this_month),
                day_spent = p.day_spent, week_spent = p.week_spent, month_spent = p.month_spent,
                head_to = h.head_to, head_base = h.head_base, head_coins = h.head_coins,
                head_micro = h.head_micro, head_tax = h.head_tax, head_fee = h.head_fee
            from ledger.head(x.account, p.paid_out + paid) h
            where q.account = x.account;
        end if;
        return next;
    end loop;
end $$;
