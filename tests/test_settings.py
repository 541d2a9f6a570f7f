"""Settings are read once; one that cannot be used refuses to start and says which it was."""

from __future__ import annotations

from dataclasses import fields

import pytest

from largesse.payments.sandbox import SandboxAccount
from largesse.payments.stripe.api import StripeAccount
from largesse.settings import GROUPS, Group, Settings, SettingsRefused, described, read_settings

COMPLETE = {
    prefix: {
        f"LARGESSE_{prefix.upper()}_{known.name.upper()}": f"value of {known.name}"
        for known in fields(kind)
        if known.metadata.get("needed")
    }
    for prefix, kind in GROUPS.items()
}
# One of each group that has a default of its own: naming it alone switches the group on.
BESIDES = {
    prefix: next(
        (
            f"LARGESSE_{prefix.upper()}_{known.name.upper()}",
            "1" if str(known.type) == "int" else "x",
        )
        for known in fields(kind)
        if known.name != "is_on" and not known.metadata.get("needed")
    )
    for prefix, kind in GROUPS.items()
}
NEEDED = [(prefix, name) for prefix, needed in COMPLETE.items() for name in needed]


def test_no_provider_is_on_by_itself() -> None:
    settings = read_settings({})
    assert [name for name in GROUPS if getattr(settings, name).is_on] == []


@pytest.mark.parametrize("prefix", GROUPS)
def test_a_provider_is_on_when_all_it_needs_is_there(prefix: str) -> None:
    group: Group = getattr(read_settings(COMPLETE[prefix] | dict([BESIDES[prefix]])), prefix)
    assert group.is_on


@pytest.mark.parametrize(("prefix", "name"), NEEDED)
@pytest.mark.parametrize("value", [None, "", "   "])
def test_one_that_is_missing_or_empty_refuses_by_its_name(
    prefix: str, name: str, value: str | None
) -> None:
    given = COMPLETE[prefix] | dict([BESIDES[prefix]])
    del given[name]
    if value is not None:
        given[name] = value
    with pytest.raises(SettingsRefused, match=name):
        read_settings(given)


def test_secrets_are_listed_and_never_shown() -> None:
    secrets = {
        name: f"hush {name}"
        for prefix, kind in GROUPS.items()
        for known in fields(kind)
        if known.metadata.get("secret")
        for name in [f"LARGESSE_{prefix.upper()}_{known.name.upper()}"]
    }
    everything = {name: value for group in COMPLETE.values() for name, value in group.items()}
    lines = described(read_settings(everything | secrets))
    assert not [line for line in lines if "hush" in line]
    for name in secrets:
        assert any(line.startswith(f"{name} ") and "(set)" in line for line in lines), name


def test_no_secret_is_printed_with_what_holds_it() -> None:
    """A traceback that shows its values, or a log line too many, must not give a key away."""
    told = {name: f"SECRET-{name}" for needed in COMPLETE.values() for name in needed}
    told |= {"LARGESSE_SECRET": "SECRET-signing", "LARGESSE_SANDBOX_KEY": "SECRET-sandbox"}
    settings = read_settings(told)
    shown = repr(settings)
    for prefix, kind in GROUPS.items():
        for known in fields(kind):
            if known.metadata.get("secret"):
                value = getattr(getattr(settings, prefix), known.name)
                assert not value or value not in shown, known.name
    assert "SECRET-signing" not in shown
    assert "SECRET-sandbox" not in shown
    stripe = StripeAccount(key="SECRET-a", notice_secrets=("SECRET-b",))
    sandbox = SandboxAccount(url="", key="SECRET-c", notice_secrets=(b"SECRET-d",))
    assert "SECRET" not in repr(stripe) + repr(sandbox)


def test_every_setting_says_what_it_is_for() -> None:
    lines = described(Settings())
    assert len(lines) == len({line.split()[0] for line in lines})
    assert all(len(line.split()) > 1 for line in lines)


def test_a_number_that_is_none_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsRefused, match="LARGESSE_STRIPE_FEE_BPS"):
        read_settings(COMPLETE["stripe"] | {"LARGESSE_STRIPE_FEE_BPS": "3 %"})


def test_a_password_inside_an_address_is_not_shown() -> None:
    settings = read_settings({"LARGESSE_DATABASE_URL": "postgresql://app:hush@db:5432/largesse"})
    shown = "\n".join(described(settings))
    assert "hush" not in shown
    assert "postgresql://app:(set)@db:5432/largesse" in shown
