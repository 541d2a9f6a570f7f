"""The composition root: the only file that knows everything.

`build` joins the parts into one application whose lifespan starts and stops them:
the pool, the ledger's writers, the room gateway and the job worker share one loop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from litestar import Litestar

from largesse.catalogue import Shelf
from largesse.catalogue.routes import routes as catalogue_routes
from largesse.creators.routes import routes as creator_routes
from largesse.gifts import Gifting, GiftSocket, GiftsOfRoom, OpenRooms, Rates
from largesse.gifts.routes import routes as gift_routes
from largesse.http.app import build_app
from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.jobs import Jobs
from largesse.ledger import Committer
from largesse.mail import configured as configured_mail
from largesse.payments import configured
from largesse.people import FactorKeys, Factors
from largesse.people.routes import routes as people_routes
from largesse.realtime import Gateway, Hub, LocalBus, Method, Tokens
from largesse.realtime.routes import routes as realtime_routes
from largesse.recharge import (
    Issuer,
    RechargeNews,
    RechargeRules,
    Recharging,
    Tell,
)
from largesse.recharge.routes import routes as recharge_routes
from largesse.reporting.routes import routes as reporting_routes
from largesse.rooms import Chat, ChatPace, ChatSocket, Notice, WalletChanged
from largesse.rooms.routes import routes as room_routes
from largesse.settings import Settings
from largesse.sweepers import Mailing, Sweepers
from largesse.wallet.routes import routes as wallet_routes

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

ROUTES = [
    *people_routes,
    *wallet_routes,
    *recharge_routes,
    *catalogue_routes,
    *gift_routes,
    *room_routes,
    *realtime_routes,
    *creator_routes,
    *reporting_routes,
]


@dataclass(slots=True)
class House:
    """Every part of one process, joined; nothing runs before `open`."""

    settings: Settings
    url: str
    clock: SystemClock = field(init=False)
    database: Database = field(init=False)
    patient: Database = field(init=False)
    reading: Database = field(init=False)
    ledger: Committer = field(init=False)
    shelf: Shelf = field(init=False)
    rates: Rates = field(init=False)
    gift_book: GiftsOfRoom = field(init=False)
    hub: Hub = field(init=False)
    gifting: Gifting = field(init=False)
    chat: Chat = field(init=False)
    recharging: Recharging = field(init=False)
    gateway: Gateway = field(init=False)
    tokens: Tokens = field(init=False)
    factors: Factors = field(init=False)
    jobs: Jobs = field(init=False)

    def __post_init__(self) -> None:
        self._keep_books(self.settings)
        self._set_the_stage(self.settings)
        self._open_the_till(self.settings)

    def _keep_books(self, settings: Settings) -> None:
        self.clock = SystemClock(settings.clock_offset_s)
        self.database = Database(self.url)
        self.patient = Database(self.url, connections_max=3, patient=True)
        # Long reports have connections of their own: they keep no sweeper waiting.
        self.reading = Database(self.url, connections_max=2, patient=True)
        self.ledger = Committer(
            self.url,
            writers=settings.ledger_writers,
            batch_max=settings.ledger_batch_max,
        )

    def _set_the_stage(self, settings: Settings) -> None:
        self.shelf = Shelf(self.database)
        self.rates = Rates(self.database)
        self.gift_book = GiftsOfRoom(self.database, self.shelf, self.clock)
        self.hub = Hub(
            database=self.database,
            clock=self.clock,
            bus=LocalBus(),
            gift_book=self.gift_book,
            # The same name after a restart, so that its rooms need not wait for their leases to end.
            node=f"{socket.gethostname()}:{settings.gateway_port}",
        )
        self.gifting = Gifting(
            database=self.database,
            ledger=self.ledger,
            stage=self.hub,
            shelf=self.shelf,
            rooms=OpenRooms(self.database),
            rates=self.rates,
            clock=self.clock,
            diamonds_per_coin=settings.diamonds_per_coin,
        )
        self.chat = Chat(self.database, self.clock, self.hub, ChatPace())
        self.tokens = Tokens(settings.secret)
        self.factors = Factors(self.database, FactorKeys(settings.secret))
        self.gateway = Gateway(
            hub=self.hub,
            database=self.database,
            clock=self.clock,
            tokens=self.tokens,
            methods={
                "gift.send": Method(GiftSocket(self.gifting).send),
                "chat.send": Method(ChatSocket(self.chat).send, in_order=True),
            },
        )

    def _open_the_till(self, settings: Settings) -> None:
        self.recharging = Recharging(
            database=self.database,
            providers=configured(settings),
            clock=self.clock,
            origin=settings.origin,
            rules=RechargeRules(
                quote_seconds=settings.quote_seconds,
                payment_seconds=settings.payment_seconds,
                refund_days=settings.refund_days,
            ),
            issuer=Issuer(
                name=settings.seller.name,
                address=settings.seller.address,
                tax_id=settings.seller.tax_id,
                email=settings.seller.email,
                series=settings.seller.series,
            ),
            compare_channels=settings.compare_channels,
            tell=_to_the_buyer(self.hub),
        )
        self.jobs = Jobs(self.url)
        Sweepers(
            database=self.patient,
            clock=self.clock,
            recharging=self.recharging,
            mailing=Mailing(carrier=configured_mail(settings), sender=settings.mail.sender),
            clearing=timedelta(days=settings.clearing_days),
        ).register(self.jobs)

    def provided(self) -> dict[str, object]:
        """What routes may ask for, by parameter name."""
        return {
            "settings": self.settings,
            "clock": self.clock,
            "database": self.database,
            "reading": self.reading,
            "ledger": self.ledger,
            "shelf": self.shelf,
            "rates": self.rates,
            "gift_book": self.gift_book,
            "stage": self.hub,
            "gifting": self.gifting,
            "chat": self.chat,
            "recharging": self.recharging,
            "tokens": self.tokens,
            "factors": self.factors,
        }

    @asynccontextmanager
    async def open(self, *, with_jobs: bool = True) -> AsyncIterator[None]:
        """Everything running; on the way out the last gifts are committed and told."""
        async with AsyncExitStack() as stack:
            await self.database.open()
            stack.push_async_callback(self.database.close)
            await self.patient.open()
            stack.push_async_callback(self.patient.close)
            await self.reading.open()
            stack.push_async_callback(self.reading.close)
            stack.push_async_callback(self.recharging.providers.close)
            await self.ledger.start()
            stack.push_async_callback(self.ledger.stop)
            await _in_background(stack, "room-hub", self.hub.run())
            stack.push_async_callback(self.hub.close)
            await self.gateway.listen(host=self.settings.host, port=self.settings.gateway_port)
            stack.push_async_callback(self.gateway.close)
            await _in_background(stack, "gateway", self.gateway.run())
            if with_jobs:
                await _in_background(stack, "jobs", self.jobs.work_through_outages())
            yield


def _to_the_buyer(hub: Hub) -> Tell:
    def tell(news: RechargeNews) -> None:
        """Everything about an order is a notice; what moved coins changes the wallet besides."""
        notice = Notice(
            id=ids.show("evt", ids.make()),
            at=news.at,
            kind=f"recharge.{news.what}",
            reference=news.reference,
            facts={"repaid": news.repaid} if news.repaid else {},
        )
        hub.tell(news.person, notice)
        if news.balance is None:
            return
        changed = WalletChanged(
            id=ids.show("evt", ids.make()),
            at=news.at,
            reason="recharge",
            coins=news.balance,
            reference=news.reference,
        )
        hub.tell(news.person, changed)

    return tell


def build(settings: Settings, url: str) -> Litestar:
    """The application on the database at `url` (the application's role)."""
    house = House(settings, url)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with house.open():
            yield

    return doors(house, lifespan)


def doors(house: House, *lifespan: Lifespan) -> Litestar:
    """The HTTP face of a house, which whoever opens it starts and stops."""
    return build_app(routes=ROUTES, provided=house.provided(), web=front_end(), lifespan=lifespan)


def front_end() -> Path:
    """Where the built pages are: inside the installed wheel, or in a checkout."""
    inside = Path(__file__).parent / "web"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "web" / "dist"


async def _in_background(
    stack: AsyncExitStack, name: str, work: Coroutine[object, object, None]
) -> None:
    """Run something for as long as the house is open."""
    task = asyncio.create_task(work, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
