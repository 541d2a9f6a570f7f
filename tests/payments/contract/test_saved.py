"""A way to pay that is kept: charged while its owner is away, once a key, until it is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from largesse.payments import CheckoutWanted, SavedMethod, Settled, Unknown
from tests.payments.contract.bench import Act, Can, Desk


async def saved(desk: Desk) -> SavedMethod:
    """A method that its payer asked to keep."""
    desk.needs(Can.SAVE)
    (outcome,) = await desk.told(await desk.after(Act.PAY, save=True))
    assert isinstance(outcome, Settled)
    assert outcome.saved is not None
    return outcome.saved


def again(desk: Desk, method: SavedMethod) -> CheckoutWanted:
    """A new order that this method shall pay."""
    return desk.wanted(customer=method.customer)


async def test_a_method_is_kept_only_when_its_payer_asked_for_it(desk: Desk) -> None:
    method = await saved(desk)
    assert method.customer
    assert method.token
    assert method.label
    (outcome,) = await desk.told(await desk.after(Act.PAY))
    assert isinstance(outcome, Settled)
    assert outcome.saved is None


async def test_a_kept_method_pays_without_its_owner(desk: Desk) -> None:
    method = await saved(desk)
    wanted = again(desk, method)
    (outcome,) = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    assert isinstance(outcome, Settled)
    assert outcome.paid == desk.bench.price
    (asked,) = await desk.provider.query(reference=wanted.reference)
    assert isinstance(asked, Settled)
    assert asked.payment == outcome.payment


async def test_the_same_key_charges_once(desk: Desk) -> None:
    method = await saved(desk)
    wanted = again(desk, method)
    first = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    assert await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference) == first


@pytest.mark.parametrize("after", [0, 1])
async def test_an_error_behind_a_charge_is_unknown_and_asking_again_charges_once(
    desk: Desk, after: int
) -> None:
    desk.needs(Can.STUMBLE)
    method = await saved(desk)
    wanted = again(desk, method)
    await desk.bench.stumble(calls=1, after=after)
    (first,) = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    (second,) = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    assert isinstance(first, Unknown) or first == second
    assert isinstance(second, Settled)
    (asked,) = await desk.provider.query(reference=wanted.reference)
    assert isinstance(asked, Settled)
    assert asked.payment == second.payment


async def test_a_forgotten_method_pays_nothing(desk: Desk) -> None:
    method = await saved(desk)
    assert await desk.keeper.forget_method(customer=method.customer, token=method.token)
    assert await desk.keeper.forget_method(customer=method.customer, token=method.token)
    wanted = again(desk, method)
    outcomes = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    assert not any(isinstance(outcome, Settled) for outcome in outcomes)


async def test_nobody_forgets_anothers_method(desk: Desk) -> None:
    method = await saved(desk)
    other = replace(method, customer="cus_of_somebody_else")
    assert not await desk.keeper.forget_method(customer=other.customer, token=other.token)
    wanted = again(desk, method)
    (outcome,) = await desk.keeper.charge_saved(wanted, token=method.token, key=wanted.reference)
    assert isinstance(outcome, Settled)
