"""Who is let in, and who is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from dualface.review import routes
from dualface.review.access import Access
from dualface.review.app import create_app
from dualface.review.desk import Desk

ORIGIN = "http://127.0.0.1:8000"
EVERYTHING = ("/", "/page/js/main.js", "/api/films", "/api/news", "/api/works", "/api/films/0/media", "/api/films/0/chunks/0")


@pytest.mark.parametrize("path", EVERYTHING)
def test_nothing_is_answered_without_the_token(stranger: TestClient, path: str) -> None:
    assert stranger.get(path).status_code == 401
    assert stranger.get(path, headers={"cookie": "dualface-8000=guess"}).status_code == 401


def test_a_wrong_token_opens_nothing(stranger: TestClient) -> None:
    assert stranger.get("/", params={"token": "guess"}, follow_redirects=False).status_code == 403


def test_the_printed_address_opens_the_page_and_leaves_no_token_in_it(stranger: TestClient, access: Access) -> None:
    answer = stranger.get("/", params={"token": access.token}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5:8000", ""])
def test_other_names_of_this_machine_are_refused(client: TestClient, host: str) -> None:
    assert client.get("/api/films", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_its_own_names_are_not(client: TestClient, host: str) -> None:
    assert client.get("/api/films", headers={"host": host, "origin": f"http://{host}"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8000"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_other_sites_are_refused(client: TestClient, origin: str, method: str) -> None:
    answer = client.request(method, "/api/films/0/corrections", headers={"origin": origin}, json={"do": "undo"})
    assert answer.status_code == 403


def test_a_change_must_say_where_it_comes_from(client: TestClient) -> None:
    del client.headers["origin"]
    assert client.post("/api/films/0/corrections", json={"do": "undo"}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_the_browser_calls_cross_site_is_refused(client: TestClient, site: str) -> None:
    del client.headers["origin"]
    assert client.get("/api/films", headers={"sec-fetch-site": site}).status_code == 403


def test_the_page_runs_its_own_scripts_only_and_is_framed_by_nobody(client: TestClient) -> None:
    headers = client.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


@pytest.fixture
def team(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The server on a network, seen by somebody who has no token."""
    monkeypatch.setattr(routes, "_TOO_FAST", 0.0)
    with TestClient(create_app(desk, Access(password="open sesame")), base_url="http://192.168.1.5:8000") as client:
        client.headers["origin"] = "http://192.168.1.5:8000"
        yield client


def test_a_team_is_asked_for_the_password(team: TestClient) -> None:
    assert team.get("/api/films").status_code == 401
    assert team.get("/", follow_redirects=False).headers["location"] == "/login"
    assert "Password" in team.get("/login").text
    assert team.post("/login", data={"password": "guess"}, follow_redirects=False).headers["location"] == "/login?wrong"
    assert team.get("/api/films").status_code == 401
    assert team.post("/login", data={"password": "open sesame"}, follow_redirects=False).headers["location"] == "/"
    assert team.get("/api/films").status_code == 200


def test_names_that_can_be_pointed_elsewhere_are_refused_for_a_team_too(team: TestClient) -> None:
    assert team.get("/login", headers={"host": "evil.example:8000", "origin": "http://evil.example:8000"}).status_code == 421


def test_a_password_is_not_guessed_from_another_site(team: TestClient) -> None:
    answer = team.post("/login", data={"password": "open sesame"}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


def test_without_a_password_there_is_no_login(stranger: TestClient) -> None:
    assert stranger.get("/login").status_code == 401
    assert stranger.post("/login", data={"password": ""}, headers={"origin": ORIGIN}).status_code == 401
