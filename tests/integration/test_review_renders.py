"""What the page renders: whole films, and of those that are there only what changes, however they were made."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.review_films import CUT, FPS, SECONDS, write_film

from dualface.api.ready import Ready
from dualface.events import Event, VideoStarted
from dualface.review.library import Library
from dualface.review.making import render
from dualface.review.open_film import OpenFilm


@pytest.mark.slow
def test_a_film_that_the_page_has_made_is_corrected_too(tmp_path: Path) -> None:
    out = write_film(tmp_path)
    film, heard = OpenFilm(Library(out).entries()[0]), list[Event]()

    def pictures() -> int:
        heard.clear()
        render(film, threading.Event(), heard.append, ready)
        (started,) = (one for one in heard if isinstance(one, VideoStarted))
        return started.total_frames

    with closing(Ready()) as ready:
        assert pictures() == FPS * SECONDS
        film.edit({"do": "add", "entry": {"layout": "scene", "from": f"frame {CUT}"}})
        assert 0 < pictures() < FPS * SECONDS / 2
