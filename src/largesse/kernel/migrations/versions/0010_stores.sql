-- What app stores sell, and gift codes.
select 1;
