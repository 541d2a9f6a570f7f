create table gift (
    id              uuid primary key,
    slug            text not null unique check (slug ~ '^[a-z0-9-]{2,40}$'),
    name            text not null,
    coins           bigint not null check (coins between 1 and 1000000),
    alt             text not null,
    colour          text not null,
    available_from  timestamptz,
    available_until timestamptz,
    check (available_from < available_until)
);

-- What one diamond is worth to a creator, in millionths of each currency's major unit.
-- An operator's stated rate, about half of what a coin costs there before tax: the split of
-- every gift is computed from it and stored.
create table diamond_rate (
    currency char(3) primary key,
    micro    bigint not null check (micro > 0)
);
insert into diamond_rate (currency, micro) values
    ('USD', 7000), ('EUR', 6500), ('GBP', 5800), ('JPY', 1000000), ('BRL', 39000),
    ('INR', 530000), ('IDR', 100000000), ('MXN', 115000), ('AED', 27000);

-- One row a gift, written in the ledger's own transaction. It is the sender's answer, the
-- creator's statement line and the room's outbox at once. Keys start with the sender's
-- account, as the journal's do, so a gift stays on one shard.
create table sent_gift (
    sender    bigint not null,
    seq       bigint not null,
    id        uuid not null,
    creator   bigint not null,
    room      uuid not null,
    gift      uuid not null,
    combo     uuid not null,
    at        timestamptz not null,
    coins     bigint not null check (coins > 0),
    diamonds  bigint not null check (diamonds >= 0),
    micro     bigint not null,
    tax       bigint not null,
    fees      bigint not null,
    share     bigint not null,
    promotion bigint not null,
    count     integer not null check (count > 0),
    anonymous boolean not null,
    currency  char(3) not null,
    check (micro - tax - fees - share >= 0 and tax >= 0 and fees >= 0 and share >= 0),
    primary key (sender, seq)
);
create index sent_gift_creator on sent_gift (creator, at, seq);
-- Write the rows of a batch's gifts, for those whose journal this very batch wrote. The split is the
-- one of gifts/model.py: the creator's diamonds are worth what the rate says, as much of it as
-- the sender's money holds after tax and fees is the creator's share, the house adds the rest.
-- The plan is pinned for the same reason as the posting function's.
create function write_sent_gifts(
    accounts bigint[], keys uuid[], ids uuid[], rooms uuid[], gifts uuid[], combos uuid[],
    counts integer[], rates bigint[], hidden boolean[]) returns void
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
#variable_conflict use_column
begin
    insert into sent_gift (sender, seq, id, creator, room, gift, combo, at, coins, diamonds,
        micro, tax, fees, share, promotion, count, anonymous, currency)
    select j.account, j.seq, j.id, j.party, x.room, x.gift, x.combo, j.at, j.promo + j.paid, j.diamonds,
           j.micro, j.tax_micro, j.fee_micro,
           least(j.diamonds * x.rate, j.micro - j.tax_micro - j.fee_micro),
           greatest(j.diamonds * x.rate - (j.micro - j.tax_micro - j.fee_micro), 0),
           x.count, x.anonymous, p.currency
    from unnest(accounts, keys, ids, rooms, gifts, combos, counts, rates, hidden)
        x (account, key, id, room, gift, combo, count, rate, anonymous)
    join ledger.journal j on j.account = x.account and j.key = x.key and j.id = x.id
    join ledger.purse p on p.account = x.account
    on conflict (sender, seq) do nothing;
end $$;

revoke update, delete, truncate on sent_gift from largesse_app;
create trigger sent_gift_is_history before update or delete or truncate on sent_gift
    for each statement execute function refuse_change();
