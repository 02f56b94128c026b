"""``dualface analyse``, ``sheet`` and ``export``: everything but the film."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image
from tests.support.plans import LEFT, RIGHT, moving_plan
from tests.support.settings_of import settings_of
from tests.support.video_files import VideoFile

from dualface.api.plans import Analysis, Plan
from dualface.cli import pictures
from dualface.cli.pictures import Show
from dualface.cli.terminal import Terminal
from dualface.config.schema import Config
from dualface.errors import ExitCode, InputError
from dualface.records.headers import RecordHeader
from dualface.testing.command_line import CommandLine, FakeRuntime
from dualface.types import Box, Observation, ObservedFace
from dualface.video.made_from import source_digest
from dualface.video.sheet_times import alike

FRAMES, SIZE = 50, (64, 48)


def observations(cuts: tuple[int, ...] = (0, 20)) -> tuple[Observation, ...]:
    faces = (
        ObservedFace(1, Box(8, 10, 12, 14), 0.9, LEFT),
        ObservedFace(2, Box(40, 10, 12, 14), 0.9, RIGHT),
    )
    return tuple(Observation(n, n / 25, n in cuts, faces) for n in range(FRAMES))


@pytest.fixture
def video(folder: Path) -> Path:
    return VideoFile(*SIZE, frames=FRAMES).write(folder / "talk.mp4")


@pytest.fixture
def film(video: Path, folder: Path) -> Path:
    """A film of which only what stands beside it is of interest."""
    config = settings_of(folder, framing__size="320x180")
    header = RecordHeader(video, *SIZE, Fraction(25), config.model_dump(mode="json"))
    out = folder / "out"
    out.mkdir()
    (out / "talk.mp4").write_bytes(b"a film")
    plans = moving_plan(1, FRAMES, source=SIZE, canvas=(320, 180))
    Plan(header, plans).save(out / "talk.plan.jsonl.gz")
    Analysis(header, observations()).save(out / "talk.observations.jsonl.gz")
    return Path("out/talk.mp4")


@pytest.fixture
def looks(runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What is looked at; nothing is, but it is said that both people are there all the time."""
    looked: list[Path] = []

    def observe(
        source: Path, config: Config, *, stop: threading.Event, progress: Callable[[int, int], None]
    ) -> tuple[RecordHeader, tuple[Observation, ...]]:
        looked.append(source)
        assert not stop.is_set()
        if source.name.startswith("broken"):
            raise InputError(f"{source} is broken.", file=source)
        progress(FRAMES, FRAMES)
        settings = config.model_dump(mode="json")
        header = RecordHeader(source.absolute(), *SIZE, Fraction(25), settings, source_digest(source))
        return header, observations()

    monkeypatch.setattr("dualface.video.observing.observe_video", observe)
    return looked


def test_a_film_is_exported_in_the_formats_that_the_names_tell(dualface: CommandLine, film: Path) -> None:
    result = dualface("export", film, "-o", "talk.fcpxml", "-o", "talk.xml", "-o", "talk.edl", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["files"] == ["talk.fcpxml", "talk.xml", "talk.edl"]
    assert "<fcpxml" in Path("talk.fcpxml").read_text()
    assert "<xmeml" in Path("talk.xml").read_text()
    assert Path("talk.edl").read_text().startswith("TITLE: talk\n")
    assert dualface("export", film, "-o", "talk.edl").code == ExitCode.OUTPUT


def test_another_shape_is_exported_of_what_was_seen(dualface: CommandLine, film: Path) -> None:
    shape = ("--layout", "stacked", "--size", "180x320", "--names", "Ann,Bob")
    assert dualface("export", film, "-o", "tall.fcpxml", *shape).code == 0
    text = Path("tall.fcpxml").read_text()
    assert 'width="180" height="320"' in text
    assert "Ann" in text
    Path("out/talk.corrections.yaml").write_text("version: 1\ncorrections:\n- caption: Grace\n  person: Ann\n")
    assert dualface("export", film, "-o", "tall.fcpxml", *shape, "--overwrite").code == 0
    assert "Grace" in Path("tall.fcpxml").read_text(), "what was corrected stays so"
    Path("out/talk.observations.jsonl.gz").unlink()
    result = dualface("export", film, "-o", "wide.fcpxml", "--size", "320x180")
    assert result.code == ExitCode.INPUT
    assert "what was seen in it is not there" in result.err


def test_an_analysis_has_the_settings_that_it_was_last_asked_for(dualface: CommandLine, video: Path, looks: list[Path]) -> None:
    assert dualface("analyse", video.name, "--set", "framing.size=320x180").code == 0
    assert dualface("analyse", video.name, "--layout", "stacked", "--set", "framing.size=180x320").code == 0
    assert dualface("export", "dualface-out/talk.analysis.jsonl.gz", "-o", "talk.fcpxml").code == 0
    assert 'width="180" height="320"' in Path("talk.fcpxml").read_text()
    assert len(looks) == 1


@pytest.mark.parametrize("name", ["out/talk.plan.jsonl.gz", "out/talk.observations.jsonl.gz"])
def test_what_stands_beside_the_film_will_do(dualface: CommandLine, film: Path, name: str) -> None:
    assert dualface("export", name, "-o", "x", "--to", "json").code == 0
    assert json.loads(Path("x").read_text())["schema"] == "dualface.timeline/1"


def test_a_video_without_a_plan_says_what_to_do(dualface: CommandLine, video: Path) -> None:
    result = dualface("export", video.name, "-o", "talk.edl")
    assert result.code == ExitCode.INPUT
    assert "talk.mp4 has no plan beside it; name a film that dualface has made" in result.err
    assert "gone.mp4 is not a file" in dualface("export", "gone.mp4", "-o", "talk.edl").err


def test_a_run_exports_what_it_is_asked_for(dualface: CommandLine, runtime: FakeRuntime, video: Path) -> None:
    assert dualface("run", video, "-o", "out2", "--export", "fcpxml, edl").code == 0
    assert runtime.config is not None
    assert runtime.config.export.formats == "fcpxml, edl"
    result = dualface("run", video, "-o", "out3", "--export", "fcpxml,final")
    assert result.code == ExitCode.USAGE
    assert "There is no export format named 'final'" in result.err


def test_a_sheet_has_a_row_a_shot(dualface: CommandLine, film: Path) -> None:
    result = dualface("sheet", film, "-o", "sheet.png")
    assert result.code == 0, result.err
    assert result.out == "", "a pipe shows no pictures"
    shots = len(alike(Plan.load("out/talk.plan.jsonl.gz").frames))
    with Image.open("sheet.png") as picture:
        assert picture.height == shots * 250 + 10
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
    assert {(0x35, 0xD0, 0xBA), (0xFF, 0xB0, 0x3A)} <= colours, "both people have boxes in their colours"
    assert "exists already" in dualface("sheet", film, "-o", "sheet.png").err


def test_other_settings_are_tried_on_what_was_seen(dualface: CommandLine, film: Path, looks: list[Path]) -> None:
    assert dualface("sheet", film, "-o", "tall.png", "--layout", "stacked", "--size", "180x320").code == 0
    with Image.open("tall.png") as picture:
        assert picture.width < 800
    assert looks == []


def rows_of(dualface: CommandLine, *arguments: str | Path) -> list[str]:
    result = dualface("sheet", *arguments, "-o", "sheet.png", "--overwrite", "--show", "blocks")
    assert result.code == 0, result.err
    return [line for line in result.out.splitlines() if line.startswith("Shot")]


def test_who_fills_the_picture_is_named(dualface: CommandLine, film: Path) -> None:
    plan = Plan.load("out/talk.plan.jsonl.gz")
    Plan(plan.header, moving_plan(2, FRAMES, source=SIZE, canvas=(320, 180))).save("out/talk.plan.jsonl.gz")
    assert any("full: Right" in row for row in rows_of(dualface, film))


def test_a_part_of_what_was_seen_is_shown(dualface: CommandLine, video: Path, looks: list[Path]) -> None:
    all_of_it = rows_of(dualface, video.name, "--set", "framing.size=320x180")
    assert [row.split("  ")[0] for row in all_of_it] == ["Shot 1, 0:00.0", "Shot 2, 0:00.8"]
    later = rows_of(dualface, video.name, "--set", "framing.size=320x180", "--start", "0:01", "--end", "1.6")
    assert [row.split("  ")[:2] for row in later] == [["Shot 1, 0:01.0", "0.6 s, split"]]
    assert len(looks) == 1


def test_only_the_part_that_is_wanted_is_looked_at(dualface: CommandLine, video: Path, looks: list[Path]) -> None:
    assert rows_of(dualface, video.name, "--end", "1", "--set", "framing.size=320x180")
    assert len(looks) == 1
    result = dualface("sheet", video.name, "-o", "whole.png")
    assert result.code == ExitCode.OUTPUT
    assert "made with other settings (--end was 1, now it isn't set); --overwrite looks again" in result.err
    assert dualface("sheet", video.name, "-o", "whole.png", "--overwrite").code == 0
    assert len(looks) == 2


def test_numbered_pictures_are_looked_at_as_a_video_is(dualface: CommandLine, folder: Path, looks: list[Path]) -> None:
    for n in range(FRAMES):
        Image.new("RGB", SIZE, (n, 0, 0)).save(folder / f"img{n:04}.png")
    assert rows_of(dualface, "img%04d.png", "--set", "framing.size=320x180")
    assert len(looks) == 1
    assert "other%04d.png is not a file" in dualface("sheet", "other%04d.png", "-o", "x.png").err


def test_looking_listens_where_it_is_told_to(dualface: CommandLine, video: Path, looks: list[Path]) -> None:
    assert dualface("analyse", video.name, "--speech").code == 0
    assert Analysis.load("dualface-out/talk.analysis.jsonl.gz").config.speech.find


def test_a_video_is_looked_at_once(dualface: CommandLine, video: Path, looks: list[Path]) -> None:
    assert dualface("sheet", video.name, "--set", "framing.size=320x180").code == 0
    assert Path("dualface-out/talk.sheet.png").is_file()
    assert dualface("sheet", video.name, "-o", "again.jpg", "--layout", "stacked").code == 0
    assert len(looks) == 1
    assert "not as" not in dualface("sheet", "dualface-out/talk.analysis.jsonl.gz", "-o", "third.webp").err
    assert dualface("export", "dualface-out/talk.analysis.jsonl.gz", "-o", "talk.fcpxml").code == 0


def test_looking_tells_what_is_worth_a_look(dualface: CommandLine, folder: Path, video: Path, looks: list[Path]) -> None:
    broken = VideoFile(*SIZE, frames=3).write(folder / "broken.mp4")
    result = dualface("analyse", video.name, broken.name, "-o", "seen")
    assert result.code == ExitCode.INPUT
    assert "broken.mp4 is broken" in result.err
    assert re.search(r"talk\.mp4 +0:02\.0 +2 ", result.out)
    result = dualface("analyse", video.name, "-o", "seen", "--json")
    assert result.code == 0
    [facts] = json.loads(result.out)["videos"]
    assert (facts["frames"], facts["cuts"], facts["seconds"]) == (FRAMES, 2, 0)
    assert looks.count(Path("talk.mp4")) == 1, "it was kept"
    assert dualface("analyse", video.name, "-o", "seen", "--overwrite").code == 0
    assert looks.count(Path("talk.mp4")) == 2


def test_another_analysis_that_is_there_says_which_setting_is_another(
    dualface: CommandLine, video: Path, looks: list[Path]
) -> None:
    assert dualface("analyse", video.name, "--end", "1").code == 0
    result = dualface("analyse", video.name)
    assert result.code == ExitCode.OUTPUT
    assert (
        "talk.analysis.jsonl.gz exists already, and was made with other settings (--end was 1, now it isn't set)" in result.err
    )
    os.utime(video, (0, 0))
    assert "was made of another video" in dualface("analyse", video.name, "--end", "1").err
    Path("dualface-out/talk.analysis.jsonl.gz").write_bytes(b"broken")
    assert "is no analysis that can be read" in dualface("analyse", video.name, "--end", "1").err
    assert len(looks) == 1


def test_moments_count_from_the_films_first_picture(dualface: CommandLine, video: Path) -> None:
    config = settings_of(video.parent, framing__size="320x180", input__start="1:00")
    header = RecordHeader(video, *SIZE, Fraction(25), config.model_dump(mode="json"), source_digest(video))
    seen = tuple(replace(one, time=60 + one.time, faces=()) for one in observations())
    Path("dualface-out").mkdir()
    Analysis(header, seen).save("dualface-out/talk.analysis.jsonl.gz")
    result = dualface("analyse", video.name, "--start", "1:00", "--set", "framing.size=320x180", "--json")
    assert result.code == 0, result.err
    [moment] = json.loads(result.out)["videos"][0]["moments"]
    assert (moment["from"], moment["kind"]) == (0.0, "nobody")


@pytest.mark.parametrize(
    ("environment", "show"),
    [
        ({"TERM": "xterm-kitty"}, Show.KITTY),
        ({"TERM_PROGRAM": "iTerm.app"}, Show.ITERM),
        ({"TERM_PROGRAM": "WezTerm"}, Show.ITERM),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, Show.BLOCKS),
        ({"TERM": "xterm-256color"}, Show.BLOCKS),
    ],
)
def test_the_terminal_says_what_it_can(environment: dict[str, str], show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "TERM_PROGRAM", "TMUX", "STY", "KITTY_WINDOW_ID", "LC_TERMINAL", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    assert pictures._best(Terminal(), environment) is show


@pytest.mark.parametrize("show", [Show.KITTY, Show.ITERM])
def test_terminals_get_the_whole_picture(show: Show, dualface: CommandLine, film: Path) -> None:
    result = dualface("sheet", film, "-o", "sheet.png", "--show", show.value)
    first = result.out.split("\x1b_Ga=T" if show is Show.KITTY else "\x1b]1337")[1]
    if show is Show.KITTY:
        data = "".join(re.findall(r"[,=0-9a-zTGfm]*m=[01];([A-Za-z0-9+/=]*)\x1b\\", first))
    else:
        data = first.partition(":")[2].partition("\a")[0]
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.height == 240


def test_blocks_have_two_pixels_each(dualface: CommandLine, film: Path) -> None:
    result = dualface("sheet", film, "-o", "sheet.png", "--show", "blocks")
    lines = result.out.splitlines()
    assert lines[0].startswith("Shot 1, 0:00.0")
    assert set(lines[1]) == {"▀"}
    assert len(lines[1]) == 120
