"""Strategies for what passes between observing, directing and showing."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from dualface.types import (
    Box,
    Fill,
    FramePlan,
    Look,
    Mark,
    Naming,
    Observation,
    ObservedFace,
    Person,
    Placement,
    Rect,
    Sound,
    Speech,
    Talk,
    TileState,
)

people = st.sampled_from(Person)
perhaps = st.none() | people
tracks = st.integers(1, 2**40)


def rounded(digits: int, low: float = -5000, high: float = 5000) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda v: round(v, digits) + 0.0)  # + 0.0: no minus zero


boxes = st.builds(Box, rounded(2), rounded(2), rounded(2, 0), rounded(2, 0))
landmarks = st.lists(st.tuples(rounded(1), rounded(1)), min_size=5, max_size=5).map(tuple)
looks = st.builds(
    Look,
    st.lists(st.floats(-1, 1, width=16), min_size=4, max_size=4).map(lambda v: np.array(v, np.float16)),
    rounded(3, 0, 1),
    st.none() | st.lists(st.integers(0, 255), min_size=3, max_size=3).map(lambda v: np.array(v, np.uint8)),
)
faces = st.builds(
    ObservedFace,
    tracks,
    boxes,
    rounded(3, 0, 1),
    perhaps,
    st.none() | landmarks,
    st.none() | looks,
    st.none() | rounded(4, 0, 9),
)
level = rounded(1, -100, 0)
sounds = st.builds(Sound, rounded(3, 0, 1), level, st.none() | st.tuples(level, level))
speeches = st.builds(Speech, st.sampled_from(Talk), rounded(3, 0, 1))
namings = st.builds(Naming, tracks, perhaps, perhaps, st.integers(0, 10**6), rounded(4, -1, 1), st.text(max_size=9))
observations = st.builds(
    Observation,
    st.integers(0, 10**7),
    st.floats(-1e5, 1e6),
    st.booleans(),
    st.lists(faces, max_size=3).map(tuple),
    st.lists(namings, max_size=2).map(tuple),
    st.lists(tracks, max_size=2).map(tuple),
    st.lists(boxes, max_size=2).map(tuple),
    st.none() | sounds,
    st.none() | speeches,
)
even = st.integers(0, 2000).map(lambda n: 2 * n)
placements = st.builds(
    Placement,
    st.builds(Rect, even, even, even, even),
    st.builds(Box, rounded(3), rounded(3), rounded(3, 0), rounded(3, 0)),
    perhaps,
    st.sampled_from(TileState),
    st.none() | tracks,
    st.sampled_from(Fill),
    st.integers(0, 40).map(lambda n: 2 * n),
    st.sampled_from(Mark),
)
plans = st.builds(
    FramePlan,
    st.integers(0, 10**7),
    st.floats(-1e5, 1e6),
    st.booleans(),
    st.sampled_from(["split", "full", "scene", "picture-in-picture"]),
    st.lists(placements, max_size=3).map(tuple),
    st.dictionaries(tracks, people, max_size=3),
    st.none() | speeches,
)
