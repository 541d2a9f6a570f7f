"""What the crowd gives: many roses, rarely a lion, nothing beyond one's taste."""

from __future__ import annotations

from collections import Counter
from random import Random

from largesse.crowd.taste import (
    BATCH_GIFT_COINS_MAX,
    TAPPED_GIFT_COINS_MAX,
    TAPS_MAX,
    Gift,
    Taste,
    pause_seconds,
    some_sending,
    some_taste,
)

SHELF = (
    Gift("rose", 1),
    Gift("clap", 5),
    Gift("star", 20),
    Gift("golden-microphone", 199),
    Gift("lion", 2999),
    Gift("castle", 9999),
)


def test_roses_rain_and_a_castle_is_an_event() -> None:
    chance = Random(7)
    gifts = Counter(some_sending(SHELF, chance).gift.slug for _ in range(20_000))
    assert gifts["rose"] > gifts["clap"] > gifts["star"] > gifts["lion"] > gifts["castle"] > 0
    assert gifts["rose"] > 10_000
    assert gifts["castle"] < 100


def test_only_cheap_gifts_are_tapped_in_streaks_or_sent_in_batches() -> None:
    chance = Random(7)
    for _ in range(5_000):
        sending = some_sending(SHELF, chance)
        assert 1 <= len(sending.counts) <= TAPS_MAX
        if sending.gift.coins > TAPPED_GIFT_COINS_MAX:
            assert sending.counts == (1,)
        if max(sending.counts) > 1:
            assert sending.gift.coins <= BATCH_GIFT_COINS_MAX


def test_the_same_seed_makes_the_same_evening() -> None:
    one, other = Random(3), Random(3)
    assert [some_sending(SHELF, one) for _ in range(50)] == [
        some_sending(SHELF, other) for _ in range(50)
    ]


def test_most_people_are_modest_and_some_are_lavish() -> None:
    chance = Random(7)
    tastes = Counter(some_taste(chance) for _ in range(2_000))
    assert tastes[Taste.MODEST] > tastes[Taste.STEADY] > tastes[Taste.LAVISH] > 0


def test_pauses_add_up_to_the_pace() -> None:
    chance = Random(7)
    seconds = sum(pause_seconds(30, chance) for _ in range(3_000))
    assert 5_400 < seconds < 6_600
