"""Everything that the house can show a bank about one recharge, in one document."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import Money, Price, minor
from largesse.ledger import CoinUse, Kind
from largesse.payments import KeptNotice, notices_about
from largesse.people import AccountRecord, account_record, names
from largesse.recharge import store
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.model import RechargeDispute
from largesse.recharge.read import shown_with_timeline
from largesse.recharge.recharging import Recharging
from largesse.recharge.shapes import RechargeShown

EARLIER_MAX = 100


class SessionShown(msgspec.Struct, frozen=True):
    """A sign-in: when, and with what program."""

    id: str
    made_at: datetime
    expires_at: datetime
    agent: str


class BuyerShown(msgspec.Struct, frozen=True):
    """Whose account it is, how old it was, and where it was signed in."""

    account_id: str
    handle: str
    country: str
    joined_at: datetime
    sessions: list[SessionShown]


class NoticeShown(msgspec.Struct, frozen=True):
    """What the provider told us, as it came."""

    at: datetime
    event: str | None
    verdict: str
    reason: str
    body: str


class DisputeShown(msgspec.Struct, frozen=True):
    """A time that the payment was taken back; `provider` when no bank asked for it."""

    id: str
    by: str
    stage: str
    reason: str
    opened_at: datetime
    decided_at: datetime | None


class UseShown(msgspec.Struct, frozen=True):
    """Coins of this recharge that were spent: `coins` of it in an act that took `coins_of_act`."""

    id: str
    at: datetime
    kind: str
    to: str | None
    coins: int
    coins_of_act: int


class EarlierShown(msgspec.Struct, frozen=True):
    """A recharge before this one that was paid and never disputed."""

    id: str
    credited_at: datetime
    total: Price


class EvidenceShown(msgspec.Struct, frozen=True):
    """The whole pack. `receipt` is its number once there is one."""

    made_at: datetime
    recharge: RechargeShown
    terms_version: str
    buyer: BuyerShown
    receipt: str | None
    disputes: list[DisputeShown]
    notices: list[NoticeShown]
    uses: list[UseShown]
    earlier: list[EarlierShown]


async def evidence(recharging: Recharging, recharge: UUID, *, now: datetime) -> EvidenceShown:
    """The evidence about a recharge, for an operator; raises `NotFound`."""
    async with recharging.database.read() as connection:
        current = await store.by_id(connection, recharge=recharge)
        if current is None:
            raise NotFound
        record = await account_record(connection, current.account)
        claims = await claims_store.claims_of(connection, recharge=recharge)
        earlier = await claims_store.earlier_undisputed(
            connection, account=current.account, before=recharge, limit=EARLIER_MAX
        )
        notices = await notices_about(connection, reference=current.reference)
        shown = await shown_with_timeline(connection, recharging, recharge, now=now)
        return EvidenceShown(
            made_at=now,
            recharge=shown,
            terms_version=current.terms,
            buyer=_buyer(current.person, record),
            receipt=None if shown.receipt is msgspec.UNSET else shown.receipt.number,
            disputes=[_dispute(one) for one in claims.disputes],
            notices=[_notice(one) for one in notices],
            uses=await _uses(connection, account=current.account, recharge=recharge),
            earlier=[
                EarlierShown(ids.show("rch", one), at, minor(Money(total, currency)))
                for one, at, total, currency in earlier
            ],
        )


def uses_as_csv(uses: Sequence[UseShown]) -> str:
    """What the coins were spent on, a line each, for a sheet."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("id", "at", "kind", "to", "coins", "coins_of_act"))
    for use in uses:
        lines.writerow(
            (use.id, use.at.isoformat(), use.kind, use.to or "", use.coins, use.coins_of_act)
        )
    return text.getvalue()


async def _uses(connection: Connection, *, account: int, recharge: UUID) -> list[UseShown]:
    found = await ledger.coin_uses(connection, account=account, source=recharge)
    known = await names(connection, [use.party for use in found if use.party is not None])
    handles = {number: person.handle for number, person in known.items()}
    return [_use(use, handles.get(use.party or 0)) for use in found]


def _use(use: CoinUse, handle: str | None) -> UseShown:
    prefix = "snd" if use.kind is Kind.GIFT else "jrn"
    return UseShown(
        id=ids.show(prefix, use.id),
        at=use.at,
        kind=use.kind.name.lower(),
        to=handle,
        coins=use.coins,
        coins_of_act=use.coins_of_act,
    )


def _buyer(person: UUID, record: AccountRecord) -> BuyerShown:
    sessions = [
        SessionShown(ids.show("ses", one.id), one.made_at, one.expires_at, one.agent)
        for one in record.sessions
    ]
    return BuyerShown(
        account_id=ids.show("acc", person),
        handle=record.handle,
        country=record.country,
        joined_at=record.joined_at,
        sessions=sessions,
    )


def _notice(notice: KeptNotice) -> NoticeShown:
    return NoticeShown(
        at=notice.at,
        event=notice.event,
        verdict=notice.verdict,
        reason=notice.reason,
        body=notice.body.decode(errors="replace"),
    )


def _dispute(dispute: RechargeDispute) -> DisputeShown:
    return DisputeShown(
        id=dispute.name,
        by=str(dispute.kind),
        stage=str(dispute.stage),
        reason=dispute.reason,
        opened_at=dispute.opened_at,
        decided_at=dispute.decided_at,
    )
