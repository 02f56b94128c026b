"""What is not sure is told: when, whom it is about, how sure it is and what it rests on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.observed_films import SCALE, H, ObservedFilm, Place, W
from tests.support.settings_of import settings_of

from dualface.direct.identity.whole import Identities, TrackNaming
from dualface.jobs import Job
from dualface.types import Person
from dualface.video import whole_decision as module


def decided(monkeypatch: pytest.MonkeyPatch, folder: Path, film: ObservedFilm, **known: Any) -> tuple[Any, list[str]]:
    recogniser = SimpleNamespace(scale=SCALE, known=known)
    monkeypatch.setattr(module, "recogniser_of", lambda *_: recogniser)
    warnings: list[str] = []
    info: Any = SimpleNamespace(width=W, height=H)
    models: Any = None
    decide = module.whole_decision(Job(Path("talk.mp4"), Path("film.mp4")), settings_of(folder), models, info, warnings.append)
    assert decide is not None
    return decide(film.observations), warnings


def test_a_film_in_which_everybody_is_known_has_no_doubts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film = ObservedFilm()
    for people in ({"A": Place(0.3), "B": Place(0.7)}, {"A": Place(0.5, 0.5)}, {"B": Place(0.5, 0.5)}):
        film.shot(3, people)
    told, warnings = decided(monkeypatch, tmp_path, film)
    assert told.doubts == ()
    assert told.sides
    assert warnings == []


def test_a_name_that_is_not_sure_is_worth_a_look_if_it_lasts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film = ObservedFilm()
    film.shot(3, {"A": Place(0.3), "B": Place(0.7)})
    namings = (
        TrackNaming(2, 10, 29, Person.RIGHT, 0.6, "clothes and where he looks"),
        TrackNaming(1, 0, 29, Person.LEFT, 0.99, "face"),
        TrackNaming(2, 0, 2, None, 0.5, "not to be told"),
    )
    monkeypatch.setattr(module, "name_tracks", lambda *_, **__: Identities(namings))
    told, _ = decided(monkeypatch, tmp_path, film)
    assert told.doubts == ((1.0, 2.9, Person.RIGHT, 0.6, "clothes and where he looks"),)


def test_somebody_who_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film = ObservedFilm()
    film.shot(3, {"A": Place(0.3), "B": Place(0.7)})
    vectors = ObservedFilm()
    vectors.shot(1, {"H": Place(0.5)})
    look = vectors.observations[0].faces[0].look
    assert look is not None
    told, warnings = decided(monkeypatch, tmp_path, film, left=[look.embedding.astype("float32")])
    assert told.absent == {Person.LEFT}
    assert len(warnings) == 1
    assert "was not found" in warnings[0]
