"""A short conversation, from its file to a film in which whoever speaks is shown, and the table of turns."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from tests.support.shared import made_once

import dualface
from dualface.config.schema import Config
from dualface.footage.conversation import write_conversation

TURNS = [(2.5, "A"), (2.5, "B"), (1.0, "")]
FPS = 12


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> dualface.Film:
    def make(folder: Path) -> dualface.Film:
        path = folder / "talk.mp4"
        write_conversation(path, turns=TURNS, size=(640, 360), fps=FPS)
        return dualface.make(path, folder / "out", config=config(layout="speaker", speech__find=True))

    return made_once(tmp_path_factory, "conversation", make)


def config(**settings: object) -> Config:
    return Config.defaults().changed(size="320x180", reid="never", **settings)


def lines(film: dualface.Film) -> list[dict[str, Any]]:
    return [json.loads(line) for line in film.path.with_suffix(".tracks.jsonl").read_text().splitlines()[1:]]


def test_who_speaks_is_shown_told_and_written_down(film: dualface.Film) -> None:
    told = lines(film)
    assert [who for who, _ in groupby(tuple(line["speaking"]) for line in told)] == [("left",), ("right",), ()]
    assert [sorted(tiles) for tiles, _ in groupby(tuple(line["tiles"]) for line in told)] == [["left"], ["right"]]
    shown = next(n for n, line in enumerate(told) if "right" in line["tiles"])
    assert 2.0 < shown / FPS < 2.6
    speech = film.summary["speech"]
    assert speech["shares"]["left"] == pytest.approx(2.5 / 6, abs=0.05)
    assert [turn[2] for turn in speech["turns"]] == ["left", "right", "nobody"]
    assert film.summary["missing"] == {"left": [], "right": []}
    rttm = film.path.with_suffix(".rttm").read_text().splitlines()
    assert [line.split()[7] for line in rttm] == ["left", "right"]


def test_the_same_observations_make_other_films(film: dualface.Film) -> None:
    analysis = dualface.Analysis.load(film.path.with_suffix(".observations.jsonl.gz"))
    spotlight = analysis.plan(layout="spotlight").frames[FPS].placements
    assert spotlight[0].at.w > 1.8 * spotlight[1].at.w
    dimmed = analysis.plan(layout="side-by-side", highlight="dim").frames[FPS].placements
    assert [one.mark.value for one in dimmed] == ["none", "dim"]


def test_without_sound_the_picture_is_that_of_follow_and_nobody_listens_unasked(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    write_conversation(path, turns=[(1.5, "A")], sound="silence", size=(320, 180), fps=10)
    unasked = dualface.analyse(path, config=config())
    assert all(one.sound is None and one.speech is None for one in unasked.observations)
    assert all(face.lips is None for one in unasked.observations for face in one.faces)
    analysis = dualface.analyse(path, config=config(layout="speaker"))
    followed, spoken = (analysis.plan(layout=layout).frames for layout in ("follow", "speaker"))
    assert [one.placements for one in followed] == [one.placements for one in spoken]


@pytest.mark.slow
@pytest.mark.parametrize("fps", [12, 50])
def test_who_nods_and_turns_while_the_other_speaks_does_not_speak(fps: int, tmp_path: Path) -> None:
    path = tmp_path / "lively.mp4"
    _, truth = write_conversation(path, turns=TURNS, listeners="lively", size=(480, 270), fps=fps)
    seen = dualface.analyse(path, config=config(speech__find=True)).observations
    told = ["".join(sorted(person[0] for person in one.speech.talk.people)) for one in seen if one.speech is not None]
    said = [who.replace("A", "l").replace("B", "r") for who in truth]
    assert sum(a == b for a, b in zip(told, said, strict=True)) > 0.9 * len(seen)
