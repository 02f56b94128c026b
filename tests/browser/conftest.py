"""A browser for the page: Debian's Chromium, or the one that ``DUALFACE_BROWSER`` names; tests are skipped without one.

Starting it takes as long as hundreds of other tests, so all of these are slow ones.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.support.marking import mark_all_in  # noqa: E402
from tests.support.review_films import served, write_film  # noqa: E402

from dualface.api.ready import Ready  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.hookimpl
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_all_in(Path(__file__).parent, items, pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = os.environ.get("DUALFACE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no browser was found; install chromium, or name one in DUALFACE_BROWSER")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def film_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source and the film made of it; not to be changed."""
    folder = tmp_path_factory.mktemp("review")
    write_film(folder, render=True)
    return folder


@pytest.fixture
def out(film_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the film's folder, beside its source; nothing is made ready for the films that most tests never ask for."""
    monkeypatch.setattr(Ready, "warm", lambda _: None)
    monkeypatch.setenv("DUALFACE_REVIEW_CACHE", str(tmp_path / "cache"))
    shutil.copytree(film_folder, tmp_path / "films")
    return tmp_path / "films" / "out"


@pytest.fixture
def server(out: Path) -> Iterator[Any]:
    with served(out) as running:
        yield running


@pytest.fixture
def page(browser: Any, server: Any) -> Iterator[Any]:
    """The film's page, ready; whatever it says in the console as an error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(server.address)
    opened.click("li a")
    opened.wait_for_selector("canvas[data-frame='0']")
    yield opened
    context.close()
    assert errors == []
