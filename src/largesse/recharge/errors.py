"""Why a recharge cannot go on, and what the buyer can do."""

from __future__ import annotations

from largesse.kernel.errors import LargesseError


class RechargeError(LargesseError):
    """This recharge cannot go on."""

    code = "recharge_refused"


class QuoteExpired(RechargeError):
    """This offer has run out; nothing was charged."""

    code = "quote_expired"
    next = "Choose the coins again to see today's price."


class RechargeClosed(RechargeError):
    """This recharge is over and cannot be changed any more."""

    code = "recharge_closed"
    next = "Start a new one if you want more coins."


class RechargeRunning(RechargeError):
    """Your bank is working on this payment, so it cannot be cancelled now."""

    code = "recharge_running"
    next = "Wait a moment; the coins arrive as soon as the bank says yes."


class RefundUnavailable(RechargeError):
    """This payment cannot be given back from here."""

    code = "refund_unavailable"
    next = "Contact support; they can help with unspent coins."


class RefundTooLate(RechargeError):
    """The time in which this recharge could be refunded is over."""

    code = "refund_too_late"
    next = "The coins stay yours. Contact support if something was wrong with the payment."


class RefundByStore(RechargeError):
    """The store sold you these coins, so only the store can give the money back."""

    code = "refund_by_store"
    next = "Ask the store, in the list of your purchases there."


class CaseClosed(RechargeError):
    """This case was decided before, in another way."""

    code = "case_closed"


class PackUnavailable(RechargeError):
    """This pack is not sold in your country."""

    code = "pack_unavailable"
    next = "Choose one of the packs in the list."


class MethodUnavailable(RechargeError):
    """This way to pay is not offered in your country."""

    code = "method_unavailable"
    next = "Choose one of the methods in the list."


class MethodOutOfRange(RechargeError):
    """This way to pay does not take such an amount."""

    code = "method_out_of_range"
    next = "Choose another way to pay, or another number of coins."


class CodeRefused(RechargeError):
    """This gift code cannot be redeemed."""

    code = "code_refused"
    next = "Check what you typed. If it is right, ask whoever gave you the code."


class CouponRefused(RechargeError):
    """This coupon does not work here."""

    code = "coupon_refused"
    next = "Go on without it, or try another one."


class OfferGone(RechargeError):
    """This offer was for a first recharge, and you have used it."""

    code = "offer_gone"
    next = "Choose the coins again to see today's price."
