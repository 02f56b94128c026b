"""The front door: what a program gets that imports dualface."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.support.editors import READERS, check_pictures

import dualface
from dualface.config.schema import Config
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES

SECONDS = 5


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(320, 180), fps=10, seconds=SECONDS)
    return path


@pytest.fixture(scope="module")
def film(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> dualface.Film:
    return dualface.make(source, tmp_path_factory.mktemp("films"), config=config)


def pictures(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in container.decode(video=0)]


def test_importing_loads_nothing_heavy_and_names_everything() -> None:
    code = (
        "import dualface, sys; print(sorted(m for m in sys.modules if m in ('av','numba','openvino','cupy','numpy','yaml')));"
        "print([n for n in dualface.__all__ if not hasattr(dualface, n)])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300).stdout
    assert printed.split("\n")[:2] == ["[]", "[]"]
    with pytest.raises(AttributeError, match="nonsense"):
        _ = dualface.nonsense


def test_a_film_knows_what_it_shows(film: dualface.Film) -> None:
    assert film.path.name == "talk.mp4"
    assert film.status == "done"
    assert len(film.plan.frames) == SECONDS * 10 == film.summary["frames"]
    left, right = film.plan.frames[20].placements
    assert (left.person, right.person) == (dualface.Person.LEFT, dualface.Person.RIGHT)


def test_a_film_that_was_made_before_is_exported_without_making_it_again(
    source: Path, config: Config, film: dualface.Film
) -> None:
    made = film.path.stat().st_mtime_ns
    again = dualface.make(source, film.path.parent, config=config, export="fcpxml")
    assert again.summary["skipped"]
    assert again.path.stat().st_mtime_ns == made
    shown = [frame for frame in film.plan.frames for _ in range(3)]
    check_pictures(READERS["fcpxml"](film.path.with_suffix(".fcpxml").read_bytes()), shown)


def test_looking_and_deciding_apart_from_showing_makes_the_same_film(
    source: Path, config: Config, film: dualface.Film, tmp_path: Path
) -> None:
    analysis = dualface.analyse(source, config=config)
    assert tuple(analysis.observations) == tuple(film.plan.observations)
    plan = analysis.plan()
    assert tuple(plan.frames) == tuple(film.plan.frames)
    plan.save(tmp_path / "talk.plan.jsonl")
    again = dualface.Plan.load(tmp_path / "talk.plan.jsonl").render(tmp_path / "again.mp4", config=config)
    for a, b in zip(pictures(film.path), pictures(again.path), strict=True):
        assert np.array_equal(a, b), "picture for picture"


def test_one_analysis_makes_several_films(source: Path, config: Config, tmp_path: Path) -> None:
    analysis = dualface.analyse(source, config=config)
    analysis.save(tmp_path / "talk.observations.jsonl.gz")
    loaded = dualface.Analysis.load(tmp_path / "talk.observations.jsonl.gz")
    tall = loaded.plan(layout="stacked", size="180x320", export="edl, json").render(tmp_path / "tall.mkv", config=config)
    assert (tmp_path / "tall.edl").read_text().startswith("TITLE: tall\n")
    read = READERS["json"]((tmp_path / "tall.timeline.json").read_bytes())
    assert read.fps == 30, "editors don't work at 10 frames a second: each is there three times"
    check_pictures(read, [frame for frame in tall.plan.frames for _ in range(3)])
    with av.open(str(tall.path)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (180, 320)
    assert tall.path.suffix == ".mkv"
    assert {plan.layout for plan in tall.plan.frames} == {"split"}


def test_what_holds_every_frame_is_shown_in_a_line(film: dualface.Film) -> None:
    """As a notebook shows whatever a cell ends with."""
    assert repr(film.plan) == "Plan(talk.mp4, 320×180, 10 frames/s, 50 frames)"
    analysis = dualface.Analysis(film.plan.header, film.plan.observations)
    assert repr(analysis) == "Analysis(talk.mp4, 320×180, 10 frames/s, 50 frames)"


def test_what_is_no_correction_is_not_taken_for_one(film: dualface.Film) -> None:
    analysis: Any = dualface.Analysis(film.plan.header, film.plan.observations)
    for wrong in ("talk.corrections.yaml", [{"swap": "from here", "at": 1}]):
        with pytest.raises(dualface.ConfigurationError, match=r"dualface\.load_corrections"):
            analysis.plan(corrections=wrong)


@pytest.mark.parametrize("settings", [{"end": "1"}, {"start": "1"}, {"fps": "5"}, {"detection__score_threshold": 0.9}])
def test_what_was_looked_at_is_no_longer_a_plan_s_to_choose(film: dualface.Film, settings: dict[str, Any]) -> None:
    """It would be applied to other pictures than those that it was made for."""
    with pytest.raises(dualface.ConfigurationError, match=r"say it to dualface\.analyse"):
        dualface.Analysis(film.plan.header, film.plan.observations).plan(**settings)


def test_an_analysis_of_another_version_is_read_with_what_it_lacks_as_by_default(film: dualface.Film) -> None:
    header = film.plan.header
    framing = {key: value for key, value in header.settings["framing"].items() if key != "zoom"} | {"gone": 1}
    other = replace(film.plan, header=replace(header, settings=header.settings | {"framing": framing, "more": {}}))
    assert other.config.framing.zoom == dualface.Config.defaults().framing.zoom
    assert other.config.framing.size == "320x180"
    with pytest.raises(dualface.InputError, match="make the analysis anew"):
        _ = replace(other, header=replace(header, settings={"framing": {"zoom": "much"}})).config


def test_a_plan_for_another_video_is_refused(film: dualface.Film, config: Config, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    render_scene(other, SCENES["interview"], size=(160, 90), fps=10, seconds=1)
    with pytest.raises(dualface.InputError, match="320x180"):
        film.plan.render(tmp_path / "film.mp4", source=other, config=config)
    longer = tmp_path / "longer.mp4"
    render_scene(longer, SCENES["interview"], size=(320, 180), fps=10, seconds=SECONDS + 1)
    with pytest.raises(dualface.InputError, match="ends after 50 frames"):
        film.plan.render(tmp_path / "film.mp4", source=longer, config=config)
    assert not (tmp_path / "film.mp4").exists()


def test_settings_may_be_given_by_name_and_wrong_ones_say_so(source: Path, config: Config, tmp_path: Path) -> None:
    assert dualface.Config.defaults().framing.layout == "follow"
    assert config.changed(layout="stacked", framing__zoom=1.2).framing.zoom == 1.2
    with pytest.raises(dualface.ConfigurationError, match="layuot"):
        config.changed(layuot="stacked")
    with pytest.raises(dualface.ConfigurationError, match=r"zoom"):
        dualface.make(source, tmp_path, config=config, zoom=90)


def test_what_can_not_be_done_raises_before_any_work(source: Path, config: Config, tmp_path: Path) -> None:
    with pytest.raises(dualface.InputError, match=r"missing\.mp4"):
        dualface.make(tmp_path / "missing.mp4", tmp_path, config=config)
    with pytest.raises(dualface.InputError, match=r"missing\.mp4"):
        dualface.make_all(str(tmp_path / "missing.mp4"), tmp_path, config=config)
    (tmp_path / "talk.mp4").write_bytes(b"mine")
    with pytest.raises(dualface.OutputExistsError, match="exists"):
        dualface.make(source, tmp_path, config=config)
    assert (tmp_path / "talk.mp4").read_bytes() == b"mine"


@pytest.mark.slow
def test_many_videos_give_events_and_one_failure_ends_nothing(source: Path, config: Config, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    events = list(dualface.make_all([source, broken], tmp_path / "out", config=config, jobs=2))
    ends = {e.job.source: e.outcome for e in events if isinstance(e, dualface.VideoFinished)}
    assert ends[source].status == "done"
    assert isinstance(ends[broken].error, dualface.InputError)


def test_leaving_the_loop_stops_the_work(source: Path, config: Config, tmp_path: Path) -> None:
    for event in dualface.make_all([source], tmp_path, config=config):
        assert isinstance(event, dualface.VideoStarted)
        break
    assert not (tmp_path / "talk.mp4").exists()
    assert dualface.make(source, tmp_path, config=config).status == "done"


@pytest.mark.slow
def test_a_crash_in_a_process_of_its_own_is_an_exception(tmp_path: Path) -> None:
    from dualface.workers.separate import in_a_process

    assert in_a_process(abs, -3, what="a number") == 3
    with pytest.raises(dualface.DualfaceError, match=r"film\.mp4: .*crashed"):
        in_a_process(crash, what="film.mp4")
    with pytest.raises(ZeroDivisionError):
        in_a_process(divmod, 1, 0, what="a number")


def crash() -> None:
    import ctypes

    ctypes.string_at(0)
