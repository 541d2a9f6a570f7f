-- As many open orders as a very bad week leaves behind: copies of one that a buyer made, each due.
insert into recharge (id, account, person, state, pack, country, coins, promo_coins, promo_days,
    currency, price, tax, total, method, provider, return_url, terms, checkout, checkout_url,
    made_at, expires_at, confirmed_at, next_check_at)
select gen_random_uuid(), account, person, 'awaiting_payment', pack, country, coins, promo_coins,
    promo_days, currency, price, tax, total, method, provider, return_url, terms,
    'cko_open_' || number, 'http://127.0.0.1/', made_at, made_at + interval '1 year', made_at,
    made_at + number * interval '1 microsecond'
from (select * from recharge order by id limit 1) one, generate_series(1, %s) number;
