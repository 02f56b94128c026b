"""The parts behind the routes: which films there are, what can be undone, what is worth a look, what is under way."""

from __future__ import annotations

import json
import re
import shutil
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualface.corrections import Caption, Correction
from dualface.errors import InputError, StoppedError
from dualface.review.history import History
from dualface.review.library import Library
from dualface.review.news import News
from dualface.review.overview import concerns, glance, joined_lanes, joined_shots, joined_talks
from dualface.review.packing import FILLS, MARKS, PERSONS, STATES
from dualface.review.requests import PAGE
from dualface.review.works import Work, Works
from dualface.types import Box, FramePlan, Person, Placement, Rect, Speech, Talk, TileState

EMOJI = "\"<b>'Ann & Bob'</b> 🎬"


def test_a_folder_shows_films_and_videos(out: Path, analysed: Path) -> None:
    shutil.copy(analysed / "talk.mp4", out / f"{EMOJI.replace('/', '')}.mp4")
    made, unmade = sorted(Library(out).entries(), key=lambda entry: entry.source is not None)
    assert made.title == "talk"
    assert unmade.source is not None
    assert unmade.stem.parent == out / "dualface-out"


@pytest.mark.parametrize("name", ["talk.observations.jsonl.gz"])
def test_a_file_shows_its_film_only(out: Path, name: str) -> None:
    shutil.copy(out / "talk.observations.jsonl.gz", out / "other.observations.jsonl.gz")
    (only,) = Library(out / name).entries()
    assert only.title == "talk"


def test_links_lead_out_of_no_folder(out: Path, tmp_path: Path) -> None:
    shutil.copy(out / "talk.observations.jsonl.gz", tmp_path / "secret.observations.jsonl.gz")
    (out / "secret.observations.jsonl.gz").symlink_to(tmp_path / "secret.observations.jsonl.gz")
    (out / "up").symlink_to(tmp_path)
    assert [entry.title for entry in Library(out).entries()] == ["talk"]


def test_what_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Library(tmp_path / "nowhere")


@given(st.lists(st.sampled_from(["undo", "redo", "change"]), max_size=30))
def test_whatever_was_done_can_be_undone_to_the_beginning(steps: list[str]) -> None:
    before: tuple[Correction, ...] = tuple(Caption(Person.LEFT, str(n)) for n in range(3))
    history, model, at = History(before), [before[:n] for n in range(4)], 3
    for n, step in enumerate(steps):
        if step == "change":
            now = (*history.now, Caption(Person.RIGHT, f"new {n}"))
            history.change(now)
            model, at = [*model[: at + 1], now], at + 1
        else:
            at = max(at - 1, 0) if step == "undo" else min(at + 1, len(model) - 1)
            history.undo() if step == "undo" else history.redo()
        assert history.now == model[at]
        assert (history.can_undo, history.can_redo) == (at > 0, at < len(model) - 1)
    while history.can_undo:
        history.undo()
    assert history.now == ()


def _frame(n: int, *, cut: bool, left: TileState | None) -> FramePlan:
    place = Placement(Rect(0, 0, 8, 8), Box(0, 0, 8, 8), Person.LEFT, left) if left is not None else None
    return FramePlan(n, n / 10, cut, "split" if left else "scene", (place,) if place else ())


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([None, *TileState])), min_size=1, max_size=40), st.integers(1, 12))
def test_a_film_looks_the_same_however_it_is_cut_into_parts(kinds: list[tuple[bool, TileState | None]], length: int) -> None:
    frames = [_frame(n, cut=cut, left=left) for n, (cut, left) in enumerate(kinds)]
    whole = [glance(0, frames)]
    parts = [glance(k, frames[k : k + length]) for k in range(0, len(frames), length)]
    assert joined_shots(parts) == joined_shots(whole)
    assert joined_lanes(parts) == joined_lanes(whole)


@given(st.lists(st.sampled_from([None, *Talk]), min_size=1, max_size=30), st.integers(1, 9))
def test_who_speaks_is_the_same_however_a_film_is_cut_into_parts(told: list[Talk | None], length: int) -> None:
    frames = [
        FramePlan(n, n / 10, False, "scene", (), speech=None if talk is None else Speech(talk, 0.7 + n % 3 / 10))
        for n, talk in enumerate(told)
    ]
    runs = joined_talks(glance(k, frames[k : k + length]) for k in range(0, len(frames), length))
    if set(told) == {None}:
        assert runs == []
        return
    ends = [first for first, _ in runs[1:]] + [len(told)]
    assert [talk for (first, talk), end in zip(runs, ends, strict=True) for _ in range(first, end)] == told
    assert all(a != b for (_, a), (_, b) in pairwise(runs))


def test_doubts_and_long_absences_are_worth_a_look() -> None:
    frames = [_frame(n, cut=False, left=TileState.HELD if 20 <= n < 40 else TileState.TRACKED) for n in range(100)]
    lanes = joined_lanes([glance(0, frames)])
    unsure = {"from": 105.0, "to": 106.0, "person": "left", "confidence": 0.6, "why": "clothes only"}
    names = {Person.LEFT: EMOJI, Person.RIGHT: "Bob"}
    times = [frame.time for frame in frames]
    found = concerns(lanes, times, 100.0, {"second_look": {"unsure": [unsure, {"from": 1}]}}, names)
    assert [(one.kind, one.first, one.end) for one in found] == [("away", 0, 100), ("held", 20, 40), ("unsure", 50, 61)]
    assert found[2].text == f"60% sure that this is {EMOJI}: clothes only"


@pytest.mark.parametrize("error", [None, InputError("it is gone."), StoppedError("stopped"), ZeroDivisionError("oh")])
def test_work_ends_in_a_state_and_the_next_is_done(error: Exception | None) -> None:
    works, over = Works(News()), threading.Event()

    def do(work: Work) -> None:
        if error is not None:
            raise error

    first = works.begin("a", "film", do)
    last = works.begin("b", "film", lambda work: over.set())
    assert over.wait(100)
    works.end()
    failing: dict[type[Exception] | None, str] = {InputError: "failed", StoppedError: "stopped", ZeroDivisionError: "failed"}
    states = {None: "done", **failing}
    assert first.state == states[type(error) if error else None]
    assert last.state == "done"


def test_what_is_under_way_is_not_begun_again_and_can_be_stopped() -> None:
    works, begun = Works(News()), threading.Event()

    def do(work: Work) -> None:
        begun.set()
        work.stop.wait(100)
        raise StoppedError("stopped")

    work = works.begin("a", "film", do)
    assert begun.wait(100)
    assert works.begin("a", "film", do) is work
    works.stop("a", "film")
    works.end()
    assert work.state == "stopped"


def test_the_page_reads_chunks_by_the_same_lists() -> None:
    script = (PAGE / "js" / "chunks.js").read_text()
    for name, known in (("PERSONS", PERSONS), ("STATES", STATES), ("FILLS", FILLS), ("MARKS", MARKS)):
        listed = re.search(rf"const {name} = (\[.*\]);", script)
        assert listed is not None
        assert json.loads(listed[1]) == list(known)
