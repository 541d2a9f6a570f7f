"""A provider is there when its settings are, and a setting that cannot be used is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from largesse.payments import PARTIES, configured
from largesse.settings import (
    AlipaySettings,
    PayPalSettings,
    Settings,
    SettingsRefused,
    WeChatSettings,
)
from tests.standins.alipay import pem, public_pem

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAYPAL = PayPalSettings(is_on=True, client_id="c", client_secret="s", webhook_id="w")
ALIPAY = AlipaySettings(
    is_on=True,
    app_id="2021000122671234",
    seller_id="2088102177846880",
    private_key=pem(KEY),
    public_key=public_pem(KEY),
)
WECHAT = WeChatSettings(
    is_on=True,
    merchant_id="1900007291",
    app_id="wx2421b1c4370ec43b",
    private_key=pem(KEY),
    serial="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
    api_key="0" * 32,
    public_key_id="PUB_KEY_ID_1",
    public_key=public_pem(KEY),
)


async def test_each_provider_is_switched_on_by_its_own_settings() -> None:
    nobody = Settings(env="production")
    for one in (
        replace(nobody, paypal=PAYPAL),
        replace(nobody, alipay=ALIPAY),
        replace(nobody, wechat=WECHAT),
    ):
        on = configured(one)
        (code,) = on
        assert on[code].party == PARTIES[code]
        await on.close()
    assert list(configured(nobody)) == []


def test_no_two_providers_share_a_place_in_the_books() -> None:
    assert len(set(PARTIES.values())) == len(PARTIES)
    assert (PARTIES["paypal"], PARTIES["alipay"], PARTIES["wechat"]) == (12, 15, 16)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (
            Settings(alipay=replace(ALIPAY, private_key="nonsense")),
            "LARGESSE_ALIPAY_PRIVATE_KEY",
        ),
        (Settings(alipay=replace(ALIPAY, public_key=pem(KEY))), "LARGESSE_ALIPAY_PUBLIC_KEY"),
        (Settings(wechat=replace(WECHAT, api_key="short")), "LARGESSE_WECHAT_API_KEY"),
        (Settings(wechat=replace(WECHAT, public_key="")), "LARGESSE_WECHAT_PUBLIC_KEY"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings: Settings, name: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        configured(settings)


@pytest.mark.parametrize(
    "address", ["https://api-m.sandbox.paypal.com", "https://API-M.Sandbox.PayPal.com/x"]
)
async def test_a_sandbox_of_a_provider_is_refused_in_production(address: str) -> None:
    told = Settings(env="production", paypal=replace(PAYPAL, api_url=address))
    with pytest.raises(SettingsRefused, match="LARGESSE_PAYPAL_API_URL"):
        configured(told)
    await configured(replace(told, env="development")).close()
    gateway = "https://openapi-sandbox.dl.alipaydev.com/gateway.do"
    with pytest.raises(SettingsRefused, match="LARGESSE_ALIPAY_API_URL"):
        configured(Settings(env="production", alipay=replace(ALIPAY, api_url=gateway)))


async def test_only_the_currencies_that_a_provider_takes_are_its() -> None:
    on = configured(Settings(paypal=PAYPAL, alipay=ALIPAY, wechat=WECHAT))
    assert sorted(on.collecting("CNY")) == ["alipay", "wechat"]
    assert on.collecting("USD") == ["paypal"]
    assert on.collecting("JPY") == ["paypal"]
    assert on.collecting("BRL") == []
    await on.close()


def test_an_account_never_shows_its_secrets() -> None:
    on = configured(Settings(paypal=PAYPAL, wechat=WECHAT))
    for code in on:
        shown = repr(vars(on[code]))
        assert "0" * 32 not in shown
        assert "client_secret" not in shown
