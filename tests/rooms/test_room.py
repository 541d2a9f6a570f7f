"""The reducer, held by the vectors that the web client replays too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from largesse.rooms import RoomEvent, RoomState, replay

VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "rooms").glob("*.json"))


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_room_after_its_events_looks_as_the_vector_says(path: Path) -> None:
    vector: dict[str, Any] = json.loads(path.read_text())
    state = msgspec.convert(vector["initial"], RoomState)
    events = msgspec.convert(vector["events"], list[RoomEvent])
    assert json.loads(msgspec.json.encode(replay(state, events))) == vector["state"]


def test_there_are_vectors_to_replay() -> None:
    assert len(VECTORS) >= 10
