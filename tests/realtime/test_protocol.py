"""Strangers may send anything; the protocol answers with values or one refusal."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.realtime import protocol
from largesse.realtime.protocol import BadRequest, Connect, Pong, Refusal, Rpc, Subscribe

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
names = st.sampled_from(
    ("id", "connect", "subscribe", "rpc", "refresh", "ping", "send", "token", "channel", "offset")
)


@given(payload=st.binary(max_size=500))
def test_bytes_of_any_kind_are_commands_or_a_bad_request(payload: bytes) -> None:
    with contextlib.suppress(BadRequest):
        assert protocol.read(payload)


@given(said=st.dictionaries(names, anything | st.dictionaries(names, anything)))
def test_json_of_any_shape_is_a_command_or_a_bad_request(said: dict[str, object]) -> None:
    with contextlib.suppress(BadRequest):
        for command in protocol.read(json.dumps(said).encode()):
            assert 0 <= command.id < 2**32


@given(payload=st.binary(max_size=70_000))
def test_a_frame_says_how_long_it_is(payload: bytes) -> None:
    frame = protocol.frame(payload)
    assert frame[0] == 0x81
    assert not frame[1] & 0x80
    assert frame.endswith(payload)
    header = len(frame) - len(payload)
    assert header == (2 if len(payload) < 126 else 4 if len(payload) < 65_536 else 10)
    if header > 2:
        assert int.from_bytes(frame[2:header], "big") == len(payload)


def test_several_commands_travel_in_one_frame() -> None:
    frame = (
        b'{"id":1,"connect":{"token":"t","name":"js"}}\n{"id":2,"subscribe":{"channel":"c"}}\n{}'
    )
    first, second, third = protocol.read(frame)
    assert first.request == Connect(token="t")
    assert (second.id, second.request) == (2, Subscribe(channel="c"))
    assert isinstance(third.request, Pong)


def test_a_call_keeps_its_parameters_untouched() -> None:
    (command,) = protocol.read(b'{"id":3,"rpc":{"method":"m","data":{"a": [1, 2]}}}')
    assert isinstance(command.request, Rpc)
    assert bytes(command.request.data) == b'{"a": [1, 2]}'


def test_deeply_nested_json_is_a_bad_request_and_not_a_crash() -> None:
    with pytest.raises(BadRequest):
        protocol.read(b'{"id":1,"rpc":{"data":' + b"[" * 100_000 + b"}}")


@pytest.mark.parametrize("why", list(Refusal))
def test_every_refusal_has_an_integer_code_and_says_whether_to_try_again(why: Refusal) -> None:
    error = json.loads(protocol.refused(7, why))["error"]
    assert isinstance(error["code"], int)
    assert error.get("temporary", False) is (why in {Refusal.INTERNAL, Refusal.TOO_MANY_REQUESTS})
