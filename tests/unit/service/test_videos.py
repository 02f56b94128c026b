"""What videos are taken, and where a job's film is found on the review page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.films import Film
from tests.support.review_films import write_film

from dualface.errors import InputError
from dualface.service.inspect import Looks, check, look_at
from dualface.service.limits import Limits
from dualface.service.routes import film_id

from .conftest import Place


def test_a_video_is_looked_at_in_another_process(tmp_path: Path) -> None:
    path = Film().write(tmp_path / "talk.mp4")
    looks = look_at(path)
    assert (looks.width, looks.height, looks.frames) == (64, 48, 30)
    assert looks.seconds == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        (
            "list.m3u8",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname.ts\n#EXT-X-ENDLIST\n",
            "of a kind|not a video",
        ),
        ("list.txt", b"ffconcat version 1.0\nfile 'other.mp4'\n", "of a kind|not a video"),
        ("talk.mp4", b"no video", "not a video"),
        ("talk.mp4", b"", "not a video"),
    ],
)
def test_what_names_other_files_or_is_no_video_is_refused(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    Film().write(tmp_path / "other.mp4")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=what):
        look_at(tmp_path / name)


@pytest.mark.parametrize(
    ("looks", "what"),
    [
        (Looks(20_000, 20_000, 1, 1.0), "million pixels"),
        (Looks(640, 360, 1, 1e6), "hours"),
        (Looks(640, 360, 10**12, 0.0), "too much work"),
        (Looks(8192, 4320, 10**7, 20_000.0), "too much work"),
    ],
)
def test_what_unpacks_to_too_much_is_refused(looks: Looks, what: str) -> None:
    with pytest.raises(InputError, match=what):
        check(looks, Limits())


def test_a_long_film_in_4k_is_taken() -> None:
    check(Looks(3840, 2160, 6 * 3600 * 60, 6 * 3600.0), Limits())


def test_the_film_of_a_job_is_on_the_page(client: TestClient, place: Place, tmp_path: Path) -> None:
    job = client.put("/api/v1/uploads/talk.mp4", content=b"video").json()
    client.get(f"/api/v1/jobs/{job['id']}/events")
    shutil.copytree(write_film(tmp_path), place.folders.film(job["id"]), dirs_exist_ok=True)
    films = client.get("/api/films").json()["films"]
    assert [film["id"] for film in films] == [film_id(job["id"], "talk.mp4")]
    assert films[0]["title"] == "talk.mp4 (1)"
    assert client.get(f"/api/films/{films[0]['id']}").status_code == 200
    link = client.get(f"/api/v1/jobs/{job['id']}").json()["links"]["review"]
    assert link == f"/#/film/{films[0]['id']}"
