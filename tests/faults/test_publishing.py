"""Whatever ends a run while its files get their names, one after the other, the same command finishes it."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.flushes import needs_proc
from tests.support.power_cuts import ENDS, Disk, End
from tests.support.runs import Film, assert_same_film, film_of_job, left_behind

from dualface.api.orders import order
from dualface.batch.run_batch import run_batch
from dualface.config.schema import Config
from dualface.errors import OutputExistsError, StoppedError
from dualface.events import EventBus
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.jobs import SIDE_SUFFIXES, TRACKS_SUFFIX, Job, VideoOutcome
from dualface.video.film_run import FilmRun
from dualface.video.kept import work_path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "talk.mp4"
    render_scene(path, SCENES["interview"], size=(160, 96), fps=10, seconds=2)
    return path


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Who is seen does not matter here, and the models of such a detector are loaded in no time."""
    return configured(tmp_path_factory.mktemp("config"), **{"framing.size": "160x96"})


def run(job: Job, config: Config) -> VideoOutcome:
    """As the command line does it, which looks at the names beforehand."""
    order(job.source, job.output, config, overwrite=job.overwrite)
    return run_batch([job], config, bus=EventBus(), stop=threading.Event())[0]


def job_in(folder: Path, source: Path) -> Job:
    return Job(source, folder / source.name)


@pytest.fixture(scope="module")
def film(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """What becomes of it undisturbed."""
    job = job_in(tmp_path_factory.mktemp("reference"), source)
    assert run(job, config).error is None
    return film_of_job(job)


def stopped(*_: object) -> None:
    raise StoppedError("stopped.")


@pytest.fixture(scope="module")
def unpublished(source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of a film's work, which has only to be joined and named."""
    job = job_in(tmp_path_factory.mktemp("unpublished"), source)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(FilmRun, "join", stopped)
        run(job, config)
    assert left_behind(job.output.parent) == [work_path(job.output).name]
    return job.output.parent


@pytest.fixture(scope="module")
def disk(unpublished: Path, source: Path, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Disk:
    """All moments from the joined film on, to the one at which only the folder is to be removed."""
    folder = tmp_path_factory.mktemp("disk")
    job = job_in(folder / "out", source)
    shutil.copytree(unpublished, job.output.parent)
    with pytest.MonkeyPatch.context() as patched:
        disk = Disk(job.output.parent, folder / "kept", patched, starts=(work_path(job.output) / "final.mp4").exists)
        remove = FilmRun.remove_work

        def noted(self: FilmRun) -> None:
            disk.note()
            remove(self)

        patched.setattr(FilmRun, "remove_work", noted)
        assert run(job, config).error is None
    assert len(disk.moments) >= 8
    return disk


def assert_finished(job: Job, config: Config, film: Film) -> None:
    outcome = run(job, config)
    assert outcome.error is None
    assert_same_film(film_of_job(job), film)
    assert left_behind(job.output.parent) == []


@needs_proc
@pytest.mark.parametrize("end", [pytest.param(end, marks=() if end == "content lost" else pytest.mark.slow) for end in ENDS])
def test_it_may_end_at_any_step(end: End, disk: Disk, source: Path, config: Config, film: Film, tmp_path: Path) -> None:
    for number, moment in enumerate(disk.moments):
        disk.restore(moment, end, tmp_path / str(number))
        assert_finished(job_in(tmp_path / str(number), source), config, film)


@pytest.fixture
def named(disk: Disk, source: Path, tmp_path: Path) -> Job:
    """All files have their names, but for the film."""
    job = job_in(tmp_path / "out", source)
    last = [moment for moment in disk.moments if source.name not in moment.now][-1]
    disk.restore(last, "killed", job.output.parent)
    assert all(job.beside(suffix).exists() for suffix in SIDE_SUFFIXES)
    return job


@needs_proc
@pytest.mark.parametrize("harm", ["gone", "empty", "zeros", "cut off"])
@pytest.mark.parametrize("suffix", [TRACKS_SUFFIX, *(pytest.param(one, marks=pytest.mark.slow) for one in SIDE_SUFFIXES)])
def test_a_disk_may_lose_what_it_said_was_safe(suffix: str, harm: str, named: Job, config: Config, film: Film) -> None:
    for path in {named.beside(suffix), named.beside(".summary.json")}:
        data = path.read_bytes()
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes({"empty": b"", "zeros": bytes(len(data)), "cut off": data[: len(data) // 3]}[harm])
    assert_finished(named, config, film)


def test_a_film_that_another_run_finished_while_this_one_waited_for_it_is_taken(
    source: Path, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, opened = job_in(tmp_path / "out", source), FilmRun.open
    others: list[VideoOutcome] = []

    def waited(self: FilmRun) -> None:
        monkeypatch.setattr(FilmRun, "open", opened)
        others.append(run(job, config))
        opened(self)

    monkeypatch.setattr(FilmRun, "open", waited)
    outcome = run(job, config)
    assert (others[0].error, outcome.error) == (None, None)
    assert "skipped" not in others[0].summary
    assert outcome.summary["skipped"]
    assert left_behind(job.output.parent) == []


@needs_proc
def test_what_does_not_look_like_ours_is_left_alone(named: Job, config: Config) -> None:
    named.beside(".summary.json").unlink()
    named.beside(TRACKS_SUFFIX).write_text("my own notes")
    assert isinstance(run(named, config).error, OutputExistsError)
    assert named.beside(TRACKS_SUFFIX).read_text() == "my own notes"


@needs_proc
def test_without_work_of_ours_a_file_that_looks_like_ours_is_left_alone(named: Job, config: Config) -> None:
    """It may be all that somebody has of a film that he removed."""
    named.beside(".summary.json").unlink()
    shutil.rmtree(work_path(named.output))
    with pytest.raises(OutputExistsError):
        run(named, config)
