"""Names for the faces of one shot: jointly, each person once, and whoever is asked first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pytest

from dualface.direct.identity.attach import Attachment, Odds, Shot
from dualface.direct.identity.pairs import compared
from dualface.direct.identity.tracklets import Tracklet
from dualface.likeness import Scale
from dualface.types import Box, Person

LEFT, RIGHT = Person.LEFT, Person.RIGHT
FPS, SIZE = 25, 60.0


class Seen(NamedTuple):
    """From frame to frame, of which track, where the face's middle is first and last."""

    first: int
    last: int
    track: int
    start: float
    end: float


def named(*seen: Seen, odds: Odds, fixed: Mapping[int, Person] | None = None) -> Attachment:
    tracklets = [_tracklet(one) for one in seen]
    count = 1 + max(one.last for one in seen)
    pairs = compared(tracklets, [1 / FPS] * count, Scale(0.94))
    times = [n / FPS for n in range(count)]
    shot = Shot(range(len(seen)), pairs, frozenset(), times, ordered=False, crowd=0.5)
    return shot.name(fixed or {}, odds)


def _tracklet(one: Seen) -> Tracklet:
    frames = list(range(one.first, one.last + 1))
    middles: Sequence[float] = np.linspace(one.start, one.end, len(frames)).tolist()
    return Tracklet(one.track, 0, frames, [Box(x - SIZE / 2, 100, SIZE, SIZE) for x in middles], seconds=len(frames) / FPS)


@pytest.mark.parametrize("likelier", [0, 1, 2])
def test_of_many_who_may_be_somebody_the_likeliest_is(likelier: int) -> None:
    seen = [Seen(0, 50, k, 100 + 200 * k, 100 + 200 * k) for k in range(3)]
    told = named(*seen, odds={k: {LEFT: 1.6 if k == likelier else 0.9} for k in range(3)})
    assert told.names == {k: LEFT if k == likelier else None for k in range(3)}
    assert told.leads[likelier] == pytest.approx(0.7), "the others might have been"


def test_of_two_who_are_as_likely_nobody_is() -> None:
    told = named(Seen(0, 50, 0, 100, 100), Seen(0, 50, 1, 400, 400), odds={0: {LEFT: 1.1}, 1: {LEFT: 1.2}})
    assert set(told.names.values()) == {None}


def test_a_face_that_is_lost_goes_on_where_one_appears_in_its_place() -> None:
    told = named(Seen(0, 40, 1, 300, 300), Seen(60, 99, 2, 310, 310), fixed={0: LEFT}, odds={1: {LEFT: -1.0}})
    assert told.names[1] is LEFT


def test_a_face_that_is_hidden_does_not_go_on_in_the_one_that_passes_it() -> None:
    """A track is cut where it passes another; that is no face that appears."""
    passing = [Seen(0, 40, 1, 500, 330), Seen(41, 60, 1, 325, 300), Seen(61, 99, 1, 298, 100)]
    told = named(*passing, Seen(0, 45, 2, 300, 300), fixed={3: LEFT}, odds={k: {LEFT: 0.2} for k in range(3)})
    assert told.names == {0: None, 1: None, 2: None}
