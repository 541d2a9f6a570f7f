"""Settlement files: each line matched, different, extra or missing, and nothing booked twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.payments import ProviderUnknown, ReportUnreadable
from largesse.recharge import SettlementFile, odd_lines, reconcile_file
from largesse.recharge.check import check_recharge
from tests.recharge.house import House
from tests.sandbox.provider import KEY

NOW = datetime.now(UTC)
CLEARING, FEES, CASH = 10_310, 1_600, 1_300


async def paid_order(house: House, coins: int = 350) -> dict[str, Any]:
    """An order that is paid and credited."""
    buyer = await house.buyer()
    order = await buyer.order(coins)
    await buyer.pay(order)
    await check_recharge(house.recharging, ids.read("rch", order["id"]), now=house.clock.now())
    assert (await buyer.read(order))["status"] == "credited"
    return order


async def settlement_of(house: House, folder: Path, *orders: dict[str, Any]) -> Path:
    """The provider's own file, cut to the lines of these orders."""
    whole = {"since": 0, "until": int((NOW + timedelta(days=2)).timestamp())}
    async with httpx.AsyncClient(trust_env=False) as merchant:
        answer = await merchant.get(
            f"{house.sandbox.url}/sandbox/api/settlement",
            params=whole,
            headers={"authorization": f"Bearer {KEY}"},
        )
    header, *lines = answer.text.splitlines()
    wanted = [line for line in lines if any(order["id"] in line for order in orders)]
    return written(folder, [header, *wanted])


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / f"settlement-{ids.make().hex}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


async def balance(database: Database, account: int) -> int:
    """What stands in a dollar account of the house."""
    async with database.read() as connection:
        rows = await connection.execute(
            "select coalesce(sum(case when debit = %(a)s then amount else -amount end), 0)::bigint"
            " from ledger.transfers where asset = 840 and %(a)s in (debit, credit)",
            {"a": account},
        )
        row = await rows.fetchone()
    assert row is not None
    found: int = row[0]
    return found


async def read(house: House, path: Path) -> SettlementFile:
    return await reconcile_file(house.database, provider="sandbox", path=path, now=NOW)


async def test_a_matched_payment_books_its_fee_once_however_often_its_file_comes(
    house: House, tmp_path: Path
) -> None:
    order = await paid_order(house)
    path = await settlement_of(house, tmp_path, order)
    before = await balance(house.database, FEES), await balance(house.database, CLEARING)

    first = await read(house, path)
    again = await read(house, path)

    assert (first.matched, first.different, first.extra) == (1, 0, 0)
    assert again == first
    fee = -(-order["total"]["amount"] * 290 // 10_000)
    after = await balance(house.database, FEES), await balance(house.database, CLEARING)
    assert after == (before[0] + fee, before[1] - fee)


async def test_a_line_that_two_files_share_is_booked_in_the_first(
    house: House, tmp_path: Path
) -> None:
    one, other = await paid_order(house), await paid_order(house)
    await read(house, await settlement_of(house, tmp_path, one))
    before = await balance(house.database, FEES)

    both = await read(house, await settlement_of(house, tmp_path, one, other))

    assert both.matched == 1
    fee = -(-other["total"]["amount"] * 290 // 10_000)
    assert await balance(house.database, FEES) == before + fee


async def test_a_payout_takes_what_is_left_to_the_bank_and_clearing_comes_to_nothing(
    house: House, tmp_path: Path
) -> None:
    order = await paid_order(house)
    before = await balance(house.database, CLEARING) - order["total"]["amount"]
    path = await settlement_of(house, tmp_path, order)
    total = order["total"]["amount"]
    net = total - -(-total * 290 // 10_000)
    cash = await balance(house.database, CASH)
    payout = f"txn_po,2026-11-25 10:00:00,usd,-{net / 100:.2f},0,-{net / 100:.2f},payout,,"
    lines = [*path.read_text().splitlines(), payout.replace("txn_po", f"txn_{order['id']}")]

    file = await read(house, written(tmp_path, lines))

    assert file.matched == 2
    assert await balance(house.database, CASH) == cash + net
    assert await balance(house.database, CLEARING) == before


async def test_another_amount_is_different_an_unknown_payment_extra_and_neither_moves_money(
    house: House, tmp_path: Path
) -> None:
    order = await paid_order(house)
    header, line = (await settlement_of(house, tmp_path, order)).read_text().splitlines()
    cells = line.split(",")
    less = ",".join([*cells[:3], "1.00", "0.03", "0.97", *cells[6:]])
    stray = ",".join(["txn_stray", *cells[1:7], "cko_nobody", "rch_nobody"])
    before = await balance(house.database, FEES)

    file = await read(house, written(tmp_path, [header, less, stray]))

    assert (file.matched, file.different, file.extra) == (0, 1, 1)
    async with house.database.read() as connection:
        odd = await odd_lines(connection, file=file.id, limit=100)
    whys = {(line.number, line.why) for line in odd if line.verdict != "missing"}
    assert whys == {(2, "amount_differs"), (3, "unknown_payment")}
    assert await balance(house.database, FEES) == before


async def test_a_second_payment_for_an_order_is_extra_however_well_it_fits(
    house: House, tmp_path: Path
) -> None:
    order = await paid_order(house)
    header, line = (await settlement_of(house, tmp_path, order)).read_text().splitlines()
    cells = line.split(",")
    second = ",".join([f"txn_{order['id']}", *cells[1:7], "cko_second", *cells[8:]])
    file = await read(house, written(tmp_path, [header, second]))
    assert (file.matched, file.extra) == (0, 1)
    async with house.database.read() as connection:
        odd = await odd_lines(connection, file=file.id, limit=1000)
    mine = ids.read("rch", order["id"])
    assert [one.verdict for one in odd if one.recharge == mine] == ["missing"]


async def test_a_credited_payment_that_the_file_lacks_is_missing_until_a_later_file_has_it(
    house: House, tmp_path: Path
) -> None:
    there, lacking = await paid_order(house), await paid_order(house)
    file = await read(house, await settlement_of(house, tmp_path, there))

    async with house.database.read() as connection:
        odd = await odd_lines(connection, file=file.id, limit=1000)
    missing = {line.recharge for line in odd if line.verdict == "missing"}
    assert ids.read("rch", lacking["id"]) in missing
    assert ids.read("rch", there["id"]) not in missing

    await read(house, await settlement_of(house, tmp_path, lacking))
    async with house.database.read() as connection:
        odd = await odd_lines(connection, file=file.id, limit=1000)
    assert ids.read("rch", lacking["id"]) not in {line.recharge for line in odd}


async def test_a_refund_line_fits_a_refunded_order_alone(house: House, tmp_path: Path) -> None:
    order = await paid_order(house)
    header, line = (await settlement_of(house, tmp_path, order)).read_text().splitlines()
    cells = line.split(",")
    refund = ",".join(
        ["txn_back" + order["id"], *cells[1:3], "-4.99", "0", "-4.99", "refund", *cells[7:]]
    )
    file = await read(house, written(tmp_path, [header, line, refund]))
    assert (file.matched, file.different) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "balance_transaction_id,created_utc,currency,gross\n",
        "balance_transaction_id,created_utc,currency,gross\ntxn_1,yesterday,usd,1.00\n",
        "balance_transaction_id,created_utc,currency,gross\ntxn_1,2026-01-01 00:00:00,usd,1.005\n",
        "balance_transaction_id,created_utc,currency,gross\ntxn_1,2026-01-01 00:00:00,usd,NaN\n",
        "balance_transaction_id,created_utc,currency,gross\ntxn_1,2026-01-01 00:00:00,xxx,1.00\n",
    ],
)
async def test_what_is_no_settlement_file_is_refused_and_nothing_of_it_kept(
    house: House, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(text)
    count = "select count(*) from settlement_file"
    before = await house.rows(count)
    with pytest.raises(ReportUnreadable):
        await read(house, path)
    assert await house.rows(count) == before


async def test_a_provider_without_settlement_files_is_unknown(house: House, tmp_path: Path) -> None:
    with pytest.raises(ProviderUnknown):
        await reconcile_file(house.database, provider="nobody", path=tmp_path / "x", now=NOW)


async def test_operators_read_what_came_of_a_file_and_nobody_else_does(
    house: House, tmp_path: Path
) -> None:
    order = await paid_order(house)
    await read(house, await settlement_of(house, tmp_path, order))
    buyer = await house.buyer()
    assert (await buyer.http.get("/v1/operator/settlements")).status_code == 403
    async with house.database.work() as connection:
        await connection.execute(
            "update person set role = 'operator' where no = %s", (buyer.viewer.no,)
        )
    files = (await buyer.http.get("/v1/operator/settlements?limit=1")).json()
    assert files["data"][0]["matched"] == 1
    one = await buyer.http.get(f"/v1/operator/settlements/{files['data'][0]['id']}")
    assert one.json()["file"]["provider"] == "sandbox"
    assert (
        await buyer.http.get(f"/v1/operator/settlements/{ids.show('stl', ids.make())}")
    ).status_code == 404
