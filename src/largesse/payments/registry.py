"""Which providers this house works with, as its settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from largesse.kernel.errors import NotFound
from largesse.payments.apple import Apple, AppleAccount
from largesse.payments.apple_seal import roots
from largesse.payments.google import Google, GoogleAccount
from largesse.payments.google_token import service_account
from largesse.payments.keys import signing_key
from largesse.payments.provider import Provider, TakesCurrencies
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.payments.stripe import Stripe
from largesse.payments.stripe_api import StripeAccount
from largesse.settings import Settings

# Every provider's party in the books, by its code: those that are switched off have a history too.
# Gift codes are no provider; what was paid for them elsewhere is owed to us all the same.
CODES_PARTY = 17
PARTIES: dict[str, int] = {
    adapter.code: adapter.party for adapter in (Sandbox, Stripe, Apple, Google)
} | {"codes": CODES_PARTY}


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

    def collecting(self, currency: str) -> list[str]:
        """The codes of those that collect in this currency."""
        return [
            code
            for code, provider in self.by_code.items()
            if not isinstance(provider, TakesCurrencies) or currency in provider.currencies
        ]

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
    if settings.apple.is_on:
        providers[Apple.code] = _apple(settings)
    if settings.google.is_on:
        providers[Google.code] = _google(settings)
    return Providers(providers)


def _apple(settings: Settings) -> Apple:
    told = settings.apple
    return Apple(
        AppleAccount(
            issuer_id=told.issuer_id,
            key_id=told.key_id,
            private_key=signing_key(told.private_key, setting="LARGESSE_APPLE_PRIVATE_KEY"),
            bundle_id=told.bundle_id,
            app_id=told.app_id,
            roots=roots(told.roots),
            is_production=settings.is_production,
            api_url=told.api_url,
            commission_bps=told.commission_bps,
        )
    )


def _google(settings: Settings) -> Google:
    told = settings.google
    return Google(
        GoogleAccount(
            package_name=told.package_name,
            service_account=service_account(told.service_account),
            notice_audience=told.notice_audience,
            notice_account=told.notice_account,
            is_production=settings.is_production,
            api_url=told.api_url,
            keys_url=told.keys_url,
            commission_bps=told.commission_bps,
        )
    )


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
