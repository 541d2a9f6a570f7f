"""Which providers this house works with, as its settings say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from largesse.kernel.errors import NotFound
from largesse.ledger import Seller
from largesse.payments import app_stores, keys
from largesse.payments.alipay import Alipay, AlipayAccount
from largesse.payments.apple.adapter import Apple
from largesse.payments.google.adapter import Google
from largesse.payments.paypal.adapter import PayPal
from largesse.payments.paypal.calls import PayPalAccount
from largesse.payments.provider import Provider, TakesCurrencies
from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.payments.stripe.adapter import Stripe
from largesse.payments.stripe.api import StripeAccount
from largesse.payments.wechat.adapter import WeChat
from largesse.payments.wechat.signature import API_KEY_BYTES, WeChatAccount
from largesse.settings import Settings, SettingsRefused

# Every provider's party in the books, by its code: those that are switched off have a history too.
# Gift codes are no provider; what was paid for them elsewhere is owed to us all the same.
CODES_PARTY = 17
_ADAPTERS = (Sandbox, Stripe, PayPal, Apple, Google, Alipay, WeChat)
PARTIES: dict[str, int] = {adapter.code: adapter.party for adapter in _ADAPTERS} | {
    "codes": CODES_PARTY
}
SELLERS: dict[str, Seller] = {adapter.code: adapter.seller for adapter in _ADAPTERS}

_SANDBOXES = (".sandbox.paypal.com", ".alipaydev.com")


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
        providers[Apple.code] = app_stores.apple(settings)
    if settings.google.is_on:
        providers[Google.code] = app_stores.google(settings)
    if settings.paypal.is_on:
        providers[PayPal.code] = _paypal(settings)
    if settings.alipay.is_on:
        providers[Alipay.code] = _alipay(settings)
    if settings.wechat.is_on:
        providers[WeChat.code] = _wechat(settings)
    return Providers(providers)


def _real(settings: Settings, address: str, *, setting: str) -> str:
    """A provider's address. In production never its sandbox: money there is nobody's."""
    host = urlsplit(address).hostname or ""
    if settings.is_production and host.endswith(_SANDBOXES):
        raise SettingsRefused(f"{setting} is a sandbox, which is not allowed in production")
    return address


def _paypal(settings: Settings) -> PayPal:
    told = settings.paypal
    return PayPal(
        PayPalAccount(
            client_id=told.client_id,
            client_secret=told.client_secret,
            webhook_id=told.webhook_id,
            url=_real(settings, told.api_url, setting="LARGESSE_PAYPAL_API_URL"),
            fee_bps=told.fee_bps,
            fee_fixed=told.fee_fixed,
        )
    )


def _alipay(settings: Settings) -> Alipay:
    told = settings.alipay
    return Alipay(
        AlipayAccount(
            app_id=told.app_id,
            seller_id=told.seller_id,
            private_key=keys.private_key(told.private_key, setting="LARGESSE_ALIPAY_PRIVATE_KEY"),
            public_key=keys.public_key(told.public_key, setting="LARGESSE_ALIPAY_PUBLIC_KEY"),
            notice_url=f"{settings.origin}/v1/notices/{Alipay.code}",
            url=_real(settings, told.api_url, setting="LARGESSE_ALIPAY_API_URL"),
            fee_bps=told.fee_bps,
        )
    )


def _wechat(settings: Settings) -> WeChat:
    told = settings.wechat
    api_key = told.api_key.encode()
    if len(api_key) != API_KEY_BYTES:
        raise SettingsRefused("LARGESSE_WECHAT_API_KEY must have 32 characters")
    return WeChat(
        WeChatAccount(
            merchant_id=told.merchant_id,
            app_id=told.app_id,
            private_key=keys.private_key(told.private_key, setting="LARGESSE_WECHAT_PRIVATE_KEY"),
            serial=told.serial,
            api_key=api_key,
            public_key_id=told.public_key_id,
            public_key=keys.public_key(told.public_key, setting="LARGESSE_WECHAT_PUBLIC_KEY"),
            notice_url=f"{settings.origin}/v1/notices/{WeChat.code}",
            url=told.api_url,
            fee_bps=told.fee_bps,
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
