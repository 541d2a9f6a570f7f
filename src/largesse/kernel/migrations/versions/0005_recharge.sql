-- What coins cost where. An operator edits these rows; the code holds no price.
create table price_list (
    country   char(2) primary key,
    currency  char(3) not null,
    coins_min bigint not null check (coins_min > 0),   -- range of an exact amount
    coins_max bigint not null check (coins_max >= coins_min)
);

-- A change of a rate is a new row; orders keep the one that they promised.
create table tax_rate (
    country      char(2) not null references price_list (country),
    name         text not null,                                -- as it is printed: VAT, GST, Sales tax
    bps          integer not null check (bps between 0 and 5000),
    is_inclusive boolean not null,                             -- whether the list's prices contain it
    valid_from   timestamptz not null,
    primary key (country, valid_from)
);

create table pack (
    id          uuid primary key,
    country     char(2) not null references price_list (country),
    coins       bigint not null check (coins > 0),
    promo_coins bigint not null default 0 check (promo_coins >= 0),
    price       bigint not null check (price > 0),             -- minor units of the list's currency
    is_offered  boolean not null default true
);
create unique index pack_offered on pack (country, coins) where is_offered;

create table payment_method (
    country    char(2) not null references price_list (country),
    code       text not null,
    name       text not null,
    provider   text not null,
    position   smallint not null,
    is_offered boolean not null default true,
    -- Where several providers carry one method out, the lowest rank of those that are switched on.
    rank       smallint not null default 0,
    -- Where it is offered: on the web, or inside the app of a store.
    channel    text not null default 'web' check (channel in ('web', 'ios', 'android')),
    -- What it takes at least and at most, in minor units of the list's currency; null is no limit.
    amount_min bigint check (amount_min > 0),
    amount_max bigint check (amount_max >= amount_min),
    primary key (country, code, provider)
);

-- One row an order. Everything that was promised in the review is written here, so that
-- no later price change touches it. The ledger, and not this row, says what was credited.
create table recharge (
    id               uuid primary key,
    account          bigint not null,
    person           uuid not null,
    state            text not null check (state in ('review', 'awaiting_payment', 'processing',
                         'credited', 'declined', 'cancelled', 'expired', 'partially_refunded',
                         'refunded', 'disputed', 'lost')),
    pack             uuid references pack (id),
    country          char(2) not null,
    coins            bigint not null check (coins > 0),
    promo_coins      bigint not null check (promo_coins >= 0),
    promo_days       integer not null check (promo_days > 0),
    currency         char(3) not null,
    price            bigint not null check (price > 0),
    tax              bigint not null check (tax >= 0),
    total            bigint not null check (total >= price),   -- what the provider must collect
    method           text not null,
    provider         text not null,
    product          text not null default '',                 -- what a store sells for it
    return_url       text not null,
    terms            text not null,                            -- version that was shown
    attempts_done    integer not null default 0,               -- the payer's tries that ended
    attempts_seen    integer not null default 0,               -- the payer's tries we heard of
    dispute          text,                                     -- how far a chargeback came
    checkout         text,                                     -- the provider's id, once known
    checkout_url     text,
    made_at          timestamptz not null,
    expires_at       timestamptz not null,
    confirmed_at     timestamptz,
    next_check_at    timestamptz,                              -- when the provider is asked next
    check (tax <= total)
);
-- One payment credits one order, whoever else brings it.
create table recharge_payment (
    provider text not null,
    payment  text not null,
    recharge uuid not null references recharge (id),
    at       timestamptz not null,
    primary key (provider, payment)
);
create index recharge_payment_of on recharge_payment (recharge);
create index recharge_account on recharge (account, id desc);
create index recharge_due on recharge (next_check_at) where next_check_at is not null;
create index recharge_expiring on recharge (expires_at) where state in ('review', 'awaiting_payment');

-- The order's timeline. Nothing that happened is ever rewritten.
create table recharge_step (
    recharge uuid not null references recharge (id),
    number   integer not null,
    at       timestamptz not null,
    what     text not null,
    facts    jsonb not null default '{}',
    primary key (recharge, number)
);
revoke update, delete, truncate on recharge_step from largesse_app;
create trigger recharge_step_is_history before update or delete or truncate on recharge_step
    for each statement execute function refuse_change();

-- Every notice as it came: accepted, refused (not genuine), or set aside (genuine but not ours).
create table notice (
    id        uuid primary key,
    provider  text not null,
    event     text,                                            -- the provider's id; null if refused
    reference text,
    headers   jsonb not null,
    body      bytea not null,
    at        timestamptz not null,
    verdict   text not null check (verdict in ('accepted', 'refused', 'set_aside')),
    reason    text not null default '',
    unique (provider, event)
);
create index notice_by_verdict on notice (verdict, at desc);

-- Money that somebody paid and that we could not credit as it stands: a person looks at it.
create table suspense (
    id          uuid primary key,
    at          timestamptz not null,
    provider    text not null,
    payment     text not null,                                 -- the provider's id of the payment
    reason      text not null,
    reference   text not null,
    recharge    uuid references recharge (id),
    amount      bigint,
    currency    text,
    resolved_at timestamptz,
    unique (provider, payment, reason)
);

-- The default price lists: local prices that look right, taxes as consumers meet them.
-- An operator checks both before opening; docs/providers.md says how to edit them.
insert into price_list (country, currency, coins_min, coins_max) values
    ('US', 'USD', 35, 100000),
    ('GB', 'GBP', 35, 100000),
    ('DE', 'EUR', 35, 100000),
    ('FR', 'EUR', 35, 100000),
    ('JP', 'JPY', 35, 100000),
    ('BR', 'BRL', 35, 100000),
    ('CN', 'CNY', 35, 100000),
    ('IN', 'INR', 35, 100000),
    ('ID', 'IDR', 35, 100000),
    ('MX', 'MXN', 35, 100000),
    ('AE', 'AED', 35, 100000),
    ('CA', 'CAD', 35, 100000),
    ('KR', 'KRW', 35, 100000),
    ('KW', 'KWD', 35, 100000);

insert into tax_rate (country, name, bps, is_inclusive, valid_from)
select country, name, bps, is_inclusive, '2000-01-01T00:00:00Z'
from (values
    ('US', 'Sales tax',          0, false),
    ('GB', 'VAT',             2000, true),
    ('DE', 'VAT',             1900, true),
    ('FR', 'VAT',             2000, true),
    ('JP', 'Consumption tax', 1000, true),
    ('BR', 'ISS',              500, true),
    ('CN', 'VAT',              600, true),
    ('IN', 'GST',             1800, true),
    ('ID', 'VAT',             1100, true),
    ('MX', 'VAT',             1600, true),
    ('AE', 'VAT',              500, true),
    ('CA', 'GST',              500, false),
    ('KR', 'VAT',             1000, true),
    ('KW', 'VAT',                0, true)
) rate (country, name, bps, is_inclusive);

-- Ids are made from the row's place, so that every house has the same ones.
insert into pack (id, country, coins, promo_coins, price)
select ('01980000-0000-7000-8000-' || lpad(to_hex(row_number() over (order by list.country, step.position)), 12, '0'))::uuid,
       list.country, step.coins, step.promo_coins, list.prices[step.position]
from (values
    ('US', array[99, 499, 999, 1999, 4999, 9999, 24999]),
    ('GB', array[99, 499, 999, 1899, 4799, 9599, 23999]),
    ('DE', array[109, 549, 1099, 2099, 5299, 10499, 25999]),
    ('FR', array[109, 549, 1099, 2099, 5299, 10499, 25999]),
    ('JP', array[160, 800, 1500, 3000, 7500, 15000, 37000]),
    ('BR', array[590, 2790, 5490, 10990, 27490, 54990, 137490]),
    ('CN', array[800, 3800, 7500, 14800, 36800, 72800, 181800]),
    ('IN', array[8900, 44900, 89900, 174900, 439900, 879900, 2199900]),
    ('ID', array[1600000, 7900000, 15900000, 30900000, 77900000, 154900000, 387900000]),
    ('MX', array[1900, 9900, 19900, 38900, 96900, 192900, 481900]),
    ('AE', array[399, 1999, 3899, 7699, 18999, 37999, 93999]),
    ('CA', array[139, 699, 1399, 2799, 6999, 13999, 34999]),
    ('KR', array[1400, 6900, 13900, 27500, 69000, 138000, 345000]),
    ('KW', array[310, 1550, 3090, 6150, 15350, 30690, 76690])
) list (country, prices)
cross join (values
    (1, 70, 0), (2, 350, 0), (3, 700, 0), (4, 1400, 25), (5, 3500, 100), (6, 7000, 250),
    (7, 17500, 700)
) step (position, coins, promo_coins)
order by list.country, step.position;

insert into payment_method (country, code, name, provider, position, rank)
select list.country, method.code, method.name, 'sandbox', method.position, 100
from price_list list
join (values
    ('card', 'Card', 1, null),
    ('paypal', 'PayPal', 2, array['US', 'GB', 'DE', 'FR', 'JP', 'BR', 'MX', 'CA', 'KR']),
    ('google_pay', 'Google Pay', 3, null),
    ('apple_pay', 'Apple Pay', 4, array['US', 'GB', 'DE', 'FR', 'JP', 'BR', 'MX', 'AE', 'CA', 'KR', 'KW']),
    ('pix', 'Pix', 5, array['BR']),
    ('upi', 'UPI', 5, array['IN']),
    ('gopay', 'GoPay', 5, array['ID']),
    ('konbini', 'Konbini', 5, array['JP']),
    ('oxxo', 'OXXO', 5, array['MX']),
    ('kakao_pay', 'KakaoPay', 5, array['KR']),
    ('knet', 'KNET', 5, array['KW']),
    ('sepa_debit', 'SEPA direct debit', 5, array['DE', 'FR']),
    ('alipay', 'Alipay', 6, array['CN', 'GB', 'DE', 'FR', 'JP', 'AE']),
    ('wechat_pay', 'WeChat Pay', 7, array['CN', 'GB', 'DE', 'FR', 'JP', 'AE'])
) method (code, name, position, countries)
    on method.countries is null or list.country = any (method.countries)
where (list.country, method.code) <> ('CN', 'google_pay');

-- What Stripe offers to payers in these countries (docs.stripe.com/payments/payment-methods). Which
-- of them your account may use depends on its own country: switch the others off. PayPal, Alipay and
-- WeChat Pay have adapters of their own, which come first where they are switched on.
insert into payment_method (country, code, name, provider, position, rank)
select list.country, method.code, method.name, 'stripe', method.position, method.rank
from price_list list
join (values
    ('card', 'Card', 1, 0, null),
    ('paypal', 'PayPal', 2, 10, array['US', 'GB', 'DE', 'FR']),
    ('google_pay', 'Google Pay', 3, 0, array['US', 'GB', 'DE', 'FR', 'JP', 'BR', 'ID', 'MX', 'AE']),
    ('apple_pay', 'Apple Pay', 4, 0, array['US', 'GB', 'DE', 'FR', 'JP', 'BR', 'MX', 'AE']),
    ('pix', 'Pix', 5, 0, array['BR']),
    ('upi', 'UPI', 5, 0, array['IN']),
    ('konbini', 'Konbini', 5, 0, array['JP']),
    ('oxxo', 'OXXO', 5, 0, array['MX']),
    ('sepa_debit', 'SEPA direct debit', 5, 0, array['DE', 'FR']),
    ('paypay', 'PayPay', 6, 0, array['JP']),
    ('alipay', 'Alipay', 6, 10, array['US', 'GB', 'DE', 'FR', 'JP']),
    ('wechat_pay', 'WeChat Pay', 7, 10, array['US', 'GB', 'DE', 'FR', 'JP'])
) method (code, name, position, rank, countries)
    on method.countries is null or list.country = any (method.countries);

-- What Stripe takes by these methods (docs.stripe.com, each method's page, and its least charge).
update payment_method set amount_min = 1000 where provider = 'stripe' and country = 'MX';
update payment_method set amount_max = 1000000 where provider = 'stripe' and code = 'oxxo';
update payment_method set amount_min = 120, amount_max = 300000
    where provider = 'stripe' and code = 'konbini';
update payment_method set amount_max = 10000000 where provider = 'stripe' and code = 'upi';
update payment_method set amount_min = 50 where provider = 'stripe' and code = 'pix';

-- Providers that we speak to ourselves. PayPal collects in these currencies from anybody; the
-- mainland's Alipay and WeChat Pay collect yuan alone.
insert into payment_method (country, code, name, provider, position, rank)
select list.country, method.code, method.name, method.provider, method.position, 0
from price_list list
join (values
    ('paypal', 'PayPal', 'paypal', 2, array['US', 'CA', 'GB', 'DE', 'FR', 'JP', 'MX']),
    ('alipay', 'Alipay', 'alipay', 6, array['CN']),
    ('wechat_pay', 'WeChat Pay', 'wechat', 7, array['CN'])
) method (code, name, provider, position, countries)
    on list.country = any (method.countries);
