"""How a film is divided among workers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dualface.video.slices import hand_overs, made_slices, seen_slices

workers = st.integers(1, 64)
seconds = st.floats(1.0, 40_000.0)


@given(seconds=seconds, workers=workers, least=st.floats(1.0, 60.0))
def test_all_of_a_film_is_seen_in_slices_that_are_long_enough(seconds: float, workers: int, least: float) -> None:
    starts = [float(start) for start in seen_slices(seconds, workers, least)]
    assert starts[0] == 0
    lengths = [b - a for a, b in pairwise([*starts, seconds])]
    assert len(starts) == 1 or min(lengths) >= least - 0.01
    assert max(lengths) - min(lengths) < 0.01
    if seconds >= workers * least:
        assert len(starts) % workers == 0 or min(lengths) < 2 * least  # nobody waits while another has two


@given(frames=st.integers(1, 100_000), seconds=seconds, workers=workers, least=st.floats(1.0, 60.0))
def test_every_frame_is_made_once(frames: int, seconds: float, workers: int, least: float) -> None:
    slices = made_slices(frames, seconds, workers, least)
    assert [n for part in slices for n in (part.start, part.stop)] == sorted(
        n for part in slices for n in (part.start, part.stop)
    )
    assert slices[0].start == 0
    assert slices[-1].stop == frames
    assert all(a.stop == b.start and a for a, b in pairwise(slices))
    assert len(slices) <= workers or len(slices) % workers == 0 or len(slices) == frames  # nobody waits for a last turn


def test_a_short_film_is_one_slice_and_a_long_one_costs_no_worker_more_than_four_minutes() -> None:
    assert len(seen_slices(39.0, 8, 20.0)) == 1
    assert len(seen_slices(600.0, 8, 20.0)) == 8
    assert len(seen_slices(7200.0, 8, 20.0)) == 32


def test_hand_overs_are_on_the_clock_of_the_source() -> None:
    assert hand_overs(seen_slices(90.0, 3, 20.0), 3600.0) == [3630.0, 3660.0]
