-- The application works under a role of its own, so that append-only tables stay
-- append-only: it may never own a table. The operator (or the supervisor) makes both roles.
do $$
begin
    if not exists (select from pg_roles where rolname = 'largesse_app') then
        create role largesse_app login;
    end if;
end $$;

grant usage on schema public to largesse_app;
grant select on alembic_version to largesse_app;
alter default privileges grant select, insert, update, delete on tables to largesse_app;
alter default privileges grant usage, select, update on sequences to largesse_app;
alter default privileges grant execute on functions to largesse_app;

-- One row an answered request that moved value; it commits with the effect.
create table idempotency (
    account bigint not null,
    key     text not null check (length(key) between 1 and 255),
    request bytea not null,
    status  smallint,
    body    bytea,
    at      timestamptz not null,
    primary key (account, key)
);

-- Refuses every change of a row that is history. Attach it to each append-only table.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'LG001';
end $$;
