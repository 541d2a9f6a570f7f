"""What the stand-in has: every object that Stripe would keep, its clock, and its refusals."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

Thing = dict[str, Any]

API_VERSION = "2026-10-28.endive"
PREFIXES = {
    "checkout.session": "cs_test",
    "payment_intent": "pi",
    "charge": "ch",
    "refund": "re",
    "dispute": "du",
    "customer": "cus",
    "payment_method": "pm",
    "balance_transaction": "txn",
    "event": "evt",
    "account": "acct",
    "transfer": "tr",
    "transfer_reversal": "trr",
}
# Where an id stands for an object that `expand` puts in its place.
EXPANDABLE = {
    "payment_intent": "payment_intent",
    "latest_charge": "charge",
    "charge": "charge",
    "balance_transaction": "balance_transaction",
    "payment_method": "payment_method",
    "customer": "customer",
}


class Refused(Exception):
    """Stripe's no, as its API writes it."""

    def __init__(self, status: int, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        kind = "card_error" if status == 402 else "invalid_request_error"
        self.error: Thing = {"type": kind, "message": message} | facts


@dataclass
class Faults:
    """How the stand-in goes wrong. `plan` has an entry a coming call: None lets it through, 0
    breaks behind its work with a 500, and more answers that many seconds late. `instead` are
    answers given in the place of the next calls, which then do nothing.
    """

    plan: deque[int | None] = field(default_factory=deque)
    instead: deque[tuple[int, bytes]] = field(default_factory=deque)
    lose: bool = False
    double: bool = False
    reorder: bool = False
    delay_seconds: int = 0
    search_lags: bool = False

    def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        """Go wrong with the next calls, once `after` others went well."""
        self.plan = deque([None] * after + [seconds] * calls)


@dataclass
class Books:
    """All objects by id, in the order in which they were made. One lock for all of them."""

    livemode: bool = False
    ahead_seconds: int = 0
    faults: Faults = field(default_factory=Faults)
    tell: Callable[[str, Thing], None] = lambda kind, thing: None
    lock: threading.RLock = field(default_factory=threading.RLock)
    _things: dict[str, Thing] = field(default_factory=dict)

    def now(self) -> int:
        return int(time.time()) + self.ahead_seconds

    def make(self, kind: str, **facts: Any) -> Thing:
        """A new object, kept."""
        thing: Thing = {
            "id": f"{PREFIXES[kind]}_{token_hex(12)}",
            "object": kind,
            "created": self.now(),
            "livemode": self.livemode,
            "metadata": {},
        } | facts
        self._things[thing["id"]] = thing
        return thing

    def get(self, kind: str, thing_id: str) -> Thing:
        """The object itself, to be changed in place."""
        thing = self._things.get(thing_id)
        if thing is None or thing["object"] != kind:
            raise Refused(404, f"No such {kind}: '{thing_id}'", code="resource_missing", param="id")
        return thing

    def all(self, kind: str, **facts: Any) -> list[Thing]:
        """Those of a kind with these facts, newest first."""
        return [
            thing
            for thing in reversed(self._things.values())
            if thing["object"] == kind
            and all(thing.get(name) == value for name, value in facts.items())
        ]

    def page(self, kind: str, params: Thing, *names: str) -> Thing:
        """One page of a list, filtered by these fields and by when things were made."""
        found = self.all(kind, **{name: params[name] for name in names if name in params})
        created = params.get("created", {})
        if isinstance(created, str):
            created = {"gte": created, "lte": created}
        found = [
            thing
            for thing in found
            if thing["created"] >= int(created.get("gte", 0))
            and thing["created"] > int(created.get("gt", -1))
            and thing["created"] <= int(created.get("lte", 2**53))
            and thing["created"] < int(created.get("lt", 2**53))
        ]
        if "starting_after" in params:
            last = [thing["id"] for thing in found].index(params["starting_after"])
            found = found[last + 1 :]
        limit = int(params.get("limit", 10))
        if not 1 <= limit <= 100:
            raise Refused(400, "Limit is from 1 to 100", param="limit")
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit}

    def shown(self, thing: Thing, expand: list[str]) -> Thing:
        """An object as the API shows it, with these of its ids replaced by what they stand for."""
        copy = {name: deepcopy(thing[name]) for name in thing if not name.startswith("_")}
        wanted: dict[str, list[str]] = {}
        for path in expand:
            name, _, rest = path.partition(".")
            wanted.setdefault(name, []).extend([rest] if rest else [])
        for name, inner in wanted.items():
            if name == "refunds" and copy["object"] == "charge":
                copy["refunds"] = self.page("refund", {"charge": copy["id"]}, "charge")
            elif name in EXPANDABLE:
                if copy.get(name) is not None:
                    copy[name] = self.shown(self.get(EXPANDABLE[name], copy[name]), inner)
            else:
                raise Refused(400, f"This property cannot be expanded ({name}).", param="expand")
        return copy

    def changed(self, kind: str, thing: Thing) -> None:
        """Tell the world, as an event."""
        self.tell(kind, thing)


def whole(params: Thing, name: str) -> int:
    """A positive whole number that was sent as text."""
    text = str(params.get(name, ""))
    if not text.isdigit() or int(text) < 1:
        raise Refused(400, f"Invalid positive integer: {name}", param=name)
    return int(text)


def needed(params: Thing, name: str) -> Any:
    """A field without which nothing can be done."""
    if not params.get(name):
        raise Refused(400, f"Missing required param: {name}.", param=name, code="parameter_missing")
    return params[name]
