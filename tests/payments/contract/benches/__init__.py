"""Every provider that keeps the contract, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from tests.payments.contract.bench import Bench
from tests.payments.contract.benches.sandbox import open_sandbox
from tests.payments.contract.benches.stripe import open_stripe_bench

BENCHES: Mapping[str, Callable[[], AbstractAsyncContextManager[Bench]]] = {
    "sandbox": open_sandbox,
    "stripe": open_stripe_bench,
}
