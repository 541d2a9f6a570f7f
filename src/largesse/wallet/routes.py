"""The wallet as its owner sees it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from litestar import get

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.money import Price, micro
from largesse.kernel.paging import Page, cursor, limited, position
from largesse.ledger import Entry, Kind, Shape
from largesse.people import Viewer
from largesse.wallet.read import WalletEntry, entries, entry, wallet


class Spent(msgspec.Struct, frozen=True):
    today: Price
    week: Price
    month: Price


class Limits(msgspec.Struct, frozen=True):
    day: Price | None
    week: Price | None
    month: Price | None


class Wallet(msgspec.Struct, frozen=True):
    """`coins` can be spent now; `held` is apart; `cost_basis` is what all paid coins cost."""

    coins: int
    paid: int
    promo: int
    held: int
    spent: Spent
    limits: Limits
    cost_basis: Price
    next_coin: Price
    currency: str
    is_frozen: bool
    promo_until: datetime | None


class Counterpart(msgspec.Struct, frozen=True):
    id: str
    handle: str
    name: str


class Stage(StrEnum):
    """How far coins came that were set aside first: set aside, gone for good, or free again."""

    HELD = "held"
    POSTED = "posted"
    VOIDED = "voided"


class EntryShown(msgspec.Struct, frozen=True):
    """One act. `stage` is there for one of those that set coins aside before they decide."""

    id: str
    at: datetime
    kind: str
    coins: int
    paid: int
    promo: int
    cost: Price
    balance: int
    counterpart: Counterpart | None
    journal_id: str
    reference: str | None
    stage: Stage | None = None


_STAGES = {Shape.HOLD: Stage.HELD, Shape.POST: Stage.POSTED, Shape.VOID: Stage.VOIDED}


@get("/v1/wallet", tags=["wallet"])
async def read_wallet(viewer: Viewer, database: Database, clock: Clock) -> Wallet:
    """One's coins, what they cost, and what was spent of the gift budget."""
    view = await wallet(database, viewer, now=clock.now())
    purse, currency = view.purse, view.purse.currency

    def limit(amount: int | None) -> Price | None:
        return None if amount is None else micro(amount, currency)

    return Wallet(
        coins=purse.spendable,
        paid=purse.paid,
        promo=purse.promo,
        held=purse.held,
        spent=Spent(
            today=micro(purse.spent_day_micro, currency),
            week=micro(purse.spent_week_micro, currency),
            month=micro(purse.spent_month_micro, currency),
        ),
        limits=Limits(
            day=limit(purse.limits.day),
            week=limit(purse.limits.week),
            month=limit(purse.limits.month),
        ),
        cost_basis=micro(purse.basis_micro, currency),
        next_coin=micro(view.next_coin_micro, currency),
        currency=currency,
        is_frozen=purse.is_frozen,
        promo_until=purse.promo_until,
    )


@get("/v1/wallet/entries", tags=["wallet"])
async def read_entries(
    viewer: Viewer, database: Database, limit: int | None = None, after: str | None = None
) -> Page[EntryShown]:
    """Everything that ever happened to one's coins, newest first."""
    wanted = limited(limit)
    found = await entries(database, viewer, before=position(after), limit=wanted + 1)
    shown = found[:wanted]
    more = cursor(shown[-1].entry.seq) if len(found) > wanted else None
    return Page([_shown(entry) for entry in shown], more)


@get("/v1/wallet/entries/{entry_id:str}", tags=["wallet"])
async def read_entry(entry_id: str, viewer: Viewer, database: Database) -> EntryShown:
    """One act of one's own history; `reference` names the gift or the recharge behind it."""
    return _shown(await entry(database, viewer, act=ids.read("ent", entry_id)))


def _shown(line: WalletEntry) -> EntryShown:
    act, other = line.entry, line.counterpart
    counterpart = None
    if other is not None:
        counterpart = Counterpart(ids.show("acc", other.id), other.handle, other.name)
    return EntryShown(
        id=ids.show("ent", act.id),
        at=act.at,
        kind=act.kind.name.lower(),
        coins=act.coins,
        paid=act.paid,
        promo=act.promo,
        cost=micro(act.micro, act.currency),
        balance=act.balance,
        counterpart=counterpart,
        journal_id=ids.show("jrn", act.id),
        reference=_reference(act),
        stage=_STAGES.get(act.shape),
    )


def _reference(entry: Entry) -> str | None:
    """What the act was about, by the id that its own address takes."""
    if entry.kind is Kind.GIFT:
        return ids.show("snd", entry.id)
    return None if entry.source is None else ids.show("rch", entry.source)


routes = [read_wallet, read_entries, read_entry]
