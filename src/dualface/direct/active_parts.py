"""Which parts of the frame hold a picture, settled shot by shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dualface.types import Box, Observation


def with_settled_parts(seen: Sequence[Observation]) -> Sequence[Observation]:
    """The observations with each shot's parts as they were known at its end, or before they changed.

    While a video is watched, a shot may have begun before its bars were noticed, because something lay over them, and it takes
    seconds until a box without a gutter is sure.
    """
    settled: list[Observation] = []
    parts: tuple[Box, ...] = ()
    since: int | None = None
    for k in range(len(seen) - 1, -1, -1):
        one = seen[k]
        if k + 1 == len(seen) or seen[k + 1].cut or (since is not None and one.index < since):
            parts, since = one.active, one.active_since
        known = one.active == parts and one.active_since == since
        settled.append(one if known else replace(one, active=parts, active_since=since))
    return settled[::-1]
