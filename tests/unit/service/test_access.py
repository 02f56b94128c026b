"""Who may do what."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dualface.errors import ConfigurationError
from dualface.files import WINDOWS
from dualface.service import access
from dualface.service.tokens import Right, Tokens, rights_of

from .conftest import ORIGIN, Place

CLOSED = ["/api/v1/jobs", "/api/v1/events", "/metrics", "/api/films", "/api/news", "/page/js/main.js", "/service/jobs.js"]
OPEN = ["/health", "/openapi.json", "/login"]


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_is_answered_without_a_token_that_is_known(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401
    for header in ("Bearer guess", "Bearer", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 5000):
        assert stranger.get(path, headers={"authorization": header}).status_code == 401
    assert stranger.get(path, headers={"cookie": "dualface-8000=guess"}).status_code == 401


@pytest.mark.parametrize("path", OPEN)
def test_some_is_for_everybody(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 200


def test_pages_lead_to_where_a_token_is_typed(stranger: TestClient, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_TOO_FAST", 0.0)
    for page in ("/", "/jobs"):
        assert stranger.get(page, follow_redirects=False).headers["location"] == "/login"
    own = {"origin": ORIGIN}
    wrong = stranger.post("/login", data={"token": "guess"}, headers=own, follow_redirects=False)
    assert wrong.headers["location"] == "/login?wrong"
    right = stranger.post("/login", data={"token": place.token[Right.READ]}, headers=own, follow_redirects=False)
    assert right.headers["location"] == "/jobs"
    assert "httponly" in right.headers["set-cookie"].lower()
    assert stranger.get("/jobs").status_code == 200
    assert stranger.get("/api/v1/jobs").status_code == 200


def test_the_printed_address_opens_the_page_and_leaves_no_token_in_it(stranger: TestClient, place: Place) -> None:
    assert stranger.get("/jobs", params={"token": "guess"}).status_code == 401
    answer = stranger.get("/jobs", params={"token": place.token[Right.ADMIN]}, follow_redirects=False)
    assert answer.headers["location"] == "/jobs"


def test_what_a_browser_sends_by_itself_must_come_from_our_pages(stranger: TestClient, place: Place) -> None:
    stranger.get("/jobs", params={"token": place.token[Right.ADMIN]})
    body = {"url": "http://example.com/a.mp4"}
    assert stranger.post("/api/v1/jobs", json=body).status_code == 401
    assert stranger.post("/api/v1/jobs", json=body, headers={"origin": "https://evil.example"}).status_code == 403
    assert stranger.get("/api/v1/jobs", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert stranger.post("/api/v1/jobs", json=body, headers={"origin": ORIGIN}).status_code == 201


def test_who_may_only_submit_sees_only_what_is_theirs(stranger: TestClient, place: Place) -> None:
    own, other = place.header(Right.SUBMIT), place.header(Right.ADMIN)
    mine = stranger.put("/api/v1/uploads/talk.mp4", content=b"x", headers=own).json()["id"]
    theirs = stranger.put("/api/v1/uploads/talk.mp4", content=b"x", headers=other).json()["id"]
    listed = stranger.get("/api/v1/jobs", headers=own).json()
    assert [job["id"] for job in listed["jobs"]] == [mine]
    assert listed["counts"] is None
    for path in ("", "/events", "/files", "/files/talk.mp4"):
        assert stranger.get(f"/api/v1/jobs/{theirs}{path}", headers=own).status_code == 404
    assert stranger.post(f"/api/v1/jobs/{theirs}/cancel", headers=own).status_code == 404
    for path in ("/api/films", "/metrics", "/api/news"):
        assert stranger.get(path, headers=own).status_code == 403


def test_who_may_only_read_changes_nothing(stranger: TestClient, place: Place) -> None:
    id = stranger.put("/api/v1/uploads/talk.mp4", content=b"x", headers=place.header(Right.ADMIN)).json()["id"]
    own = place.header(Right.READ)
    assert stranger.get(f"/api/v1/jobs/{id}", headers=own).status_code == 200
    assert stranger.put("/api/v1/uploads/talk.mp4", content=b"x", headers=own).status_code == 403
    assert stranger.post("/api/v1/jobs", json={"url": "http://example.com/a"}, headers=own).status_code == 403
    assert stranger.post(f"/api/v1/jobs/{id}/cancel", headers=own).status_code == 403
    assert stranger.delete(f"/api/v1/jobs/{id}", headers=own).status_code == 403
    assert stranger.post("/api/films/0/corrections", json={"do": "undo"}, headers=own).status_code == 403
    assert stranger.get("/api/films", headers=own).status_code == 200


def test_descriptions_of_faces_are_not_handed_out(stranger: TestClient, place: Place) -> None:
    own = place.header(Right.SUBMIT)
    id = stranger.put("/api/v1/uploads/talk.mp4", content=b"x", headers=own).json()["id"]
    stranger.get(f"/api/v1/jobs/{id}/events", headers=own)  # until it has ended
    files = [file["name"] for file in stranger.get(f"/api/v1/jobs/{id}/files", headers=own).json()["files"]]
    assert files == ["talk.mp4"]
    assert stranger.get(f"/api/v1/jobs/{id}/files/talk.observations.jsonl.gz", headers=own).status_code == 404


@pytest.mark.parametrize("name", ["%2e%2e%2f..%2fserve.lock", "..%2Fsource%2Ftalk.mp4", ".hidden", "%00", "/etc/passwd"])
def test_only_files_that_are_listed_are_fetched(client: TestClient, name: str) -> None:
    id = client.put("/api/v1/uploads/talk.mp4", content=b"x").json()["id"]
    client.get(f"/api/v1/jobs/{id}/events")
    assert client.get(f"/api/v1/jobs/{id}/files/{name}").status_code in (404, 405)
    assert client.get(f"/api/v1/jobs/{name}/files/talk.mp4").status_code in (404, 405)


def test_the_file_of_tokens_holds_none_and_is_read_again(tmp_path: Path) -> None:
    running, path = Tokens(tmp_path / "tokens.json"), tmp_path / "tokens.json"
    assert running.caller("anything") is None
    token = Tokens(path).add("studio", rights_of("submit, read"))
    assert token not in path.read_text()
    if not WINDOWS:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = running.caller(token)
    assert found is not None
    assert (found.name, set(found.rights)) == ("studio", {Right.SUBMIT, Right.READ})
    with pytest.raises(ConfigurationError, match="already"):
        running.add("studio", [Right.READ])
    Tokens(path).revoke("studio")
    assert running.caller(token) is None
    with pytest.raises(ConfigurationError, match="no token called"):
        running.revoke("studio")
    with pytest.raises(ConfigurationError, match="submit, read, admin"):
        rights_of("root")


@pytest.mark.parametrize("text", ["", "{", "[3]", json.dumps([{"name": "a", "rights": ["root"], "sha256": "00"}])])
def test_a_damaged_file_of_tokens_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="can't be read"):
        Tokens(path).names()


def test_a_token_is_compared_in_constant_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the hashes is compared, whole, wherever the right one stands."""
    tokens = Tokens(tmp_path / "tokens.json")
    first, second = tokens.add("a", [Right.READ]), tokens.add("b", [Right.READ])
    compared: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    for token in (first, second, "guess"):
        compared.clear()
        tokens.caller(token)
        assert len(compared) == 2
        assert all(len(hash) == 32 for hash in compared)
