"""One film by several workers is the film that one makes, whatever ends them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import Faulty
from tests.support.runs import Film, assert_same_film, left_behind, made

from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.errors import StoppedError
from dualface.events import Event, EventBus, VideoNote, VideoProgress
from dualface.jobs import Job, Status
from dualface.testing.faults import Fault
from dualface.video.by_many import ByMany
from dualface.video.kept import work_path

A_THOUSANDTH = 0.001


@pytest.fixture(scope="module")
def for_two(config: Config) -> Config:
    return config.model_copy(
        update={"processing": config.processing.model_copy(update={"cuda_streams": 2, "slice_seconds": 3.0})}
    )


def assert_same_plan(film: Film, expected: Film) -> None:
    """The same tiles in every frame, each frame once; crops may differ by a thousandth of a pixel, tracks by their numbers."""
    lines, others = ([json.loads(line) for line in one.tracks.splitlines()] for one in (film, expected))
    assert [line["frame"] for line in lines] == list(range(len(others)))
    for mine, other in zip(lines, others, strict=True):
        assert (mine["time"], mine["cut"], mine["layout"]) == (other["time"], other["cut"], other["layout"])
        assert mine["tiles"].keys() == other["tiles"].keys()
        for name, tile in mine["tiles"].items():
            assert (tile["at"], tile["state"]) == (other["tiles"][name]["at"], other["tiles"][name]["state"]), mine["frame"]
            assert tile["crop"] == pytest.approx(other["tiles"][name]["crop"], abs=A_THOUSANDTH), mine["frame"]


def assert_same(film: Film, expected: Film) -> None:
    assert_same_plan(film, expected)
    assert_same_film(replace(film, tracks=""), replace(expected, tracks=""), least_psnr=30.0)


def test_slices_make_the_film_that_one_worker_makes(
    source: Path, film: Film, for_two: Config, tmp_path: Path, faulty: Faulty
) -> None:
    events: list[Event] = []
    outcome = faulty([source], tmp_path / "out", [], events=events, config=for_two)[0]
    assert outcome.error is None
    assert outcome.status is Status.DONE
    assert_same(made(outcome), film)
    assert left_behind(tmp_path / "out") == []
    assert [event.message for event in events if isinstance(event, VideoNote)] == []
    told = [event.frames for event in events if isinstance(event, VideoProgress)]
    assert told == sorted(told)
    assert {event.job.output for event in events} == {tmp_path / "out" / source.name}
    for name in ("frames", "cuts", "layouts", "tiles", "missing"):
        assert outcome.summary[name] == film.summary[name]


@pytest.mark.parametrize(
    "fault", [Fault("encoder", 15, "kill"), Fault("decoder", 40, "segfault")], ids=lambda fault: f"{fault.kind}-{fault.stage}"
)
@pytest.mark.slow
def test_a_worker_that_is_killed_costs_its_slice_only(
    fault: Fault, source: Path, film: Film, for_two: Config, tmp_path: Path, faulty: Faulty
) -> None:
    once = replace(fault, once=tmp_path / "happened")
    outcome = faulty([source], tmp_path / "out", [once], config=for_two)[0]
    assert (tmp_path / "happened").exists()
    assert outcome.error is None
    assert_same(made(outcome), film)


def stopping_before(step: str, stop: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has somebody ask for the end just before a step of :class:`ByMany`, whatever is done by then."""
    goes_on = getattr(ByMany, step)

    def stopped(self: ByMany, *arguments: Any) -> Any:
        stop.set()
        if step == "_gathered":  # where nothing is waited for any more
            raise StoppedError("stopped")
        return goes_on(self, *arguments)

    monkeypatch.setattr(ByMany, step, stopped)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["_make", "_gathered"])
def test_a_run_that_was_stopped_goes_on_with_what_is_closed(
    step: str, source: Path, film: Film, for_two: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stop = Job(source, tmp_path / "film.mp4"), threading.Event()
    with monkeypatch.context() as patch:
        stopping_before(step, stop, patch)
        first = run_batch([job], for_two, bus=EventBus(), stop=stop)[0]
    assert first.status is Status.STOPPED
    closed = {path: path.stat().st_mtime_ns for path in _closed(work_path(job.output) / "slices")}
    assert closed
    kept: dict[Path, int] = {}
    gathered = ByMany._gathered

    def watched(self: ByMany, *arguments: Any) -> Any:
        kept.update({path: path.stat().st_mtime_ns for path in closed if path.exists()})
        return gathered(self, *arguments)

    monkeypatch.setattr(ByMany, "_gathered", watched)
    again = run_batch([job], for_two, bus=EventBus(), stop=threading.Event())[0]
    assert again.error is None
    assert kept == closed  # nothing was seen or made anew
    assert_same(made(again), film)
    assert left_behind(tmp_path) == []


def _closed(slices: Path) -> list[Path]:
    """What was seen, and segments that were made."""
    return [*slices.glob("seen-*.observations.jsonl.gz"), *slices.glob(".made-*.work/*.mp4")]


@pytest.mark.slow
def test_one_worker_begins_anew_what_several_had_begun(
    source: Path, film: Film, for_two: Config, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, stop, notes = Job(source, tmp_path / "film.mp4"), threading.Event(), list[Event]()
    with monkeypatch.context() as patch:
        stopping_before("_gathered", stop, patch)
        run_batch([job], for_two, bus=EventBus(), stop=stop)
    heard = EventBus()
    heard.subscribe(notes.append)
    again = run_batch([job], config, bus=heard, stop=threading.Event())[0]
    assert_same_film(made(again), film)
    assert any(isinstance(note, VideoNote) and "several workers had begun it" in note.message for note in notes)


@pytest.mark.slow
def test_a_short_film_is_made_by_one(source: Path, film: Film, for_two: Config, tmp_path: Path, faulty: Faulty) -> None:
    long = for_two.model_copy(update={"processing": for_two.processing.model_copy(update={"slice_seconds": 60.0})})
    outcome = faulty([source], tmp_path, [], config=long)[0]
    assert_same_film(made(outcome), film)
