"""The provider's own books, in one SQLite file: a `kill -9` loses nothing that was answered.

Calls are short and run on the event loop; write-ahead logging keeps each commit
far below a millisecond. Documents are JSON, because nobody but the sandbox reads them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from largesse.sandbox.model import Checkout, Method, Refund

_SCHEMA = """
create table if not exists checkout (id text primary key, reference text not null, document blob not null);
create index if not exists checkout_reference on checkout (reference);
create table if not exists refund (id text primary key, checkout text not null, document blob not null);
create table if not exists method (token text primary key, document blob not null);
create table if not exists event (
  sequence integer primary key autoincrement, id text not null unique, checkout text not null,
  at integer not null, document blob not null);
create index if not exists event_checkout on event (checkout);
create table if not exists delivery (
  id integer primary key autoincrement, event integer not null, checkout text not null,
  due_ms integer not null, attempts integer not null default 0, state text not null, answer text);
create index if not exists delivery_due on delivery (due_ms) where state = 'waiting';
create table if not exists plan (
  id integer primary key autoincrement, due_ms integer not null, kind text not null, subject text not null);
create table if not exists answer (key text primary key, request text not null, document blob not null);
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice on its way: which event, to be sent when, and how often it was tried."""

    id: int
    event_id: str
    checkout: str
    attempts: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """Something the provider will do by itself later, such as opening a dispute."""

    id: int
    kind: str
    subject: str


class Store:
    """All SQL of the sandbox."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        # Safe against a killed process; only a power cut may lose the last moments,
        # and the money here is not real.
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def work(self) -> Iterator[None]:
        """One transaction: all of it, or nothing when the block raises."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def save_checkout(self, checkout: Checkout) -> None:
        self._connection.execute(
            "insert into checkout (id, reference, document) values (?, ?, ?)"
            " on conflict (id) do update set document = excluded.document",
            (checkout.id, checkout.reference, msgspec.json.encode(checkout)),
        )

    def checkout(self, checkout_id: str) -> Checkout | None:
        row = self._connection.execute(
            "select document from checkout where id = ?", (checkout_id,)
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Checkout)

    def checkouts_for(self, reference: str) -> list[Checkout]:
        """All checkouts with this merchant's reference, oldest first (at most 50)."""
        rows = self._connection.execute(
            "select document from checkout where reference = ? order by id limit 50", (reference,)
        )
        return [msgspec.json.decode(row[0], type=Checkout) for row in rows]

    def save_refund(self, refund: Refund) -> None:
        self._connection.execute(
            "insert into refund (id, checkout, document) values (?, ?, ?)"
            " on conflict (id) do update set document = excluded.document",
            (refund.id, refund.checkout, msgspec.json.encode(refund)),
        )

    def refund(self, refund_id: str) -> Refund | None:
        row = self._connection.execute(
            "select document from refund where id = ?", (refund_id,)
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Refund)

    def save_method(self, method: Method) -> None:
        self._connection.execute(
            "insert into method (token, document) values (?, ?)"
            " on conflict (token) do update set document = excluded.document",
            (method.saved.token, msgspec.json.encode(method)),
        )

    def method(self, token: str) -> Method | None:
        row = self._connection.execute(
            "select document from method where token = ?", (token,)
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=Method)

    def refunds_of(self, checkout: str) -> list[Refund]:
        """The refunds of a checkout, in the order in which they were asked for."""
        rows = self._connection.execute(
            "select document from refund where checkout = ? order by id", (checkout,)
        )
        return [msgspec.json.decode(row[0], type=Refund) for row in rows]

    def add_event(self, *, event_id: str, checkout: str, at: int, document: bytes) -> int:
        """Write an event down; returns its place in the merchant's feed."""
        added = self._connection.execute(
            "insert into event (id, checkout, at, document) values (?, ?, ?, ?)",
            (event_id, checkout, at, document),
        )
        assert added.lastrowid is not None
        return added.lastrowid

    def count_events(self, checkout: str) -> int:
        row = self._connection.execute(
            "select count(*) from event where checkout = ?", (checkout,)
        ).fetchone()
        count: int = row[0]
        return count

    def events_after(self, sequence: int, *, limit: int) -> list[tuple[int, bytes]]:
        rows = self._connection.execute(
            "select sequence, document from event where sequence > ? order by sequence limit ?",
            (sequence, limit),
        )
        return rows.fetchall()

    def events_between(self, since: int, until: int) -> Iterator[bytes]:
        """Everything that happened from `since` on and before `until`, in epoch seconds."""
        rows = self._connection.execute(
            "select document from event where at >= ? and at < ? order by sequence", (since, until)
        )
        for row in rows:
            yield row[0]

    def add_delivery(self, *, event: int, checkout: str, due_ms: int, state: str) -> None:
        self._connection.execute(
            "insert into delivery (event, checkout, due_ms, state) values (?, ?, ?, ?)",
            (event, checkout, due_ms, state),
        )

    def due_deliveries(self, now_ms: int, *, limit: int) -> list[Delivery]:
        rows = self._connection.execute(
            "select d.id, e.id, d.checkout, d.attempts, e.document from delivery d"
            " join event e on e.sequence = d.event"
            " where d.state = 'waiting' and d.due_ms <= ? order by d.due_ms, d.id limit ?",
            (now_ms, limit),
        )
        return [Delivery(*row) for row in rows]

    def next_due_ms(self) -> int | None:
        """When there is something to do next, or None for nothing at all."""
        row = self._connection.execute(
            "select min(due_ms) from (select due_ms from delivery where state = 'waiting'"
            " union all select due_ms from plan)"
        ).fetchone()
        due: int | None = row[0]
        return due

    def delivered(self, delivery_id: int, *, answer: str) -> None:
        self._connection.execute(
            "update delivery set state = 'sent', attempts = attempts + 1, answer = ? where id = ?",
            (answer, delivery_id),
        )

    def postpone(self, delivery_id: int, *, due_ms: int | None, answer: str) -> None:
        """Try again at `due_ms`; None gives up, and only the merchant's own asking helps then."""
        self._connection.execute(
            "update delivery set state = ?, due_ms = coalesce(?, due_ms),"
            " attempts = attempts + 1, answer = ? where id = ?",
            ("waiting" if due_ms is not None else "given_up", due_ms, answer, delivery_id),
        )

    def add_plan(self, *, due_ms: int, kind: str, subject: str) -> None:
        self._connection.execute(
            "insert into plan (due_ms, kind, subject) values (?, ?, ?)", (due_ms, kind, subject)
        )

    def due_plans(self, now_ms: int) -> list[Plan]:
        rows = self._connection.execute(
            "select id, kind, subject from plan where due_ms <= ? order by due_ms, id limit 100",
            (now_ms,),
        )
        return [Plan(*row) for row in rows]

    def drop_plan(self, plan_id: int) -> None:
        self._connection.execute("delete from plan where id = ?", (plan_id,))

    def answer(self, key: str) -> tuple[str, bytes] | None:
        row: tuple[str, bytes] | None = self._connection.execute(
            "select request, document from answer where key = ?", (key,)
        ).fetchone()
        return row

    def keep_answer(self, key: str, *, request: str, document: bytes) -> None:
        self._connection.execute(
            "insert into answer (key, request, document) values (?, ?, ?)", (key, request, document)
        )
