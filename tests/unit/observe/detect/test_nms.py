"""One box for each face: the best stays, what overlaps it goes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dualface.geometry import iou
from dualface.observe.detect.nms import suppress_overlaps
from dualface.types import Box

numbers = st.floats(0, 50, width=32)
sides = st.floats(1, 30, width=32)
candidates = st.lists(st.tuples(numbers, numbers, sides, sides, st.floats(0, 1, width=32)), max_size=25)


@given(candidates)
@settings(max_examples=80, deadline=None)
def test_keeps_the_best_of_every_heap(faces: list[tuple[float, ...]]) -> None:
    values = np.array(faces, np.float32).reshape(-1, 5)
    kept = suppress_overlaps(values[:, :4], values[:, 4], 0.3).tolist()
    boxes = [Box(*face[:4]) for face in values.tolist()]
    scores = values[:, 4].tolist()
    assert [scores[i] for i in kept] == sorted((scores[i] for i in kept), reverse=True)
    for i in range(len(boxes)):
        better = [j for j in kept if j != i and scores[j] >= scores[i]]
        if i in kept:
            assert all(iou(boxes[i], boxes[j]) < 0.3 + 1e-4 for j in kept if j != i)
        else:
            assert any(iou(boxes[i], boxes[j]) >= 0.3 - 1e-4 for j in better)


def test_a_picture_full_of_noise_is_cut_short() -> None:
    count = 5000
    boxes = np.stack([np.arange(count) * 2.0, np.zeros(count), np.ones(count), np.ones(count)], 1).astype(np.float32)
    kept = suppress_overlaps(boxes, np.linspace(0, 1, count, dtype=np.float32), 0.3)
    assert len(kept) == 512
    assert kept[0] == count - 1
