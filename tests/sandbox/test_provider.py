"""The provider as its merchants and payers meet it: over HTTP, in its own process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.sandbox.provider import SECRET, SandboxProcess
from tests.sandbox.shop import Shop

pytestmark = pytest.mark.usefixtures("sandbox")


def path_of(checkout: dict[str, Any]) -> str:
    """The page's own path."""
    return f"/sandbox/checkout/{checkout['id']}"


VALID = {"expiry": "12/40", "code": "123"}


def test_a_paid_checkout_sends_the_payer_back_and_a_signed_notice(shop: Shop) -> None:
    checkout = shop.open()
    answer = shop.submit(checkout, card="4242 4242 4242 4242", **VALID)
    assert answer.status_code == 303
    assert answer.headers["location"] == checkout["return_url"]

    knock = shop.heard(checkout["id"])[0]
    assert knock.event["type"] == "checkout.paid"
    assert knock.event["data"]["checkout"]["paid_amount"] == 499
    signed = f"{knock.headers['webhook-id']}.{knock.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(SECRET.encode(), signed + knock.body, hashlib.sha256).digest()
    assert knock.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    assert shop.read(checkout)["status"] == "paid"


@pytest.mark.parametrize(
    ("card", "reason"),
    [("4000000000000002", "card_declined"), ("4000000000009995", "insufficient_funds")],
)
def test_a_declined_card_says_so_and_another_may_be_tried(
    shop: Shop, card: str, reason: str
) -> None:
    checkout = shop.open()
    answer = shop.submit(checkout, card=card, **VALID)
    assert answer.status_code == 402
    assert 'role="alert"' in answer.text
    assert shop.read(checkout)["decline"] == reason
    assert shop.heard(checkout["id"])[0].event["type"] == "checkout.declined"
    assert shop.pay(checkout, card="4242424242424242").json()["status"] == "paid"


@pytest.mark.parametrize(("step", "status"), [("complete", "paid"), ("fail", "open")])
def test_a_3d_secure_card_asks_the_bank_first(shop: Shop, step: str, status: str) -> None:
    checkout = shop.open()
    answer = shop.submit(checkout, card="4000002500003155", **VALID)
    assert answer.status_code == 303
    bank = f"{shop.provider}{answer.headers['location']}"
    assert "Your bank asks" in httpx.get(bank, trust_env=False).text
    assert httpx.get(checkout["url"], trust_env=False).headers["location"].endswith("/authenticate")

    back = httpx.post(bank, data={"step": step}, trust_env=False)
    assert shop.read(checkout)["status"] == status
    assert back.status_code == 303
    where = checkout["return_url"] if step == "complete" else path_of(checkout)
    assert back.headers["location"] == where
    twice = httpx.post(bank, data={"step": step}, trust_env=False)
    assert twice.headers["location"] == path_of(checkout)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("complete", "paid"), ("fail", "open"), ("decline", "open"), ("processing", "processing")],
)
def test_a_test_may_choose_the_outcome(shop: Shop, outcome: str, status: str) -> None:
    checkout = shop.open()
    card = "4000002500003155"
    assert shop.pay(checkout, card=card, outcome=outcome).json()["status"] == status


def test_a_card_can_be_disputed_later(shop: Shop) -> None:
    checkout = shop.open()
    shop.pay(checkout, card="4000000000000259")
    kinds = [knock.event["type"] for knock in shop.heard(checkout["id"], count=2)]
    assert kinds == ["checkout.paid", "dispute.opened"]


def test_a_refund_can_fail_later(shop: Shop) -> None:
    checkout = shop.open()
    shop.pay(checkout, card="4000000000005126")
    path = f"/sandbox/api/checkouts/{checkout['id']}/refunds"
    assert shop.call("POST", path, "r-1", amount=499).json()["status"] == "pending"
    kinds = [knock.event["type"] for knock in shop.heard(checkout["id"], count=3)]
    assert kinds == ["checkout.paid", "refund.pending", "refund.failed"]
    assert shop.read(checkout)["refunded"] == 0


def test_a_refund_happens_once_a_key_and_never_exceeds_the_payment(shop: Shop) -> None:
    checkout = shop.open()
    shop.pay(checkout, card="4242424242424242")
    path = f"/sandbox/api/checkouts/{checkout['id']}/refunds"
    first = shop.call("POST", path, "r-2", amount=400)
    assert shop.call("POST", path, "r-2", amount=400).json() == first.json()
    assert shop.call("POST", path, "r-2", amount=99).status_code == 409
    assert shop.call("POST", path, "r-3", amount=100).status_code == 409
    assert shop.call("POST", path, "r-4", amount=99).status_code == 201
    assert shop.read(checkout)["refunded"] == 499


def test_the_same_key_opens_one_checkout(shop: Shop) -> None:
    first = shop.open("open-1", reference="order-1")
    assert shop.open("open-1", reference="order-1") == first
    other = shop.call(
        "POST",
        "/sandbox/api/checkouts",
        "open-1",
        reference="order-2",
        amount=1,
        currency="USD",
        return_url="http://shop.example/",
    )
    assert other.status_code == 409


@pytest.mark.parametrize(
    "change",
    [{"amount": 0}, {"amount": "499"}, {"return_url": "javascript:1"}, {"surprise": 1}],
)
def test_a_checkout_that_makes_no_sense_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    wanted: dict[str, Any] = {
        "reference": "x",
        "amount": 499,
        "currency": "USD",
        "return_url": "http://shop.example/",
    }
    assert shop.call("POST", "/sandbox/api/checkouts", **(wanted | change)).status_code == 422


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer wrong"])
def test_only_the_merchants_key_opens_the_api(shop: Shop, key: str) -> None:
    answer = httpx.get(
        f"{shop.provider}/sandbox/api/events", headers={"authorization": key}, trust_env=False
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"card": "4242424242424243", **VALID}, "card"),
        ({"card": "4242424242424242", "expiry": "01/20", "code": "123"}, "expiry"),
        ({"card": "4242424242424242", "expiry": "12/40", "code": "1"}, "code"),
    ],
)
def test_a_typing_mistake_is_shown_at_its_field(
    shop: Shop, fields: dict[str, str], where: str
) -> None:
    checkout = shop.open()
    answer = shop.submit(checkout, **fields)
    assert answer.status_code == 422
    assert f'id="{where}" name="{where}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert shop.pay(checkout, **fields).json()["field"] == where
    assert shop.read(checkout)["attempts"] == 0


def test_the_page_shows_the_amount_and_escapes_what_the_merchant_sent(shop: Shop) -> None:
    checkout = shop.open(description="<script>alert(1)</script>", amount=16000, currency="JPY")
    answer = httpx.get(checkout["url"], trust_env=False)
    assert "¥16,000" in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_other_methods_are_approved_on_a_page_of_their_own(shop: Shop) -> None:
    checkout = shop.open(method="paypal")
    assert "Approve with Paypal" in httpx.get(checkout["url"], trust_env=False).text
    assert shop.submit(checkout, outcome="pay").status_code == 303
    assert shop.read(checkout)["status"] == "paid"


def test_a_paid_checkout_cannot_be_paid_again(shop: Shop) -> None:
    checkout = shop.open()
    shop.pay(checkout, card="4242424242424242")
    assert shop.pay(checkout, card="4242424242424242").status_code == 409
    again = shop.submit(checkout, card="4242424242424242", **VALID)
    assert (again.status_code, again.headers["location"]) == (303, path_of(checkout))
    assert "This is paid" in httpx.get(checkout["url"], trust_env=False).text


def test_a_closed_checkout_takes_no_payment(shop: Shop) -> None:
    checkout = shop.open()
    shop.call("POST", f"/sandbox/api/checkouts/{checkout['id']}/close")
    assert shop.pay(checkout, card="4242424242424242").status_code == 409
    assert "closed" in httpx.get(checkout["url"], trust_env=False).text


def test_a_checkout_closes_by_itself(shop: Shop) -> None:
    checkout = shop.open(expires_at=1)
    assert shop.heard(checkout["id"])[0].event["type"] == "checkout.closed"


def test_an_unknown_checkout_is_not_found(shop: Shop) -> None:
    assert httpx.get(f"{shop.provider}/sandbox/checkout/x", trust_env=False).status_code == 404


def test_a_notice_that_is_not_taken_comes_again_with_the_same_id(shop: Shop) -> None:
    checkout = shop.open()
    with shop.bell:
        shop.answers.append(500)
    shop.pay(checkout, card="4242424242424242")
    first, again = shop.heard(checkout["id"], count=2)
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body


def test_a_doubled_notice_has_one_id(shop: Shop) -> None:
    checkout = shop.open(faults={"double": True})
    shop.pay(checkout, card="4242424242424242")
    ids = {knock.headers["webhook-id"] for knock in shop.heard(checkout["id"], count=2)}
    assert len(ids) == 1


def test_notices_can_overtake_each_other(shop: Shop) -> None:
    checkout = shop.open(faults={"reorder": True})
    shop.pay(checkout, card="4000000000000002")
    shop.pay(checkout, card="4242424242424242")
    kinds = [knock.event["type"] for knock in shop.heard(checkout["id"], count=2)]
    assert kinds == ["checkout.paid", "checkout.declined"]


def test_a_lost_notice_is_in_the_feed_all_the_same(shop: Shop) -> None:
    checkout = shop.open(faults={"lose": True})
    shop.pay(checkout, card="4242424242424242")
    other = shop.open()
    shop.pay(other, card="4242424242424242")
    shop.heard(other["id"])
    assert not [knock for knock in shop.knocks if checkout["id"].encode() in knock.body]

    feed, after = [], 0
    while True:
        page = shop.call("GET", f"/sandbox/api/events?after={after}").json()
        feed += page["data"]
        if not page["data"]:
            break
        after = page["next"]
    kinds = [event["type"] for event in feed if event["data"]["checkout"]["id"] == checkout["id"]]
    assert kinds == ["checkout.paid"]


def test_a_killed_provider_delivers_after_its_restart(shop: Shop, sandbox: SandboxProcess) -> None:
    checkout = shop.open(faults={"delay_seconds": 1})
    shop.pay(checkout, card="4242424242424242")
    sandbox.kill()
    sandbox.start()
    assert shop.heard(checkout["id"])[0].event["type"] == "checkout.paid"
    assert shop.read(checkout)["status"] == "paid"


def test_it_refuses_to_start_in_production() -> None:
    environment = {**os.environ, "LARGESSE_ENV": "production"}
    command = [sys.executable, "-m", "largesse.sandbox", "--key", "k", "--notice-secret", "s"]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    assert ended.returncode == 2
    assert "does not run in production" in ended.stderr


def test_it_refuses_to_start_without_its_secrets() -> None:
    environment = {name: value for name, value in os.environ.items() if "SANDBOX" not in name}
    command = [sys.executable, "-m", "largesse.sandbox"]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    assert ended.returncode == 2
    assert "--notice-secret" in ended.stderr
