"""A folder with a film's analysis, without any model or film; and the application for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.support.review_films import write_film

from dualface.api.ready import Ready
from dualface.review.access import Access
from dualface.review.app import create_app
from dualface.review.desk import Desk
from dualface.review.library import Library

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source and its analysis; not to be changed."""
    folder = tmp_path_factory.mktemp("analysed")
    write_film(folder)
    return folder


@pytest.fixture(autouse=True)
def no_process_that_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is rendered here; it would take two seconds a test."""
    monkeypatch.setattr(Ready, "warm", lambda _: None)


@pytest.fixture
def out(analysed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DUALFACE_REVIEW_CACHE", str(tmp_path / "cache"))
    shutil.copytree(analysed / "out", tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def desk(out: Path) -> Iterator[Desk]:
    made = Desk(Library(out))
    yield made
    made.end()


@pytest.fixture
def access() -> Access:
    return Access()


@pytest.fixture
def stranger(desk: Desk, access: Access) -> Iterator[TestClient]:
    """Somebody who has no token."""
    with TestClient(create_app(desk, access), base_url=ORIGIN) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, access: Access) -> TestClient:
    """Somebody who has opened the printed address."""
    stranger.get("/", params={"token": access.token})
    stranger.headers["origin"] = ORIGIN
    return stranger
