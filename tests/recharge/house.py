"""A small house that sells coins: our HTTP doors, the real provider, and buyers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn

from largesse.http.app import build_app
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.payments import Providers, configured
from largesse.payments.sandbox import Sandbox
from largesse.people import FactorKeys, Factors, Newcomer, Viewer, sign_up
from largesse.people.sign_in import open_session
from largesse.recharge import RechargeNews, RechargeRules, Recharging
from largesse.recharge.routes import routes as recharge_routes
from largesse.settings import Settings
from largesse.wallet.routes import routes as wallet_routes
from tests.sandbox.provider import KEY, SECRET, SandboxProcess, free_port, sandbox_process

PAYS = "4242424242424242"
DECLINED = "4000000000000002"
POOR = "4000000000009995"
AUTHENTICATION = "4000002500003155"
DISPUTED = "4000000000000259"


@dataclass
class HandClock:
    """A clock that runs, and that a test can push ahead."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, **by: int) -> None:
        self.ahead += timedelta(**by)


@dataclass
class News:
    """Everything that buyers were told, and a way to wait for the next."""

    told: list[RechargeNews] = field(default_factory=list)
    _rung: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __call__(self, news: RechargeNews) -> None:
        self.told.append(news)
        task = asyncio.get_running_loop().create_task(self._ring())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ring(self) -> None:
        async with self._rung:
            self._rung.notify_all()

    async def heard(self, reference: str, what: str) -> RechargeNews:
        """The first news of this kind about an order, as soon as it is there."""

        def found() -> list[RechargeNews]:
            return [one for one in self.told if (one.reference, one.what) == (reference, what)]

        async with asyncio.timeout(20), self._rung:
            await self._rung.wait_for(found)
        return found()[0]


@dataclass
class Buyer:
    """Somebody with an account, a purse and a browser."""

    viewer: Viewer
    http: httpx.AsyncClient
    provider: httpx.AsyncClient

    async def post(self, path: str, key: str | None = None, **body: Any) -> httpx.Response:
        headers = {"idempotency-key": key or str(ids.make())}
        return await self.http.post(path, json=body or None, headers=headers)

    async def quote(self, coins: int = 350, *, method: str = "card", **more: Any) -> dict[str, Any]:
        """An order in review."""
        answer = await self.post("/v1/recharges", coins=coins, method=method, **more)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def order(self, coins: int = 350, *, method: str = "card") -> dict[str, Any]:
        """An order that awaits its payment."""
        quoted = await self.quote(coins, method=method)
        answer = await self.post(f"/v1/recharges/{quoted['id']}/confirm")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def read(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it is now."""
        answer = await self.http.get(f"/v1/recharges/{order['id']}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def pay(
        self, order: dict[str, Any], card: str = PAYS, *, outcome: str | None = None
    ) -> dict[str, Any]:
        """Pay on the provider's page with a test card."""
        answer = await self.provider.post(
            order["checkout_url"], json={"card": card, "outcome": outcome}
        )
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def faults(self, order: dict[str, Any], **faults: Any) -> None:
        """Tell the provider how to lie about this order."""
        answer = await self.provider.post(f"{order['checkout_url']}/faults", json=faults)
        assert answer.status_code == 200, answer.text

    async def coins(self) -> int:
        """What can be spent now."""
        answer = await self.http.get("/v1/wallet")
        coins: int = answer.json()["coins"]
        return coins


@dataclass
class House:
    """The parts that a test puts its hands on."""

    database: Database
    clock: HandClock
    news: News
    sandbox: SandboxProcess
    recharging: Recharging
    factors: Factors
    url: str
    http: httpx.AsyncClient
    provider: httpx.AsyncClient
    _buyers: list[Buyer] = field(default_factory=list)

    @property
    def adapter(self) -> Sandbox:
        """Our side of the provider, which can also sign like it."""
        adapter = self.recharging.providers["sandbox"]
        assert isinstance(adapter, Sandbox)
        return adapter

    async def buyer(self, *, country: str = "US", born: date = date(1990, 5, 1)) -> Buyer:
        """A new person who is signed in."""
        now = self.clock.now()
        handle = f"b{ids.make().hex[-16:]}"
        newcomer = Newcomer(
            handle=handle,
            email=f"{handle}@example.org",
            password="open sesame largesse",
            birth_date=born,
            country=country,
        )
        viewer = await sign_up(self.database, newcomer, now=now)
        token = await open_session(self.database, viewer, now=now)
        http = httpx.AsyncClient(
            base_url=self.url,
            headers={"authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=30,
        )
        buyer = Buyer(viewer, http, self.provider)
        self._buyers.append(buyer)
        return buyer

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the database."""
        async with self.database.read() as connection:
            found = await connection.execute(query.encode(), values)
            return await found.fetchall()

    async def count_reaches(self, least: int, query: str, *values: object) -> None:
        """Wait until a query counts this many: for what only the database hears of."""
        for _ in range(200):
            if (await self.rows(query, *values))[0][0] >= least:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"never {least}: {query}")

    async def credits(self, order: dict[str, Any]) -> int:
        """How many lots of coins this order brought."""
        recharge: UUID = ids.read("rch", order["id"])
        rows = await self.rows("select count(*) from ledger.lot where source = %s", recharge)
        count: int = rows[0][0]
        return count

    async def close(self) -> None:
        for buyer in self._buyers:
            await buyer.http.aclose()
        await self.http.aclose()
        await self.provider.aclose()


@asynccontextmanager
async def open_house(
    database: Database,
    *,
    later_seconds: int = 1,
    port: int | None = None,
    more: Settings | None = None,
) -> AsyncIterator[House]:
    """Doors on a free port, and a provider in its own process that knows the way to them.

    `more` are settings that switch other providers on. Their stand-ins have to know where notices
    go, so whoever starts them names the port.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with sandbox_process(f"{url}/v1/notices/sandbox", later_seconds=later_seconds) as sandbox:
        clock, news = HandClock(), News()
        providers = _providers(sandbox, port, more or Settings())
        recharging = Recharging(
            database=database,
            providers=providers,
            clock=clock,
            origin=url,
            rules=RechargeRules(),
            tell=news,
        )
        factors = Factors(database, FactorKeys("a secret of the house in tests"))
        provided = {
            "settings": Settings(port=port),
            "clock": clock,
            "database": database,
            "recharging": recharging,
            "factors": factors,
        }
        server = _server([*recharge_routes, *wallet_routes], provided, port)
        serving = asyncio.create_task(server.serve())
        await server.opened.wait()
        house = House(
            database=database,
            clock=clock,
            news=news,
            sandbox=sandbox,
            recharging=recharging,
            factors=factors,
            url=url,
            http=httpx.AsyncClient(base_url=url, trust_env=False, timeout=30),
            provider=httpx.AsyncClient(trust_env=False, timeout=30),
        )
        try:
            yield house
        finally:
            await house.close()
            sandbox.kill()
            server.should_exit = True
            await serving
            await providers.close()


def _providers(sandbox: SandboxProcess, port: int, more: Settings) -> Providers:
    settings = replace(
        more,
        port=port,
        sandbox_port=sandbox.port,
        sandbox_key=KEY,
        sandbox_notice_secret=SECRET,
    )
    return configured(settings)


class _Server(uvicorn.Server):
    """A server that says when its doors are open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened.set()


def _server(routes: list[Any], provided: dict[str, object], port: int) -> _Server:
    app = build_app(routes=routes, provided=provided, web=Path("no-pages-here"))
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on"
    )
    return _Server(config)
