"""One provider a module, with a shop that listens for its notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.provider import SandboxProcess, sandbox_process
from tests.sandbox.shop import Shop, open_shop


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A merchant's server that writes down what it hears."""
    with open_shop() as opened:
        yield opened


@pytest.fixture(scope="module")
def sandbox(shop: Shop) -> Iterator[SandboxProcess]:
    """The provider, in its own process."""
    with sandbox_process(shop.url) as process:
        shop.provider = process.url
        yield process
