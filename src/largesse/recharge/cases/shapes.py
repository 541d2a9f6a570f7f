"""Cases as their people and the operators see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from largesse.kernel import ids
from largesse.recharge.cases.store import CaseStep, SupportCase


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a case. `by` is the buyer, an operator, or the house itself."""

    at: datetime
    what: str
    by: str
    note: str | UnsetType = UNSET


class CaseShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case about one recharge: `open` until it is decided."""

    id: str
    kind: str
    status: str
    recharge_id: str
    opened_at: datetime
    timeline: list[CaseEntry]
    decision: str | UnsetType = UNSET
    resolved_at: datetime | UnsetType = UNSET
    account_id: str | UnsetType = UNSET


def show_case(
    case: SupportCase, steps: Sequence[CaseStep], *, to_operator: bool = False
) -> CaseShown:
    """A case with its history; whose it is and what operators noted is for operators."""
    return CaseShown(
        id=case.reference,
        kind=case.kind,
        status=case.state,
        recharge_id=ids.show("rch", case.recharge),
        opened_at=case.opened_at,
        timeline=[_entry(step, case, to_operator=to_operator) for step in steps],
        decision=case.decision or UNSET,
        resolved_at=case.resolved_at or UNSET,
        account_id=ids.show("acc", case.person) if to_operator else UNSET,
    )


def _entry(step: CaseStep, case: SupportCase, *, to_operator: bool) -> CaseEntry:
    who = "house" if step.actor is None else "operator"
    by = "buyer" if step.actor == case.account else who
    note = step.note if step.note and to_operator else UNSET
    return CaseEntry(at=step.at, what=step.what, by=by, note=note)
