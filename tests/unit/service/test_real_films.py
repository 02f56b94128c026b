"""A service that makes real films, killed while it makes one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.support.review_films import write_source
from tests.support.services import KilledService, finished_events


@pytest.mark.slow
def test_a_film_that_was_being_made_is_made_once(tmp_path: Path) -> None:
    write_source(tmp_path / "talk.mp4", 4.0)
    service = KilledService(tmp_path / "service", ("-m", "tests.support.real_service"))
    service.start()
    content = (tmp_path / "talk.mp4").read_bytes()
    job = service.ask("PUT", "/api/v1/uploads/talk.mp4?layout=stacked", content=content).json()
    while service.ask("GET", job["links"]["self"]).json()["state"] == "queued":
        time.sleep(0.1)
    time.sleep(3.0)
    service.kill()
    service.start()
    while (now := service.ask("GET", job["links"]["self"]).json())["state"] in ("queued", "running"):
        time.sleep(0.2)
    assert (now["state"], now["exit_code"]) == ("done", 0), now
    names = {one["name"] for one in service.ask("GET", now["links"]["files"]).json()["files"]}
    assert {"talk.mp4", "talk.summary.json", "talk.tracks.jsonl"} <= names
    assert len(finished_events(tmp_path / "service" / "jobs" / job["id"])) == 1
    film = now["links"]["review"].rpartition("/")[2]
    assert service.ask("GET", f"/api/films/{film}").status_code == 200
    service.end()
