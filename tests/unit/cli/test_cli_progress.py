"""What is shown while videos are processed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from dualface.cli.progress import Bars, JsonLines, ProgressLines, Silence, display_for
from dualface.cli.terminal import Terminal
from dualface.cli.waiting import Waiting
from dualface.events import VideoFinished, VideoProgress, VideoStarted
from dualface.jobs import Job, Status, VideoOutcome
from dualface.testing.command_line import INFO

TALK, LONG = Job(Path("talk.mp4"), Path("R/talk.mp4")), Job(Path(f"{'long ' * 20}.mp4"), Path("R/long.mp4"))
DONE = Job(Path("done.mp4"), Path("R/done.mp4"))


def screen(width: int = 80) -> tuple[Terminal, Callable[[], str]]:
    """A terminal on which somebody watches, and what was written to it."""
    terminal = Terminal()
    file = io.StringIO()
    terminal.err = Console(file=file, force_terminal=True, width=width, color_system=None, legacy_windows=False)
    return terminal, file.getvalue


def test_one_sees_that_it_gets_ready_until_the_first_video_starts() -> None:
    terminal, written = screen()
    bars = Bars(terminal, [TALK])
    bars.start()
    bars._progress.refresh()
    assert "getting ready" in written()
    bars(VideoStarted(TALK, INFO, 60))
    bars.stop()
    assert [task.description for task in bars._progress.tasks] == ["talk.mp4"]


def test_a_log_gets_a_line_now_and_then_while_there_is_nothing_to_count(capsys: pytest.CaptureFixture[str]) -> None:
    waits = iter([False, False, True])
    with Waiting(Terminal(), "Waiting …", wait=lambda _, seconds: next(waits)) as waiting:
        assert waiting._thread is not None
        waiting._thread.join()
        waiting.stop()
    assert capsys.readouterr().err.splitlines() == ["Waiting … 6 s", "Waiting … 12 s"]


@pytest.mark.parametrize("terminal", [Terminal(quiet=True), Terminal(json_output=True)])
def test_quiet_and_programs_are_not_told_of_waiting(terminal: Terminal) -> None:
    with Waiting(terminal, "Waiting …") as waiting:
        assert waiting._thread is None


def test_something_moves_on_a_terminal_while_there_is_nothing_to_count() -> None:
    terminal, written = screen()
    with Waiting(terminal, "Waiting …"):
        pass
    assert "Waiting …" in written()


def test_bars_show_frames_faces_and_the_whole_run_within_80_columns() -> None:
    terminal, written = screen()
    bars = Bars(terminal, [TALK, LONG])
    bars.start()
    for job in (TALK, LONG):
        bars(VideoStarted(job, INFO, 100_000))
        bars(VideoProgress(job, 25_000, 2))
    bars(VideoFinished(LONG, VideoOutcome(LONG, Status.DONE)))
    bars._progress.refresh()
    bars.stop()
    last = written()[written().rindex("all ") :]
    assert "25000/100000" in last
    assert "2 faces" in last
    assert "1/2 videos" in last
    assert " 62%" in last  # of both videos: one done, one at a quarter
    assert all(len(line) < 80 for line in last.splitlines() if "\x1b" not in line)


def test_a_video_of_unknown_length_and_one_longer_than_claimed_are_shown() -> None:
    terminal, written = screen()
    bars = Bars(terminal, [TALK])
    bars.start()
    bars(VideoStarted(TALK, INFO, 0))
    bars(VideoProgress(TALK, 70, 1))
    bars._progress.refresh()
    assert "70" in written()
    assert "1 face " in written()
    bars(VideoFinished(TALK, VideoOutcome(TALK, Status.DONE)))
    bars(VideoStarted(TALK, INFO, 60))
    bars(VideoProgress(TALK, 70, 1))
    bars._progress.refresh()
    bars.stop()
    assert "70/70" in written()


def test_a_log_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = ProgressLines(Terminal(), clock=lambda: now[0])
    lines(VideoStarted(TALK, INFO, 600))
    for second in range(1, 16):
        now[0] = float(second)
        lines(VideoProgress(TALK, 20 * second, 2))
    assert capsys.readouterr().err.splitlines() == [
        "talk.mp4: 1920×1080, 30 frames/s, 600 frames",
        "talk.mp4: 160 of 600 frames (27%), 20.0 frames/s, faces: 2, about 22 s left",
    ]


def test_a_continued_video_is_as_fast_as_this_run_makes_it(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = ProgressLines(Terminal(), clock=lambda: now[0])
    lines(VideoStarted(TALK, INFO, 600, resumed_at=300))
    now[0] = 10.0
    lines(VideoProgress(TALK, 400, 2))
    assert capsys.readouterr().err.splitlines()[-1] == (
        "talk.mp4: 400 of 600 frames (67%), 10.0 frames/s, faces: 2, about 20 s left"
    )


def test_both_passes_of_a_video_are_told_each_with_its_own_speed(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    lines = ProgressLines(Terminal(), clock=lambda: now[0])
    started = VideoStarted(TALK, INFO, 600, passes=2)
    lines(started)
    for second, frames, number in ((10, 400, 1), (15, 600, 1), (16, 2, 2), (26, 102, 2)):
        now[0] = float(second)
        lines(VideoProgress(TALK, frames, 2, number))
    assert capsys.readouterr().err.splitlines()[1:] == [
        "talk.mp4: pass 1 of 2, 400 of 600 frames (67%), 40.0 frames/s, faces: 2, about 5 s left of this pass",
        "talk.mp4: pass 2 of 2, 102 of 600 frames (17%), 10.0 frames/s, faces: 2, about 50 s left",
    ]
    bars = Bars(screen()[0], [TALK])
    for event in (started, VideoProgress(TALK, 600, 2), VideoProgress(TALK, 60, 2, 2)):
        bars(event)
    (task,) = bars._progress.tasks
    assert (task.completed, task.fields["faces"], bars._shares[TALK]) == (60, "pass 2/2", 0.55)


def test_bars_begin_where_an_earlier_run_ended() -> None:
    now = [0.0]
    bars = Bars(screen()[0], [TALK, LONG, DONE], clock=lambda: now[0])
    bars.start()
    bars(VideoFinished(DONE, VideoOutcome(DONE, Status.DONE)))
    bars(VideoStarted(TALK, INFO, 1000, resumed_at=500))
    bars(VideoProgress(TALK, 510, 2))
    now[0] = 10.0
    bars(VideoProgress(TALK, 610, 2))
    bars.stop()
    everything, talk = bars._progress.tasks
    assert (talk.completed, talk.speed, talk.time_remaining) == (610, 10, 39)
    assert everything.completed == pytest.approx(1.61)
    assert everything.time_remaining == pytest.approx(1.39 / 0.01, abs=1)


def test_programs_hear_where_a_video_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines(Terminal(json_output=True))(VideoStarted(TALK, INFO, 600, resumed_at=300))
    assert json.loads(capsys.readouterr().out)["resumed_at"] == 300


def test_the_display_suits_who_listens() -> None:
    assert isinstance(display_for(Terminal(json_output=True), [TALK]), JsonLines)
    assert isinstance(display_for(Terminal(quiet=True), [TALK]), Silence)
    assert isinstance(display_for(Terminal(), [TALK]), ProgressLines)
    assert isinstance(display_for(screen()[0], [TALK]), Bars)
