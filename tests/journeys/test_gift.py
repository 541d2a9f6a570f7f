"""From sign-up to a gift that everybody sees and that adds up on both sides."""

from __future__ import annotations

import asyncio

from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, guest_socket, pay, sign_up

PARTS = ("tax", "fees", "platform", "creator")


async def test_a_newcomer_recharges_gives_a_rose_and_the_whole_room_sees_it(
    house: House, oto: Someone, room: str
) -> None:
    """The product in one story; every number that anybody is shown must agree."""
    newcomer = await sign_up(house)
    earned_before = (await oto.get("/v1/creators/me/earnings")).json()["pending"]
    assert await newcomer.coins() == 0

    packs = (await house.http.get("/v1/packs", params={"country": "US"})).json()["data"]
    pack = next(one for one in packs if one["coins"] == 350)
    assert pack["price"]["display"] == "$4.99"
    order = await newcomer.review(pack_id=pack["id"])
    assert (order["status"], order["coins"], order["price"]) == ("review", 350, pack["price"])
    confirmed = await newcomer.confirm(order)

    async with newcomer.socket() as socket:
        assert (await pay(confirmed, card=GOOD_CARD))["status"] == "paid"
        await socket.hear_until(lambda: bool(socket.publications))
    credited = await newcomer.order_becomes(order)
    # Coming back from the provider's page, and asking once more, credits nothing again.
    assert (await newcomer.post(f"/v1/recharges/{order['id']}/check")).status_code == 200
    assert sum(line["what"] == "credited" for line in credited["timeline"]) == 1

    wallet = await newcomer.wallet()
    assert (wallet["coins"], wallet["paid"], wallet["held"]) == (350, 350, 0)
    assert wallet["cost_basis"]["amount"] == pack["price"]["amount"] * 10_000
    assert [(one["kind"], one["coins"]) for one in await newcomer.entries()] == [("recharge", 350)]

    async with guest_socket(house) as watching:
        await watching.subscribe(room)
        sent = await newcomer.send_gift("rose", room=room, count=3, key="one-rose-tap")
        assert sent.status_code == 201, sent.text
        gift = sent.json()
        seen = await watching.hear_event(type="gift", combo_id=gift["combo_id"])
        assert seen["actor"]["handle"] == newcomer.account["handle"]
        assert (seen["seq"], seen["count_delta"], seen["count_total"]) == (1, 3, 3)
        assert (seen["coins_delta"], seen["coins_total"]) == (3, 3)
        end = await watching.hear_event(type="gift", combo_id=gift["combo_id"], final=True)
        assert (end["count_total"], end["coins_total"]) == (3, 3)

    assert (gift["coins"], gift["balance"], gift["count"]) == (3, 347, 3)
    split = gift["split"]
    assert all(split[part]["decimal_places"] == 6 for part in PARTS)
    assert sum(split[part]["amount"] for part in PARTS) == split["cost_basis"]["amount"]

    earnings = (await oto.get("/v1/creators/me/earnings")).json()
    assert earnings["pending"] == earned_before + split["diamonds"]
    received = next(one for one in earnings["gifts"] if one["id"] == gift["id"])
    assert received["split"] == split
    assert received["sender"]["handle"] == newcomer.account["handle"]

    again = await newcomer.send_gift("rose", room=room, count=3, key="one-rose-tap")
    assert (again.status_code, again.content) == (201, sent.content)
    assert again.headers["Idempotent-Replay"] == "true"
    other = await newcomer.send_gift("rose", room=room, count=4, key="one-rose-tap")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert await newcomer.coins() == 347
    newest = (await newcomer.entries())[0]
    assert (newest["kind"], newest["coins"], newest["counterpart"]["handle"]) == ("gift", -3, "oto")


async def test_a_missing_key_is_asked_for(mira: Someone, room: str) -> None:
    answer = await mira.post(f"/v1/rooms/{room}/gifts", {"gift": "rose"})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_too_few_coins_name_the_pack_that_lets_the_same_gift_go_on(
    mira: Someone, room: str
) -> None:
    await mira.recharge(coins=50)
    key = fresh_key()

    refused = await mira.send_gift("golden-microphone", room=room, key=key)
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_coins")
    assert refused.json()["missing"] == 149
    assert await mira.coins() == 50

    order = await mira.recharge(pack_id=refused.json()["pack_id"])
    assert order["coins"] + order["promo_coins"] >= 149

    sent = await mira.send_gift("golden-microphone", room=room, key=key)
    assert sent.status_code == 201, sent.text
    assert "Idempotent-Replay" not in sent.headers
    assert await mira.coins() == 50 + order["coins"] + order["promo_coins"] - 199


async def test_fifty_gifts_at_once_and_coins_for_one_make_one_gift(
    mira: Someone, room: str
) -> None:
    await mira.recharge(coins=35)
    wish = mira.send_gift
    answers = await asyncio.gather(*(wish("doughnut", room=room) for _ in range(50)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [402] * 49
    assert await mira.coins() == 5


async def test_one_tap_that_arrives_fifty_times_is_one_gift(mira: Someone, room: str) -> None:
    await mira.recharge(coins=35)
    wish = mira.send_gift
    answers = await asyncio.gather(*(wish("rose", room=room, key="50") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await mira.coins() == 34


async def test_a_hundred_gifts_in_flight_meet_no_rate_limit(mira: Someone, room: str) -> None:
    await mira.recharge(coins=350)
    answers = await asyncio.gather(*(mira.send_gift("heart", room=room) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {201}
    assert await mira.coins() == 250
    assert len({answer.json()["id"] for answer in answers}) == 100


async def test_a_gift_over_the_socket_is_the_same_act_as_over_http(
    mira: Someone, room: str
) -> None:
    await mira.recharge(coins=35)
    async with mira.socket() as socket:
        said = await socket.call(
            "gift.send", room=room, gift="clap", count=2, idempotency_key="both-doors"
        )
    assert (said["status"], said["body"]["balance"]) == (201, 25)
    again = await mira.send_gift("clap", room=room, count=2, key="both-doors")
    assert again.json() == said["body"]
    assert again.headers["Idempotent-Replay"] == "true"
    assert await mira.coins() == 25
