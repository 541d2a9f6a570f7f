-- Second factors, saved methods and auto-recharge.
select 1;
