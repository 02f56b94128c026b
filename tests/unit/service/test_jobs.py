"""What becomes of a job that is submitted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from dualface.service.tokens import Right

from .conftest import Place

Ended = Callable[[str], dict[str, Any]]


def submitted(client: TestClient, name: str = "talk.mp4", **more: Any) -> dict[str, Any]:
    answer = client.put(f"/api/v1/uploads/{name}", content=b"video", **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_upload_becomes_a_film(client: TestClient, ended: Ended, place: Place) -> None:
    job = submitted(client, params={"layout": "stacked", "also": "shorts"})
    assert job["state"] in ("queued", "running")
    assert job["settings"] == {"layout": "stacked", "also": ["shorts"]}
    job = ended(job["id"])
    assert (job["state"], job["status"], job["error"], job["attempts"]) == ("done", "done", None, 1)
    files = client.get(job["links"]["files"]).json()["files"]
    assert [file["name"] for file in files] == ["talk.mp4", "talk.observations.jsonl.gz"]
    assert client.get(files[0]["href"]).content == b"film"
    assert client.get(files[0]["href"], headers={"range": "bytes=1-2"}).content == b"il"
    assert list(place.folders.incoming.iterdir()) == []


def test_a_failure_is_told_without_the_folders_of_the_machine(client: TestClient, ended: Ended, place: Place) -> None:
    job = ended(submitted(client, "bad.mp4")["id"])
    assert (job["state"], job["exit_code"]) == ("failed", 3)
    assert job["error"] == f"{job['id']}/source/bad.mp4: can't be read."
    assert client.get(job["links"]["files"]).json() == {"files": []}


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_soon(client: TestClient, ended: Ended, place: Place) -> None:
    running, waiting = submitted(client, "talk-60.mp4"), submitted(client)
    while client.get(running["links"]["self"]).json()["state"] != "running":
        time.sleep(0.02)
    assert client.post(f"{waiting['links']['self']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"{running['links']['self']}/cancel").status_code == 202
    assert ended(running["id"])["state"] == "cancelled"
    assert client.post(f"{running['links']['self']}/cancel").status_code == 409


def test_progress_is_told_until_the_end(client: TestClient, ended: Ended) -> None:
    job = submitted(client, "talk-0.3.mp4")
    text = client.get(job["links"]["events"]).text  # ends with the job
    told = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith('data: {"id"')]
    assert told[-1]["state"] == "done"
    assert {one["id"] for one in told} == {job["id"]}


def test_the_same_key_makes_no_second_job(client: TestClient, ended: Ended) -> None:
    first = submitted(client, headers={"idempotency-key": "once"})
    again = client.put("/api/v1/uploads/talk.mp4", content=b"video", headers={"idempotency-key": "once"})
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    by_url = {"url": "http://127.0.0.1:1/talk.mp4"}
    one, two = (client.post("/api/v1/jobs", json=by_url, headers={"idempotency-key": "url"}) for _ in range(2))
    assert (one.status_code, two.status_code) == (201, 200)
    assert len(client.get("/api/v1/jobs").json()["jobs"]) == 2


def test_jobs_are_listed_the_newest_first(client: TestClient, ended: Ended) -> None:
    ids = [submitted(client)["id"] for _ in range(3)]
    for id in ids:
        ended(id)
    found = client.get("/api/v1/jobs", params={"state": "done", "limit": 2}).json()
    assert [job["id"] for job in found["jobs"]] == ids[:0:-1]
    assert found["counts"]["done"] == 3
    rest = client.get("/api/v1/jobs", params={"before": found["jobs"][-1]["number"]}).json()
    assert [job["id"] for job in rest["jobs"]] == ids[:1]


def test_a_job_is_removed_with_its_files_once_it_has_ended(client: TestClient, ended: Ended, place: Place) -> None:
    job = submitted(client, "talk-60.mp4")
    assert client.delete(job["links"]["self"]).status_code == 409
    client.post(f"{job['links']['self']}/cancel")
    ended(job["id"])
    assert client.delete(job["links"]["self"]).status_code == 204
    assert client.get(job["links"]["self"]).status_code == 404
    assert not place.folders.of(job["id"]).exists()


def test_too_many_and_too_much_is_refused(client: TestClient, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.put("/api/v1/uploads/a.mp4", content=b"x" * 100_001).status_code == 413

    def pieces() -> Any:  # without a length, so that only counting tells
        for _ in range(5):
            yield b"x" * 30_000

    assert client.put("/api/v1/uploads/a.mp4", content=pieces()).status_code == 413
    assert client.put("/api/v1/uploads/a.mp4", content=b"").status_code == 400
    assert list(place.folders.incoming.iterdir()) == []
    answers = [client.put("/api/v1/uploads/a-60.mp4", content=b"x") for _ in range(8)]
    assert answers[-1].status_code == 429
    assert "retry-after" in answers[-1].headers
    kept = {path.name for path in place.folders.jobs.iterdir()}
    assert kept == {answer.json()["id"] for answer in answers if answer.status_code == 201}


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"people": "/etc/passwd"}, "no setting 'people'"),
        ({"gpus": "3"}, "no setting 'gpus'"),
        ({"also": ["square:gpus=1"]}, "no setting"),
        ({"models__reid_model": "/tmp/evil.onnx"}, "no setting"),
        ({"framing__caption_font": "/etc/shadow"}, "no setting"),
        ({"layout": "--overwrite"}, "layout"),
        ({"zoom": 1000}, "zoom"),
        ({"zoom": [1]}, "zoom must be"),
        ({"preset": "nowhere"}, "no preset"),
        ({"also": ["shorts:models.reid_model=x"]}, "no setting"),
        ({"also": ["nowhere"]}, "no preset"),
        ({"tiles": "perhaps"}, "true or false"),
        ({"names": "Ann"}, "must be two names"),
    ],
)
def test_only_how_a_film_looks_may_be_set(client: TestClient, settings: dict[str, Any], what: str) -> None:
    answer = client.post("/api/v1/jobs", json={"url": "http://example.com/a.mp4", "settings": settings})
    assert answer.status_code == 422
    assert what in answer.json()["error"]


def test_both_names_may_be_given_at_once(client: TestClient) -> None:
    wish = {"url": "http://example.com/a.mp4", "settings": {"names": "Ann, Bob", "layout": "stacked"}}
    settings = client.post("/api/v1/jobs", json=wish).json()["settings"]
    assert settings == {"layout": "stacked", "caption_left": "Ann", "caption_right": "Bob"}
    described = client.get("/openapi.json").json()["components"]["schemas"]["Settings"]["properties"]
    assert {"names", "preset", *settings} <= described.keys()
    assert "framing.layout: " in described["layout"]["description"]
    assert "stacked" in described["layout"]["examples"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"url": 3}', b'{"url": "x", "settings": []}', b"[" * 100_000])
def test_a_body_that_is_no_wish_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/api/v1/jobs", content=body).status_code == 422


def test_the_numbers_are_for_prometheus(client: TestClient, ended: Ended) -> None:
    ended(submitted(client)["id"])
    text = client.get("/metrics").text
    assert 'dualface_jobs{state="done"} 1.0' in text
    assert 'dualface_requests_total{method="PUT",status="201"} 1.0' in text


def test_the_document_describes_every_route(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    routes: Any = client.app
    own = {route.path.replace(":str", "") for route in routes.router.routes if getattr(route, "path", "").startswith("/api/v1")}
    assert own | {"/metrics", "/health"} == set(paths)


def test_what_is_full_is_said(place: Place) -> None:
    place.limits = replace(place.limits, reserve=1 << 60)
    with place.opened() as client:
        answer = client.put("/api/v1/uploads/a.mp4", content=b"x", headers=place.header(Right.SUBMIT))
    assert answer.status_code == 507
