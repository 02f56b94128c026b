"""Once all was seen, only the segments that the whole decision changes are made again, and the rest is left bit for bit."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.configured import configured
from tests.support.runs import assert_same_film, film_of_job

from dualface.api.analysing import analyse
from dualface.api.plans import Plan
from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.errors import StoppedError
from dualface.events import EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import PLAN_SUFFIX, Job, Status, VideoOutcome
from dualface.render.mux.segments import Segment
from dualface.types import Observation, Person, U8Array
from dualface.video.second_look import Decide, Decided
from dualface.video.work_folder import WorkFolder

FROM, TO = 41, 44
"""Frames in which the whole decision names the two the other way round."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Two faces are seen in every picture; who is who is said here."""
    small = {"framing.size": "320x180", "encoding.gop": "10", "processing.encode_threads": "1"}
    return configured(tmp_path_factory.mktemp("config"), **small)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(320, 180), fps=5, seconds=12)
    return path


def exchanged(seen: Sequence[Observation]) -> Decided:
    names = [
        replace(one, faces=tuple(replace(f, person=f.person and f.person.other) for f in one.faces))
        if FROM <= one.index < TO
        else one
        for one in seen
    ]
    return Decided(names)


def made(source: Path, output: Path, config: Config) -> VideoOutcome:
    outcome = run_batch([Job(source, output)], config, bus=EventBus(), stop=threading.Event())[0]
    assert outcome.error is None
    return outcome


def packets(path: Path) -> list[str]:
    with av.open(str(path)) as film:
        return [hashlib.md5(bytes(packet)).hexdigest() for packet in film.demux(video=0) if packet.size]


def pictures(path: Path) -> list[U8Array]:
    with av.open(str(path)) as film:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in film.decode(video=0)]


def test_only_what_is_decided_otherwise_is_made_again(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: None)
    first = made(source, tmp_path / "first" / "talk.mp4", config)
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: exchanged)
    second = made(source, tmp_path / "second" / "talk.mp4", config)
    change = second.summary["second_look"]
    assert change["frames_named"] == TO - FROM
    assert TO - FROM <= change["frames_shown"] <= 40
    assert second.status is Status.DONE
    before, after = packets(first.job.output), packets(second.job.output)
    assert len(before) == len(after) == 60
    different = [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(different) > TO - FROM
    assert min(different) >= 20, "the first segment, of four seconds, is as it was"
    left, right = (pictures(outcome.job.output)[FROM + 2][:, :160].astype(int) for outcome in (first, second))
    assert np.abs(left - right).mean() > 10, "another person is shown"
    assert np.abs(pictures(first.job.output)[10].astype(int) - pictures(second.job.output)[10]).max() == 0


@pytest.mark.slow
def test_the_film_is_the_one_that_its_plan_makes(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: exchanged)
    outcome = made(source, tmp_path / "talk.mp4", config)
    plan = Plan.load(outcome.job.beside(PLAN_SUFFIX))
    monkeypatch.setattr("dualface.video.observing.whole_decision", lambda *_, **__: exchanged)
    assert tuple(analyse(source, config=config).plan().frames) == tuple(plan.frames), "looking alone decides the same"
    again = plan.render(tmp_path / "again.mp4", config=config)
    for a, b in zip(pictures(outcome.job.output), pictures(again.path), strict=True):
        assert np.abs(a.astype(int) - b).mean() < 1.5, "but for the encoder's noise where segments begin"


@pytest.mark.slow
def test_a_second_look_that_is_stopped_goes_on(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: exchanged)
    whole = made(source, tmp_path / "whole" / "talk.mp4", config)

    def stopped(*_: object) -> None:
        raise StoppedError("stopped.")

    with monkeypatch.context() as patched:
        patched.setattr("dualface.video.second_look.SegmentReplacement.finish", stopped)
        job = Job(source, tmp_path / "stopped" / "talk.mp4")
        outcome = run_batch([job], config, bus=EventBus(), stop=threading.Event())[0]
        assert outcome.status is Status.STOPPED
        assert not job.output.exists()
    finished = made(source, tmp_path / "stopped" / "talk.mp4", config)
    assert finished.summary["resumed_at_frame"] == 60
    assert packets(finished.job.output) == packets(whole.job.output)
    assert [path.name for path in job.output.parent.iterdir() if path.name.startswith(".")] == []


def other_way_round(seen: Sequence[Observation]) -> Decided:
    """Of all frames, and so another decision of what was decided in part."""
    faces = [tuple(replace(f, person=f.person and f.person.other) for f in one.faces) for one in seen]
    return Decided([replace(one, faces=them) for one, them in zip(seen, faces, strict=True)])


@pytest.mark.slow
@pytest.mark.parametrize("after", [other_way_round, None], ids=["the same decision", "none any more"])
def test_a_second_look_may_end_between_a_segment_and_its_lines(
    after: Decide | None, source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: after)
    whole = made(source, tmp_path / "whole" / "talk.mp4", config)
    rewrite, rewritten = WorkFolder.rewrite, list[Segment]()

    def rewritten_once(self: WorkFolder, segment: Segment, lines: Mapping[str, str]) -> None:
        rewritten.append(segment)
        if len(rewritten) > 1:
            raise StoppedError("stopped.")
        rewrite(self, segment, lines)

    with monkeypatch.context() as patched:
        patched.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: other_way_round)
        patched.setattr(WorkFolder, "rewrite", rewritten_once)
        job = Job(source, tmp_path / "stopped" / "talk.mp4")
        outcome = run_batch([job], config, bus=EventBus(), stop=threading.Event())[0]
        assert outcome.status is Status.STOPPED
    finished = made(source, job.output, config)
    assert finished.summary["resumed_at_frame"] == 60
    assert_same_film(film_of_job(finished.job), film_of_job(whole.job))


@pytest.mark.slow
def test_whoever_has_the_tile_of_somebody_who_is_not_there_has_no_caption(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    framing = config.framing.model_copy(update={"caption_left": "Zoe", "caption_right": "Ann"})
    named = config.model_copy(update={"framing": framing})
    monkeypatch.setattr(
        "dualface.video.video_run.whole_decision", lambda *_, **__: lambda seen: Decided(seen, frozenset({Person.LEFT}))
    )
    outcome = made(source, tmp_path / "named" / "talk.mp4", named)
    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: None)
    without = framing.model_copy(update={"caption_left": ""})
    plain = made(source, tmp_path / "plain" / "talk.mp4", config.model_copy(update={"framing": without}))
    for a, b in zip(pictures(outcome.job.output), pictures(plain.job.output), strict=True):
        assert np.abs(a.astype(int) - b).max() < 40
        assert np.abs(a.astype(int) - b).mean() < 1
    header = outcome.job.beside(".tracks.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert "Zoe" not in header
    assert "Ann" in header
