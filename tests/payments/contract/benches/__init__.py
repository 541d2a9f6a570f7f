"""Every provider that keeps the contract, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

from tests.payments.contract.bench import Bench
from tests.payments.contract.benches.alipay import open_alipay
from tests.payments.contract.benches.apple import open_apple
from tests.payments.contract.benches.google import open_google
from tests.payments.contract.benches.paypal import open_paypal
from tests.payments.contract.benches.sandbox import open_sandbox
from tests.payments.contract.benches.stripe import open_stripe_bench
from tests.payments.contract.benches.wechat import open_wechat

BENCHES: Mapping[str, Callable[[], AbstractAsyncContextManager[Bench]]] = {
    "apple": open_apple,
    "google": open_google,
    "alipay": open_alipay,
    "paypal": open_paypal,
    "sandbox": open_sandbox,
    "stripe": open_stripe_bench,
    "wechat": open_wechat,
}
