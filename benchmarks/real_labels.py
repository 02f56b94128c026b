"""Labels of real footage: who is visible where, every cut, and which tile each person belongs in.

``NAME.json`` for ``NAME.mp4``::

    {"width", "height", "frames",                    # upright, pixels square
     "sides": {"left": "A", "right": "B"},
     "ambiguous": null | "sides" | "principals", "pairs": [[left, right], ...],
     "cuts": [first frames of shots, without 0],
     "shots": [{"first", "last", "heads": {who: [{"frame", "box": [x, y, w, h], "face", "new"?}, ...]}}]}

Between two key frames of a head its box is interpolated, unless the later one is ``new``; outside them the head is not in the
frame.  ``face`` holds from a key frame on: ``frontal``, ``profile``, ``back`` or ``hidden``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from dualface.types import Box

Pair = tuple[str, str]
"""Who belongs in the left tile, and who in the right one."""


class Head(NamedTuple):
    """Somebody's head in a frame, from hair to chin, and how it is turned."""

    box: Box
    face: str

    @property
    def usable(self) -> bool:
        """Whether the face is seen."""
        return self.face in ("frontal", "profile")


@dataclass(frozen=True, slots=True)
class Labels:
    """The truth about one clip.  ``heads``: of each frame; ``shots``: each frame's; ``pairs``: all that are right."""

    width: int
    height: int
    heads: tuple[Mapping[str, Head], ...]
    shots: tuple[int, ...]
    cuts: tuple[int, ...]
    pairs: tuple[Pair, ...]

    @staticmethod
    def read(path: Path) -> Labels:
        told = json.loads(path.read_text(encoding="utf-8"))
        heads: list[dict[str, Head]] = [{} for _ in range(told["frames"])]
        shots = [0] * told["frames"]
        for number, shot in enumerate(told["shots"]):
            for frame in range(shot["first"], shot["last"] + 1):
                shots[frame] = number
            for who, keys in shot["heads"].items():
                for frame, head in _between(keys):
                    heads[frame][who] = head
        return Labels(told["width"], told["height"], tuple(heads), tuple(shots), tuple(told["cuts"]), _pairs(told))


def is_real(path: Path) -> bool:
    """Whether a file holds such labels."""
    return path.is_file() and "shots" in json.loads(path.read_text(encoding="utf-8"))


def _between(keys: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Head]]:
    """A head in each frame from its first to its last key frame."""
    for one, two in pairwise(keys):
        if two.get("new"):
            yield one["frame"], Head(Box(*one["box"]), one["face"])
            continue
        for frame in range(one["frame"], two["frame"]):
            share = (frame - one["frame"]) / (two["frame"] - one["frame"])
            box = Box(*(a + (b - a) * share for a, b in zip(one["box"], two["box"], strict=True)))
            yield frame, Head(box, one["face"])
    if keys:
        yield keys[-1]["frame"], Head(Box(*keys[-1]["box"]), keys[-1]["face"])


def _pairs(told: Mapping[str, Any]) -> tuple[Pair, ...]:
    if told["ambiguous"] == "principals":
        return tuple((left, right) for left, right in told["pairs"])
    pair = (told["sides"]["left"], told["sides"]["right"]) if told["sides"] else ("A", "B")
    return (pair, pair[::-1]) if told["ambiguous"] == "sides" else (pair,)
