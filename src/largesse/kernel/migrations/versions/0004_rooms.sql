-- A live room. It is never locked or written by a gift or a chat line.
create table room (
    id         uuid primary key,
    creator    bigint not null references person (no),
    title      text not null check (length(title) between 1 and 80),
    language   text check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    status     text not null default 'live' check (status in ('live', 'closed')),
    opened_at  timestamptz not null,
    closed_at  timestamptz,
    check ((status = 'closed') = (closed_at is not null))
);
-- One live room a creator.
create unique index room_live on room (creator) where status = 'live';
create index room_opened on room (opened_at) where status = 'live';

create table chat_message (
    id    uuid primary key,
    room  uuid not null references room (id),
    actor bigint not null references person (no),
    text  text not null check (length(text) between 1 and 200),
    at    timestamptz not null
);
create index chat_message_room on chat_message (room, id);

-- Who numbers a room's events. `epoch` fences: a new owner raises it, and an old one
-- that comes back finds that its number is no longer current.
create table room_lease (
    room  uuid primary key references room (id),
    node  text not null,
    epoch bigint not null,
    until timestamptz not null
);
