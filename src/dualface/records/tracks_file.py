"""The tracks file: who is where and what each tile shows, a JSON line for every frame; see ``docs/tracks-format.md``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dualface.types import Box, FramePlan, Rect, Side, TileView, VideoInfo

SCHEMA = "dualface.tracks/1"


def header_line(source_name: str, info: VideoInfo, size: tuple[int, int], tiles: Mapping[Side, Rect]) -> str:
    """The first line: what the numbers of the others mean.  ``size`` is the output's width and height."""
    return _json(
        {
            "schema": SCHEMA,
            "source": source_name,
            "width": info.width,
            "height": info.height,
            "fps": str(info.fps),
            "output": {"width": size[0], "height": size[1]},
            "tiles": {side.value: [r.x, r.y, r.w, r.h] for side, r in tiles.items()},
        }
    )


def frame_line(plan: FramePlan) -> str:
    """The line of one frame."""
    line: dict[str, Any] = {
        "frame": plan.index,
        "time": round(plan.time, 6),
        "cut": plan.cut,
        "reid": plan.reid,
        "faces": [
            {
                "track": face.track_id,
                "person": face.person.value if face.person else None,
                "box": _numbers(face.box),
                "score": round(face.score, 3),
            }
            for face in plan.faces
        ],
        "tiles": {side.value: _tile(view) for side, view in plan.tiles.items()},
    }
    if plan.corrections:
        line["corrections"] = list(plan.corrections)
    return _json(line)


def _tile(view: TileView) -> dict[str, Any]:
    return {"crop": _numbers(view.crop), "state": view.state.value, "track": view.track_id}


def _numbers(box: Box) -> list[float]:
    return [round(v, 3) if math.isfinite(v) else 0.0 for v in box]


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
