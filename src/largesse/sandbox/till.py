"""What the provider does: open a checkout, take a payment, refund, dispute, and note each fact.

Every act is one transaction of the store: the checkout's new state, the event
and its deliveries are there together or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from largesse.kernel import ids
from largesse.sandbox import model
from largesse.sandbox.cards import Behaviour
from largesse.sandbox.model import Checkout, Fact, Faults, Refund
from largesse.sandbox.requests import Charging, Opening, Refunding
from largesse.sandbox.store import Store

REORDER_HOLD_MS = 1500
EXPIRY_SECONDS_DEFAULT = 24 * 3600


class Unknown(Exception):
    """There is no such checkout or refund."""


class KeyReused(Exception):
    """This Idempotency-Key came with another request before."""


@dataclass(frozen=True, slots=True)
class Till:
    """The provider at work; `now_ms` is its clock and `wake` rings for the courier."""

    store: Store
    now_ms: Callable[[], int]
    public_url: str
    later_seconds: int = 5
    wake: Callable[[], None] = field(default=lambda: None)

    def open(self, opening: Opening, *, key: str) -> dict[str, Any]:
        """Open a checkout, once per key: the same key answers the same checkout again."""
        request = hashlib.sha256(msgspec.json.encode(opening)).hexdigest()
        with self.store.work():
            kept = self._kept(f"open:{key}", request)
            if kept is not None:
                return kept
            now = self.now_ms() // 1000
            checkout = Checkout(
                id=ids.show("cko", ids.make()),
                status=model.Status.OPEN,
                created_at=now,
                attempts=self._tries(opening.reference),
                expires_at=opening.expires_at or now + EXPIRY_SECONDS_DEFAULT,
                **{
                    name: getattr(opening, name)
                    for name in opening.__struct_fields__
                    if name != "expires_at"
                },
            )
            self.store.save_checkout(checkout)
            self.store.add_plan(
                due_ms=checkout.expires_at * 1000, kind="close", subject=checkout.id
            )
            shown = self.show(checkout)
            self.store.keep_answer(
                f"open:{key}", request=request, document=msgspec.json.encode(shown)
            )
        self.wake()
        return shown

    def find(self, checkout_id: str) -> Checkout:
        """The checkout with this id. Raises `Unknown`."""
        checkout = self.store.checkout(checkout_id)
        if checkout is None:
            raise Unknown
        return checkout

    def charge(self, charging: Charging, *, key: str) -> dict[str, Any]:
        """Collect with a kept method, once per key, and say what came of it."""
        request = hashlib.sha256(msgspec.json.encode(charging)).hexdigest()
        with self.store.work():
            kept = self._kept(f"charge:{key}", request)
            if kept is not None:
                return kept
            method = self._method(charging.token, customer=charging.customer)
            now = self.now_ms() // 1000
            asked = Checkout(
                id=ids.show("cko", ids.make()),
                reference=charging.reference,
                status=model.Status.OPEN,
                amount=charging.amount,
                currency=charging.currency,
                method=charging.method,
                description=charging.description,
                return_url="",
                created_at=now,
                expires_at=now + EXPIRY_SECONDS_DEFAULT,
                attempts_max=1,
                attempts=self._tries(charging.reference),
                customer=charging.customer,
                is_charge=True,
                faults=Faults() if method is None else method.faults,
            )
            checkout, fact = model.charge(asked, method)
            self._record(checkout, fact)
            shown = self.show(checkout)
            self.store.keep_answer(
                f"charge:{key}", request=request, document=msgspec.json.encode(shown)
            )
        self.wake()
        return shown

    def forget(self, token: str, *, customer: str) -> None:
        """Keep a method no longer; a second time is fine. Raises `Unknown` for another's."""
        with self.store.work():
            method = self.store.method(token)
            if method is None or method.saved.customer != customer:
                raise Unknown
            self.store.save_method(msgspec.structs.replace(method, is_forgotten=True))

    def pay(
        self,
        checkout_id: str,
        *,
        behaviour: Behaviour,
        last4: str,
        outcome: str | None,
        expires: str | None = None,
    ) -> Checkout:
        """Press the button once with this card. Raises `NotPayable`."""
        now = self.now_ms() // 1000
        with self.store.work():
            found = msgspec.structs.replace(self.find(checkout_id), expires=expires)
            checkout, fact = model.attempt(
                found, behaviour=behaviour, last4=last4, outcome=outcome, now=now
            )
            if checkout.status is model.Status.PROCESSING:
                self._later("settle", checkout.id)
            self._record(checkout, fact)
        self.wake()
        return checkout

    def authenticate(self, checkout_id: str, *, is_complete: bool) -> Checkout:
        """Finish the 3-D Secure step. Raises `NotPayable` when there is none."""
        return self._change(
            checkout_id, lambda found: model.authenticate(found, is_complete=is_complete)
        )

    def settle(self, checkout_id: str, *, is_paid: bool) -> Checkout:
        """End a slow payment one way or the other. Raises `NotPayable` when none runs."""
        return self._change(checkout_id, lambda found: model.settle(found, is_paid=is_paid))

    def close(self, checkout_id: str) -> Checkout:
        """Take no more payments here. Raises `NotPayable` while one is on its way or done."""
        return self._change(checkout_id, model.close)

    def set_faults(self, checkout_id: str, faults: Faults) -> Checkout:
        """From now on, go wrong in these ways with this checkout's notices."""
        with self.store.work():
            checkout = msgspec.structs.replace(self.find(checkout_id), faults=faults)
            self.store.save_checkout(checkout)
        return checkout

    def refund(self, checkout_id: str, refunding: Refunding, *, key: str) -> dict[str, Any]:
        """Give money back, once per key. Raises `NotPayable` for more than is left of the payment."""
        request = hashlib.sha256(f"{checkout_id}:{refunding.amount}".encode()).hexdigest()
        with self.store.work():
            kept = self._kept(f"refund:{key}", request)
            if kept is not None:
                return kept
            checkout = self.find(checkout_id)
            left = (checkout.paid_amount or 0) - checkout.refunded
            if checkout.dispute is not None or not 0 < refunding.amount <= left:
                raise model.NotPayable
            fails = checkout.behaviour is Behaviour.REFUND_FAILS
            refund = Refund(
                id=ids.show("rfd", ids.make()),
                checkout=checkout.id,
                amount=refunding.amount,
                status="pending" if fails else "succeeded",
            )
            self.store.save_refund(refund)
            checkout = msgspec.structs.replace(checkout, refunded=checkout.refunded + refund.amount)
            self._record(
                checkout, Fact(f"refund.{refund.status}", {"refund": msgspec.to_builtins(refund)})
            )
            if fails:
                self._later("refund_fails", refund.id)
            shown: dict[str, Any] = msgspec.to_builtins(refund)
            self.store.keep_answer(
                f"refund:{key}", request=request, document=msgspec.json.encode(shown)
            )
        self.wake()
        return shown

    def do_planned(self) -> None:
        """Carry out what is due: slow payments end, disputes open, refunds fail, checkouts close."""
        for plan in self.store.due_plans(self.now_ms()):
            with self.store.work():
                self.store.drop_plan(plan.id)
                self._do(plan.kind, plan.subject)

    def show(self, checkout: Checkout) -> dict[str, Any]:
        """A checkout as the merchant sees it."""
        shown: dict[str, Any] = msgspec.to_builtins(checkout)
        del shown["faults"], shown["behaviour"], shown["expires"]
        return shown | {"url": f"{self.public_url}/sandbox/checkout/{checkout.id}"}

    def _do(self, kind: str, subject: str) -> None:
        if kind == "refund_fails":
            refund = self.store.refund(subject)
            assert refund is not None
            failed = msgspec.structs.replace(refund, status="failed")
            self.store.save_refund(failed)
            checkout = self.find(refund.checkout)
            checkout = msgspec.structs.replace(checkout, refunded=checkout.refunded - refund.amount)
            self._record(checkout, Fact("refund.failed", {"refund": msgspec.to_builtins(failed)}))
            return
        checkout = self.find(subject)
        if kind == "dispute":
            disputed = msgspec.structs.replace(checkout, dispute="opened")
            self._record(disputed, Fact("dispute.opened", {"reason": "fraudulent"}))
            return
        try:
            if kind == "settle":
                self._record(*model.settle(checkout, is_paid=True))
            else:
                self._record(*model.close(checkout))
        except model.NotPayable:
            # It was paid, or settled by hand on the page, before its time came.
            return

    def _change(
        self, checkout_id: str, change: Callable[[Checkout], tuple[Checkout, Fact]]
    ) -> Checkout:
        with self.store.work():
            checkout, fact = change(self.find(checkout_id))
            self._record(checkout, fact)
        self.wake()
        return checkout

    def _record(self, checkout: Checkout, fact: Fact) -> None:
        now_ms = self.now_ms()
        if fact.kind == "checkout.paid" and checkout.save:
            checkout = self._saved(checkout)
        self.store.save_checkout(checkout)
        if fact.kind == "checkout.paid" and checkout.behaviour is Behaviour.DISPUTED_LATER:
            self._later("dispute", checkout.id)
        event_id = ids.show("evn", ids.make())
        document = {
            "id": event_id,
            "type": fact.kind,
            "created": now_ms // 1000,
            "data": {"checkout": self.show(checkout)} | fact.facts,
        }
        sequence = self.store.add_event(
            event_id=event_id,
            checkout=checkout.id,
            at=now_ms // 1000,
            document=msgspec.json.encode(document),
        )
        self._plan_delivery(sequence, checkout, now_ms)

    def _saved(self, checkout: Checkout) -> Checkout:
        """Keep what was paid with for its customer, who is made up where there is none yet."""
        is_card = checkout.method == "card" and bool(checkout.last4)
        named = checkout.method.replace("_", " ").title()
        saved = model.Saved(
            token=ids.show("mth", ids.make()),
            customer=checkout.customer or ids.show("cus", ids.make()),
            kind=checkout.method,
            label=f"Test card {checkout.last4}" if is_card else named,
            expires=checkout.expires,
        )
        method = model.Method(
            saved=saved,
            behaviour=checkout.behaviour or Behaviour.PAYS,
            last4=checkout.last4 or "",
            faults=checkout.faults,
        )
        self.store.save_method(method)
        return msgspec.structs.replace(checkout, saved=saved, customer=saved.customer)

    def _method(self, token: str, *, customer: str) -> model.Method | None:
        method = self.store.method(token)
        if method is None or method.is_forgotten or method.saved.customer != customer:
            return None
        return method

    def _tries(self, reference: str) -> int:
        """How often charges of this reference were tried before: its tries are numbered through."""
        return sum(one.attempts for one in self.store.checkouts_for(reference) if one.is_charge)

    def _plan_delivery(self, sequence: int, checkout: Checkout, now_ms: int) -> None:
        faults = checkout.faults
        due_ms = now_ms + faults.delay_seconds * 1000
        # The first of every two notices is held back, so that the second overtakes it.
        if faults.reorder and self.store.count_events(checkout.id) % 2 == 1:
            due_ms += REORDER_HOLD_MS
        for _ in range(2 if faults.double else 1):
            self.store.add_delivery(
                event=sequence,
                checkout=checkout.id,
                due_ms=due_ms,
                state="lost" if faults.lose else "waiting",
            )

    def _later(self, kind: str, subject: str) -> None:
        due_ms = self.now_ms() + self.later_seconds * 1000
        self.store.add_plan(due_ms=due_ms, kind=kind, subject=subject)

    def _kept(self, key: str, request: str) -> dict[str, Any] | None:
        kept = self.store.answer(key)
        if kept is None:
            return None
        if kept[0] != request:
            raise KeyReused
        answer: dict[str, Any] = msgspec.json.decode(kept[1])
        return answer
