"""The stand-in keeps Stripe's documented rules, as its official library meets them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe

from tests.standins.stripe import FakeStripe, open_stripe
from tests.standins.stripe.wire import read_form


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    """A Stripe that tells nobody."""
    with open_stripe() as opened:
        yield opened


@pytest.fixture(scope="module")
def client(fake: FakeStripe) -> Iterator[Any]:
    """The official library, synchronous here."""
    with library(fake) as opened:
        yield opened


@contextmanager
def library(fake: FakeStripe, key: str = "") -> Iterator[Any]:
    http: Any = stripe.UrllibClient()
    made = stripe.StripeClient(
        key or fake.key,
        http_client=http,
        base_addresses={"api": fake.url},
        max_network_retries=0,
    )
    yield made.v1
    http.close()


def form(reference: str, **more: Any) -> dict[str, Any]:
    price = {"currency": "usd", "unit_amount": 499, "product_data": {"name": "350 coins"}}
    return {
        "mode": "payment",
        "client_reference_id": reference,
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"metadata": {"reference": reference}},
        "success_url": "http://shop.example/",
    } | more


def paid(client: Any, fake: FakeStripe, reference: str) -> Any:
    client.checkout.sessions.create(form(reference))
    fake.pay(reference, "4242424242424242")
    return client.payment_intents.retrieve(fake.intent(reference)["id"])


def test_a_nested_form_is_read_as_it_was_meant() -> None:
    text = "a[0][b]=1&a[1][b]=2&c[d][e]=f%20g&h[]=x&h[]=y&expand[0]=p.q"
    assert read_form(text) == {
        "a": [{"b": "1"}, {"b": "2"}],
        "c": {"d": {"e": "f g"}},
        "h": ["x", "y"],
        "expand": ["p.q"],
    }


def test_a_key_brings_its_first_answer_for_a_day_and_no_other_parameters(
    client: Any, fake: FakeStripe
) -> None:
    options = {"idempotency_key": "key-1"}
    first = client.checkout.sessions.create(form("one"), options)
    again = client.checkout.sessions.create(form("one"), options)
    assert again.id == first.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        client.checkout.sessions.create(form("two"), options)
    fake.pass_time(hours=25)
    assert client.checkout.sessions.create(form("one"), options).id != first.id
    fake.pass_time(hours=-25)


def test_a_500_is_kept_and_repeated_though_the_work_was_done(client: Any, fake: FakeStripe) -> None:
    fake.faults.stumble(calls=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            client.checkout.sessions.create(form("broken"), {"idempotency_key": "key-2"})
        assert broken.value.http_status == 500
    assert len(fake.sessions("broken")) == 1


def test_what_was_turned_away_leaves_its_key_free(client: Any, fake: FakeStripe) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.checkout.sessions.create(form("bad", mode="setup"), {"idempotency_key": "key-3"})
    client.checkout.sessions.create(form("bad"), {"idempotency_key": "key-3"})


@pytest.mark.parametrize("minutes", [-5, 29, 24 * 60 + 1])
def test_a_page_closes_in_half_an_hour_at_the_earliest_and_in_a_day(
    client: Any, fake: FakeStripe, minutes: int
) -> None:
    closing = fake.books.now() + minutes * 60
    with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
        client.checkout.sessions.create(form("late", expires_at=closing))


def test_only_an_open_page_can_be_closed(client: Any, fake: FakeStripe) -> None:
    paid(client, fake, "closed")
    with pytest.raises(stripe.InvalidRequestError):
        client.checkout.sessions.expire(fake.sessions("closed")[0]["id"])


def test_ids_become_objects_where_it_was_asked_for(client: Any, fake: FakeStripe) -> None:
    intent = paid(client, fake, "expanded")
    assert isinstance(intent.latest_charge, str)
    whole = client.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction", "latest_charge.refunds"]}
    )
    assert whole.latest_charge.balance_transaction.net == 499 - 44
    assert whole.latest_charge.refunds.data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.payment_intents.retrieve(intent.id, {"expand": ["nonsense"]})


def test_a_payment_begins_with_the_payers_first_try(client: Any, fake: FakeStripe) -> None:
    session = client.checkout.sessions.create(form("first-try"))
    assert client.checkout.sessions.retrieve(session.id).payment_intent is None
    fake.pay("first-try", "4000000000009995")
    intent = client.payment_intents.retrieve(fake.intent("first-try")["id"])
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.decline_code == "insufficient_funds"
    assert intent.last_payment_error.advice_code == "try_again_later"
    assert client.checkout.sessions.retrieve(session.id).status == "open"


def test_evidence_decides_a_dispute_by_its_words(client: Any, fake: FakeStripe) -> None:
    for text, status in (("winning_evidence", "won"), ("losing_evidence", "lost")):
        intent = paid(client, fake, text)
        dispute = fake.dispute(text)
        told = client.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": text}})
        assert told.status == status
        net = sum(one.net for one in told.balance_transactions)
        assert net == (-1500 if status == "won" else -499 - 1500)
        assert client.charges.retrieve(intent.latest_charge).disputed
        with pytest.raises(stripe.InvalidRequestError):
            client.disputes.close(dispute["id"])


def test_creators_are_paid_from_what_we_have_and_no_more() -> None:
    with open_stripe() as own, library(own) as client:
        paid(client, own, "for-creators")
        pay_creator(client)


def pay_creator(client: Any) -> None:
    account = client.accounts.create(
        {"type": "express", "country": "US", "capabilities": {"transfers": {"requested": True}}}
    )
    have = {one.currency: one.amount for one in client.balance.retrieve().available}["usd"]
    money = {"currency": "usd", "destination": account.id, "transfer_group": "payout-1"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.transfers.create(money | {"amount": have + 1})
    assert refused.value.code == "balance_insufficient"
    options = {"idempotency_key": "payout-1"}
    transfer = client.transfers.create(money | {"amount": 200}, options)
    assert client.transfers.create(money | {"amount": 200}, options).id == transfer.id
    assert len(client.transfers.list({"transfer_group": "payout-1"}).data) == 1
    client.transfers.reversals.create(transfer.id, {"amount": 150})
    with pytest.raises(stripe.InvalidRequestError):
        client.transfers.reversals.create(transfer.id, {"amount": 51})
    left = {one.currency: one.amount for one in client.balance.retrieve().available}["usd"]
    assert left == have - 50


def test_nobody_is_paid_who_cannot_be(client: Any, fake: FakeStripe) -> None:
    account = client.accounts.create({"type": "express", "country": "US"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.transfers.create({"amount": 1, "currency": "usd", "destination": account.id})
    assert refused.value.code == "insufficient_capabilities_for_transfer"


def test_everything_that_happened_is_in_the_feed_in_the_objects_words(
    client: Any, fake: FakeStripe
) -> None:
    intent = paid(client, fake, "in-the-feed")
    events = client.events.list({"type": "payment_intent.succeeded", "limit": 1}).data
    assert events[0].data.object["id"] == intent.id
    assert "_number" not in str(client.payment_methods.retrieve(intent.payment_method))


def test_its_signature_is_the_one_that_the_library_checks(client: Any, fake: FakeStripe) -> None:
    paid(client, fake, "signed")
    sent = fake.sent("signed")[-1]
    header = sent.headers["stripe-signature"]
    event = stripe.Webhook.construct_event(sent.body, header, fake.courier.secrets[0])
    assert event.type == "checkout.session.completed"


def test_only_its_key_opens_it(fake: FakeStripe) -> None:
    with library(fake, "sk_test_other") as stranger, pytest.raises(stripe.AuthenticationError):
        stranger.balance.retrieve()
