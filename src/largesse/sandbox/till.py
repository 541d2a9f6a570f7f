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
from largesse.sandbox import claims, kept, model
from largesse.sandbox.cards import Behaviour
from largesse.sandbox.model import Checkout, Fact, Faults, Refund, RefundFate
from largesse.sandbox.requests import Charging, Opening, Refunding
from largesse.sandbox.store import Store

REORDER_HOLD_MS = 1500
EXPIRY_SECONDS_DEFAULT = 24 * 3600
# What a dispute costs a merchant, in minor units of whatever currency it is.
DISPUTE_FEE = 1500


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
            told = self._kept(f"open:{key}", request)
            if told is not None:
                return told
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
            told = self._kept(f"charge:{key}", request)
            if told is not None:
                return told
            found = self.store.method(charging.token)
            method = kept.usable(found, customer=charging.customer)
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
            told = self._kept(f"refund:{key}", request)
            if told is not None:
                # What was answered first may be old news: the refund is shown as it stands.
                return self._shown_refund(told["id"])
            checkout = self.find(checkout_id)
            fate = self._fate(checkout)
            is_late = fate in (RefundFate.PENDING, RefundFate.FAILS)
            refund = Refund(
                id=ids.show("rfd", ids.make()),
                checkout=checkout.id,
                amount=refunding.amount,
                status=claims.PENDING if is_late else claims.SUCCEEDED,
                key=key,
            )
            checkout, fact = claims.refund(checkout, refund)
            self.store.save_refund(refund)
            self._record(checkout, fact)
            if fate is not RefundFate.DONE:
                self._later(
                    "refund_fails" if fate is not RefundFate.PENDING else "refund_done", refund.id
                )
            shown: dict[str, Any] = msgspec.to_builtins(refund)
            self.store.keep_answer(
                f"refund:{key}", request=request, document=msgspec.json.encode(shown)
            )
        self.wake()
        return shown

    def end_refund(self, refund_id: str, *, is_paid: bool) -> Refund:
        """Let a refund arrive or come back. Raises `NotPayable` when it has ended."""
        with self.store.work():
            found = self.store.refund(refund_id)
            if found is None:
                raise Unknown
            checkout, ended, fact = claims.end_refund(
                self.find(found.checkout), found, is_paid=is_paid
            )
            self.store.save_refund(ended)
            self._record(checkout, fact)
        self.wake()
        return ended

    def dispute(self, checkout_id: str, *, stage: str, fee: int) -> Checkout:
        """The payer's bank takes the payment back, or decides. Raises `NotPayable` out of turn."""
        name = ids.show("dsp", ids.make())
        return self._change(
            checkout_id, lambda found: claims.dispute(found, stage, name=name, fee=fee)
        )

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
        try:
            self._do_now(kind, subject)
        except model.NotPayable:
            # It was paid, ended or decided by hand before its time came.
            return

    def _do_now(self, kind: str, subject: str) -> None:
        if kind in ("refund_fails", "refund_done"):
            found = self.store.refund(subject)
            assert found is not None
            checkout, ended, fact = claims.end_refund(
                self.find(found.checkout), found, is_paid=kind == "refund_done"
            )
            self.store.save_refund(ended)
            self._record(checkout, fact)
            return
        checkout = self.find(subject)
        match kind:
            case "dispute":
                name = ids.show("dsp", ids.make())
                after = claims.dispute(checkout, claims.OPENED, name=name, fee=DISPUTE_FEE)
            case "settle":
                after = model.settle(checkout, is_paid=True)
            case _:
                after = model.close(checkout)
        self._record(*after)

    def _fate(self, checkout: Checkout) -> RefundFate:
        is_card = checkout.behaviour is Behaviour.REFUND_FAILS
        return RefundFate.FAILS if is_card else checkout.faults.refund

    def _shown_refund(self, refund_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = msgspec.to_builtins(self.store.refund(refund_id))
        return shown

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
            token, customer = ids.show("mth", ids.make()), ids.show("cus", ids.make())
            checkout, method = kept.keep(
                checkout, token=token, customer=checkout.customer or customer
            )
            self.store.save_method(method)
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
        answered = self.store.answer(key)
        if answered is None:
            return None
        if answered[0] != request:
            raise KeyReused
        answer: dict[str, Any] = msgspec.json.decode(answered[1])
        return answer
