"""A film is made, a mistake is seen, one line is written: only those seconds are made anew."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.configured import configured

import dualface
from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.errors import DualfaceError, StoppedError
from dualface.events import Event, EventBus, VideoProgress, VideoStarted
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import Job, Status
from dualface.types import U8Array

FRAMES, GOP = 60, 10
SWAP = "version: 1\ncorrections:\n- swap: from here\n  at: 2.3\n  to: 2.6\n"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(512, 288), fps=10, seconds=FRAMES / 10)
    return path


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("config"), **{"encoding.gop": str(GOP), "processing.encode_threads": "1"})


def packets(path: Path) -> dict[int, list[tuple[int | None, int | None, str]]]:
    found: dict[int, list[tuple[int | None, int | None, str]]] = {}
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.size:
                told = (packet.pts, packet.dts, hashlib.md5(bytes(packet)).hexdigest())
                found.setdefault(packet.stream_index, []).append(told)
    return found


def pictures(path: Path) -> list[U8Array]:
    with av.open(str(path)) as film:
        return [np.asarray(frame.to_ndarray(format="gray"), np.uint8) for frame in film.decode(video=0)]


def beside(film: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in film.parent.iterdir()}


def test_only_the_seconds_that_are_different_are_made_anew(source: Path, config: Config, tmp_path: Path) -> None:
    film = dualface.make(source, tmp_path, config=config)
    before, shown = packets(film.path), pictures(film.path)
    plan, tracks = film.plan.frames, (tmp_path / "talk.tracks.jsonl").read_text()
    (tmp_path / "talk.corrections.yaml").write_text(SWAP)
    events: list[Event] = []

    corrected = dualface.make(source, tmp_path, config=config, on_event=events.append)

    after = packets(corrected.path)
    made = corrected.summary["corrected"]
    assert made["count"] == 1
    assert 3 <= made["frames_shown"] <= 15
    assert made["spans"][0][0] <= 2.3
    anew = next(event.total_frames for event in events if isinstance(event, VideoStarted))
    assert anew % GOP == 0
    assert anew <= 3 * GOP
    assert max(event.frames for event in events if isinstance(event, VideoProgress)) <= anew
    assert before.keys() == after.keys() == {0, 1}
    assert before[1] == after[1], "sound"
    different = [n for n, (a, b) in enumerate(zip(before[0], after[0], strict=True)) if a != b]
    assert len(different) <= anew
    assert min(different) >= 20 - GOP
    now = pictures(corrected.path)
    assert np.abs(now[24].astype(int) - shown[24]).mean() > 10, "the two are exchanged"
    assert (now[50] == shown[50]).all()
    assert corrected.plan.frames != plan
    lines = zip(tracks.splitlines(), (tmp_path / "talk.tracks.jsonl").read_text().splitlines(), strict=True)
    assert 3 <= sum(a != b for a, b in lines) <= anew
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]

    assert dualface.make(source, tmp_path, config=config).summary["skipped"]
    taken_back = dualface.correct(film.path, corrections=False, config=config)
    assert taken_back.plan.frames == plan
    assert (tmp_path / "talk.tracks.jsonl").read_text() == tracks
    assert taken_back.summary["status"] == film.summary["status"]
    assert packets(film.path)[1] == before[1]


@pytest.mark.slow
def test_a_film_is_made_with_the_corrections_that_are_there(source: Path, config: Config, tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    (tmp_path / "talk.corrections.yaml").write_text(SWAP + "- caption: Ann\n  person: left\n")
    made = dualface.make(source, film, config=config)
    assert made.summary["corrected"]["count"] == 2
    assert '"names":{"left":"Ann"' in (tmp_path / "talk.tracks.jsonl").read_text()
    analysis = dualface.Analysis.of_film(film)
    assert made.plan.frames == analysis.plan(corrections=dualface.load_corrections(tmp_path / "talk.corrections.yaml")).frames
    first = analysis.plan().frames
    assert 3 <= sum(a != b for a, b in zip(first, made.plan.frames, strict=True)) <= 15
    without = dualface.make(source, tmp_path / "without" / "talk.mp4", config=config)
    assert without.plan.frames == first
    assert dualface.make(source, film, config=config).summary["skipped"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["_pieces", "_joined"])
def test_the_old_film_stays_whole_when_it_is_stopped(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    film = dualface.make(source, tmp_path, config=config)
    (tmp_path / "talk.corrections.yaml").write_text(SWAP)
    before = beside(film.path)

    def stopped(*_: object) -> None:
        raise StoppedError("stopped.")

    with monkeypatch.context() as patched:
        patched.setattr(f"dualface.video.film_correction.FilmCorrection.{moment}", stopped)
        with pytest.raises(StoppedError):
            dualface.correct(film.path, config=config)
    assert beside(film.path) == before
    assert dualface.correct(film.path, config=config).summary["corrected"]["frames_shown"]


@pytest.mark.slow
@pytest.mark.parametrize("published", [1, 2, 3, 4])
def test_whatever_ends_it_while_files_are_replaced_the_next_run_sets_right(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, published: int
) -> None:
    film = dualface.make(source, tmp_path, config=config)
    (tmp_path / "talk.corrections.yaml").write_text(SWAP)
    done = iter(range(published))
    publish = dualface.video.corrected_film.publish  # type: ignore[attr-defined]

    def until(part: Path, destination: Path, *, overwrite: bool) -> None:
        if next(done, None) is None:
            raise StoppedError("ended.")
        publish(part, destination, overwrite=overwrite)

    with monkeypatch.context() as patched:
        patched.setattr("dualface.video.corrected_film.publish", until)
        with pytest.raises(StoppedError):
            dualface.make(source, tmp_path, config=config)
    if published == 2:
        shown = pictures(film.path)
        taken_back = dualface.correct(film.path, corrections=False, config=config)
        assert np.abs(pictures(taken_back.path)[24].astype(int) - shown[24]).mean() > 10, (
            "the film itself was corrected already"
        )
    again = dualface.make(source, tmp_path, config=config)
    assert again.summary["corrected"]["count"] == 1
    plan = dualface.Analysis.of_film(film.path).plan(corrections=dualface.load_corrections(tmp_path / "talk.corrections.yaml"))
    assert again.plan.frames == plan.frames
    assert len(pictures(again.path)) == FRAMES
    assert dualface.make(source, tmp_path, config=config).summary["skipped"]


@pytest.mark.slow
def test_a_plan_is_rendered_into_the_film_that_is_there(source: Path, config: Config, tmp_path: Path) -> None:
    film = dualface.make(source, tmp_path, config=config)
    before = packets(film.path)
    plan = dualface.Analysis.of_film(film.path).plan(
        corrections=[dualface.LayoutHere("scene", None, dualface.Instant(4.0), dualface.Instant(5.0))]
    )
    rendered = plan.render(film.path, config=config)
    after = packets(film.path)
    assert rendered.plan.frames == plan.frames
    assert [n for n, (a, b) in enumerate(zip(before[0], after[0], strict=True)) if a != b] == list(range(40, 50))
    assert after[1] == before[1]
    with pytest.raises(DualfaceError, match="exists"):
        dualface.Analysis.of_film(film.path).plan(size="320x180").render(film.path, config=config)


def test_mistakes_in_the_file_are_told_before_anything_is_made(source: Path, config: Config, tmp_path: Path) -> None:
    (tmp_path / "talk.corrections.yaml").write_text("version: 1\ncorrections:\n- swap: from hre\n  at: 2\n")
    with pytest.raises(dualface.CorrectionError, match=r"line 3: .*did you mean 'from here'"):
        dualface.make(source, tmp_path, config=config)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.corrections.yaml"]
    with pytest.raises(dualface.InputError, match=r"talk\.mp4: is no film with its summary beside it"):
        dualface.correct(source)


def test_a_run_that_is_stopped_leaves_the_film(source: Path, config: Config, tmp_path: Path) -> None:
    film = dualface.make(source, tmp_path, config=config)
    (tmp_path / "talk.corrections.yaml").write_text(SWAP)
    before = beside(film.path)
    stop, bus = threading.Event(), EventBus()
    bus.subscribe(lambda event: stop.set() if isinstance(event, VideoStarted) else None)
    job = Job(source, film.path, corrections=tmp_path / "talk.corrections.yaml")
    (outcome,) = run_batch([job], config, bus=bus, stop=stop)
    assert outcome.status is Status.STOPPED
    assert beside(film.path) == before
