"""A process that gives a refund and stops right before it writes that down; a test kills it there."""

from __future__ import annotations

import asyncio
import os
import sys

from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.money import Money
from largesse.payments import Providers, RefundAnswer
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.people import person_by_handle
from largesse.recharge import Recharging
from largesse.recharge.refunds.ask import ask_refund
from tests.sandbox.provider import KEY, SECRET


class Halting(Sandbox):
    """The provider's adapter, which says that the refund was given and never comes back."""

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        answer = await super().refund(checkout=checkout, amount=amount, key=key)
        os.write(1, f"{type(answer).__name__}\n".encode())
        await asyncio.sleep(3600)
        return answer


async def main(url: str, sandbox: str, handle: str, reference: str) -> None:
    database = Database(url)
    await database.open()
    account = SandboxAccount(url=sandbox, key=KEY, notice_secrets=(SECRET.encode(),))
    recharging = Recharging(
        database=database,
        providers=Providers({"sandbox": Halting(account)}),
        clock=SystemClock(0),
        origin="http://127.0.0.1:8400",
    )
    async with database.read() as connection:
        viewer = await person_by_handle(connection, handle=handle)
    await ask_refund(
        recharging,
        viewer,
        ids.read("rch", reference),
        key="killed",
        now=recharging.clock.now(),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
