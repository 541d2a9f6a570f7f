"""The real books, read back act by act and laid beside the plain ones."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

from tests.ledger.conftest import Books
from tests.ledger.proof.claims import LOST, OPENED, WON
from tests.ledger.proof.coins import PAID, POOLS, PRIZE, PROMO
from tests.ledger.proof.world import COIN, EXPIRE, OTHER, Act, World

_ACTS = (
    "select account, seq, id, balance, kind, shape, at, promo, prize, paid, micro, tax_micro, fee_micro,"
    " party, diamonds, rate, place from ledger.journal where seq > %s order by seq"
)
_LEGS = "select seq, debit, credit, amount, asset from ledger.transfers where seq > %s"


@dataclass
class Reader:
    """Finds what is new in the books. Acts of an account come in the order in which they were done.

    When promo coins leave whose time is over is the books' affair, as long as nobody can spend
    them: so their acts are taken as they come, and their coins are checked off.
    """

    books: Books
    world: World
    history: list[Act] = field(default_factory=list)
    running: Counter[int] = field(default_factory=Counter)
    asked: int = 0

    async def find(self) -> list[Act]:
        """Every act of the plain books that is not found yet is in the real ones, and nothing else."""
        last = self.history[-1].seq if self.history else 0
        rows = await self.books.rows(_ACTS, last)
        sides: dict[int, Counter[tuple[str, int, int]]] = defaultdict(Counter)
        for seq, debit, credit, amount, asset in await self.books.rows(_LEGS, last):
            sides[seq]["debit", debit, asset] += amount
            sides[seq]["credit", credit, asset] += amount
        expected: dict[int, deque[Act]] = defaultdict(deque)
        for act in self.world.acts[self.asked :]:
            expected[act.account].append(act)
        found = []
        for account, seq, act_id, balance, *facts in rows:
            act = self._expired(account, facts) or expected[account].popleft()
            act.seq, act.id, act.balance = seq, act_id, balance
            assert _facts(act) == tuple(facts), (account, _facts(act), tuple(facts))
            assert act.sides == sides[seq], (account, seq, act.sides, sides[seq])
            self._balance(act)
            found.append(act)
        missing = [act for line in expected.values() for act in line]
        assert not missing, f"not in the books: {missing}"
        self.asked = len(self.world.acts)
        self.history += found
        return found

    def _expired(self, account: int, facts: list[Any]) -> Act | None:
        kind, shape, at, promo = facts[:4]
        if shape != EXPIRE:
            return None
        person = self.world.people[account]
        assert 0 < promo <= person.unswept, f"{promo} promo coins left too early"
        person.unswept -= promo
        act = Act(account, kind, EXPIRE, at, Counter({PROMO: promo}), sign=-1)
        act.currency = person.currency
        act.move(account * 1000 + 110, 1173, promo, COIN)
        return act

    def _balance(self, act: Act) -> None:
        """What can be spent runs on from act to act; whoever has no purse has nothing to spend."""
        self.running[act.account] += act.sign * act.pools.total()
        tells = act.shape != OTHER or act.kind in {OPENED, WON, LOST}
        has_purse = act.account in self.world.people
        assert act.balance == (self.running[act.account] if tells and has_purse else 0), act


def _facts(act: Act) -> tuple[object, ...]:
    pools = act.pools
    return (
        act.kind, act.shape, act.at, pools[PROMO], pools[PRIZE], pools[PAID], *act.cost,
        act.party, act.diamonds, act.rate, act.place,
    )  # fmt: skip


def balances(acts: list[Act]) -> Counter[tuple[int, int]]:
    """Credit less debit of every account, from the acts."""
    found: Counter[tuple[int, int]] = Counter()
    for act in acts:
        for (side, number, asset), amount in act.sides.items():
            found[number, asset] += amount if side == "credit" else -amount
    return found


def pools_of(act: Act) -> dict[str, int]:
    """What an act shows of each pool: how what can be spent changed."""
    return {pool: act.sign * act.pools[pool] for pool in POOLS}
