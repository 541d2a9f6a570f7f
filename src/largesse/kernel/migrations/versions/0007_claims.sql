-- Refunds and disputes of recharges, as the buyer and the provider see them.
select 1;
