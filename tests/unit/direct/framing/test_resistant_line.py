import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.direct.framing.robust import median, resistant_lines


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_median_is_numpys(values: list[float]) -> None:
    assert median(values) == pytest.approx(float(np.median(values)))


@given(st.floats(-50, 50), st.floats(-5, 5), st.sets(st.integers(0, 40), min_size=4), st.integers(-5, 45))
@settings(max_examples=40, deadline=None)
def test_finds_a_line_whatever_is_missing(start: float, slope: float, known: set[int], at: int) -> None:
    times = sorted(known)
    [(value, found)] = resistant_lines(times, [[start + slope * t for t in times]], at)
    assert found == pytest.approx(slope, abs=1e-9)
    assert value == pytest.approx(start + slope * at, abs=1e-6)


def test_outliers_do_not_bend_it() -> None:
    times = list(range(12))
    values = [3.0 * t for t in times]
    values[2], values[9] = 900.0, -900.0
    [(value, _)] = resistant_lines(times, [values], 11)
    assert value == pytest.approx(33.0, abs=6)


def test_a_step_stays_a_step() -> None:
    values = [0.0] * 20 + [100.0] * 20
    path = [resistant_lines(list(range(k - 6, k + 7)), [values[k - 6 : k + 7]], k)[0][0] for k in range(6, 34)]
    assert path == [0.0] * 14 + [100.0] * 14
