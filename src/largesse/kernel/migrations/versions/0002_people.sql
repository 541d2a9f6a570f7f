-- One row a human. `no` is the number that the ledger knows them by; below 1000 is the house.
create table person (
    no          bigint generated always as identity (start with 1000) primary key,
    id          uuid not null unique,
    handle      text not null check (handle ~ '^[a-z0-9][a-z0-9_.]{1,23}$'),
    name        text not null check (length(name) between 1 and 40),
    email       text not null check (length(email) <= 254),
    password    text not null,
    birth_date  date not null,
    country     char(2) not null,
    currency    char(3) not null,
    role        text not null default 'viewer' check (role in ('viewer', 'creator', 'operator')),
    visibility  text not null default 'public' check (visibility in ('public', 'anonymous')),
    joined_at   timestamptz not null
);
create unique index person_handle on person (handle);
create unique index person_email on person (lower(email));

-- A session is known by the digest of its token; the token itself is never stored.
create table session (
    digest     bytea primary key,
    id         uuid not null unique,
    person     bigint not null references person (no),
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    agent      text not null default ''
);
create index session_person on session (person);

-- Failed sign-ins by login name, so that guessing slows down without locking anybody out for good.
create table sign_in_failure (
    login text not null,
    at    timestamptz not null
);
create index sign_in_failure_login on sign_in_failure (login, at);
