"""Money that goes back: refunds by the merchant, disputes by the payer's bank."""

from __future__ import annotations

from tests.standins.stripe.books import Books, Refused, Thing, whole
from tests.standins.stripe.cards import TestCard
from tests.standins.stripe.payments import card_of, movement

DISPUTE_FEE = 1500
RUNNING = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def create_refund(books: Books, params: Thing) -> Thing:
    """A part of a payment back, or all that is left of it."""
    charge = _charge(books, params)
    if charge["disputed"]:
        raise Refused(
            400,
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise Refused(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
        )
    amount = whole(params, "amount") if "amount" in params else left
    if amount > left:
        raise Refused(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    refund = books.make(
        "refund",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        balance_transaction=None,
        failure_balance_transaction=None,
        failure_reason=None,
        metadata=params.get("metadata", {}),
        reason=params.get("reason"),
        status=_card(books, charge).refund,
    )
    refund["balance_transaction"] = movement(
        books, refund["id"], -amount, charge["currency"], kind="refund"
    )["id"]
    _count(charge, amount)
    books.changed("refund.created", refund)
    books.changed("charge.refunded", charge)
    return refund


def finish_refund(books: Books, refund: Thing) -> None:
    """What the payer's bank says days later, as the card decides."""
    charge = books.get("charge", refund["charge"])
    later = _card(books, charge).refund_later
    if not later or refund["status"] == later:
        return
    refund["status"] = later
    if later == "failed":
        refund["failure_reason"] = "expired_or_canceled_card"
        refund["failure_balance_transaction"] = movement(
            books, refund["id"], refund["amount"], refund["currency"], kind="refund_failure"
        )["id"]
        _count(charge, -refund["amount"])
        books.changed("refund.failed", refund)
    books.changed("refund.updated", refund)


def open_dispute(
    books: Books, charge: Thing, *, reason: str = "fraudulent", is_inquiry: bool = False
) -> Thing:
    """The payer's bank takes the payment back, or only asks."""
    dispute = books.make(
        "dispute",
        amount=charge["amount"],
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        balance_transactions=[],
        reason=reason,
        status="warning_needs_response" if is_inquiry else "needs_response",
        is_charge_refundable=is_inquiry,
        evidence={},
        evidence_details={"has_evidence": False, "submission_count": 0},
    )
    charge["disputed"] = True
    books.changed("charge.dispute.created", dispute)
    if not is_inquiry:
        withdrawn = movement(
            books,
            dispute["id"],
            -charge["amount"],
            charge["currency"],
            kind="adjustment",
            fee=DISPUTE_FEE,
        )
        dispute["balance_transactions"].append(withdrawn)
        books.changed("charge.dispute.funds_withdrawn", dispute)
    return dispute


def update_dispute(books: Books, dispute_id: str, params: Thing) -> Thing:
    """Send evidence. The words `winning_evidence` and `losing_evidence` decide, as in test mode."""
    dispute = books.get("dispute", dispute_id)
    _must_run(dispute)
    text = params.get("evidence", {}).get("uncategorized_text", "")
    dispute["evidence"]["uncategorized_text"] = text
    if text in ("winning_evidence", "losing_evidence"):
        decide(books, dispute, is_won=text == "winning_evidence")
    elif params.get("submit", "true") == "true":
        dispute["status"] = "under_review"
        books.changed("charge.dispute.updated", dispute)
    return dispute


def close_dispute(books: Books, dispute_id: str) -> Thing:
    """Give in: it is lost."""
    dispute = books.get("dispute", dispute_id)
    _must_run(dispute)
    decide(books, dispute, is_won=False)
    return dispute


def decide(books: Books, dispute: Thing, *, is_won: bool) -> None:
    """The bank's last word; a won one brings the money back, not the fee."""
    if dispute["status"].startswith("warning_"):
        dispute["status"] = "warning_closed"
    else:
        dispute["status"] = "won" if is_won else "lost"
    books.changed("charge.dispute.closed", dispute)
    if dispute["status"] == "won":
        back = movement(
            books, dispute["id"], dispute["amount"], dispute["currency"], kind="adjustment"
        )
        dispute["balance_transactions"].append(back)
        books.changed("charge.dispute.funds_reinstated", dispute)


def _must_run(dispute: Thing) -> None:
    if dispute["status"] not in RUNNING:
        raise Refused(400, "This dispute is already closed.")


def _charge(books: Books, params: Thing) -> Thing:
    if "charge" in params:
        return books.get("charge", params["charge"])
    intent = books.get("payment_intent", params.get("payment_intent", ""))
    if intent["status"] != "succeeded":
        raise Refused(
            400,
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state",
        )
    return books.get("charge", intent["latest_charge"])


def _card(books: Books, charge: Thing) -> TestCard:
    return card_of(books.get("payment_method", charge["payment_method"]))


def _count(charge: Thing, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
