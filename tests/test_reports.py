"""Reports and operators from the command line, as an operator types them."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from largesse.kernel.postgres import Cluster, Urls
from tests.conftest import Doors
from tests.gifts.test_send import live_room, send


def largesse(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "largesse"), *words],
        env={**os.environ, "LARGESSE_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
async def after_a_gift(doors: Doors, urls: Urls) -> str:
    room = await live_room(doors, "typed_oto")
    mira = await doors.newcomer("typed_mira")
    await doors.give_coins("typed_mira", 100)
    await send(doors, room, mira, "tap", gift="coffee")
    return urls.app


async def test_an_operator_reads_the_books_by_typing(after_a_gift: str) -> None:
    sheet = largesse(after_a_gift, "statement", "typed_mira:paid", "--from", "2020-01-01")
    assert (sheet.returncode, sheet.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(sheet.stdout)))
    assert [(row["what"], row["balance"]) for row in rows] == [
        ("opening", "0"), ("leg", "100"), ("leg", "90"), ("closing", "90"),
    ]  # fmt: skip
    assert json.loads(largesse(after_a_gift, "trial-balance", "--format", "json").stdout)[
        "balances"
    ]
    unused = json.loads(largesse(after_a_gift, "unused-coins", "--format", "json").stdout)
    assert unused["lines"][0]["coins"] == 90
    assert largesse(after_a_gift, "unused-coins", "--at", "2020-03-31").stdout.count("\n") == 1
    assert "unused,," in largesse(after_a_gift, "breakage", "--to", "2030-01-01").stdout

    for wrong, said in (
        (("statement", "nobody_here:paid"), "There is nothing here under that name."),
        (("statement", "typed_mira:gold"), "There is no kind of account called 'gold'."),
        (("unused-coins", "--at", "today"), "Use a day such as 2026-03-31"),
        (("operator", "grant", "nobody_here"), "There is nothing here under that name."),
    ):
        refused = largesse(after_a_gift, *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith(said)


def test_a_coupon_is_given_out_by_typing(urls: Urls) -> None:
    done = largesse(urls.app, "coupons", "add", "typed-26", "--percent", "20", "--uses", "3")
    assert (done.returncode, done.stdout) == (0, "TYPED26 can be used now\n"), done.stderr
    again = largesse(urls.app, "coupons", "add", "TYPED26", "--bonus-coins", "5")
    assert (again.returncode, again.stderr) == (2, "There is a coupon with this code already.\n")


async def test_an_operator_is_made_where_the_house_runs(doors: Doors, urls: Urls) -> None:
    noor = await doors.newcomer("typed_noor")
    for word, role, status in (("grant", "operator", 200), ("revoke", "viewer", 403)):
        done = largesse(urls.app, "operator", word, "typed_noor")
        assert (done.returncode, done.stdout) == (0, f"typed_noor is now: {role}\n")
        answer = await doors.client.get("/v1/operator/trial-balance", headers=noor)
        assert answer.status_code == status


def test_books_of_another_schema_are_refused(cluster: Cluster) -> None:
    refused = largesse(cluster.urls("postgres").app, "trial-balance")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "another schema" in refused.stderr
