"""The sandbox provider, put together: one file of books, one courier, two kinds of doors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide

from largesse.sandbox import hosted, mailbox, merchant
from largesse.sandbox.courier import Courier
from largesse.sandbox.model import NotPayable
from largesse.sandbox.store import Store
from largesse.sandbox.till import KeyReused, Till, Unknown

BODY_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Everything the provider is told when it starts."""

    file: Path
    merchant_key: str
    notice_secret: bytes
    notice_url: str
    public_url: str
    later_seconds: int = 5
    clock_offset_seconds: int = 0


def build(settings: SandboxSettings, *, clock_ms: Callable[[], int] | None = None) -> Litestar:
    """The provider as an ASGI application; its courier runs as long as it does.

    `clock_ms` is its clock, where that is not the machine's.
    """
    store = Store(settings.file)

    def now_ms() -> int:
        told = time.time_ns() // 1_000_000 if clock_ms is None else clock_ms()
        return told + settings.clock_offset_seconds * 1000

    bell = asyncio.Event()
    till = Till(
        store=store,
        now_ms=now_ms,
        public_url=settings.public_url,
        later_seconds=settings.later_seconds,
        wake=bell.set,
    )

    @asynccontextmanager
    async def courier_at_work(_app: Litestar) -> AsyncIterator[None]:
        courier = Courier(
            store=store,
            till=till,
            notice_url=settings.notice_url,
            secret=settings.notice_secret,
            now_ms=now_ms,
            bell=bell,
        )
        work = asyncio.create_task(courier.run())
        yield
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        store.close()

    async def the_till() -> Till:
        return till

    async def the_mail() -> Path:
        return settings.file.parent / "mail"

    return Litestar(
        route_handlers=[*hosted.handlers, *mailbox.handlers, *merchant.handlers],
        dependencies={"till": Provide(the_till), "mail": Provide(the_mail)},
        state=State({"merchant_key": settings.merchant_key, "stumbles": [], "till": till}),
        lifespan=[courier_at_work],
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=None,
        logging_config=None,
        exception_handlers={
            Unknown: _says(404, "There is no such checkout."),
            NotPayable: _says(409, "This cannot be done with the checkout as it stands."),
            KeyReused: _says(409, "This Idempotency-Key came with another request before."),
            msgspec.DecodeError: _says(400, "This is not JSON."),
            msgspec.ValidationError: _invalid,
        },
    )


def _says(status: int, message: str) -> Any:
    def answer(_request: Request[Any, Any, Any], _error: Exception) -> Response[Any]:
        return Response({"message": message}, status_code=status)

    return answer


def _invalid(_request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return Response({"message": str(error)}, status_code=422)
