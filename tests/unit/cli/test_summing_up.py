"""One line a film that says what matters."""

from pathlib import Path
from typing import Any

import pytest

from dualface.cli.summing_up import clock, summary_table, took, what_matters
from dualface.errors import InputError, StoppedError
from dualface.jobs import Job, Status, VideoOutcome

JOB = Job(Path("in/talk.mp4"), Path("out/talk.mp4"))
NAMES = {"left": "Ann", "right": "the right person"}


def told(*, left: float = 1.0, right: float = 1.0, **summary: Any) -> str:
    tiles = {"left": {"tracked": left}, "right": {"tracked": right}}
    return what_matters(VideoOutcome(JOB, Status.DONE, None, {"tiles": tiles, "missing": {}, **summary}), NAMES)


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        ({}, "both people are there all the time"),
        ({"missing": {"left": [[72.0, 75.2]]}, "left": 0.9}, "Ann missing 1:12–1:15"),
        ({"missing": {"left": [[8.2, 8.3], [72.0, 75.2]]}, "left": 0.9}, "Ann missing 1:12–1:15"),
        ({"missing": {"left": [[8.2, 8.3]], "right": []}, "left": 0.9}, "both people are there nearly all the time"),
        (
            {"missing": {"left": [[0, 4], [10, 12], [20, 22], [30, 31]], "right": [[5, 6]]}, "left": 0.6},
            "Ann missing 0:00–0:04, 0:10–0:12 and 2 more times; the right person missing 0:05–0:06",
        ),
        ({"missing": {"right": [[0, 60]]}, "right": 0.0}, "the right person is never there"),
        (
            {"missing": {"left": [[9, 30]], "right": [[9, 30]]}, "left": 0.3, "right": 0.3, "nobody": 0.7},
            "nobody is shown in 70% of the pictures; Ann missing 0:09–0:30; the right person missing 0:09–0:30",
        ),
        ({"missing": {"left": [[0, 60]], "right": [[0, 60]]}, "left": 0.0, "right": 0.0}, "nobody was found"),
        (
            {"decode": {"truncated": True, "corrupt_packets": 1, "repaired_timestamps": 8}},
            "the source is cut off; 1 damaged picture left out or flawed; 8 timestamps repaired",
        ),
        ({"resumed_at_frame": 120}, "continued at frame 120"),
        ({"skipped": True, "resumed_at_frame": 120}, "made before"),
    ],
)
def test_a_film_is_summed_up_in_a_line(summary: dict[str, Any], line: str) -> None:
    assert told(**summary) == line


def test_without_a_film_the_line_says_why() -> None:
    failed = VideoOutcome(JOB, Status.FAILED, InputError("in/talk.mp4 holds no video, only sound; name another file."))
    assert what_matters(failed, NAMES) == "holds no video, only sound; name another file"
    assert what_matters(VideoOutcome(JOB, Status.STOPPED, StoppedError("stopped")), NAMES) == "stopped"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03")])
def test_times_are_written_as_players_show_them(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("length", "seconds", "text"), [(60.0, 30.0, "0:30 (2.0×)"), (8.0, 125.0, "2:05 (0.06×)"), (8.0, 0.0, "0:00 (0.00×)")]
)
def test_how_long_it_took_is_told_beside_how_fast_that_was(length: float, seconds: float, text: str) -> None:
    assert took(length, seconds) == text


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        ({"seconds": 30.0, "fps": 12.0}, "0:30 (2.0×)"),
        ({"seconds": 30.0, "fps": 12.0, "skipped": True}, "–"),
        ({"seconds": 30.0, "fps": 12.0, "corrected": {"spans": [[1, 2]], "seconds": 6.0}}, "0:06 (10.0×)"),
    ],
)
def test_the_table_tells_what_was_done_now(summary: dict[str, Any], text: str) -> None:
    whole = {"tiles": {}, "missing": {}, "duration_seconds": 60.0, **summary}
    outcome = VideoOutcome(JOB, Status.DONE, None, whole | {"tiles": {one: {"tracked": 1.0} for one in ("left", "right")}})
    table = summary_table([outcome], {})
    assert [str(column.header) for column in table.columns] == ["Video", "Status", "Length", "Took", "What matters"]
    assert list(table.columns[3].cells) == [text]
