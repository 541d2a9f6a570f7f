"""What a Google Play purchase and its order mean for an order of ours: pure rules."""

from __future__ import annotations

import msgspec

from largesse.kernel.money import NO_CURRENCY, Money, exponent
from largesse.payments.account_token import reference_of
from largesse.payments.outcome import (
    Abandoned,
    Disputed,
    DisputeStage,
    Outcome,
    Pending,
    Refunded,
    Settled,
    Unknown,
)

NANOS = 1_000_000_000


class _Fields(msgspec.Struct, frozen=True, rename="camel"):
    """Google writes names in camel case and leaves out what is empty."""


class OfferDetails(_Fields, frozen=True):
    quantity: int = 1
    consumption_state: str = ""


class LineBought(_Fields, frozen=True):
    product_id: str
    product_offer_details: OfferDetails = OfferDetails()


class StateContext(_Fields, frozen=True):
    purchase_state: str = ""


class Purchase(_Fields, frozen=True):
    """`ProductPurchaseV2`: what was bought, by whom, and whether it is paid."""

    product_line_item: list[LineBought] = []
    purchase_state_context: StateContext = StateContext()
    test_purchase_context: dict[str, str] | None = None
    order_id: str = ""
    obfuscated_external_account_id: str = ""
    obfuscated_external_profile_id: str = ""

    @property
    def reference(self) -> str:
        """Our order, which the app named as the profile, or as the account where it has no other."""
        return reference_of(self.obfuscated_external_profile_id) or reference_of(
            self.obfuscated_external_account_id
        )

    @property
    def is_pending(self) -> bool:
        """Nobody has paid yet: cash in a shop, or a slow bank."""
        return self.purchase_state_context.purchase_state == "PENDING"

    @property
    def is_consumed(self) -> bool:
        """Google knows that the coins were given."""
        states = {line.product_offer_details.consumption_state for line in self.product_line_item}
        return states == {"CONSUMPTION_STATE_CONSUMED"}


class Amount(_Fields, frozen=True):
    currency_code: str = ""
    units: str = "0"
    nanos: int = 0

    def money(self) -> Money | None:
        """The same in whole minor units; None where it is finer than those, or of no currency."""
        if not self.currency_code:
            return None
        scaled = (int(self.units) * NANOS + self.nanos) * int(10 ** exponent(self.currency_code))
        amount, rest = divmod(scaled, NANOS)
        return None if rest or amount < 0 else Money(amount, self.currency_code)


class LineCharged(_Fields, frozen=True):
    product_id: str = ""
    listing_price: Amount = Amount()


class RefundDetails(_Fields, frozen=True):
    total: Amount = Amount()
    tax: Amount = Amount()


class RefundEvent(_Fields, frozen=True):
    refund_reason: str = ""
    refund_details: RefundDetails = RefundDetails()
    state: str = ""


class History(_Fields, frozen=True):
    refund_event: RefundEvent | None = None
    partial_refund_events: list[RefundEvent] = []


class OrderDetails(_Fields, frozen=True):
    tax_inclusive: bool = False


class Order(_Fields, frozen=True):
    """`Order`: what was charged, what of it is ours, and what went back."""

    state: str = ""
    line_items: list[LineCharged] = []
    order_details: OrderDetails = OrderDetails()
    order_history: History = History()
    developer_revenue_in_buyer_currency: Amount = Amount()


def outcomes(
    purchase: Purchase, order: Order | None, *, token: str, is_production: bool
) -> tuple[Outcome, ...]:
    """All facts about a purchase, oldest first. `order` is None where Google made none."""
    state = purchase.purchase_state_context.purchase_state
    if purchase.is_pending:
        return (Pending(attempt=1),)
    if order is None or order.state == "CANCELED":
        # Without an order nobody was charged; a gift of Google's is no money either.
        return (_unpaid(purchase, token),) if state == "PURCHASED" else (Abandoned(),)
    if order.state == "PENDING":
        return (Pending(attempt=1),)
    if order.state not in {"PROCESSED", "PENDING_REFUND", "PARTIALLY_REFUNDED", "REFUNDED"}:
        return (Unknown(f"order {order.state}", answered=True),)
    settled = _settled(purchase, order, token=token, is_production=is_production)
    return (settled, *_given_back(settled, order))


def _settled(purchase: Purchase, order: Order, *, token: str, is_production: bool) -> Settled:
    price = order.line_items[0].listing_price if len(order.line_items) == 1 else Amount()
    # What the store lists, before the tax that it adds in some countries: that is its own affair.
    paid = price.money()
    misfit = _misfit(purchase, order, is_production=is_production)
    if paid is None:
        misfit = misfit or ("amount_unclear" if price.currency_code else "price_missing")
        paid = Money(0, price.currency_code or NO_CURRENCY)
    return Settled(
        paid,
        # The order's number is what Google's own reports name.
        payment=purchase.order_id or token,
        product=purchase.product_line_item[0].product_id if purchase.product_line_item else "",
        buyer=purchase.reference,
        misfit=misfit,
        fee=_kept(paid, order),
    )


def _misfit(purchase: Purchase, order: Order, *, is_production: bool) -> str:
    """What makes a purchase unfit for any order, whatever the order says."""
    if purchase.test_purchase_context is not None and is_production:
        return "environment_differs"
    if len(purchase.product_line_item) != 1 or len(order.line_items) != 1:
        return "product_differs"
    bought, charged = purchase.product_line_item[0], order.line_items[0]
    if bought.product_id != charged.product_id:
        return "product_differs"
    if bought.product_offer_details.quantity != 1:
        return "quantity_differs"
    return "" if purchase.reference else "buyer_missing"


def _unpaid(purchase: Purchase, token: str) -> Settled:
    product = purchase.product_line_item[0].product_id if purchase.product_line_item else ""
    return Settled(
        Money(0, NO_CURRENCY),
        payment=purchase.order_id or token,
        product=product,
        buyer=purchase.reference,
        misfit="price_missing",
    )


def _kept(paid: Money, order: Order) -> Money | None:
    """What Google keeps, its taxes included, where it says what is left for us."""
    ours = order.developer_revenue_in_buyer_currency.money()
    if order.state != "PROCESSED" or ours is None or ours.currency != paid.currency:
        return None
    return paid - ours if 0 <= ours.amount <= paid.amount else None


def _given_back(settled: Settled, order: Order) -> tuple[Outcome, ...]:
    whole = order.order_history.refund_event
    if order.state == "REFUNDED" and whole is not None and whole.refund_reason == "CHARGEBACK":
        opened = Disputed(DisputeStage.OPENED, payment=settled.payment, dispute=settled.payment)
        lost = Disputed(DisputeStage.LOST, payment=settled.payment, dispute=settled.payment)
        return (opened, lost)
    if order.state == "REFUNDED":
        return (Refunded(settled.paid, payment=settled.payment),)
    if order.state != "PARTIALLY_REFUNDED":
        return ()
    back = 0
    for event in order.order_history.partial_refund_events:
        total, tax = event.refund_details.total.money(), event.refund_details.tax.money()
        if event.state != "PROCESSED_SUCCESSFULLY" or total is None:
            continue
        is_on_top = tax is not None and not order.order_details.tax_inclusive
        back += total.amount - (tax.amount if tax is not None and is_on_top else 0)
    if not back:
        return ()
    amount = Money(min(back, settled.paid.amount), settled.paid.currency)
    return (Refunded(amount, payment=settled.payment),)
