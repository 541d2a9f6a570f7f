from __future__ import annotations

import msgspec
import pytest

from largesse import ledger
from largesse.ledger import Clawback, Committer
from tests.ledger.claims import RATE, Desk
from tests.ledger.conftest import Books


@pytest.fixture(scope="module")
def desk(books: Books) -> Desk:
    return Desk(books)


async def test_only_the_part_that_these_coins_paid_is_clawed_back(
    desk: Desk, committer: Committer
) -> None:
    """A gift of 10 promo coins, 30 of an honest recharge and 60 of the disputed one."""
    account = await desk.books.person(promo=10)
    await desk.buy(account, coins=30, gross=30, tax=0)
    source, _ = await desk.buy(account, coins=100, gross=100, tax=0)
    spend = desk.books.gift(account, 100, creator=51_004)
    await committer.spend(msgspec.structs.replace(spend, diamonds=33, rate=RATE))
    await committer.spend(desk.gift(account, 5, creator=51_005))
    lost = await desk.lose(await desk.open_dispute(account, source))
    assert lost.owed == 65
    assert lost.diamonds == (33 - 33 * 40 // 100) + 5
    assert (await desk.diamonds(51_004)).pending == 33 * 40 // 100
    assert (await desk.diamonds(51_005)).pending == 0
    await desk.books.audit()


async def test_matured_diamonds_are_spared_or_owed(desk: Desk, committer: Committer) -> None:
    creator = 51_006
    for clawback, taken in ((Clawback.PENDING, 0), (Clawback.ALL, 100)):
        account = await desk.books.person()
        source, _ = await desk.buy(account)
        await committer.spend(desk.gift(account, 100, creator=creator))
        assert await desk.mature(creator) == 100
        opened = await desk.open_dispute(account, source)
        assert (await desk.lose(opened, clawback=clawback)).diamonds == taken
        await desk.books.audit()
    diamonds = await desk.diamonds(creator)
    assert (diamonds.pending, diamonds.available, diamonds.debt) == (0, 100, 0)


async def test_a_creator_who_was_paid_already_pays_with_what_matures_next(
    desk: Desk, committer: Committer
) -> None:
    creator = 51_007
    account, honest = await desk.books.person(), await desk.books.person(paid=500)
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(account, 300, creator=creator))
    await desk.mature(creator)
    payout = await desk.request(creator, 250, cents=125)
    await desk.decide(ledger.payout_paid, payout)
    lost = await desk.lose(await desk.open_dispute(account, source), clawback=Clawback.ALL)
    assert lost.diamonds == 300
    assert await desk.clawed_back(creator) == [
        (creator * 1000 + 210, 1261, 50, 2),
        (creator * 1000 + 290, 1261, 250, 2),
        (1410, 1603, 150, 840),
    ]
    diamonds = await desk.diamonds(creator)
    assert (diamonds.available, diamonds.debt) == (0, 250)
    await desk.books.audit()

    await committer.spend(desk.gift(honest, 200, creator=creator))
    assert await desk.mature(creator) == 200
    assert (await desk.diamonds(creator)).debt == 50
    await desk.decide(ledger.payout_returned, payout)
    diamonds = await desk.diamonds(creator)
    assert (diamonds.available, diamonds.debt, diamonds.redeemed) == (200, 0, 0)
    await desk.books.audit()


async def test_diamonds_clawed_back_above_the_horizon_never_mature(
    desk: Desk, committer: Committer
) -> None:
    creator = 51_008
    account, honest = await desk.books.person(), await desk.books.person(paid=500)
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(honest, 70, creator=creator))
    await desk.mature(creator)
    await committer.spend(desk.gift(account, 40, creator=creator))
    await committer.spend(desk.gift(honest, 7, creator=creator))
    assert (await desk.lose(await desk.open_dispute(account, source))).diamonds == 40
    await desk.books.audit()
    assert (await desk.diamonds(creator)).pending == 7
    assert await desk.mature(creator) == 7
    diamonds = await desk.diamonds(creator)
    assert (diamonds.pending, diamonds.available) == (0, 77)
    await desk.books.audit()
