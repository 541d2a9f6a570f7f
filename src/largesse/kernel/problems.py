"""The one table from a refusal's code to its HTTP status and title (RFC 9457).

Errors know no HTTP; routes and the room socket know no status codes. A test
walks every `LargesseError` and proves that the table is complete.
"""

from __future__ import annotations

from typing import Any

from largesse.kernel.errors import LargesseError

TYPE_BASE = "/docs/problems#"

PROBLEMS: dict[str, tuple[int, str]] = {
    "refused": (400, "Refused"),
    "malformed_request": (400, "The request could not be read"),
    "idempotency_key_required": (400, "An Idempotency-Key is needed"),
    "notice_refused": (400, "The notice is not genuine"),
    "proof_refused": (400, "The store did not sell this"),
    "sign_in_required": (401, "Sign in first"),
    "sign_in_refused": (401, "Name and password do not fit"),
    "second_factor_required": (401, "A second factor is needed"),
    "insufficient_coins": (402, "Not enough coins"),
    "age_restricted": (403, "For adults only"),
    "spending_frozen": (403, "Spending is paused"),
    "limit_reached": (403, "Over your own limit"),
    "operators_only": (403, "For operators only"),
    "second_factor_missing": (403, "Set up a second factor first"),
    "second_factor_refused": (403, "The code is not right"),
    "step_up_required": (403, "Confirm with your second factor"),
    "gift_to_self": (403, "Not in your own room"),
    "cross_site_refused": (403, "Sent from another site"),
    "not_found": (404, "Not found"),
    "hold_not_found": (404, "No such hold"),
    "escrow_not_found": (404, "Nothing in escrow"),
    "refund_not_found": (404, "No such refund"),
    "dispute_not_found": (404, "No such dispute"),
    "payout_not_found": (404, "No such withdrawal"),
    "method_not_allowed": (405, "Method not allowed"),
    "handle_taken": (409, "This name is taken"),
    "second_factor_set": (409, "There is a second factor already"),
    "hold_overdue": (409, "Too late"),
    "hold_voided": (409, "Already taken back"),
    "hold_posted": (409, "Already carried out"),
    "escrow_spent": (409, "Already spent"),
    "escrow_returned": (409, "Already taken back"),
    "escrow_short": (409, "Not enough in escrow"),
    "pot_ended": (409, "Already decided"),
    "pot_not_shared_out": (409, "The pot is not shared out"),
    "coins_promised": (409, "Some coins are promised"),
    "coins_owed": (409, "Some coins are owed"),
    "currency_mismatch": (409, "Another currency"),
    "refund_open": (409, "The refund is under way"),
    "refund_posted": (409, "Already refunded"),
    "refund_voided": (409, "This refund failed"),
    "nothing_to_refund": (409, "Nothing left to refund"),
    "recharge_refunded": (409, "The money has gone back"),
    "nothing_owed": (409, "Nothing is owed"),
    "dispute_open": (409, "The payment is disputed"),
    "dispute_lost": (409, "The payment went back"),
    "dispute_won": (409, "The dispute is over"),
    "insufficient_diamonds": (409, "Not enough diamonds"),
    "payout_pending": (409, "Not paid yet"),
    "payout_paid": (409, "Already paid out"),
    "payout_rejected": (409, "The withdrawal was rejected"),
    "payout_returned": (409, "The withdrawal came back"),
    "ledger_refused": (409, "The books refused this"),
    "gift_unavailable": (409, "Not to be had at the moment"),
    "room_closed": (409, "This live has ended"),
    "already_live": (409, "Already live"),
    "quote_expired": (409, "This offer has run out"),
    "recharge_closed": (409, "This recharge is over"),
    "recharge_running": (409, "The payment is under way"),
    "recharge_refused": (409, "The recharge cannot go on"),
    "code_refused": (409, "No code that can be redeemed"),
    "coupon_refused": (409, "The coupon does not work"),
    "offer_gone": (409, "This offer has been used"),
    "refund_unavailable": (409, "No refund from here"),
    "refund_too_late": (409, "Too late for a refund"),
    "refund_by_store": (409, "The store refunds this"),
    "case_closed": (409, "Decided before"),
    "idempotency_conflict": (409, "The key was used for another request"),
    "request_in_progress": (409, "Still working on the first request"),
    "payload_too_large": (413, "The request is too large"),
    "invalid_request": (422, "A field is not right"),
    "report_unreadable": (422, "Not a settlement file"),
    "pack_unavailable": (422, "No such pack here"),
    "method_unavailable": (422, "No such way to pay here"),
    "method_out_of_range": (422, "Not such an amount"),
    "weak_password": (422, "This password is too easy to guess"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "Something broke on our side"),
    "unavailable": (503, "Not available right now"),
}

# How long a client should wait before it tries the same request again.
RETRY_AFTER_SECONDS = {"request_in_progress": 1, "rate_limited": 2, "unavailable": 2}


def document(error: LargesseError) -> dict[str, Any]:
    """The problem document of a refusal, as HTTP and the room socket both send it."""
    status, title = PROBLEMS[error.code]
    body: dict[str, Any] = {
        "type": TYPE_BASE + error.code,
        "title": title,
        "status": status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.next is not None:
        body["next"] = error.next
    return body | error.facts
