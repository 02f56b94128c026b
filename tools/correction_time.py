"""From "mistake seen" to "film corrected", in seconds: ``python -m tools.correction_time [--minutes 10] [--browser PATH]``.

A made film of ten minutes is shown by ``dualface review``; in one shot after the other the two are swapped and the film is
rendered.  With ``--browser`` it is done by key and by the button, in that browser; without, the same requests are sent.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import av
from tests.support.review_films import analysis_of, repeat_packets, repeated, served

import dualface
from dualface.api.plans import Analysis
from dualface.footage.render import render_scene
from dualface.footage.scenes import SCENES
from dualface.review.serving import ReviewServer
from dualface.video.made_from import source_digest

SECONDS = 4.0
Round = tuple[float, float]
"""From the key to what is decided, and from there to the film that is whole."""
_WAIT = 300_000


def main() -> None:
    """Prints a line for each round, and their middle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="1280x720", help="of the source and of the film")
    parser.add_argument("--fps", type=int, default=25, help="of the source")
    parser.add_argument("--planned", action="store_true", help="the film is made of a plan, without looking at the source")
    parser.add_argument("--browser", help="the path of a Chromium")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = _film(Path(folder), asked.minutes, asked.size, asked.fps, planned=asked.planned)
        print(
            f"{asked.minutes:g} minutes, {asked.size}, {asked.fps} pictures a second, {film.stat().st_size / 1e6:.0f} MB",
            flush=True,
        )
        with served(film.parent) as server, _hand(server, asked.browser) as correct:
            rounds = [_timed(film, number, correct) for number in range(asked.rounds)]
    for what, values in zip(("decided", "rendered"), zip(*rounds, strict=True), strict=True):
        print(f"{what}: {statistics.median(values):.2f} s in the middle, {min(values):.2f} to {max(values):.2f} s")
    print(f"together: {statistics.median(map(sum, rounds)):.2f} s in the middle")


def _timed(film: Path, number: int, correct: Callable[[int], Round]) -> Round:
    before = _packets(film)
    decided, rendered = correct(2 + 4 * number)
    after = _packets(film)
    new = sum(a != b for a, b in zip(before, after, strict=True))
    print(f"round {number + 1}: {decided:.2f} s + {rendered:.2f} s, {new} of {len(after)} pictures made anew", flush=True)
    return decided, rendered


def _packets(film: Path) -> list[int]:
    with av.open(str(film)) as container:
        return [hash(bytes(packet)) for packet in container.demux(video=0) if packet.size]


def _film(folder: Path, minutes: float, size: str, fps: int, *, planned: bool) -> Path:
    """A film of the same seconds again and again: of what is known of them, or as a run makes it."""
    short, source, out = folder / "short.mp4", folder / "talk.mp4", folder / "out"
    width, height = map(int, size.split("x"))
    truth = render_scene(short, SCENES["cuts"], size=(width, height), fps=fps, seconds=SECONDS, crf=18)
    times = round(minutes * 60 / SECONDS)
    repeat_packets(short, source, times, SECONDS)
    if planned:
        one = analysis_of(short, truth, framing__size=size)
        header = replace(one.header, source=source, fingerprint=source_digest(source))
        out.mkdir()
        return Analysis(header, tuple(repeated(one.observations, times, fps, truth.cuts))).plan().render(out / "talk.mp4").path
    return dualface.make(source, out, framing__size=size).path


@contextmanager
def _hand(server: ReviewServer, browser: str | None) -> Iterator[Callable[[int], Round]]:
    """What corrects a shot, by its number, and renders."""
    if browser is None:
        yield _Requests(server).correct
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        page = started.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
        page.goto(server.address)
        page.click("a.title")
        page.wait_for_selector("canvas[data-frame='0']", timeout=_WAIT)
        yield lambda shot: _by_key(page, shot)


def _by_key(page: Any, shot: int) -> Round:
    page.keyboard.press("Home")
    for _ in range(shot):
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(1000)
    known = page.locator("section[aria-label=Corrections] li").count()
    began = time.perf_counter()
    page.keyboard.press("s")
    page.wait_for_selector(f"section[aria-label=Corrections] li >> nth={known}", timeout=_WAIT)
    page.wait_for_selector("canvas[data-settled=true]", timeout=_WAIT)
    decided = time.perf_counter()
    page.get_by_role("button", name="Render").click()
    page.wait_for_selector("#toast:text-is('The film is ready')", timeout=_WAIT)
    ended = time.perf_counter()
    page.wait_for_selector("#toast", state="hidden")
    return decided - began, ended - decided


class _Requests:
    """What the page would ask of the server."""

    def __init__(self, server: ReviewServer) -> None:
        self._origin = server.origin
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.open(server.address).read()
        self._film = self._get("/api/films")["films"][0]["id"]
        self._starts = [first for first, _ in self._get(f"/api/films/{self._film}/overview")["shots"]]

    def correct(self, shot: int) -> Round:
        began = time.perf_counter()
        entry = {"swap": "this shot", "at": f"frame {self._starts[shot]}"}
        version = self._post("corrections", {"do": "add", "entry": entry})["version"]
        while self._get(f"/api/films/{self._film}/overview")["decided"] < version:
            time.sleep(0.02)
        decided = time.perf_counter()
        self._post("works/film", {})
        while (state := self._get("/api/works")["works"][0]["state"]) in ("waiting", "working"):
            time.sleep(0.02)
        if state != "done":
            raise SystemExit(f"rendering {state}")
        return decided - began, time.perf_counter() - decided

    def _get(self, address: str) -> Any:
        return json.load(self._opener.open(self._origin + address))

    def _post(self, what: str, body: object) -> Any:
        headers = {"origin": self._origin, "content-type": "application/json"}
        address = f"{self._origin}/api/films/{self._film}/{what}"
        return json.load(self._opener.open(urllib.request.Request(address, json.dumps(body).encode(), headers)))


if __name__ == "__main__":
    main()
