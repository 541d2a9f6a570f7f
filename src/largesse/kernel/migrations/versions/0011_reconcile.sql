-- Settlement files and the health of providers.
select 1;
