"""What tiles look like, whatever they show: margin, corners, and the scene behind them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.config.schema import Config
from dualface.direct.director import plan_all
from dualface.direct.layouts.chosen import arranged
from dualface.errors import ConfigurationError
from dualface.records.json_lines import Entry
from dualface.records.plan_file import plan_line, plan_of
from dualface.types import Box, Fill, FramePlan, Observation, ObservedFace, Person, Rect, TileState

LEFT = ObservedFace(1, Box(100, 100, 60, 80), 0.9, Person.LEFT)
RIGHT = ObservedFace(2, Box(400, 100, 60, 80), 0.9, Person.RIGHT)
BOTH = [Observation(n, n / 10, n == 0, (LEFT, RIGHT)) for n in range(30)]
ALONE = [Observation(n, n / 10, n == 0, (LEFT,)) for n in range(60)]


def planned(folder: Path, seen: list[Observation], **keys: str) -> FramePlan:
    return plan_all(seen, 640, 360, 10.0, settings_of(folder, framing__size="320x180", **keys))[-1]


def test_a_margin_keeps_tiles_off_the_edge(tmp_path: Path) -> None:
    config: Config = settings_of(tmp_path, framing__size="320x180", framing__margin="10", framing__gap="8")
    assert [tile.at for tile in arranged(config.framing)] == [Rect(10, 10, 146, 160), Rect(164, 10, 146, 160)]
    plan = planned(tmp_path, BOTH, framing__margin="10", framing__gap="8")
    assert [placement.at for placement in plan.placements] == [Rect(10, 10, 146, 160), Rect(164, 10, 146, 160)]
    assert planned(tmp_path, ALONE, framing__margin="10").placements[0].at == Rect(10, 10, 300, 160)
    with pytest.raises(ConfigurationError, match="margin of 90 pixels"):
        arranged(settings_of(tmp_path, framing__size="320x180", framing__margin="90").framing)


def test_the_scene_is_behind_tiles_where_they_leave_something_free(tmp_path: Path) -> None:
    behind, *tiles = planned(tmp_path, BOTH, framing__gap="8", framing__behind="blur").placements
    assert (behind.at, behind.crop, behind.fill) == (Rect(0, 0, 320, 180), Box(0, 0, 640, 360), Fill.BACKDROP)
    assert (behind.person, behind.state) == (None, TileState.SCENE)
    assert [tile.person for tile in tiles] == list(Person)
    assert len(planned(tmp_path, BOTH, framing__behind="blur").placements) == 2, "there is nothing to be seen"
    assert len(planned(tmp_path, BOTH, framing__behind="blur", framing__corners="12").placements) == 3


def test_tiles_have_corners_unless_they_are_the_whole_picture(tmp_path: Path) -> None:
    assert [p.corner for p in planned(tmp_path, BOTH, framing__corners="12").placements] == [12, 12]
    assert [p.corner for p in planned(tmp_path, ALONE, framing__corners="12").placements] == [0]
    assert [p.corner for p in planned(tmp_path, ALONE, framing__corners="12", framing__margin="4").placements] == [12]


def test_a_plans_file_knows_of_them(tmp_path: Path) -> None:
    plan = planned(tmp_path, BOTH, framing__corners="12", framing__behind="blur")
    entry: Entry = json.loads(plan_line(plan))
    assert plan_of(entry) == plan
    assert all(len(one) == 6 for one in json.loads(plan_line(planned(tmp_path, BOTH)))["placements"])
