"""What buyers do who let their way to pay be kept, and who agree to auto-recharge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pyotp

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import HoldOrder, Kind, OnExpiry
from largesse.people.factors import confirm_totp, set_up_totp
from tests.recharge.house import PAYS, Buyer, House
from tests.sandbox.provider import KEY

LATER_DECLINED = "4000000000000341"
ALWAYS_ASKS = "4000002760003184"
PASSWORD = "open sesame largesse"


async def saved(
    house: House, buyer: Buyer, card: str = PAYS, *, coins: int = 35, **faults: bool
) -> dict[str, Any]:
    """A card that was saved while paying; charges of it go wrong in the same ways."""
    quoted = await buyer.quote(coins, save_method=True)
    confirmed = (await buyer.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    if faults:
        await buyer.faults(confirmed, **faults)
    payment = {"card": card, "expiry": "12/40", "outcome": "pay"}
    answer = await buyer.provider.post(confirmed["checkout_url"], json=payment)
    assert answer.status_code == 200, answer.text
    if faults:
        await buyer.http.post(f"/v1/recharges/{quoted['id']}/check")
    await house.news.heard(quoted["id"], "credited")
    found: dict[str, Any] = max((await methods(buyer))["data"], key=lambda one: one["made_at"])
    return found


async def methods(buyer: Buyer) -> dict[str, Any]:
    """A buyer's saved methods, with the words of consent."""
    answer = await buyer.http.get("/v1/payment-methods/saved")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def paid_at(house: House, reference: str) -> list[dict[str, Any]]:
    """The payments that the provider took for one order of ours."""
    listed = await house.provider.get(
        f"{house.sandbox.url}/sandbox/api/checkouts",
        params={"reference": reference},
        headers={"authorization": f"Bearer {KEY}"},
    )
    return [one for one in listed.json()["data"] if one["status"] == "paid"]


async def second_factor(house: House, buyer: Buyer) -> pyotp.TOTP:
    """An authenticator app whose code of the half minute before was used to set it up."""
    factors, now = house.factors, house.clock.now()
    made = await set_up_totp(factors, buyer.viewer, PASSWORD, now=now)
    totp = pyotp.TOTP(made.secret)
    code = totp.at(now - timedelta(seconds=30))
    await confirm_totp(factors, buyer.viewer, code, now=now)
    return totp


async def pack(buyer: Buyer, coins: int = 70) -> dict[str, Any]:
    """The pack with so many coins."""
    packs = (await buyer.http.get("/v1/packs")).json()["data"]
    found: dict[str, Any] = next(one for one in packs if one["coins"] == coins)
    return found


async def agreement(
    buyer: Buyer, method: dict[str, Any], *, threshold: int = 60, cap: int = 500
) -> dict[str, Any]:
    """Below sixty coins buy seventy, up to five dollars a month."""
    return {
        "threshold": threshold,
        "pack_id": (await pack(buyer))["id"],
        "saved_method_id": method["id"],
        "monthly_cap": {"amount": cap, "currency": "USD"},
    }


async def agree(
    house: House, buyer: Buyer, totp: pyotp.TOTP, wish: dict[str, Any]
) -> httpx.Response:
    """Ask, be asked to confirm, and confirm."""
    asked = await buyer.http.put("/v1/auto-recharge", json=wish)
    assert asked.json()["code"] == "step_up_required", asked.text
    proof = {"challenge": asked.json()["challenge"], "otp": totp.at(house.clock.now())}
    return await buyer.http.put("/v1/auto-recharge", json=wish | proof)


async def watched(
    house: House, buyer: Buyer, card: str = PAYS, *, cap: int = 500, **faults: bool
) -> dict[str, Any]:
    """A buyer with 35 coins whose auto-recharge is on, and so about to buy."""
    method = await saved(house, buyer, card, **faults)
    totp = await second_factor(house, buyer)
    answer = await agree(house, buyer, totp, await agreement(buyer, method, cap=cap))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def auto(buyer: Buyer) -> dict[str, Any]:
    """A buyer's auto-recharge as they see it."""
    answer = await buyer.http.get("/v1/auto-recharge")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def orders(buyer: Buyer) -> list[dict[str, Any]]:
    """The orders that auto-recharge made, newest first."""
    listed = (await buyer.http.get("/v1/recharges")).json()["data"]
    return [one for one in listed if any(e["what"] == "auto_recharge" for e in one["timeline"])]


async def spend(house: House, buyer: Buyer, coins: int) -> None:
    """Let a buyer have fewer coins: they are held for somebody else."""
    creator = await house.buyer()
    now = house.clock.now()
    order = HoldOrder(
        id=ids.make(),
        account=buyer.viewer.no,
        key=str(ids.make()),
        body=b"hold",
        kind=Kind.GIFT,
        creator=creator.viewer.no,
        coins=coins,
        diamonds=coins,
        at=now,
        due=now + timedelta(hours=1),
        on_expiry=OnExpiry.POST,
    )
    async with house.database.work() as connection:
        await ledger.hold(connection, order)
