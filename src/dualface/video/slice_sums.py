"""What the slices of a film add up to: as if one worker had counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dualface.render.compose.error_policy import CompositionState
from dualface.video.results import Results
from dualface.video.slice_work import SeenSlice
from dualface.video.work_folder import Checkpoint


def composition_of(checkpoints: Sequence[Checkpoint]) -> CompositionState:
    """How the pictures of all slices were composed."""
    states = [one.composition for one in checkpoints]
    counts: dict[str, Counter[Any]] = {}
    for state in states:
        for name, rungs in state.counts.items():
            counts.setdefault(name, Counter()).update(rungs)
    return CompositionState(sum(one.frames for one in states), sum(one.failed_frames for one in states), counts)


def results_of(checkpoints: Sequence[Checkpoint], slices: Sequence[SeenSlice]) -> Results:
    """What was come across in all slices; damage is that of those that were made, since those that were seen overlap."""
    results = [one.results for one in checkpoints]

    def said(texts: Callable[[Results], Sequence[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for one in results for text in texts(one)))

    return Results(
        detector_looks=sum(one.detector_looks for one in slices),
        reid=_reid([one.reid for one in slices]),
        corrupt_packets=sum(one.corrupt_packets for one in results),
        truncated=any(one.truncated for one in results),
        repaired_timestamps=sum(one.repaired_timestamps for one in results),
        decode_warnings=said(lambda one: one.decode_warnings),
        decode_notes=said(lambda one: one.decode_notes),
        clock=results[-1].clock,
        copied_to_device=sum(one.copied_to_device for one in results),
        copied_to_host=sum(one.copied_to_host for one in results),
        fallbacks=said(lambda one: one.fallbacks),
    )


def _reid(stats: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for one in stats:
        total.update({key: value for key, value in one.items() if key != "activation_ratio"})
    if not total:
        return {}
    return {"activation_ratio": total["reid_frames"] / total["total_frames"] if total["total_frames"] else 0.0, **total}
