"""Every odd and bad input through the whole program: a whole output, or one clear sentence and no output."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import pytest
from tests.integration.conftest import Run
from tests.support.beeps import PICTURE, sync_of
from tests.support.odd_inputs import BAD_INPUTS, ODD_INPUTS, BadInput, OddInput
from tests.support.shared import made_once
from tests.support.sync_inputs import KINDS, SOURCES

from dualface.errors import ExitCode
from dualface.jobs import Status, VideoOutcome

Outcomes = dict[str, VideoOutcome]
Input = OddInput | BadInput

EVERY = 4
"""One of so many inputs is tried each time, the others with the slow tests."""
QUICK: Sequence[Input] = [*ODD_INPUTS[::EVERY], *BAD_INPUTS[::EVERY]]
ALL: Sequence[Input] = [*ODD_INPUTS, *BAD_INPUTS]
PARTS = {"some": QUICK, "others": [entry for entry in ALL if entry not in QUICK]}


@pytest.fixture(scope="module")
def outcomes(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcomes]:
    """What became of one of :data:`PARTS`, each made as one batch: no failure may end the others."""
    return cache(lambda part: made_once(tmp_path_factory, f"corpus {part}", partial(made_of_all, run, PARTS[part])))


def params(entries: Sequence[Input]) -> list[Any]:
    return [pytest.param(entry, id=entry.name, marks=() if entry in QUICK else pytest.mark.slow) for entry in entries]


def outcome_of(entry: Input, outcomes: Callable[[str], Outcomes]) -> VideoOutcome:
    return outcomes("some" if entry in QUICK else "others")[entry.name]


def made_of_all(run: Run, entries: Sequence[Input], folder: Path) -> Outcomes:
    sources: list[Path] = []
    for n, entry in enumerate(entries):
        place = folder / str(n)
        place.mkdir()
        source = entry.write(place)
        if source.is_file():  # outputs are named by the input's stem, and these must not meet
            source = source.rename(source.with_name(f"{n}-{source.name}"))
        sources.append(source)
    made = run(sources, folder / "out", framing__size="192x108", reid__mode="never", detection__input_size="128x128")
    return {entry.name: outcome for entry, outcome in zip(entries, made, strict=True)}


@pytest.mark.parametrize("entry", params(ODD_INPUTS))
def test_odd_inputs_become_whole_outputs(entry: OddInput, outcomes: Callable[[str], Outcomes]) -> None:
    outcome = outcome_of(entry, outcomes)
    assert outcome.error is None
    frames = outcome.summary["frames"]
    assert frames == (entry.frames if entry.frames is not None else frames) > 0
    if entry.corrupt is not None:
        assert outcome.status is (Status.PARTIAL if entry.truncated or entry.corrupt else Status.DEGRADED)
    with av.open(str(outcome.job.output)) as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (192, 108)
        stamps = [f.pts for f in container.decode(video) if f.pts is not None]
    assert len(stamps) == frames
    assert stamps == sorted(set(stamps))
    lines = outcome.job.beside(".tracks.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["frame"] for line in lines[1:]] == list(range(frames))
    header = json.loads(lines[0])
    assert (header["width"], header["height"]) == entry.size
    summary = json.loads(outcome.job.beside(".summary.json").read_text(encoding="utf-8"))
    assert summary["frames"] == frames
    assert any("no face" in warning for warning in summary["warnings"]), "these pictures show nobody"


@pytest.mark.parametrize("entry", params(BAD_INPUTS))
def test_bad_inputs_are_refused_in_a_sentence_and_leave_nothing(entry: BadInput, outcomes: Callable[[str], Outcomes]) -> None:
    outcome = outcome_of(entry, outcomes)
    assert outcome.status is Status.FAILED
    assert isinstance(outcome.error, entry.error)
    assert outcome.error.exit_code is ExitCode.INPUT
    message = str(outcome.error)
    assert entry.says in message
    assert str(outcome.job.source) in message
    assert "\n" not in message.strip().replace(str(outcome.job.source), "")
    assert not any(outcome.job.beside(suffix).exists() for suffix in (".mp4", ".tracks.jsonl", ".summary.json"))


@pytest.mark.parametrize("part", ["some", pytest.param("others", marks=pytest.mark.slow)])
def test_nothing_unfinished_is_left_beside_the_outputs(part: str, outcomes: Callable[[str], Outcomes]) -> None:
    folder = next(iter(outcomes(part).values())).job.output.parent
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def sync_inputs(folder: Path, names: Sequence[str]) -> list[Path]:
    """Films with beeps and flashes, each in a container and codec of its own, or with times of a kind of its own."""
    written = []
    for n, name in enumerate(names):
        if name in SOURCES:
            written.append(SOURCES[name].write(folder, f"source-{n}"))
        else:
            make, extension, _, _ = KINDS[name]
            written.append(folder / f"source-{n}.{extension}")
            written[-1].write_bytes(make())
    return written


SYNC_INPUTS = [*SOURCES, *KINDS]


@pytest.mark.slow
@pytest.mark.parametrize("names", [SYNC_INPUTS[n::8] for n in range(8)], ids=lambda names: names[0])
def test_whole_films_flash_and_beep_as_their_sources_do(names: Sequence[str], run: Run, tmp_path: Path) -> None:
    settings = {"framing__size": "192x108", "reid__mode": "never", "detection__input_size": "128x128", "encoding__audio": "aac"}
    outcomes = run(sync_inputs(tmp_path, names), tmp_path / "out", **settings, processing__lookahead_seconds="0.5")
    for name, outcome in zip(names, outcomes, strict=True):
        assert outcome.error is None, name
        assert outcome.status is Status.DEGRADED, f"{name}: nobody is in these pictures, and nothing else is wrong"
        film = sync_of(outcome.job.output)
        if name in KINDS:
            _, _, flashes, expected = KINDS[name]
            beeps = expected.get("beeps", flashes)
        else:
            source = sync_of(outcome.job.source)
            flashes, beeps = source.flashes, source.beeps
        assert film.flashes == pytest.approx(flashes, abs=0.002), name
        assert film.beeps == pytest.approx(beeps, abs=PICTURE * 0.6), name
        assert len(film.pictures) == outcome.summary["frames"], name


@pytest.mark.slow
def test_the_corpus_has_150_inputs_none_of_which_is_another(tmp_path: Path) -> None:
    digests, names = set[str](), set[str]()
    entries: list[OddInput | BadInput] = [*ODD_INPUTS, *BAD_INPUTS]
    for n, entry in enumerate(entries):
        place = tmp_path / str(n)
        place.mkdir()
        path = entry.write(place)
        content = path.read_bytes() if path.is_file() else str(path.relative_to(place)).encode()
        names.add(entry.name)
        digests.add(hashlib.sha256(content).hexdigest() + path.name)
    digests |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in sync_inputs(tmp_path, SYNC_INPUTS)}
    names |= {f"in sync: {name}" for name in SYNC_INPUTS}
    assert len(digests) == len(names) >= 150
