"""Every state of an order has its answer to "where are my coins", and one button."""

from __future__ import annotations

from datetime import timedelta

import pytest

from largesse.recharge.help.diagnose import Remedy, Verdict, diagnose
from largesse.recharge.model import State
from tests.recharge.orders import NOON, order

LATE_DAYS = 7


@pytest.mark.parametrize(
    ("state", "happened", "verdict", "remedy"),
    [
        (State.REVIEW, ["quoted"], Verdict.NOT_CONFIRMED, Remedy.AGAIN),
        (State.AWAITING_PAYMENT, ["quoted", "confirmed"], Verdict.NOT_PAID, Remedy.CHECK),
        (State.AWAITING_PAYMENT, ["confirmed", "declined"], Verdict.DECLINED, Remedy.PAY),
        (State.AWAITING_PAYMENT, ["confirmed", "set_aside"], Verdict.SET_ASIDE, Remedy.CONTACT),
        (State.PROCESSING, ["processing"], Verdict.BANK_WORKING, Remedy.CHECK),
        (State.CREDITED, ["credited"], Verdict.CREDITED, Remedy.WALLET),
        (State.CREDITED, ["credited", "set_aside"], Verdict.CREDITED, Remedy.WALLET),
        (State.DECLINED, ["declined"], Verdict.DECLINED, Remedy.AGAIN),
        (State.CANCELLED, ["cancelled"], Verdict.GIVEN_UP, Remedy.CHECK),
        (State.EXPIRED, ["expired"], Verdict.GIVEN_UP, Remedy.CHECK),
        (State.EXPIRED, ["expired", "set_aside"], Verdict.SET_ASIDE, Remedy.CONTACT),
        (State.REFUNDED, ["refunded"], Verdict.REFUNDED, Remedy.WALLET),
        (State.PARTIALLY_REFUNDED, ["refunded"], Verdict.REFUNDED, Remedy.WALLET),
        (State.DISPUTED, ["dispute_opened"], Verdict.DISPUTED, Remedy.CONTACT),
        (State.LOST, ["dispute_lost"], Verdict.DISPUTED, Remedy.CONTACT),
    ],
)
def test_each_state_has_its_answer(
    state: State, happened: list[str], verdict: Verdict, remedy: Remedy
) -> None:
    said = diagnose(order(state, checkout="cko_1"), happened, now=NOON, late_days=LATE_DAYS)
    assert (said.verdict, said.remedy) == (verdict, remedy)
    assert said.text.endswith(".")


def test_an_order_without_a_page_waits_for_its_provider() -> None:
    said = diagnose(
        order(State.AWAITING_PAYMENT, checkout=None), ["confirmed"], now=NOON, late_days=LATE_DAYS
    )
    assert said.verdict is Verdict.PROVIDER_SILENT


def test_an_order_that_nobody_asks_about_any_more_leads_to_a_person() -> None:
    gone = order(State.EXPIRED, checkout="cko_1")
    later = gone.expires_at + timedelta(days=LATE_DAYS, seconds=1)
    said = diagnose(gone, ["expired"], now=later, late_days=LATE_DAYS)
    assert said.remedy is Remedy.CONTACT
