"""How real footage is scored: who is in the middle of whose tile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.real_labels import Labels
from benchmarks.real_score import RealScore, score

from dualface.types import Box, FramePlan, Person, Placement, Rect, TileState

LEFT, RIGHT = Person.LEFT, Person.RIGHT
AT = {LEFT: Rect(0, 0, 960, 1080), RIGHT: Rect(960, 0, 960, 1080)}
A, B = [100, 100, 60, 80], [400, 100, 60, 80]


def labelled(folder: Path, heads: dict[str, list[dict[str, Any]]], frames: int = 10, **more: Any) -> Labels:
    sides = {"left": "A", "right": "B"}
    shots = [{"first": 0, "last": frames - 1, "heads": heads}]
    told = {"width": 640, "height": 360, "frames": frames, "sides": sides, "ambiguous": None, "cuts": [], "shots": shots}
    (folder / "clip.json").write_text(json.dumps(told | more))
    return Labels.read(folder / "clip.json")


def key(frame: int, box: list[int], face: str = "frontal", **more: Any) -> dict[str, Any]:
    return {"frame": frame, "box": box, "face": face, **more}


def staying(box: list[int], face: str = "frontal") -> list[dict[str, Any]]:
    return [key(0, box, face), key(9, box, face)]


def tile(side: Person, x: float, state: TileState = TileState.TRACKED, width: float = 120) -> Placement:
    return Placement(AT[side], Box(x - width / 2, 80, width, 135), side, state)


def scored(labels: Labels, *placements: Placement, cuts: tuple[int, ...] = ()) -> RealScore:
    return score(labels, [FramePlan(n, n / 25, n in cuts, "split", placements) for n in range(10)])


def test_each_in_the_own_tile(tmp_path: Path) -> None:
    told = scored(labelled(tmp_path, {"A": staying(A), "B": staying(B)}), tile(LEFT, 130), tile(RIGHT, 430))
    assert (told.identity, told.wrong_share, told.lost_share, told.doubled) == (1.0, 0.0, 0.0, 0)


def test_exchanged_lost_and_without_a_tile(tmp_path: Path) -> None:
    labels = labelled(tmp_path, {"A": staying(A), "B": staying(B)})
    exchanged = scored(labels, tile(LEFT, 430), tile(RIGHT, 130))
    assert (exchanged.identity, exchanged.wrong_share) == (0.0, 1.0)
    held = scored(labels, tile(LEFT, 130, TileState.HELD))
    assert (held.identity, held.lost_share, held.untiled_share, held.tracked) == (0.5, 0.5, 0.5, 0)
    either = labelled(tmp_path, {"A": staying(A), "B": staying(B)}, ambiguous="sides")
    assert scored(either, tile(LEFT, 430), tile(RIGHT, 130)).identity == 1.0


def test_the_only_one_in_the_picture_is_not_to_be_seen_twice(tmp_path: Path) -> None:
    whole = Placement(AT[RIGHT], Box(0, 0, 640, 360), RIGHT, TileState.STAND_IN)
    told = scored(labelled(tmp_path, {"A": staying(A), "B": staying(B, "back")}), tile(LEFT, 130), whole)
    assert (told.doubled_share, told.owed, told.identity) == (1.0, 10, 1.0)


def test_somebody_who_bows_is_nobody_else_s_subject(tmp_path: Path) -> None:
    near = [150, 100, 60, 80]
    beside = {"A": staying(A), "C": staying(near)}
    assert scored(labelled(tmp_path, beside), tile(LEFT, 170)).wrong == 10
    beside = {"A": staying(A), "C": staying(near, "hidden")}
    assert scored(labelled(tmp_path, beside), tile(LEFT, 170)).wrong == 0


def test_heads_move_evenly_between_key_frames_but_not_to_a_new_one(tmp_path: Path) -> None:
    moving = [key(0, [0, 0, 60, 80]), key(8, [80, 0, 60, 80], "profile"), key(9, [500, 0, 60, 80], new=True)]
    labels = labelled(tmp_path, {"A": moving})
    assert [labels.heads[n]["A"].box.x for n in (0, 4, 8, 9)] == [0, 40, 80, 500]
    assert labels.heads[8]["A"].face == "profile"
    assert "A" not in labelled(tmp_path, {"A": moving[:1]}).heads[1]


@pytest.mark.parametrize(("found", "errors"), [((5,), (0, 0)), ((6,), (0, 0)), ((7,), (1, 1)), ((), (1, 0)), ((4, 5), (0, 1))])
def test_cuts_are_found_within_a_frame(found: tuple[int, ...], errors: tuple[int, int], tmp_path: Path) -> None:
    told = scored(labelled(tmp_path, {}, cuts=[5]), cuts=found)
    assert (told.cuts_missing, told.cuts_extra) == errors


def test_shake_is_acceleration_on_the_canvas(tmp_path: Path) -> None:
    plans = [FramePlan(n, n / 25, False, "split", (tile(LEFT, 100 + n * n / 2),)) for n in range(10)]
    assert score(labelled(tmp_path, {}), plans).shake == pytest.approx(960 / 120)
