"""What was seen and planned is the same after being written and read; what is damaged, foreign or newer says so."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.values import observations, plans

from dualface.errors import InputError
from dualface.records.headers import RecordHeader
from dualface.records.json_lines import Schema, Upgrade, header_line, line_of, read_lines, write_lines
from dualface.records.observation_file import (
    observation_header,
    observation_line,
    observation_of,
    read_observations,
    write_observations,
)
from dualface.records.plan_file import plan_header, plan_line, plan_of, read_plan, write_plan
from dualface.records.tracks_file import read_tracks, tracks_header, tracks_line
from dualface.types import (
    Box,
    FramePlan,
    Look,
    Observation,
    ObservedFace,
    Person,
    Placement,
    Rect,
    TileState,
    VideoInfo,
)

HEADER = RecordHeader(Path("/videos/talk – 1.mp4"), 1920, 1080, Fraction(30000, 1001), {"framing": {"gap": 4}}, "abc")
FRAMES_AN_HOUR = 30 * 3600


@given(observations)
@settings(max_examples=50, deadline=None)
def test_an_observation_is_the_same_after_its_line(seen: Observation) -> None:
    assert observation_of(json.loads(observation_line(seen))) == seen


@given(plans)
@settings(max_examples=50, deadline=None)
def test_a_plan_is_the_same_after_its_line(plan: FramePlan) -> None:
    assert plan_of(json.loads(plan_line(plan))) == plan


@given(st.lists(observations, max_size=4), st.lists(plans, max_size=4), st.booleans())
@settings(max_examples=15, deadline=None)
def test_files_hold_all_of_it_packed_or_not(
    tmp_path_factory: pytest.TempPathFactory, seen: list[Observation], frames: list[FramePlan], packed: bool
) -> None:
    folder, ending = tmp_path_factory.mktemp("records"), ".jsonl.gz" if packed else ".jsonl"
    write_observations(folder / f"seen{ending}", HEADER, seen)
    write_plan(folder / f"plan{ending}", HEADER, frames)
    header, read = read_observations(folder / f"seen{ending}")
    assert (header, list(read)) == (HEADER, seen)
    header, planned = read_plan(folder / f"plan{ending}")
    assert (header, list(planned)) == (HEADER, frames)


def talk(n: int) -> tuple[Observation, FramePlan]:
    """A frame of two people who never keep quite still, described now and then."""
    random = np.random.default_rng(n)

    def face(track: int, x: float) -> ObservedFace:
        box = Box(*(round(float(v), 2) for v in random.normal((x, 400, 160, 220), 3)))
        marks = tuple((round(float(a), 1), round(float(b), 1)) for a, b in random.normal((x, 450), 40, (5, 2)))
        look = Look(random.normal(0, 0.09, 128).astype(np.float16), 0.8) if n % 40 == 0 else None
        return ObservedFace(track, box, round(float(random.uniform(0.8, 1)), 3), Person.LEFT, marks, look)

    seen = Observation(n, n / 30, False, (face(1, 500), face(2, 1300)))
    moving = n // 60 % 5 == 0  # cameras move in a fifth of the time
    crops = (Box(*(round(v + moving * n / 7, 3) for v in (300 + x, 40, 900, 1000))) for x in (0, 600))
    tiles = ((Person.LEFT, Rect(0, 0, 960, 1080)), (Person.RIGHT, Rect(960, 0, 960, 1080)))
    placed = (Placement(at, crop, who, TileState.TRACKED, 1) for (who, at), crop in zip(tiles, crops, strict=True))
    return seen, FramePlan(n, n / 30, False, "split", tuple(placed), {1: Person.LEFT, 2: Person.RIGHT})


def test_an_hour_of_talk_takes_at_most_20_megabytes(tmp_path: Path) -> None:
    count = 600
    frames = [talk(n) for n in range(count)]
    write_observations(tmp_path / "seen.gz", HEADER, [seen for seen, _ in frames])
    write_plan(tmp_path / "plan.gz", HEADER, [plan for _, plan in frames])
    size = sum((tmp_path / name).stat().st_size for name in ("seen.gz", "plan.gz"))
    assert size / count * FRAMES_AN_HOUR < 20e6


@pytest.mark.parametrize("read", [read_observations, read_plan, read_tracks])
def test_what_is_no_such_file_is_refused_by_name(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    for name, content in {
        "empty.jsonl": b"",
        "foreign.jsonl": b'{"schema": "other/1"}\n',
        "list.jsonl": b"[1]\n",
        "binary.jsonl": b"\x00\xff\xfe",
        "packed.gz": b"\x1f\x8b\x08 not gzip",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=name):
            read(path)
    with pytest.raises(InputError, match=r"missing\.gz"):
        read(tmp_path / "missing.gz")


def test_damage_says_in_which_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl"
    write_plan(path, HEADER, [talk(0)[1], talk(1)[1]])
    whole = path.read_text()
    path.write_text(whole[:-20])
    with pytest.raises(InputError, match=r"plan\.jsonl: line 3"):
        list(read_plan(path)[1])
    path.write_text(whole.replace('"split"', "3", 1).replace('"placements"', '"other"', 1))
    with pytest.raises(InputError, match=r"plan\.jsonl: line 2"):
        list(read_plan(path)[1])


def test_a_packed_file_that_is_cut_off_is_an_error_and_not_a_shorter_film(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl.gz"
    write_plan(path, HEADER, [talk(n)[1] for n in range(50)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="cut off or damaged"):
        list(read_plan(path)[1])


@pytest.mark.parametrize(("write", "header_of"), [(write_plan, plan_header), (write_observations, observation_header)])
def test_whoever_reads_the_header_alone_lets_go_of_the_file(
    write: Callable[..., None], header_of: Callable[[Path], RecordHeader], tmp_path: Path
) -> None:
    """Windows replaces no file that is open, and a film is corrected by what its plan's header says."""
    write(tmp_path / "file.jsonl.gz", HEADER, [])
    known = header_of(tmp_path / "file.jsonl.gz")
    assert known == HEADER
    assert not [one for one in psutil.Process().open_files() if one.path.endswith("file.jsonl.gz")]


def test_older_versions_are_brought_up_step_by_step_and_newer_ones_refused(tmp_path: Path) -> None:
    def renamed(old: str, new: str) -> Upgrade:
        return Upgrade(lambda h: h | {"unit": new}, lambda h, e: {new: e[old] * h["factor"]})

    schema = Schema("test.records", 3, {1: renamed("a", "b"), 2: renamed("b", "c")})
    path = tmp_path / "old.jsonl"
    write_lines(path, [header_line(Schema("test.records", 1), {"factor": 10}), line_of({"a": 7})])
    lines = read_lines(path, schema)
    assert lines.header["unit"] == "c"
    assert list(lines.entries) == [{"c": 700}]
    write_lines(path, [header_line(Schema("test.records", 4), {})])
    with pytest.raises(InputError, match="newer dualface"):
        read_lines(path, schema)
    write_lines(path, [header_line(Schema("test.records", 0), {})])
    with pytest.raises(InputError, match="no longer read"):
        read_lines(path, schema)


def test_the_tracks_file_of_the_first_version_is_read_as_the_second(tmp_path: Path) -> None:
    tiles = {"left": [0, 0, 960, 1080], "right": [960, 0, 960, 1080]}
    view = {"crop": [1, 2, 3, 4], "state": "tracked", "track": 3}
    old = [
        {"schema": "dualface.tracks/1", "source": "a.mp4", "width": 1920, "height": 1080, "fps": "25", "tiles": tiles},
        {"frame": 0, "time": 0.0, "cut": False, "reid": False, "faces": [], "tiles": {"left": view, "right": view}},
    ]
    path = tmp_path / "old.tracks.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in old))
    lines = read_tracks(path)
    (entry,) = lines.entries
    assert "tiles" not in lines.header
    assert lines.header["names"] == {"left": None, "right": None}
    assert entry["layout"] == "split"
    assert entry["tiles"]["right"] == {"at": [960, 0, 960, 1080], **view}


def test_the_tracks_file_says_who_is_where_and_what_is_shown(tmp_path: Path) -> None:
    seen, plan = talk(0)
    header = tracks_header("talk.mp4", VideoInfo(1920, 1080, Fraction(25), 1, 0.04), (1920, 1080), {Person.LEFT: "Ann"})
    path = tmp_path / "film.tracks.jsonl"
    path.write_text(header + tracks_line(seen, plan))
    lines = read_tracks(path)
    assert lines.header == {
        "schema": "dualface.tracks/2",
        "source": "talk.mp4",
        "width": 1920,
        "height": 1080,
        "fps": "25",
        "output": {"width": 1920, "height": 1080},
        "names": {"left": "Ann", "right": None},
    }
    (entry,) = lines.entries
    assert [face["person"] for face in entry["faces"]] == ["left", "right"]
    assert (entry["layout"], entry["reid"], entry["cut"]) == ("split", True, False)
    assert entry["tiles"]["right"]["at"] == [960, 0, 960, 1080]
    assert entry["tiles"]["left"] == {
        "at": [0, 0, 960, 1080],
        "crop": list(plan.placements[0].crop),
        "state": "tracked",
        "track": 1,
    }


def test_times_are_exact_to_the_microsecond_in_the_tracks_file() -> None:
    plan = FramePlan(1, 1001 / 30000, False, "split", ())
    assert json.loads(tracks_line(Observation(1, plan.time, False), plan))["time"] == 0.033367


@pytest.mark.parametrize("read", [read_plan, read_observations])
def test_numbers_that_are_none_never_reach_a_file(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    broken = Box(float("nan"), float("inf"), 1.0, 1.0)
    path = tmp_path / "record.gz"
    if read is read_plan:
        placement = Placement(Rect(0, 0, 2, 2), broken, None, TileState.SCENE)
        write_plan(path, HEADER, [FramePlan(0, 0.0, False, "scene", (placement,))])
    else:
        write_observations(path, HEADER, [Observation(0, 0.0, False, (ObservedFace(1, broken, 0.5),))])
    assert "NaN" not in gzip.decompress(path.read_bytes()).decode()
    assert len(list(read(path)[1])) == 1
