"""Which providers this house works with, as its settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from largesse.kernel.errors import NotFound
from largesse.payments.provider import Provider
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.payments.stripe import Stripe
from largesse.payments.stripe_api import StripeAccount
from largesse.settings import Settings

# Every provider's party in the books, by its code: those that are switched off have a history too.
PARTIES: dict[str, int] = {adapter.code: adapter.party for adapter in (Sandbox, Stripe)}


class ProviderUnknown(NotFound):
    """No payment provider goes by this name here."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers that are switched on, by code."""

    by_code: dict[str, Provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_code)

    def __getitem__(self, code: str) -> Provider:
        """The provider with this code; raises `ProviderUnknown`."""
        try:
            return self.by_code[code]
        except KeyError:
            raise ProviderUnknown from None

    async def close(self) -> None:
        """Give all connections back."""
        for provider in self.by_code.values():
            await provider.close()


def configured(settings: Settings) -> Providers:
    """Switch on every provider whose settings are there; the sandbox never in production."""
    providers: dict[str, Provider] = {}
    if not settings.is_production and settings.sandbox_key and settings.sandbox_notice_secret:
        account = SandboxAccount(
            url=settings.sandbox_origin,
            key=settings.sandbox_key,
            notice_secrets=tuple(
                secret.encode() for secret in settings.sandbox_notice_secret.split(",") if secret
            ),
            fee_bps=settings.sandbox_fee_bps,
        )
        providers[Sandbox.code] = Sandbox(account)
    if settings.stripe.is_on:
        providers[Stripe.code] = Stripe(_stripe_account(settings))
    return Providers(providers)


def _stripe_account(settings: Settings) -> StripeAccount:
    told = settings.stripe
    secrets = (secret.strip() for secret in told.notice_secret.split(","))
    return StripeAccount(
        key=told.key,
        notice_secrets=tuple(secret for secret in secrets if secret),
        url=told.api_url,
        is_live=settings.is_production,
        fee_bps=told.fee_bps,
        fee_fixed=told.fee_fixed,
    )
