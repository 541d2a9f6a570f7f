"""Every setting, read once at the start from `LARGESSE_*` variables.

Nothing below `main` reads the environment. A value that cannot be used refuses
to start and says which one it was; `largesse settings` lists them all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SECRET_LENGTH_MIN = 32


class SettingsRefused(Exception):
    """A setting is missing or cannot be used; the message says which and how to mend it."""


def _needed(about: str, *, secret: bool = False) -> str:
    """A setting without which its provider cannot be switched on."""
    about_it = {"about": about, "needed": True, "secret": secret}
    value: str = field(default="", repr=not secret, metadata=about_it)
    return value


def _told(default: object, about: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"about": about, "secret": secret})


@dataclass(frozen=True, slots=True)
class Group:
    """The settings of one provider. Naming any of them switches it on, and then it needs all needed."""

    is_on: bool = field(default=False, metadata={"about": "set by the others"})


@dataclass(frozen=True, slots=True)
class StripeSettings(Group):
    """LARGESSE_STRIPE_*."""

    key: str = _needed("Stripe secret key", secret=True)
    notice_secret: str = _needed("Stripe endpoint secrets, two with a comma", secret=True)
    api_url: str = _told("https://api.stripe.com", "Stripe API address")
    fee_bps: int = _told(290, "what Stripe keeps, in 1/100 %")
    fee_fixed: int = _told(30, "and besides, in minor units")


@dataclass(frozen=True, slots=True)
class PayPalSettings(Group):
    """LARGESSE_PAYPAL_*."""

    client_id: str = _needed("PayPal REST app")
    client_secret: str = _needed("PayPal REST app's secret", secret=True)
    webhook_id: str = _needed("PayPal webhook, part of what is signed")
    api_url: str = _told("https://api-m.paypal.com", "PayPal API address")
    fee_bps: int = _told(349, "what PayPal keeps, in 1/100 %")
    fee_fixed: int = _told(49, "and besides, in minor units")


@dataclass(frozen=True, slots=True)
class AppleSettings(Group):
    """LARGESSE_APPLE_*."""

    issuer_id: str = _needed("App Store Connect issuer")
    key_id: str = _needed("App Store Connect in-app purchase key")
    private_key: str = _needed("that key (PEM, or the path of its file)", secret=True)
    bundle_id: str = _needed("the app")
    app_id: int = _told(0, "the app's Apple id, needed in production")
    roots: str = _told("", "folder of Apple root certificates (DER); empty = those we ship")
    api_url: str = _told("", "App Store Server API address; empty = Apple's")
    commission_bps: int = _told(3000, "what Apple keeps, in 1/100 %")


@dataclass(frozen=True, slots=True)
class GoogleSettings(Group):
    """LARGESSE_GOOGLE_*."""

    package_name: str = _needed("the app")
    service_account: str = _needed("service account (JSON, or the path of its file)", secret=True)
    notice_audience: str = _needed("audience of the push subscription's token")
    notice_account: str = _needed("e-mail of the push subscription's account")
    api_url: str = _told("https://androidpublisher.googleapis.com", "Play Developer API address")
    keys_url: str = _told("https://www.googleapis.com/oauth2/v3/certs", "keys that sign pushes")
    commission_bps: int = _told(3000, "what Google keeps, in 1/100 %")


@dataclass(frozen=True, slots=True)
class AlipaySettings(Group):
    """LARGESSE_ALIPAY_*."""

    app_id: str = _needed("Alipay app")
    seller_id: str = _needed("our Alipay account (2088...)")
    private_key: str = _needed("our app's key (PEM, or the path of its file)", secret=True)
    public_key: str = _needed("Alipay's public key (PEM, or the path of its file)")
    api_url: str = _told("https://openapi.alipay.com/gateway.do", "Alipay gateway")
    fee_bps: int = _told(60, "what Alipay keeps, in 1/100 %")


@dataclass(frozen=True, slots=True)
class WeChatSettings(Group):
    """LARGESSE_WECHAT_*."""

    merchant_id: str = _needed("WeChat Pay merchant (mchid)")
    app_id: str = _needed("WeChat app")
    private_key: str = _needed("merchant's key (PEM, or the path of its file)", secret=True)
    serial: str = _needed("serial of the merchant's certificate")
    api_key: str = _needed("APIv3 key, 32 characters", secret=True)
    public_key_id: str = _needed("id of WeChat Pay's public key (PUB_KEY_ID_...)")
    public_key: str = _needed("WeChat Pay's public key (PEM, or the path of its file)")
    api_url: str = _told("https://api.mch.weixin.qq.com", "WeChat Pay API address")
    fee_bps: int = _told(60, "what WeChat Pay keeps, in 1/100 %")


@dataclass(frozen=True, slots=True)
class MailSettings(Group):
    """LARGESSE_MAIL_*."""

    host: str = _needed("SMTP server")
    port: int = _told(587, "SMTP port")
    sender: str = _told("Largesse <coins@localhost>", "who the mails come from")
    user: str = _told("", "SMTP login")
    password: str = _told("", "SMTP password", secret=True)
    starttls: bool = _told(default=True, about="encrypt after connecting")


@dataclass(frozen=True, slots=True)
class SellerSettings(Group):
    """LARGESSE_SELLER_*: what stands on receipts."""

    name: str = _told("Largesse", "who sells the coins")
    address: str = _told("", "postal address; \\n starts a new line")
    tax_id: str = _told("", "VAT or tax number")
    email: str = _told("", "where buyers can write to")
    series: str = _told("", "stands before the numbers of receipts, such as DE-")


GROUPS: Mapping[str, type[Group]] = {
    "stripe": StripeSettings,
    "paypal": PayPalSettings,
    "apple": AppleSettings,
    "google": GoogleSettings,
    "alipay": AlipaySettings,
    "wechat": WeChatSettings,
    "mail": MailSettings,
    "seller": SellerSettings,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can turn. Defaults suit a laptop; production demands its secrets."""

    env: str = field(default="development", metadata={"about": "development or production"})
    host: str = field(default="127.0.0.1", metadata={"about": "address to listen on"})
    port: int = field(default=8400, metadata={"about": "HTTP port"})
    gateway_port: int = field(default=8401, metadata={"about": "room socket port"})
    sandbox_port: int = field(default=8402, metadata={"about": "sandbox provider's port"})
    public_url: str = field(default="", metadata={"about": "address that people type"})
    gateway_url: str = field(default="", metadata={"about": "room socket address for clients"})
    data_dir: Path = field(default=Path("var"), metadata={"about": "where everything is kept"})
    database_url: str = field(default="", metadata={"about": "PostgreSQL; empty = embedded"})
    migration_url: str = field(default="", metadata={"about": "the owner's role, for migrations"})
    nats_url: str = field(default="", metadata={"about": "bus between several nodes"})
    secret: str = _told("", "signs short-lived tokens", secret=True)
    sandbox_key: str = _told("", "sandbox API key", secret=True)
    sandbox_notice_secret: str = _told("", "signs the sandbox's notices", secret=True)
    clock_offset_s: int = field(default=0, metadata={"about": "moves the clock, not in production"})
    log_level: str = field(default="info", metadata={"about": "debug, info, warning, error"})
    ledger_writers: int = field(default=2, metadata={"about": "connections that commit gifts"})
    ledger_batch_max: int = field(default=256, metadata={"about": "most gifts in one commit"})
    diamonds_per_coin: int = field(default=1, metadata={"about": "diamonds a coin becomes"})
    quote_seconds: int = field(default=900, metadata={"about": "how long an offer holds"})
    payment_seconds: int = field(default=3600, metadata={"about": "how long paying may take"})
    refund_days: int = field(
        default=14, metadata={"about": "days in which unspent coins can be refunded"}
    )
    sandbox_fee_bps: int = field(
        default=290, metadata={"about": "what the sandbox keeps, in 1/100 %"}
    )
    clearing_days: int = field(default=7, metadata={"about": "days until diamonds are available"})
    simulate: bool = field(default=True, metadata={"about": "demo crowd in development"})
    stripe: StripeSettings = field(default_factory=StripeSettings)
    paypal: PayPalSettings = field(default_factory=PayPalSettings)
    apple: AppleSettings = field(default_factory=AppleSettings)
    google: GoogleSettings = field(default_factory=GoogleSettings)
    alipay: AlipaySettings = field(default_factory=AlipaySettings)
    wechat: WeChatSettings = field(default_factory=WeChatSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    seller: SellerSettings = field(default_factory=SellerSettings)
    compare_channels: bool = field(
        default=True, metadata={"about": "show what coins cost in app stores, where they allow it"}
    )

    @property
    def is_production(self) -> bool:
        """Whether real people's money may be here."""
        return self.env == "production"

    @property
    def origin(self) -> str:
        """The address that browsers use to reach us."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def gateway_address(self) -> str:
        """Where clients open the room socket."""
        return self.gateway_url or f"ws://{self.host}:{self.gateway_port}/connection/websocket"

    @property
    def sandbox_origin(self) -> str:
        """Where the sandbox provider listens."""
        return f"http://{self.host}:{self.sandbox_port}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; raises `SettingsRefused` with the name of a bad one."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for known in fields(Settings):
        name = f"LARGESSE_{known.name.upper()}"
        if known.name in GROUPS:
            values[known.name] = _group(GROUPS[known.name], name, environment)
        elif name in environment:
            values[known.name] = _parsed(name, environment[name], str(known.type))
    settings = Settings(**values)  # type: ignore[arg-type]  # _parsed returns the field's type
    _check(settings)
    return settings


def _group(kind: type[Group], prefix: str, environment: Mapping[str, str]) -> Group:
    """A provider's settings: off when nothing names it, refused when something it needs is missing."""
    values: dict[str, Any] = {}
    told = {known.name: known for known in fields(kind) if known.name != "is_on"}
    for known in told.values():
        name = f"{prefix}_{known.name.upper()}"
        if name in environment:
            values[known.name] = _parsed(name, environment[name].strip(), str(known.type))
    if not values:
        return kind()
    for known in told.values():
        if known.metadata.get("needed") and not values.get(known.name):
            raise SettingsRefused(
                f"{prefix}_{known.name.upper()} is missing or empty: {known.metadata['about']}"
            )
    return kind(is_on=True, **values)


def _parsed(name: str, text: str, kind: str) -> object:
    match kind:
        case "int":
            try:
                return int(text)
            except ValueError:
                raise SettingsRefused(f"{name} must be a whole number, not {text!r}") from None
        case "bool":
            if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
                raise SettingsRefused(f"{name} must be yes or no, not {text!r}")
            return text.lower() in {"1", "true", "yes"}
        case "Path":
            return Path(text)
        case _:
            return text


def _check(settings: Settings) -> None:
    if settings.env not in {"development", "production"}:
        raise SettingsRefused("LARGESSE_ENV must be development or production")
    for name in ("port", "gateway_port", "sandbox_port"):
        if not 0 < getattr(settings, name) < 65536:
            raise SettingsRefused(f"LARGESSE_{name.upper()} must be from 1 to 65535")
    if settings.is_production:
        if len(settings.secret) < SECRET_LENGTH_MIN:
            raise SettingsRefused(
                f"LARGESSE_SECRET needs at least {SECRET_LENGTH_MIN} characters in production"
            )
        if settings.apple.is_on and settings.apple.app_id <= 0:
            raise SettingsRefused(
                "LARGESSE_APPLE_APP_ID is needed in production: the app's Apple id"
            )
        if settings.clock_offset_s:
            raise SettingsRefused("LARGESSE_CLOCK_OFFSET_S is not allowed in production")


def described(settings: Settings) -> list[str]:
    """One line a setting: its variable, its value (never a secret's), and what it is for."""
    lines = []
    for known in fields(settings):
        value = getattr(settings, known.name)
        if isinstance(value, Group):
            own = [one for one in fields(value) if one.name != "is_on"]
            lines += [
                _line(f"{known.name}_{one.name}", getattr(value, one.name), one) for one in own
            ]
        else:
            lines.append(_line(known.name, value, known))
    return lines


def _line(name: str, value: object, known: Field[Any]) -> str:
    if known.metadata.get("secret"):
        value = "(set)" if value else "(not set)"
    elif name.endswith("_url") and (password := urlsplit(str(value)).password):
        value = str(value).replace(f":{password}@", ":(set)@")
    return f"LARGESSE_{name.upper():<25} {value!s:<24} {known.metadata['about']}"
