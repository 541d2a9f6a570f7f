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
    ('CNY', 50000), ('INR', 530000), ('IDR', 100000000), ('MXN', 115000), ('AED', 27000);

-- A gift as its journal keeps it. The split is the one of gifts/model.py: the creator's diamonds
-- are worth what the rate of that moment says; as much of it as the sender's money holds after
-- tax and fees is the creator's share, and the house adds the rest (promotion).
create view sent_gift as
select j.account as sender, j.seq, j.id, j.party as creator, j.place as room, j.item as gift, j.thread as combo,
       j.at, j.promo + j.prize + j.paid as coins, j.diamonds, j.micro, j.tax_micro as tax, j.fee_micro as fees,
       least(j.diamonds * j.rate, j.micro - j.tax_micro - j.fee_micro) as share,
       greatest(j.diamonds * j.rate - (j.micro - j.tax_micro - j.fee_micro), 0) as promotion,
       j.count, j.hidden as anonymous, p.currency
from ledger.journal j join ledger.purse p on p.account = j.account
where j.kind = 160 and j.shape in (1, 4);
grant select on sent_gift to largesse_app;
