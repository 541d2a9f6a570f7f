"""What the provider keeps for a shop's customers: charged without a page, once a key, forgotten."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.sandbox.provider import SandboxProcess
from tests.sandbox.shop import Shop

pytestmark = pytest.mark.usefixtures("sandbox")

PAYS = "4242424242424242"


def kept(shop: Shop, card: str = PAYS, **more: Any) -> dict[str, Any]:
    """A card that was kept while somebody paid with it."""
    checkout = shop.open(save=True, **more)
    payment = {"card": card, "expiry": "04/40", "outcome": "pay"}
    assert shop.pay(checkout, **payment).status_code == 200
    saved: dict[str, Any] = shop.read(checkout)["saved"]
    return saved


def charge(shop: Shop, saved: dict[str, Any], key: str | None = None, **more: Any) -> Any:
    wanted = {
        "customer": saved["customer"],
        "token": saved["token"],
        "reference": f"order-{uuid4().hex}",
        "amount": 99,
        "currency": "USD",
    } | more
    return shop.call("POST", "/sandbox/api/charges", key, **wanted)


def test_a_card_is_kept_for_a_customer_who_is_made_up_or_named(shop: Shop) -> None:
    first = kept(shop)
    assert (first["label"], first["expires"]) == ("Test card 4242", "2040-04-30")
    second = kept(shop, customer=first["customer"])
    assert second["customer"] == first["customer"]
    assert second["token"] != first["token"]


def test_nothing_is_kept_unasked(shop: Shop) -> None:
    checkout = shop.open()
    shop.pay(checkout, card=PAYS)
    assert shop.read(checkout)["saved"] is None


def test_the_page_says_what_is_kept(shop: Shop) -> None:
    page = httpx.get(shop.open(save=True)["url"], trust_env=False).text
    assert "kept here" in page
    assert "kept here" not in httpx.get(shop.open()["url"], trust_env=False).text


@pytest.mark.parametrize(
    ("card", "status", "decline"),
    [
        (PAYS, "paid", None),
        ("4000002500003155", "paid", None),
        ("4000000000000341", "declined", "card_declined"),
        ("4000002760003184", "action_required", None),
    ],
)
def test_a_charge_comes_out_as_its_card_says(
    shop: Shop, card: str, status: str, decline: str | None
) -> None:
    answer = charge(shop, kept(shop, card)).json()
    assert (answer["status"], answer["decline"]) == (status, decline)
    (knock,) = shop.heard(answer["id"])
    assert knock.event["type"] == f"checkout.{status}"


def test_the_same_key_charges_once_and_another_request_may_not_use_it(shop: Shop) -> None:
    saved, key, order = kept(shop), uuid4().hex, "order-once"
    first = charge(shop, saved, key, reference=order).json()
    assert charge(shop, saved, key, reference=order).json() == first
    assert charge(shop, saved, key, reference=order, amount=100).status_code == 409
    found = shop.call("GET", f"/sandbox/api/checkouts?reference={order}").json()["data"]
    assert [one["id"] for one in found] == [first["id"]]


def test_nobody_can_pay_a_charge_on_a_page(shop: Shop) -> None:
    """The shop opens a page of its own for that; two ways to pay one order would be one too many."""
    asked = charge(shop, kept(shop, "4000002760003184")).json()
    assert shop.pay(asked, card=PAYS).status_code == 409
    step = httpx.post(f"{asked['url']}/authenticate", json={"step": "complete"}, trust_env=False)
    assert step.status_code == 409


def test_a_forgotten_or_anothers_method_is_declined(shop: Shop) -> None:
    saved = kept(shop)
    path = f"/sandbox/api/methods/{saved['token']}"
    assert shop.call("DELETE", f"{path}?customer=cus_of_somebody_else").status_code == 404
    stranger = charge(shop, saved | {"customer": "cus_of_somebody_else"}).json()
    assert (stranger["status"], stranger["decline"]) == ("declined", "method_unavailable")
    for _ in range(2):
        assert shop.call("DELETE", f"{path}?customer={saved['customer']}").status_code == 204
    gone = charge(shop, saved).json()
    assert (gone["status"], gone["decline"]) == ("declined", "method_unavailable")


def test_what_was_kept_survives_a_kill(shop: Shop, sandbox: SandboxProcess) -> None:
    saved = kept(shop)
    sandbox.kill()
    sandbox.start()
    assert charge(shop, saved).json()["status"] == "paid"
