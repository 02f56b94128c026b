"""Several films from one decode and one analysis: each is the film that a run of its own makes."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.configured import configured
from tests.support.runs import assert_same_film, left_behind
from tests.support.runs import made as film_of
from tests.support.stopping import stopping_at

from dualface.api.orders import order
from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.events import Event, EventBus, VideoNote, VideoStarted
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import SIDE_SUFFIXES, Job, Status, VideoOutcome
from dualface.types import Observation
from dualface.video.second_look import Decided
from dualface.video.shared_models import SharedModels
from dualface.video.video_run import VideoRun

ALSO = ["shorts:size=180x320", "square:size=180x180,encoding.gop=15"]
SHORTS = {"framing__size": "180x320", "framing__layout": "follow", "encoding__bitrate_kbps": 8000}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    small = {"encoding.gop": "10", "processing.encode_threads": "1", "input.end": "9"}
    return configured(tmp_path_factory.mktemp("config"), **small)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(320, 180), fps=10, seconds=10)
    return path


@pytest.fixture(scope="module")
def together(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> VideoOutcome:
    return made(ordered(source, tmp_path_factory.mktemp("together"), config), config)[0]


def ordered(source: Path, folder: Path, config: Config, also: list[str] = ALSO) -> Job:
    return order(source, folder, config, overwrite=False, also=also)[1]


def made(job: Job, config: Config) -> tuple[VideoOutcome, list[Event]]:
    events, bus = list[Event](), EventBus()
    bus.subscribe(events.append)
    outcome = run_batch([job], config, bus=bus, stop=threading.Event())[0]
    assert outcome.error is None
    return outcome, events


def packets(path: Path) -> list[str]:
    with av.open(str(path)) as film:
        return [hashlib.md5(bytes(packet)).hexdigest() for packet in film.demux() if packet.size]


def assert_same_films(outcome: VideoOutcome, expected: VideoOutcome) -> None:
    for film, other in zip((outcome, *outcome.also), (expected, *expected.also), strict=True):
        assert film.job.output.name == other.job.output.name
        assert_same_film(film_of(film), film_of(other))


def size(path: Path) -> tuple[int, int]:
    with av.open(str(path)) as film:
        return film.streams.video[0].width, film.streams.video[0].height


def test_each_film_is_the_one_that_a_run_of_its_own_makes(
    together: VideoOutcome, source: Path, config: Config, tmp_path: Path
) -> None:
    films = [together, *together.also]
    assert [film.job.output.name for film in films] == ["talk.mp4", "talk.shorts.mp4", "talk.square.mp4"]
    assert [size(film.job.output) for film in films] == [(256, 144), (180, 320), (180, 180)]
    assert all(film.status is Status.DONE and film.job.beside(suffix).exists() for film in films for suffix in SIDE_SUFFIXES)
    assert left_behind(together.job.output.parent) == []
    alone, _ = made(Job(source, tmp_path / "talk.mp4"), config.changed(**SHORTS))
    assert packets(alone.job.output) == packets(films[1].job.output)
    tracks = (film.job.beside(".tracks.jsonl").read_text(encoding="utf-8") for film in (alone, films[1]))
    assert len(set(tracks)) == 1


@pytest.mark.slow
def test_films_that_were_stopped_go_on_together(together: VideoOutcome, source: Path, config: Config, tmp_path: Path) -> None:
    job = ordered(source, tmp_path, config)
    bus, stop, models = EventBus(), threading.Event(), SharedModels(config)
    with stopping_at(60, bus, stop):
        assert VideoRun(job, config, models, bus=bus, stop=stop).run().status is Status.STOPPED
    models.close()
    assert left_behind(tmp_path) == [".talk.shorts.work", ".talk.square.work", ".talk.work"]
    outcome, events = made(job, config)
    assert next(event.resumed_at for event in events if isinstance(event, VideoStarted)) >= 40
    assert_same_films(outcome, together)
    assert left_behind(tmp_path) == []
    again, _ = made(job, config)
    assert [film.summary["skipped"] for film in (again, *again.also)] == [True] * 3


@pytest.mark.slow
def test_a_film_that_is_missing_is_made_of_what_was_seen_and_the_others_stay(
    together: VideoOutcome, source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ordered(source, tmp_path, config, ALSO[:1])
    first, _ = made(job, config)
    changed = first.job.output.stat().st_mtime_ns
    monkeypatch.setattr("dualface.video.lent.open_analysis", lambda *_, **__: pytest.fail("it has been looked at before"))
    second, events = made(ordered(source, tmp_path, config), config)
    note = f"{source}: what was seen in it is taken from talk.observations.jsonl.gz."
    assert note in [event.message for event in events if isinstance(event, VideoNote)]
    assert [film.summary.get("skipped", False) for film in (second, *second.also)] == [True, True, False]
    assert first.job.output.stat().st_mtime_ns == changed
    assert_same_films(second, together)


def exchanged(seen: Sequence[Observation]) -> Decided:
    """The whole decision, if it were that the two are the other way round for a second."""
    frames = range(60, 70)
    return Decided(
        [
            replace(one, faces=tuple(replace(f, person=f.person and f.person.other) for f in one.faces))
            if one.index in frames
            else one
            for one in seen
        ]
    )


@pytest.mark.slow
def test_the_second_look_is_taken_for_each_film(
    together: VideoOutcome, source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions: list[Decided] = []

    def decide(seen: Sequence[Observation]) -> Decided:
        decisions.append(exchanged(seen))
        return decisions[-1]

    monkeypatch.setattr("dualface.video.video_run.whole_decision", lambda *_, **__: decide)
    outcome, _ = made(ordered(source, tmp_path, config, ALSO[:1]), config)
    assert len(decisions) == 1, "it is decided once for all films"
    for film, before in zip((outcome, *outcome.also), (together, *together.also), strict=False):
        assert film.summary["second_look"]["frames_shown"] >= 10
        now, then = packets(film.job.output), packets(before.job.output)
        assert now[:40] == then[:40]
        assert now[40:] != then[40:]
    alone, _ = made(Job(source, tmp_path / "alone" / "talk.mp4"), config.changed(**SHORTS))
    assert packets(alone.job.output) == packets(outcome.also[0].job.output)


@pytest.mark.slow
def test_work_on_fewer_films_is_begun_anew_and_that_is_said(
    together: VideoOutcome, source: Path, config: Config, tmp_path: Path
) -> None:
    job, models = ordered(source, tmp_path, config), SharedModels(config)
    bus, stop = EventBus(), threading.Event()
    with stopping_at(60, bus, stop):
        VideoRun(replace(job, also=()), config, models, bus=bus, stop=stop).run()
    models.close()
    outcome, events = made(job, config)
    notes = [event.message for event in events if isinstance(event, VideoNote)]
    assert f"{source}: begun anew instead of continued: other films are made along with it now." in notes
    assert_same_films(outcome, together)


def test_each_tile_is_a_film_of_its_own_with_the_sound(source: Path, config: Config, tmp_path: Path) -> None:
    split = config.changed(layout="side-by-side", gap=16, corners=20, alone="hold", crf=1)
    outcome, _ = made(order(source, tmp_path, split, overwrite=False, tiles=True)[1], split)
    whole, tiles = film_of(outcome), [film_of(film) for film in outcome.also]
    assert [film.job.output.name for film in outcome.also] == ["talk.left.mp4", "talk.right.mp4"]
    assert [film.pictures.shape[1:] for film in tiles] == [(144, 120), (144, 120)]
    for film, left in zip(tiles, (0, 136), strict=True):
        assert film.times == whole.times
        assert film.sound == whole.sound
        middle = whole.pictures[:, 24:120, left + 24 : left + 96].astype(int)
        assert np.abs(film.pictures[:, 24:120, 24:96] - middle).mean() < 1
    assert [list(film.summary["missing"]) for film in outcome.also] == [["left"], ["right"]]
    assert not any(film.summary["warnings"] for film in outcome.also)
