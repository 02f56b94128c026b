"""One of the films of a video, and how it is told from the others."""

from __future__ import annotations

from pathlib import Path

from tests.support.settings_of import settings_of

from dualface.jobs import Job, OtherFilm
from dualface.video.film_run import FilmRun
from dualface.video.films import films_of


def test_a_sentence_about_one_of_several_films_says_which(tmp_path: Path) -> None:
    source = tmp_path / "talk.mp4"
    source.write_bytes(b"a video")
    job = Job(source, tmp_path / "out/talk.mp4", also=(OtherFilm("square", tmp_path / "out/talk.square.mp4", ()),))
    films = [FilmRun(one, warn=print, note=print) for one in films_of(job, settings_of(tmp_path))]
    assert [film.called for film in films] == [str(source), f"{source} (talk.square.mp4)"]
