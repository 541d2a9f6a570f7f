-- Receipts with gapless numbers, offers, coupons and terms.
select 1;
