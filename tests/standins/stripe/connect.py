"""Connected accounts and what is transferred to them, as far as paying creators needs it."""

from __future__ import annotations

from tests.standins.stripe.books import Books, Refused, Thing, needed, whole
from tests.standins.stripe.payments import movement


def create_account(books: Books, params: Thing) -> Thing:
    """Somebody who can be paid. A test account is complete as soon as it asks for transfers."""
    asked = params.get("capabilities", {}).get("transfers", {}).get("requested") == "true"
    account = books.make(
        "account",
        type=params.get("type", "express"),
        country=params.get("country", "US"),
        email=params.get("email"),
        metadata=params.get("metadata", {}),
        capabilities={"transfers": "active" if asked else "inactive"},
        charges_enabled=False,
        payouts_enabled=asked,
        details_submitted=asked,
    )
    books.changed("account.updated", account)
    return account


def balance(books: Books) -> Thing:
    """What we have at Stripe, by currency."""
    sums: dict[str, int] = {}
    for line in books.all("balance_transaction"):
        sums[line["currency"]] = sums.get(line["currency"], 0) + line["net"]
    available = [{"currency": name, "amount": amount} for name, amount in sorted(sums.items())]
    return {"object": "balance", "available": available, "pending": [], "livemode": books.livemode}


def create_transfer(books: Books, params: Thing) -> Thing:
    """Our money becomes theirs."""
    amount, currency = whole(params, "amount"), needed(params, "currency")
    account = books.get("account", needed(params, "destination"))
    if account["capabilities"]["transfers"] != "active":
        raise Refused(
            400,
            "Your destination account needs to have at least one of the following capabilities"
            " enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    have = {one["currency"]: one["amount"] for one in balance(books)["available"]}
    if have.get(currency, 0) < amount:
        raise Refused(
            400,
            "You have insufficient available funds in your Stripe account.",
            code="balance_insufficient",
        )
    transfer = books.make(
        "transfer",
        amount=amount,
        amount_reversed=0,
        currency=currency,
        description=params.get("description"),
        destination=account["id"],
        metadata=params.get("metadata", {}),
        reversed=False,
        transfer_group=params.get("transfer_group"),
    )
    transfer["balance_transaction"] = movement(
        books, transfer["id"], -amount, currency, kind="transfer"
    )["id"]
    books.changed("transfer.created", transfer)
    return transfer


def reverse_transfer(books: Books, transfer_id: str, params: Thing) -> Thing:
    """And back, in whole or in part."""
    transfer = books.get("transfer", transfer_id)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = whole(params, "amount") if "amount" in params else left
    if amount > left or left == 0:
        raise Refused(400, "The transfer cannot be reversed by that much.", param="amount")
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    reversal = books.make(
        "transfer_reversal",
        amount=amount,
        currency=transfer["currency"],
        transfer=transfer["id"],
        metadata=params.get("metadata", {}),
    )
    reversal["balance_transaction"] = movement(
        books, reversal["id"], amount, transfer["currency"], kind="transfer_refund"
    )["id"]
    books.changed("transfer.reversed", transfer)
    return reversal
