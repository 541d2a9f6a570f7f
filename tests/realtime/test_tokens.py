"""Tokens open the door for a while, and only ours do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.realtime import Tokens
from largesse.realtime.tokens import LIFETIME, TokenExpired, TokenRefused
from largesse.rooms import Actor

NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
TOKENS = Tokens("a secret of at least 32 characters")


def test_a_token_says_who_may_come_in_and_until_when() -> None:
    account, mira = ids.make(), Actor("acc_1", "mira", "Mira 🎹")
    bearer = TOKENS.read(TOKENS.issue(now=NOW, account=account, actor=mira), now=NOW)
    assert (bearer.account, bearer.actor) == (account, mira)
    assert bearer.expires_at == NOW + LIFETIME
    assert TOKENS.read(TOKENS.issue(now=NOW), now=NOW).account is None


def test_a_token_of_yesterday_is_expired() -> None:
    with pytest.raises(TokenExpired):
        TOKENS.read(TOKENS.issue(now=NOW), now=NOW + timedelta(days=1))


def test_a_token_of_another_house_is_refused() -> None:
    with pytest.raises(TokenRefused):
        TOKENS.read(Tokens("another secret of the same length").issue(now=NOW), now=NOW)


@given(where=st.integers(0, 500), what=st.characters(max_codepoint=0x2FF))
def test_a_token_with_one_changed_character_is_refused(where: int, what: str) -> None:
    token = TOKENS.issue(now=NOW, account=ids.make())
    where %= len(token) - 1
    changed = token[:where] + what + token[where + 1 :]
    if changed != token:
        with pytest.raises(TokenRefused):
            TOKENS.read(changed, now=NOW)


@given(text=st.text(max_size=2000))
def test_any_text_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(TokenRefused):
        TOKENS.read(text, now=NOW)
