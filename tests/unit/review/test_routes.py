"""What the server answers to the page."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.support.review_films import CUT, FPS, SECONDS, SIZE

from dualface.api.plans import Analysis
from dualface.config.corrections_file import digest_of, load_corrections
from dualface.corrections import Instant, Reach, Swap
from dualface.review.desk import Desk

FRAMES = round(FPS * SECONDS)
WORDS = [
    "swap",
    "face",
    "crop",
    "layout",
    "cut",
    "caption",
    "keep_away",
    "at",
    "from",
    "to",
    "point",
    "track",
    "rect",
    "keyframes",
]


@pytest.fixture
def film(client: TestClient) -> str:
    (only,) = client.get("/api/films").json()["films"]
    return f"/api/films/{only['id']}"


def settled(client: TestClient, film: str, desk: Desk) -> dict[str, Any]:
    """The overview once all is decided."""
    desk.film(film.rpartition("/")[2]).decide()
    found: dict[str, Any] = client.get(f"{film}/overview").json()
    return found


def test_the_list_names_films(client: TestClient) -> None:
    (film,) = client.get("/api/films").json()["films"]
    assert (film["title"], film["looked_at"], film["made"]) == ("talk", True, False)


def test_a_film_is_described(client: TestClient, film: str) -> None:
    facts = client.get(film).json()
    assert (facts["width"], facts["height"], facts["frames"]) == (*SIZE, FRAMES)
    assert facts["media"]["kind"] == "source"
    assert facts["state"]["names"] == {"left": "Ann", "right": "Bob"}
    overview = client.get(f"{film}/overview").json()
    assert [first for first, _ in overview["shots"]] == [0, CUT]
    assert [run[:2] for run in overview["lanes"]["right"]] == [[0, "tracked"], [CUT, "absent"]]


def test_a_chunk_holds_every_frame(client: TestClient, film: str) -> None:
    answer = client.get(f"{film}/chunks/0")
    frames, placements, _ = struct.unpack_from("<3I", answer.content)
    assert (frames, placements) == (FRAMES, 2 * CUT + FRAMES - CUT)
    assert client.get(f"{film}/chunks/1").status_code == 404


def test_the_source_is_served_in_ranges(client: TestClient, film: str, analysed: Path) -> None:
    whole = (analysed / "talk.mp4").read_bytes()
    answer = client.get(f"{film}/media", headers={"range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.content == whole[100:200]
    assert client.get(f"{film}/media", headers={"range": f"bytes={len(whole)}-"}).status_code == 416


def test_a_range_without_an_end_is_sent_a_piece_at_a_time(
    client: TestClient, film: str, analysed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser that has enough for now would keep the connection, and there are six."""
    monkeypatch.setattr("dualface.review.pieces._MOST", 1000)
    whole, got = (analysed / "talk.mp4").read_bytes(), b""
    while len(got) < len(whole):
        answer = client.get(f"{film}/media", headers={"range": f"bytes={len(got)}-"})
        assert answer.status_code == 206
        assert 0 < len(answer.content) <= 1000
        got += answer.content
    assert got == whole


def test_what_another_tab_has_changed_meanwhile_is_not_taken_for_something_else(client: TestClient, film: str) -> None:
    swaps = [{"swap": "this shot", "at": f"frame {n}"} for n in (0, 5, 70)]
    for one in swaps:
        state = client.post(f"{film}/corrections", json={"do": "add", "entry": one}).json()
    first, second, third = state["corrections"]
    client.post(f"{film}/corrections", json={"do": "remove", "index": 0, "was": first})
    left = client.post(f"{film}/corrections", json={"do": "remove", "index": 1, "was": second}).json()
    assert left["corrections"] == [third]
    gone = client.post(f"{film}/corrections", json={"do": "replace", "index": 0, "was": first, "entry": swaps[0]})
    assert gone.status_code == 422
    assert "no such correction any more" in gone.json()["error"]


def test_what_is_written_by_hand_is_shown_when_the_page_is_opened_again(client: TestClient, film: str, out: Path) -> None:
    file = out / "talk.corrections.yaml"
    version = client.get(film).json()["state"]["version"]
    file.write_text("version: 1\ncorrections:\n- swap: everywhere\n")
    state = client.get(film).json()["state"]
    assert (state["corrections"], state["version"]) == ([{"swap": "everywhere"}], version + 1)
    file.write_text("version: 1\ncorrections:\n- swap: evrywhere\n")
    assert "line 3" in client.get(film).json()["error"]
    file.unlink()
    state = client.get(film).json()["state"]
    assert (state["corrections"], state["can_undo"]) == ([], True)


def test_a_video_that_was_looked_at_again_is_opened_again(client: TestClient, film: str, out: Path) -> None:
    assert client.get(film).json()["state"]["names"]["left"] == "Ann"
    path = out / "talk.observations.jsonl.gz"
    Analysis.load(path).with_config(Analysis.load(path).config.changed(framing__caption_left="Eve")).save(path)
    assert client.get(film).json()["state"]["names"]["left"] == "Eve"


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["add", "swap", "at", "face"]),
        lambda some: st.lists(some, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(), some, max_size=5),
        max_leaves=8,
    ),
    st.sampled_from(["add", "replace", "remove", "undo", "redo", "other"]),
)
def test_whatever_is_sent_is_refused_or_done(client: TestClient, film: str, entry: object, do: str) -> None:
    change = json.dumps({"do": do, "entry": entry, "index": 0, "was": entry})
    answer = client.post(f"{film}/corrections", content=change)
    assert answer.status_code in (200, 422), answer.text


def test_a_source_that_was_changed_is_not_served(client: TestClient, out: Path) -> None:
    source = out.parent / "secret.txt"
    source.write_text("secret")
    import gzip

    path = out / "talk.observations.jsonl.gz"
    head, _, rest = gzip.decompress(path.read_bytes()).partition(b"\n")
    forged = json.loads(head) | {"source": str(source)}
    path.write_bytes(gzip.compress(json.dumps(forged).encode() + b"\n" + rest))
    (film,) = client.get("/api/films").json()["films"]
    assert client.get(f"/api/films/{film['id']}/media").status_code == 404
    assert client.get(f"/api/films/{film['id']}").json()["media"]["kind"] == "none"


def test_corrections_are_saved_undone_and_done_again(client: TestClient, film: str, out: Path, desk: Desk) -> None:
    path = out / "talk.corrections.yaml"
    state = client.post(f"{film}/corrections", json={"do": "add", "entry": {"swap": "this shot", "at": "frame 3"}}).json()
    assert load_corrections(path) == (Swap(Reach.SHOT, Instant(frame=3)),)
    assert (state["can_undo"], state["can_redo"]) == (True, False)
    client.post(f"{film}/corrections", json={"do": "undo"})
    assert load_corrections(path) == ()
    client.post(f"{film}/corrections", json={"do": "redo"})
    assert len(load_corrections(path)) == 1
    replacement = {"do": "replace", "index": 0, "entry": {"cut": "here", "at": "frame 10"}}
    client.post(f"{film}/corrections", json=replacement)
    assert [first for first, _ in settled(client, film, desk)["shots"]] == [0, 10, CUT]
    state = client.post(f"{film}/corrections", json={"do": "remove", "index": 0}).json()
    assert state["corrections"] == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"do": "format"},
        {"do": "add"},
        {"do": "add", "entry": {"swap": "sideways"}},
        {"do": "add", "entry": {"crop": "left", "rect": [0, 0, -5, 5]}},
        {"do": "replace", "index": 7, "entry": {"swap": "everywhere"}},
        {"do": "remove", "index": "0"},
    ],
)
def test_what_is_no_correction_changes_nothing_and_is_explained(
    client: TestClient, film: str, out: Path, change: dict[str, Any]
) -> None:
    answer = client.post(f"{film}/corrections", json=change)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert not (out / "talk.corrections.yaml").exists()


def test_a_body_that_is_no_object_is_refused(client: TestClient, film: str) -> None:
    for content in (b"[1]", b"{", b"[" * 100_000, b"x" * (1 << 21)):
        assert client.post(f"{film}/corrections", content=content).status_code == 422


def test_what_was_written_by_hand_meanwhile_stays(client: TestClient, film: str, out: Path) -> None:
    client.get(film)
    path = out / "talk.corrections.yaml"
    path.write_text("version: 1\ncorrections:\n# by hand\n- swap: everywhere\n")
    client.post(f"{film}/corrections", json={"do": "add", "entry": {"cut": "here", "at": "frame 10"}})
    assert len(load_corrections(path)) == 2
    assert "# by hand" in path.read_text()


def test_a_film_is_up_to_date_when_it_was_made_with_these_corrections(client: TestClient, film: str, out: Path) -> None:
    (out / "talk.mp4").write_bytes(b"")
    assert client.get(film).json()["state"]["rendered"]
    state = client.post(f"{film}/corrections", json={"do": "add", "entry": {"swap": "everywhere"}}).json()
    assert not state["rendered"]
    digest = digest_of(load_corrections(out / "talk.corrections.yaml"))
    (out / "talk.summary.json").write_text(json.dumps({"corrections": 0, "corrected": {"digest": digest}}))
    assert client.get(film).json()["state"]["rendered"]


def test_thumbnails_are_pictures(client: TestClient, film: str) -> None:
    answer = client.get(f"{film}/thumbnails/{CUT}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    "path",
    [
        "/page/../routes.py",
        "/page/%2e%2e/routes.py",
        "/page/..%2f..%2fcli/main.py",
        "/page//etc/passwd",
        "/page/js/..%5c..%5croutes.py",
        "/api/films/..%2f..%2fetc%2fpasswd",
        "/api/films/../../etc/passwd",
        "/api/films/%2e%2e/media",
    ],
)
def test_paths_lead_nowhere(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_whoever_edits_is_heard_of_by_all(desk: Desk, client: TestClient, film: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(desk.news, "tell", lambda kind, /, **facts: told.append((kind, facts)))
    client.post(f"{film}/corrections", json={"do": "add", "entry": {"swap": "everywhere"}})
    assert told[0][0] == "corrected"
    assert told[0][1]["corrections"] == [{"swap": "everywhere"}]
