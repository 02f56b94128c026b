"""Frames that are put away come back to the bit, whatever they show and whatever comes between."""

import weakref
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.pixels.packing import BLOCK, Packer, unpack
from dualface.types import Frame, U8Array
from dualface.video.put_away import Change, PuttingAway, TakingOut

RANDOM = np.random.default_rng(3)


def changed(before: U8Array, most: int) -> U8Array:
    return (before + RANDOM.integers(-most, most + 1, before.shape)).astype(np.uint8)


@given(
    st.lists(st.sampled_from([0, 1, 2, 7, 8, 127]), min_size=1, max_size=6),
    st.integers(0, BLOCK - 1),
    st.integers(0, 2**32 - 1),
)
def test_every_change_is_packed_exactly(changes: Sequence[int], rest: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    before = random.integers(0, 256, BLOCK * len(changes) + rest, np.uint8)
    now = before.copy()
    for n, most in enumerate(changes):
        part = now[n * BLOCK : (n + 1) * BLOCK]
        part += random.integers(-most, most + 1, BLOCK).astype(np.uint8)
    packed = Packer().pack(now, before)
    samples = before.copy()
    unpack(samples, packed)
    np.testing.assert_array_equal(samples, now)


def test_what_has_not_changed_takes_next_to_nothing() -> None:
    samples = RANDOM.integers(0, 256, 100 * BLOCK, np.uint8)
    assert Packer().pack(samples, samples.copy()).nbytes <= 100
    assert Packer().pack(changed(samples, 1), samples).nbytes < samples.nbytes / 3


def frame(index: int, planes: Sequence[U8Array]) -> Frame:
    kept = tuple(plane.copy() for plane in planes)
    for plane in kept:
        plane.flags.writeable = False
    height, width = planes[0].shape
    return Frame(index, index, Fraction(1, 25), 1, width, height, kept)


def film(changes: Sequence[int]) -> list[Frame]:
    """Frames of 98x54 pixels, whose rows are padded, each with so much change to the one before it."""
    wide = [RANDOM.integers(0, 256, (54, 128), np.uint8), *(RANDOM.integers(0, 256, (27, 64), np.uint8) for _ in range(2))]
    frames = []
    for index, most in enumerate(changes):
        wide = [changed(plane, most) for plane in wide]
        whole = [plane.copy() for plane in wide]
        planes = (whole[0][:, :98], whole[1][:, :49], whole[2][:, :49])
        frames.append(replace(frame(index, planes), planes=planes))
    return frames


def test_pictures_come_back_one_at_a_time_also_after_cuts() -> None:
    frames = film([0, 1, 1, 3, 127, 1, 0, 7, 1])
    away = [*map(PuttingAway(0), frames)]
    assert [isinstance(one.owner, Change) for one in away] == [False, True, True, True, False, True, True, True, True]
    assert not any(one.planes for one in away if isinstance(one.owner, Change))
    take_out = TakingOut()
    for before, one in zip(frames, away, strict=True):
        again = take_out(one)
        assert (again.index, again.pts, again.width) == (before.index, before.pts, before.width)
        for got, plane in zip(again.planes, before.planes, strict=True):
            np.testing.assert_array_equal(got, plane)
            assert not got.flags.writeable or again.planes is one.planes


def test_a_film_that_goes_on_needs_nothing_from_before() -> None:
    frames = film([0, 1, 1, 1, 1])
    away = [*map(PuttingAway(2), frames)]
    assert away[:3] == frames[:3]
    take_out = TakingOut()
    again = [take_out(one).planes[0].copy() for one in away[2:]]
    np.testing.assert_array_equal(again, [one.planes[0] for one in frames[2:]])


class Memory:
    """A decoder's, which counts who refers to it."""


@pytest.mark.parametrize("what", ["never", "on a GPU", "of 10 bits"])
def test_what_cannot_be_put_away_stays_as_it_is(what: str) -> None:
    frames = [replace(one, owner=Memory()) for one in film([0, 1, 1])]
    if what == "on a GPU":
        frames = [replace(one, device="cuda:0") for one in frames]
    if what == "of 10 bits":
        frames = [replace(one, deep=one.planes) for one in frames]
    put_away, take_out = PuttingAway(0, ever=what != "never"), TakingOut()
    assert all(take_out(put_away(one)) is one for one in frames)
    kept = [weakref.ref(one.owner) for one in frames]
    frames.clear()
    assert sum(one() is not None for one in kept) == (what == "never")
