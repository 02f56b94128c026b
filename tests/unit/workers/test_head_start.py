"""What is begun ahead of a film is there for whoever asks, and whatever goes wrong with it is no harm."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.settings_of import settings_of
from tests.support.video_files import VideoFile

from dualface.errors import ModelError
from dualface.jobs import Job
from dualface.models.catalog import CATALOG
from dualface.models.store import ModelFile, ModelStore, Origin
from dualface.types import F32Array
from dualface.workers import head_start
from dualface.workers.head_start import HeadStart, begun

DETECTOR, EMBEDDER = ("centerface", (1, 3, 288, 512)), ("dlib-resnet", (4, 3, 150, 150))


class Engine:
    def __init__(self, shape: tuple[int, ...]) -> None:
        self.input_shape, self.closed = shape, False

    def infer(self, batch: F32Array) -> list[F32Array]:
        return [batch]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, tuple[int, ...]], Engine]:
    """The engines that were loaded, by their model and shape; models are here, and named after themselves."""
    engines: dict[tuple[str, tuple[int, ...]], Engine] = {}

    def load(model: Path, shape: tuple[int, ...], _backend: str, _threads: int) -> Engine:
        return engines.setdefault((model.name, shape), Engine(shape))

    monkeypatch.setattr(head_start, "engine_on_cpu", load)
    monkeypatch.setattr(ModelStore, "locate", lambda _, model: Origin.CACHE)
    monkeypatch.setattr(ModelStore, "resolve", lambda _, model: ModelFile(Path(model), CATALOG[model], Origin.CACHE))
    return engines


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(VideoFile(128, 72, frames=3, codec="mpeg4").write(tmp_path / "talk.mp4"), tmp_path / "out.mp4")


def test_video_and_models_are_there_when_they_are_asked_for(tmp_path: Path, job: Job, loaded: dict[object, Engine]) -> None:
    with closing(HeadStart(job, settings_of(tmp_path))) as start:
        info = start.probe(job)
        assert info is not None
        assert (info.width, info.height) == (128, 72)
        for name, shape in (EMBEDDER, DETECTOR):
            assert start.take(Path(name), shape) is loaded[name, shape]
            assert start.take(Path(name), shape) is None  # it is somebody's already


def test_what_nobody_has_taken_is_closed(tmp_path: Path, job: Job, loaded: dict[object, Engine]) -> None:
    with closing(HeadStart(job, settings_of(tmp_path))) as start:
        taken = start.take(Path(DETECTOR[0]), DETECTOR[1])
    assert taken is loaded[DETECTOR]
    assert {name: engine.closed for name, engine in loaded.items()} == {DETECTOR: False, EMBEDDER: True}


def test_models_that_can_not_be_loaded_are_for_others_to_tell(
    tmp_path: Path, job: Job, loaded: dict[object, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Engine:
        raise ModelError("it is damaged.")

    monkeypatch.setattr(head_start, "engine_on_cpu", fail)
    with closing(HeadStart(job, settings_of(tmp_path))) as start:
        assert start.take(Path(DETECTOR[0]), DETECTOR[1]) is None
        assert start.probe(job) is not None
    assert not loaded


def test_a_file_that_is_no_video_needs_no_detector(tmp_path: Path, loaded: dict[object, Engine]) -> None:
    (tmp_path / "talk.mp4").write_bytes(b"no video")
    job = Job(tmp_path / "talk.mp4", tmp_path / "out.mp4")
    with closing(HeadStart(job, settings_of(tmp_path))) as start:
        assert start.probe(job) is None
        assert start.take(Path(DETECTOR[0]), DETECTOR[1]) is None
    assert set(loaded) == {EMBEDDER}


def test_once_it_is_closed_nothing_more_is_begun(
    tmp_path: Path, job: Job, loaded: dict[object, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, goes_on = threading.Event(), threading.Event()

    def wait(model: Path, shape: tuple[int, ...], _backend: str, _threads: int) -> Engine:
        loading.set()
        goes_on.wait(30)
        return loaded.setdefault((model.name, shape), Engine(shape))

    monkeypatch.setattr(head_start, "engine_on_cpu", wait)
    start = HeadStart(job, settings_of(tmp_path))
    assert loading.wait(30)
    closes = threading.Thread(target=start.close)
    closes.start()
    while not start._ends:
        time.sleep(0.001)
    goes_on.set()
    closes.join()
    assert set(loaded) == {DETECTOR}


@pytest.mark.parametrize("name", ["centerface", "none"])
def test_models_that_would_have_to_be_fetched_are_left_to_whoever_says_so(
    tmp_path: Path, job: Job, loaded: dict[object, Engine], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(ModelStore, "locate", lambda _, model: Origin.CACHE if model == name else Origin.INDEX)
    with closing(HeadStart(job, settings_of(tmp_path))) as start:
        assert (start.take(Path(DETECTOR[0]), DETECTOR[1]) is None) is (name == "none")
    assert EMBEDDER not in loaded


@pytest.mark.parametrize(
    ("settings", "starts"),
    [({}, True), ({"hardware__device": "cuda"}, False), ({"processing__cuda_streams": "2"}, False)],
)
def test_only_what_this_process_will_make_on_the_processor_is_begun(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], starts: bool
) -> None:
    monkeypatch.setattr(head_start, "HeadStart", lambda *_: "begun")
    monkeypatch.setattr(head_start, "find_spec", lambda _: None)
    assert (begun(job, settings_of(tmp_path, **settings)) is not None) is starts


def test_a_film_that_is_there_may_be_finished(tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_start, "HeadStart", lambda *_: "begun")
    monkeypatch.setattr(head_start, "find_spec", lambda _: None)
    job.output.write_bytes(b"a film")
    assert begun(job, settings_of(tmp_path)) is None
    assert begun(replace(job, overwrite=True), settings_of(tmp_path)) is not None
    assert begun(replace(job, source=tmp_path / "gone.mp4", overwrite=True), settings_of(tmp_path)) is None
