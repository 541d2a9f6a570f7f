"""Escrow among everything else that happens to a purse: the real ledger against a plain model."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import EscrowOrder, EscrowReturn, Kind, Release
from tests.ledger.conftest import CREATOR
from tests.ledger.model import NEVER, Coin, ModelPurse
from tests.ledger.test_laws import Lab, PurseMachine, coins, lab

__all__ = ["lab"]


@dataclass(frozen=True)
class Numbered(Coin):
    """A coin that knows when it came, so that it finds its place again."""

    number: int = 0


@dataclass
class Away:
    """Coins that left for something later, in the order in which they are spent."""

    coins: list[Coin]
    counted: date


@dataclass
class ModelWithEscrow(ModelPurse):
    """The purse, and what was put aside from it. What is away counts as gone until it is back."""

    away: dict[int, Away] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def recharge(self, coins: int, micro: int) -> None:
        super().recharge(coins, micro)
        fresh = [self.paid.pop() for _ in range(coins)][::-1]
        self.paid.extend(Numbered(coin.micro, NEVER, next(self.numbers)) for coin in fresh)

    def bonus(self, coins: int, expires: datetime) -> None:
        self.promo.extend(Numbered(0, expires, next(self.numbers)) for _ in range(coins))
        self._sort()
        self.issued += coins

    def put(self, name: int, coins: int, now: datetime) -> int | str:
        self.tidy(now)
        split = self._split(coins)
        if isinstance(split, str):
            return split
        promo, paid = split
        taken: list[Coin] = [*self.promo[:promo], *list(self.paid)[:paid]]
        micro = sum(coin.micro for coin in taken)
        if not self._fits(micro, now.date()):
            return "LimitReached"
        self._take(promo, paid)
        self.spent[now.date()] = self.spent.get(now.date(), 0) + micro
        self.away[name] = Away(taken, now.date())
        return micro

    def release(self, name: int, coins: int) -> int | str:
        away = self.away[name].coins
        if coins > len(away):
            return "EscrowShort"
        micro = sum(coin.micro for coin in away[:coins])
        del away[:coins]
        if not away:
            del self.away[name]
        return micro

    def back(self, name: int, now: datetime) -> int:
        self.tidy(now)
        away = self.away.pop(name)
        self.paid.extend(coin for coin in away.coins if coin.expires == NEVER)
        self.promo.extend(coin for coin in away.coins if coin.expires != NEVER)
        self._sort()
        micro = sum(coin.micro for coin in away.coins)
        self.gone -= len(away.coins)
        self.spent[away.counted] -= micro
        self.tidy(now)
        return micro

    def _sort(self) -> None:
        def place(coin: Coin) -> tuple[datetime, int]:
            assert isinstance(coin, Numbered)
            return coin.expires, coin.number

        self.promo.sort(key=place)
        paid = sorted(self.paid, key=place)
        self.paid.clear()
        self.paid.extend(paid)


class EscrowMachine(PurseMachine):
    """A purse whose coins also go into escrow and come back."""

    model: ModelWithEscrow

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self.model = ModelWithEscrow()
        self.escrows: dict[int, UUID] = {}

    @rule(size=coins)
    def put(self, size: int) -> None:
        act = ids.make()
        order = EscrowOrder(
            id=act, account=self.account, key=str(act), body=b"", kind=Kind.MEMBERSHIP, coins=size,
            at=self.now,
        )  # fmt: skip

        async def make() -> int:
            async with self.books.database.work() as connection:
                return (await ledger.put_in_escrow(connection, order)).micro

        name = next(self.names)
        outcome = self._try(make())
        assert outcome == self.model.put(name, size, self.now)
        if not isinstance(outcome, str):
            self.escrows[name] = act

    @precondition(lambda self: self.escrows)
    @rule(pick=st.integers(0, 50), size=coins)
    def release(self, pick: int, size: int) -> None:
        name = sorted(self.escrows)[pick % len(self.escrows)]
        act = ids.make()
        order = Release(
            id=act, account=self.account, escrow=self.escrows[name], key=str(act), body=b"",
            creator=CREATOR, coins=size, diamonds=size, at=self.now,
        )  # fmt: skip

        async def make() -> int:
            async with self.books.database.work() as connection:
                return (await ledger.release_escrow(connection, order)).micro

        assert self._try(make()) == self.model.release(name, size)
        if name not in self.model.away:
            del self.escrows[name]

    @precondition(lambda self: self.escrows)
    @rule(pick=st.integers(0, 50))
    def back(self, pick: int) -> None:
        name = sorted(self.escrows)[pick % len(self.escrows)]
        act = ids.make()
        order = EscrowReturn(
            id=act, account=self.account, escrow=self.escrows.pop(name), key=str(act), body=b"",
            at=self.now,
        )  # fmt: skip

        async def make() -> int:
            async with self.books.database.work() as connection:
                return (await ledger.return_escrow(connection, order)).micro

        assert self._try(make()) == self.model.back(name, self.now)
        self.lab.run(self.books.audit())


def test_escrow_keeps_the_ledger_the_model(lab: Lab) -> None:
    class Machine(EscrowMachine):
        """It is made by the library, without arguments."""

        def __init__(self) -> None:
            super().__init__(lab)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
