"""Which parts of the frame hold a picture, settled shot by shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dualface.types import Box, Observation


def with_settled_parts(seen: Sequence[Observation]) -> Sequence[Observation]:
    """The observations with each shot's parts as they were known at its end.

    While a video is watched, a shot may have begun before its bars were noticed, because something lay over them.
    """
    settled: list[Observation] = []
    parts: tuple[Box, ...] = ()
    for k in range(len(seen) - 1, -1, -1):
        one = seen[k]
        if k + 1 == len(seen) or seen[k + 1].cut:
            parts = one.active
        settled.append(one if one.active == parts else replace(one, active=parts))
    return settled[::-1]
