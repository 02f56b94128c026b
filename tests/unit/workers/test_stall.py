"""A stall is told by progress and processor time, not by the clock alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.workers.stall import Patience, StallDetector

PATIENCE = Patience(idle=10, busy=100, opening=50)


def observed(work: list[int], cores: float) -> list[bool]:
    stalls = StallDetector(PATIENCE)
    return [stalls.observe(done, cores * second, float(second)) for second, done in enumerate(work)]


def test_an_idle_stream_without_progress_is_stalled() -> None:
    assert observed([1, 2] + [3] * 20, cores=0.0).index(True) == 13


def test_a_busy_one_gets_more_time_but_not_for_ever() -> None:
    assert observed([1] * 120, cores=0.9).index(True) == 101


def test_what_it_did_before_it_fell_asleep_buys_no_time() -> None:
    stalls = StallDetector(PATIENCE)
    cpu = [1000.0 + min(second, 40) for second in range(80)]
    seen = [stalls.observe(1, used, float(second)) for second, used in enumerate(cpu)]
    assert 50 <= seen.index(True) <= 51


def test_before_the_first_frame_models_may_have_to_be_fetched() -> None:
    assert observed([0] * 70, cores=0.0).index(True) == 51


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.floats(0, 4))
@settings(max_examples=50, deadline=None)
def test_whatever_gets_on_now_and_then_is_not_stalled(pauses: list[int], cores: float) -> None:
    work = [1 + n for n, pause in enumerate(pauses) for _ in range(pause + 1)]
    assert not any(observed(work, cores))
