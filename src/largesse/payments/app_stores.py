"""Both app stores as their settings describe them; what cannot be used refuses to start."""

from __future__ import annotations

from largesse.payments import keys
from largesse.payments.apple.adapter import Apple, AppleAccount
from largesse.payments.apple.seal import roots
from largesse.payments.google.adapter import Google, GoogleAccount
from largesse.payments.google.token import service_account
from largesse.settings import Settings


def apple(settings: Settings) -> Apple:
    """The App Store for our app. Raises `SettingsRefused`."""
    told = settings.apple
    return Apple(
        AppleAccount(
            issuer_id=told.issuer_id,
            key_id=told.key_id,
            private_key=keys.signing_key(told.private_key, setting="LARGESSE_APPLE_PRIVATE_KEY"),
            bundle_id=told.bundle_id,
            app_id=told.app_id,
            roots=roots(told.roots),
            is_production=settings.is_production,
            api_url=told.api_url,
            commission_bps=told.commission_bps,
        )
    )


def google(settings: Settings) -> Google:
    """Google Play for our app. Raises `SettingsRefused`."""
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
