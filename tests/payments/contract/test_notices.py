"""What knocks is believed only when it is genuine, fresh, and exactly what was signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from largesse.payments import Notice, NoticeRefused, Settled
from tests.payments.contract.bench import Act, Can, Delivery, Desk, Order, Signer

SECONDS_MAX = 300


async def read(desk: Desk, delivery: Delivery, *, now: datetime | None = None) -> Notice:
    """What the adapter makes of it."""
    return await desk.provider.read_notice(
        delivery.headers, delivery.body, now=now or datetime.now(UTC)
    )


async def last(desk: Desk, order: Order, *, count: int = 1) -> Delivery:
    """The newest notice of an order that had so many."""
    return (await desk.bench.delivered(order, count))[-1]


async def test_a_genuine_notice_says_whose_money_it_is(desk: Desk) -> None:
    order = await desk.after(Act.PAY)
    notice = await read(desk, await last(desk, order))
    assert notice.reference == order.reference
    assert notice.event
    (outcome,) = notice.outcomes
    assert isinstance(outcome, Settled)
    assert outcome.paid == desk.bench.price
    assert (outcome,) == await desk.told(order)


async def test_a_notice_that_comes_twice_has_one_id_and_one_story(desk: Desk) -> None:
    delivery = await last(desk, await desk.after(Act.PAY))
    assert await read(desk, delivery) == await read(desk, delivery)


async def test_two_notices_have_two_ids(desk: Desk) -> None:
    one = await read(desk, await last(desk, await desk.after(Act.PAY)))
    other = await read(desk, await last(desk, await desk.after(Act.PAY)))
    assert one.event != other.event


@pytest.mark.parametrize("act", [Act.PAY, Act.GIVE_BACK])
async def test_what_a_notice_says_is_what_asking_says(desk: Desk, act: Act) -> None:
    acts = (Act.PAY,) if act is Act.PAY else (Act.PAY, act)
    order = await desk.after(*acts)
    delivery = await last(desk, order, count=len(acts))
    assert (await read(desk, delivery)).outcomes == await desk.told(order)


async def test_a_notice_that_is_not_genuine_is_refused(desk: Desk) -> None:
    desk.needs(Can.HEADERS)
    genuine = await last(desk, await desk.after(Act.PAY))
    body, now = genuine.body, datetime.now(UTC)
    forged = {
        "no signature": Delivery({}, body),
        "a stranger's": Delivery(desk.bench.sign(body, at=now, signer=Signer.STRANGER), body),
        "another body": Delivery(genuine.headers, body + b" "),
        "no body": Delivery(genuine.headers, b""),
        "a long one": Delivery(genuine.headers, body + b" " * 1_000_000),
        "no text": Delivery(genuine.headers, b"\xff\xfe\x00"),
    }
    if body.lstrip().startswith(b"{"):
        written_anew = msgspec.json.format(body, indent=3)
        assert written_anew != body
        forged["written anew"] = Delivery(genuine.headers, written_anew)
    for headers in (dict.fromkeys(genuine.headers, ""), dict.fromkeys(genuine.headers, "é,=;")):
        forged[f"headers of {headers!r}"] = Delivery(headers, body)
    said = set()
    for how, delivery in forged.items():
        with pytest.raises(NoticeRefused) as refused:
            await read(desk, delivery)
            pytest.fail(f"believed: {how}")
        said.add(str(refused.value))
    assert len(said) == 1, "a refusal tells which part was almost right"


@pytest.mark.parametrize("seconds", [-SECONDS_MAX - 5, SECONDS_MAX + 5])
async def test_a_notice_from_another_time_is_refused_by_our_own_clock(
    desk: Desk, seconds: int
) -> None:
    desk.needs(Can.AGE)
    delivery = await last(desk, await desk.after(Act.PAY))
    now = datetime.now(UTC)
    headers = desk.bench.sign(delivery.body, at=now, signer=Signer.PROVIDER)
    resigned = Delivery(headers, delivery.body)
    await read(desk, resigned, now=now + timedelta(seconds=seconds // 2))
    with pytest.raises(NoticeRefused):
        await read(desk, resigned, now=now + timedelta(seconds=seconds))


async def test_both_secrets_are_good_while_one_replaces_the_other(desk: Desk) -> None:
    desk.needs(Can.ROTATE)
    order = await desk.after(Act.PAY)
    body = (await last(desk, order)).body
    for signer in (Signer.PROVIDER, Signer.NEXT):
        headers = desk.bench.sign(body, at=datetime.now(UTC), signer=signer)
        assert (await read(desk, Delivery(headers, body))).reference == order.reference


@pytest.mark.parametrize("body", [b"{}", b'{"id": "evt_1"}', b'{"id": 7, "type": [], "data": 3}'])
async def test_a_genuine_notice_that_makes_no_sense_is_refused(desk: Desk, body: bytes) -> None:
    headers = desk.bench.sign(body, at=datetime.now(UTC), signer=Signer.PROVIDER)
    with pytest.raises(NoticeRefused):
        await read(desk, Delivery(headers, body))


async def test_the_answer_to_a_notice_is_one_of_yes(desk: Desk) -> None:
    assert 200 <= desk.provider.taken.status < 300
