"""A service in this process that pretends to make films, and those who ask it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.support.tiny_service import COMMAND, look_at

from dualface.service import making
from dualface.service.app import create_app
from dualface.service.folders import Folders
from dualface.service.job_store import JobStore
from dualface.service.limits import Limits
from dualface.service.making import Maker
from dualface.service.metrics import Metrics
from dualface.service.tokens import Right, Tokens
from dualface.service.workshop import Workshop

ORIGIN = "http://127.0.0.1:8000"


@dataclass
class Place:
    """A folder that is served, what serves it, and a token for each right."""

    folders: Folders
    limits: Limits = field(default_factory=lambda: Limits(size=100_000, waiting=5, reserve=0))
    private: bool = True
    stores: list[JobStore] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folders.prepare()
        self.tokens = Tokens(self.folders.tokens)
        self.token = {right: self.tokens.add(right.value, [right]) for right in Right}

    def opened(self, workers: int = 1) -> TestClient:
        store = JobStore(self.folders.database)
        self.stores.append(store)
        maker = Maker(self.folders, store, self.limits, self.private, None, COMMAND)
        workshop = Workshop(self.folders, store, maker, self.limits, workers)
        return TestClient(create_app(workshop, self.tokens, Metrics(workshop)), base_url=ORIGIN)

    def header(self, right: Right) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token[right]}"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(making, "look_at", look_at)
    made = Place(Folders(tmp_path / "service"))
    yield made
    for store in made.stores:
        store.close()


@pytest.fixture
def stranger(place: Place) -> Iterator[TestClient]:
    """Somebody without a token."""
    with place.opened() as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, place: Place) -> TestClient:
    """Somebody who may do everything."""
    stranger.headers.update(place.header(Right.ADMIN))
    return stranger


@pytest.fixture
def ended(client: TestClient) -> Callable[[str], dict[str, Any]]:
    """Waits for a job's end."""

    def wait(id: str) -> dict[str, Any]:
        while True:
            job: dict[str, Any] = client.get(f"/api/v1/jobs/{id}").json()
            if job["state"] not in ("queued", "running"):
                return job
            time.sleep(0.02)

    return wait
