"""Gift codes: each works once, for whoever it fits, and nobody learns why another did not."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from largesse.kernel import ids
from largesse.recharge import CodeKind, issue_codes, void_codes
from largesse.recharge.codes.model import CHECKS, digest, read, written
from tests.recharge.house import Buyer, House

SOLD = CodeKind(
    coins=350,
    promo_coins=0,
    promo_days=180,
    country=None,
    currency="USD",
    price=499,
    expires_at=None,
)
GIVEN = CodeKind(
    coins=0,
    promo_coins=100,
    promo_days=30,
    country=None,
    currency=None,
    price=None,
    expires_at=None,
)


async def issued(house: House, kind: CodeKind = SOLD, *, count: int = 1) -> list[str]:
    now = house.clock.now()
    return (await issue_codes(house.database, kind, count=count, note="a test", now=now)).codes


async def redeem(buyer: Buyer, code: str, key: str | None = None) -> httpx.Response:
    return await buyer.post("/v1/codes/redeem", key, code=code)


async def test_a_sold_code_brings_paid_coins_with_what_they_cost(house: House, mira: Buyer) -> None:
    (code,) = await issued(house)
    answer = await redeem(mira, code)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["coins"], told["promo_coins"], told["balance"]) == (350, 0, 350)
    wallet = (await mira.http.get("/v1/wallet")).json()
    assert (wallet["paid"], wallet["cost_basis"]["display"]) == (350, "$4.99")
    entry = (await mira.http.get("/v1/wallet/entries")).json()["data"][0]
    assert entry["journal_id"] == told["journal_id"]
    owed = await house.rows(
        "select t.amount, t.asset from ledger.transfer t join ledger.journal j using (seq)"
        " where j.id = %s and t.debit = 17310",
        ids.read("jrn", told["journal_id"]),
    )
    # What the seller of the codes has from their buyers is ours.
    assert owed == [(499, 840)]


async def test_a_given_code_brings_promo_coins_that_expire(house: House, mira: Buyer) -> None:
    (code,) = await issued(house, GIVEN)
    assert (await redeem(mira, code)).json()["promo_coins"] == 100
    wallet = (await mira.http.get("/v1/wallet")).json()
    assert (wallet["paid"], wallet["promo"]) == (0, 100)
    assert wallet["promo_until"] is not None


async def test_the_same_key_tells_the_same_and_another_is_refused(
    house: House, mira: Buyer
) -> None:
    (code,) = await issued(house)
    first = await redeem(mira, code, "one key")
    again = await redeem(mira, code, "one key")
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert (await redeem(mira, code)).json()["code"] == "code_refused"
    assert await mira.coins() == 350


async def test_fifty_at_once_redeem_one_code_once(house: House) -> None:
    (code,) = await issued(house)
    buyers = await asyncio.gather(*(house.buyer() for _ in range(50)))
    answers = await asyncio.gather(*(redeem(buyer, code) for buyer in buyers))
    codes = [answer.status_code for answer in answers]
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409, 503}
    coins = [await buyer.coins() for buyer in buyers]
    assert sorted(coins)[-2:] == [0, 350]


async def test_fifty_tries_of_one_person_with_one_key_redeem_it_once(
    house: House, mira: Buyer
) -> None:
    (code,) = await issued(house)
    answers = await asyncio.gather(*(redeem(mira, code, "one key") for _ in range(50)))
    assert 200 in {answer.status_code for answer in answers}
    assert await mira.coins() == 350
    assert (await redeem(mira, code, "one key")).status_code == 200


async def test_whatever_is_wrong_with_a_code_reads_the_same(house: House) -> None:
    now = house.clock.now()
    ended = CodeKind(350, 0, 180, None, "USD", 499, now + timedelta(seconds=30))
    elsewhere = CodeKind(350, 0, 180, "DE", "USD", 499, None)
    in_euros = CodeKind(350, 0, 180, None, "EUR", 499, None)
    lost = await issue_codes(house.database, SOLD, count=1, note="lost", now=now)
    assert await void_codes(house.database, lost.batch, now=now) == 1
    codes = {
        "unknown": written(b"0123456789"),
        "used": (await issued(house))[0],
        "ended": (await issued(house, ended))[0],
        "elsewhere": (await issued(house, elsewhere))[0],
        "in euros": (await issued(house, in_euros))[0],
        "lost": lost.codes[0],
    }
    assert (await redeem(await house.buyer(), codes["used"])).status_code == 200
    house.clock.push(minutes=1)
    mira, oto = await house.buyer(), await house.buyer()
    answers = [await redeem(mira, code) for code in list(codes.values())[:5]]
    answers.append(await redeem(oto, codes["lost"]))
    assert [answer.status_code for answer in answers] == [409] * 6
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "code_refused"
    assert await mira.coins() == 0


async def test_a_code_with_a_wrong_symbol_says_so_and_costs_no_attempt(
    house: House, mira: Buyer
) -> None:
    (code,) = await issued(house)
    wrong = ("1" if code[0] == "0" else "0") + code[1:]
    for _ in range(8):
        answer = await redeem(mira, wrong)
        assert answer.json()["code"] == "code_refused"
        assert "symbol" in answer.json()["detail"]
    assert (await redeem(mira, code)).status_code == 200


async def test_whoever_guesses_is_stopped_after_five_an_hour(house: House, mira: Buyer) -> None:
    (code,) = await issued(house)
    guesses = [written(bytes([number] * 10)) for number in range(20)]
    answers = await asyncio.gather(*(redeem(mira, guess) for guess in guesses))
    refused = [answer.json()["code"] for answer in answers]
    assert refused.count("code_refused") <= 5
    assert set(refused) <= {"code_refused", "rate_limited", "request_in_progress"}
    assert (await redeem(mira, code)).json()["code"] == "rate_limited"
    house.clock.push(minutes=61)
    assert (await redeem(mira, code)).status_code == 200


async def test_a_code_that_succeeded_is_no_attempt(house: House, mira: Buyer) -> None:
    for code in await issued(house, GIVEN, count=8):
        assert (await redeem(mira, code)).status_code == 200
    assert await mira.coins() == 800


async def test_a_minor_redeems_nothing(house: House) -> None:
    (code,) = await issued(house)
    minor = await house.buyer(born=date(house.clock.now().year - 15, 1, 1))
    answer = await redeem(minor, code)
    assert (answer.status_code, answer.json()["code"]) == (403, "age_restricted")


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": 7}, {"code": "x", "more": 1}])
async def test_a_request_that_is_none_is_refused(mira: Buyer, body: dict[str, Any]) -> None:
    answer = await mira.http.post(
        "/v1/codes/redeem", json=body, headers={"idempotency-key": str(ids.make())}
    )
    assert answer.status_code == 422


async def test_the_code_itself_is_nowhere_in_the_database(house: House) -> None:
    (code,) = await issued(house)
    secret = read(code)
    assert secret is not None
    rows = await house.rows("select digest from gift_code where digest = %s", digest(secret))
    assert len(rows) == 1
    assert secret not in rows[0][0]


async def test_a_batch_of_many_has_as_many_different_codes(house: House) -> None:
    codes = await issued(house, count=2500)
    assert len(set(codes)) == 2500
    assert all(read(code) is not None for code in codes)


@pytest.mark.parametrize("secret", [b"\0" * 10, b"\xff" * 10, b"0123456789", bytes(range(10))])
def test_a_code_is_read_back_however_it_is_typed(secret: bytes) -> None:
    code = written(secret)
    assert len(code) == len("XXXX-XXXX-XXXX-XXXX-C")
    assert code[-1] in CHECKS
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " ")):
        assert read(typed) == secret
    assert read(code.replace("0", "o").replace("1", "l")) == secret


def test_one_wrong_symbol_is_always_noticed() -> None:
    code = written(b"a gift 4 u").replace("-", "")
    for place in range(16):
        for symbol in CHECKS[:32]:
            if symbol != code[place]:
                assert read(code[:place] + symbol + code[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "0", "0" * 16, "0" * 18, "é" * 17, "U" + "0" * 16, "\0" * 17])
def test_what_is_no_code_is_none(text: str) -> None:
    assert read(text) is None
