"""An assignment costs as little as the one that SciPy finds, which has no part in the program itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

from dualface.observe.track.assignment import assign

costs = hnp.arrays(
    np.float64,
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    elements=st.floats(0, 1, allow_subnormal=False, width=32),
)


@given(costs)
@settings(max_examples=60, deadline=None)
def test_costs_as_little_as_the_hungarian_method(cost: np.ndarray) -> None:
    pairs = assign(cost, limit=1.0)
    rows, columns = linear_sum_assignment(cost)
    assert np.isclose(sum(cost[r, c] for r, c in pairs), cost[rows, columns].sum())


@given(costs, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_is_one_to_one_and_keeps_the_limit(cost: np.ndarray, limit: float) -> None:
    pairs = assign(cost, limit)
    assert len({r for r, _ in pairs}) == len(pairs) == len({c for _, c in pairs})
    assert all(cost[r, c] <= limit for r, c in pairs)


def test_a_forbidden_pair_never_displaces_an_allowed_one() -> None:
    cost = np.array([[0.4, 0.5], [0.45, 9.0]])
    assert assign(cost, limit=0.8) == [(0, 1), (1, 0)]
