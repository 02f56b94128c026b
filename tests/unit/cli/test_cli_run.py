"""``dualface run``: what is started with what, what is refused, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dualface.errors import CorruptInputError, DeviceError, DiskFullError, InputError, ModelError
from dualface.jobs import SUMMARY_SUFFIX, TRACKS_SUFFIX, Status
from dualface.testing.command_line import CommandLine, FakeRuntime

Maker = Callable[[str], Path]


def test_a_video_becomes_a_job_with_the_defaults(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    result = dualface("run", video("talk.mov"), "-o", "R")
    assert result.code == 0
    [job] = runtime.jobs
    assert (job.source, job.output, job.overwrite) == (Path("talk.mov"), Path("R/talk.mp4"), False)
    assert runtime.config is not None
    assert runtime.config.encoding.codec == "h264"


def test_every_flag_reaches_the_configuration(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    flags = (
        "--device cpu --layout stacked --size 540x960 --headroom 0.4 --zoom 1.2 --smoothing 0.7 --gap 8 --background #202020 "
        "--names Ann,Bob --sides position --reid never --codec hevc --bitrate 8000 --encoder-preset fast --container mkv "
        "--jobs 2 --alone card --set encoding.gop=60 --set models.download=false"
    )
    assert dualface("run", video("talk.mp4"), "-o", "R", *flags.split()).code == 0
    config = runtime.config
    assert config is not None
    assert (config.hardware.device, config.processing.cuda_streams) == ("cpu", 2)
    framing = config.framing
    assert (framing.layout, framing.size, framing.headroom, framing.zoom) == ("stacked", "540x960", 0.4, 1.2)
    assert (framing.smoothing, framing.gap, framing.background) == (0.7, 8, "#202020")
    assert (framing.caption_left, framing.caption_right) == ("Ann", "Bob")
    assert (config.tracking.sides, config.reid.mode, config.framing.alone) == ("position", "never", "card")
    encoding = config.encoding
    assert (encoding.codec, encoding.bitrate_kbps, encoding.preset, encoding.gop) == ("hevc", 8000, "fast", 60)
    assert not config.models.download
    assert runtime.jobs[0].output == Path("R/talk.mkv")


def test_other_films_stand_beside_the_first(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    also = ["--also", "shorts", "--also", "square:container=mkv"]
    assert dualface("run", video("talk.mp4"), video("talk.shorts.mp4"), "-o", "R", "--preset", "youtube", *also).code == 0
    assert runtime.config is not None
    assert runtime.config.framing.size == "1920x1080"
    outputs = [[str(job.output), *(str(other.output) for other in job.also)] for job in runtime.jobs]
    assert outputs == [
        ["R/talk.mp4", "R/talk.shorts.mp4", "R/talk.square.mkv"],
        ["R/talk.shorts-2.mp4", "R/talk.shorts-2.shorts.mp4", "R/talk.shorts-2.square.mkv"],
    ]


def test_another_film_that_cannot_be_is_refused_before_any_work(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    result = dualface("run", video("talk.mp4"), "--also", "shorts:size=64x64,gap=60")
    assert result.code == 2
    assert result.err.startswith("error: --also shorts:size=64x64,gap=60: A gap of 60 pixels leaves no room")
    video("R/talk.shorts.mp4")
    assert dualface("run", "talk.mp4", "-o", "R", "--also", "shorts").code == 4
    assert not runtime.jobs


def test_the_file_given_and_the_environment_are_layers(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("own.yaml").write_text("framing: {zoom: 1.5, gap: 8}\n")
    monkeypatch.setenv("DUALFACE_FRAMING_GAP", "12")
    assert dualface("run", video("talk.mp4"), "--config", "own.yaml").code == 0
    assert runtime.config is not None
    assert (runtime.config.framing.zoom, runtime.config.framing.gap) == (1.5, 12)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--codec", "vp9"], "--codec: encoding.codec is 'vp9', but must be h264, hevc, av1, prores or dnxhr."),
        (
            ["--set", "framing.zom=1"],
            "--set: there is no setting framing.zom; did you mean framing.zoom (a number from 0.3 to 3)?",
        ),
        (["--set", "framing.zoom"], "--set is 'framing.zoom', but must be section.key=value, such as framing.zoom=1.2."),
        (["--names", "Ann"], "--names is 'Ann', but must be two names with a comma between"),
        (["--codec", "av1", "--set", "encoding.codec=hevc"], "--set: encoding.codec is given by --codec already."),
        (["--config", "none.yaml"], "none.yaml can't be read: No such file or directory."),
        (["--codex", "av1"], "No such option: --codex"),
    ],
)
def test_a_wrong_option_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    result = dualface("run", video("talk.mp4"), *arguments)
    assert result.code == 2
    assert result.err.startswith(f"error: {sentence}")
    assert result.err.count("\n") == 1
    assert result.out == ""
    assert not runtime.jobs


def test_without_an_input_the_usage_is_explained(dualface: CommandLine) -> None:
    result = dualface("run")
    assert result.code == 2
    assert "INPUT" in result.err
    assert "dualface run --help" in result.err


@pytest.mark.parametrize("name", ["talk.mp4", "talk.tracks.jsonl", "talk.summary.json"])
def test_an_existing_output_is_refused_before_any_work(
    name: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    video(f"R/{name}")
    result = dualface("run", video("other.mp4"), video("talk.mp4"), "-o", "R")
    assert result.code == 4
    assert f"R/{name} exists already" in result.err
    assert not runtime.jobs
    assert dualface("run", "other.mp4", "talk.mp4", "-o", "R", "--overwrite").code == 0
    assert all(job.overwrite for job in runtime.jobs)


@pytest.mark.parametrize("link", [False, True])
def test_an_output_that_is_an_input_is_refused_even_with_overwrite(
    link: bool, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    if link:
        video("real/talk.mp4")
        Path("talk.mp4").symlink_to("real/talk.mp4")
    else:
        video("talk.mp4")
    result = dualface("run", "talk.mp4", "-o", "real" if link else ".", "--overwrite")
    assert result.code == 4
    assert "is an input as well" in result.err
    assert not runtime.jobs


def test_an_output_that_is_another_videos_input_is_refused(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    result = dualface("run", video("a/talk.mov"), video("R/talk.mp4"), "-o", "R", "--overwrite")
    assert result.code == 4
    assert not runtime.jobs


def test_an_output_folder_that_is_a_file_is_refused(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    Path("R").write_text("")
    for folder in ("R", "R/deeper"):
        result = dualface("run", video("talk.mp4"), "-o", folder)
        assert result.code == 4
        assert f"The output folder {folder} can't be made" in result.err
    assert not runtime.jobs


def test_a_folder_that_cannot_be_written_is_refused(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # as root may write everywhere
    result = dualface("run", video("talk.mp4"), "-o", "R")
    assert result.code == 4
    assert "can't be written" in result.err


def test_inputs_of_one_name_get_numbered_outputs_with_a_warning(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    names = ["a/talk.mp4", "b/talk.mov", "c/Talk.mkv", "d/talk-2.mp4"]
    result = dualface("run", *map(video, names), "-o", "R")
    assert [job.output.name for job in runtime.jobs] == ["talk.mp4", "talk-3.mp4", "Talk-4.mp4", "talk-2.mp4"]
    assert "b/talk.mov has the same name as a/talk.mp4; its output is talk-3.mp4." in result.err


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "deep/film.MOV"])
def test_an_output_may_be_a_file(name: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    assert dualface("run", video("talk.webm"), "-o", name).code == 0
    [job] = runtime.jobs
    assert (job.source, job.output) == (Path("talk.webm"), Path(name))
    assert job.beside(TRACKS_SUFFIX) == Path(name).with_name("film.tracks.jsonl")
    assert runtime.config is not None
    assert f".{runtime.config.encoding.container}" == Path(name).suffix.lower()


def test_the_suffix_of_the_output_comes_before_configuration_files(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    Path("own.yaml").write_text("encoding: {container: mov}\n")
    assert dualface("run", video("talk.mp4"), "-o", "film.mkv", "-c", "own.yaml").code == 0
    assert runtime.config is not None
    assert runtime.config.encoding.container == "mkv"
    assert dualface("run", "talk.mp4", "-o", "film.mkv", "--container", "mkv", "--overwrite").code == 0


def test_a_folder_of_such_a_name_is_a_folder(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    Path("films.mp4").mkdir()
    assert dualface("run", video("talk.mov"), "-o", "films.mp4").code == 0
    assert runtime.jobs[0].output == Path("films.mp4/talk.mp4")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["b.mp4", "-o", "film.mp4"], "-o film.mp4 is one film, but 2 videos are given; name a folder instead."),
        (
            ["-o", "film.webm"],
            "-o film.webm: films are written as .mp4, .mkv or .mov, not as .webm; choose one of these, or a folder.",
        ),
        (
            ["-o", "film.mkv", "--container", "mp4"],
            "-o film.mkv names an MKV file, but --container says mp4; leave one of them out.",
        ),
        (
            ["-o", "film.mkv", "--set", "encoding.container=mov"],
            "-o film.mkv names an MKV file, but --set says mov; leave one of them out.",
        ),
        (
            ["-o", "film.mov", "--codec", "av1"],
            "encoding.container (mov, -o film.mov) can't hold encoding.codec (av1, --codec)",
        ),
    ],
)
def test_an_output_that_cannot_be_that_file_is_refused(
    arguments: list[str], sentence: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    video("b.mp4")
    result = dualface("run", video("a.mp4"), *arguments)
    assert result.code == 2
    assert result.err.startswith(f"error: {sentence}")
    assert result.err.count("\n") == 1
    assert not runtime.jobs
    assert not list(Path().glob("film*"))


def test_a_demo_is_no_single_file(dualface: CommandLine, runtime: FakeRuntime) -> None:
    result = dualface("demo", "-o", "demo.mp4")
    assert (result.code, result.err) == (2, "error: -o demo.mp4 names a film, but a demo is two of them; name a folder.\n")


def test_pictures_become_a_film_named_after_them(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    for number in range(3):
        video(f"shots/img{number:03}.png")
        video(f"more/{number}.jpg")
    assert dualface("run", "shots/img%03d.png", "more", "-o", "R", "--rate", "23.976").code == 0
    assert [(str(job.source), str(job.output)) for job in runtime.jobs] == [
        ("shots/img%03d.png", "R/img.mp4"),
        ("more", "R/more.mp4"),
    ]
    assert runtime.config is not None
    assert runtime.config.input.rate == "23.976"


@pytest.mark.parametrize(
    ("flag", "text", "sentence"),
    [
        (
            "--start",
            "1:75",
            "--start: input.start is '1:75', but must be a time: seconds (90.5), 1:30, 00:01:30.5, or a timecode",
        ),
        ("--end", "-5", "--end: input.end is '-5', but must be a time"),
        ("--rate", "fast", "--rate: input.rate is 'fast', but must be a number of pictures a second from 0.1 to 240"),
        ("--metrics-port", "70000", "Invalid value for '--metrics-port': '70000' is no port; write a number from 0 to 65535."),
    ],
)
def test_times_rates_and_ports_that_are_none_are_refused(
    flag: str, text: str, sentence: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    result = dualface("run", video("talk.mp4"), flag, text)
    assert result.code == 2
    assert result.err.startswith(f"error: {sentence}")


def test_an_end_that_is_not_after_the_start_is_refused_before_any_work(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    result = dualface("run", video("talk.mp4"), "--start", "1:30", "--end", "90")
    assert result.code == 2
    assert result.err == (
        "error: input.end (90, --end) must be after input.start (1:30, --start); choose a later end or an earlier start.\n"
    )


def test_a_command_may_be_given_again_in_the_folder_that_it_fills(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    video("talk.mov")
    dualface("run", ".", "-o", ".")
    [job] = runtime.jobs
    video("talk.mp4")
    made_from = {"settings": "1", "source": "2", "program": "3"}
    job.beside(SUMMARY_SUFFIX).write_text(json.dumps({"output": str(job.output), "made_from": made_from}))
    again = dualface("run", ".", "-o", ".", "--overwrite")
    assert runtime.jobs == [replace(job, overwrite=True)]
    assert again.err.count("because dualface has made them: 1 of the videos") == 1
    dualface("run", "talk.mp4", "-o", "R")
    assert [job.source for job in runtime.jobs] == [Path("talk.mp4")]


def test_a_dry_run_prints_jobs_and_settings_and_does_nothing(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    result = dualface("run", video("talk.mov"), "-o", "R", "--zoom", "1.5", "--dry-run")
    assert result.code == 0
    assert "talk.mov" in result.out
    assert "R/talk.mp4" in result.out
    assert "framing.zoom = 1.5 (--zoom)" in result.out
    assert not runtime.jobs
    assert not Path("R").exists()
    document = dualface("run", "talk.mov", "-o", "R", "-n", "--json").document
    assert document == {"jobs": [{"source": "talk.mov", "output": "R/talk.mp4"}], "settings": {}}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--layout", "foo"], 2, "--layout: There is no layout named 'foo'"),
        (["--encoder-preset", "nonsense"], 2, "--encoder-preset: encoding.preset: libx264 has no preset 'nonsense'"),
        (["--size", "320x180", "--gap", "512"], 2, "--gap: A gap of 512 pixels leaves no room"),
        (["--set", "models.face_detection=nope"], 5, "--set: No model is named 'nope'"),
        (["--device", "cpu", "--set", "detection.backend=tensorrt"], 6, "--set: detection.backend is tensorrt"),
    ],
)
@pytest.mark.parametrize("dry", [["--dry-run"], []])
def test_what_cannot_run_is_refused_dry_or_not(
    dry: list[str], arguments: list[str], code: int, sentence: str, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    result = dualface("run", video("talk.mp4"), *arguments, *dry)
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith(f"error: {sentence}")
    assert result.err.count("\n") == 1
    assert not runtime.jobs


def test_a_dry_run_misses_a_device_that_was_asked_for(
    dualface: CommandLine, video: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(config: object) -> None:
        raise DeviceError("CuPy is not installed.")

    monkeypatch.setattr("dualface.video.feasible.choose_device", choose)
    result = dualface("run", video("talk.mp4"), "--device", "cuda", "-n")
    assert (result.code, result.err) == (6, "error: --device: CuPy is not installed.\n")


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ({}, 0),
        ({"a.mp4": Status.PARTIAL}, 7),
        ({"a.mp4": Status.DEGRADED, "b.mp4": Status.DEGRADED}, 8),
        ({"a.mp4": Status.PARTIAL, "b.mp4": Status.DEGRADED}, 9),
        ({"a.mp4": InputError("a"), "b.mp4": CorruptInputError("b")}, 3),
        ({"a.mp4": InputError("a"), "b.mp4": DiskFullError("b")}, 9),
        ({"b.mp4": DiskFullError("b")}, 4),
        ({"a.mp4": DiskFullError("a"), "b.mp4": Status.STOPPED}, 130),
    ],
)
def test_the_exit_code_is_what_all_failures_share(
    ends: dict[str, Status], code: int, dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    runtime.ends.update(ends)
    assert dualface("run", video("a.mp4"), video("b.mp4"), video("c.mp4")).code == code


def test_a_failed_video_is_one_sentence_and_the_others_are_summed_up(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    runtime.ends["bad.mp4"] = CorruptInputError("bad.mp4 holds no picture that can be decoded.")
    result = dualface("run", video("bad.mp4"), video("good.mp4"))
    assert result.code == 3
    assert "error: bad.mp4 holds no picture that can be decoded.\n" in result.err
    assert "Traceback" not in result.err
    rows = {line.split()[0]: line.split()[1:] for line in result.out.splitlines() if ".mp4" in line}
    assert rows["bad.mp4"] == ["failed", "–", "–", *["holds", "no", "picture", "that", "can", "be", "decoded"]]
    assert rows["good.mp4"] == ["done", "0:02", "0:02", "(1.3×)", *["the", "left", "person", "missing", "0:00–0:01"]]


def test_people_are_called_by_their_names_and_tiles_by_their_places(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    assert "the upper person missing" in dualface("run", video("talk.mp4"), "--layout", "stacked").out
    assert "Ann missing" in dualface("run", "talk.mp4", "--names", "Ann,Bob", "--overwrite").out


def test_a_single_video_that_failed_needs_no_table(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    runtime.ends["bad.mp4"] = InputError("bad.mp4 is no video.")
    result = dualface("run", video("bad.mp4"))
    assert (result.code, result.out, result.err) == (3, "", "error: bad.mp4 is no video.\n")


def test_quiet_prints_errors_only(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    runtime.ends["bad.mp4"] = InputError("bad.mp4 is no video.")
    assert dualface("run", video("good.mp4"), "--quiet").out == ""
    result = dualface("run", video("bad.mp4"), "good.mp4", "-q", "--overwrite")
    assert (result.out, result.err) == ("", "error: bad.mp4 is no video.\n")


def test_json_tells_events_and_the_result(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    runtime.ends["bad.mp4"] = InputError("bad.mp4 is no video.")
    result = dualface("run", video("good.mp4"), video("bad.mp4"), "-o", "R", "--json")
    events = result.lines
    assert [event["event"] for event in events] == ["started", "progress", "warning", "note", "finished", "finished", "result"]
    assert events[0]["total_frames"] == 60
    assert all(event["source"] == "good.mp4" for event in events[:5])
    final = events[-1]
    assert final["exit_code"] == result.code == 3
    good, bad = final["videos"]
    assert (good["status"], good["output"], good["summary"]["cuts"]) == ("done", "R/good.mp4", 3)
    assert bad["error"] == {"message": "bad.mp4 is no video.", "exit_code": 3}
    assert bad["output"] is None


def test_what_keeps_everything_from_starting_is_json_too(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    runtime.raises = ModelError("centerface.onnx has a wrong checksum.")
    result = dualface("run", video("talk.mp4"), "--json")
    assert result.code == 5
    assert result.lines == [{"event": "error", "message": "centerface.onnx has a wrong checksum.", "exit_code": 5}]
    assert result.err == "error: centerface.onnx has a wrong checksum.\n"


def test_a_bug_is_one_sentence_and_a_traceback_only_with_debug(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    runtime.raises = ZeroDivisionError("division by zero")
    result = dualface("run", video("talk.mp4"))
    assert result.code == 1
    expected = "error: Unexpected error, ZeroDivisionError: division by zero. Run again with --debug and report it.\n"
    assert result.err == expected
    result = dualface("run", "talk.mp4", "--debug")
    assert result.code == 1
    assert "Traceback" in result.err


def test_progress_is_told_in_lines_where_nobody_watches(dualface: CommandLine, runtime: FakeRuntime, video: Maker) -> None:
    err = dualface("run", video("talk.mp4"), "-o", "R").err
    assert err.splitlines() == [
        "talk.mp4: 1920×1080, 30 frames/s, 60 frames",
        "warning: talk.mp4: something.",
        "talk.mp4: something good.",
        "talk.mp4: done, R/talk.mp4",
    ]


def test_corrections_beside_the_film_are_taken_into_account_unless_told_otherwise(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    talk, beside, other = video("talk.mp4"), Path("R/talk.corrections.yaml"), Path("other.yaml")
    beside.parent.mkdir()
    for path in (beside, other):
        path.write_text("version: 1\ncorrections:\n- swap: everywhere\n", encoding="utf-8")
    chosen = []
    for flags in ((), ("--no-corrections",), ("--corrections", other)):
        assert dualface("run", talk, "-o", "R", *flags).code == 0
        chosen.append(runtime.jobs[-1].corrections)
    assert chosen == [beside, None, other]


def test_mistakes_in_corrections_are_told_before_anything_is_made(
    dualface: CommandLine, runtime: FakeRuntime, video: Maker
) -> None:
    path = Path("wrong.yaml")
    path.write_text("version: 1\ncorrections:\n- swop: everywhere\n", encoding="utf-8")
    result = dualface("run", video("talk.mp4"), "-o", "R", "--corrections", path)
    assert result.code == 2
    assert "wrong.yaml, line 3: there is no such correction; did you mean 'swap'?" in result.err.replace("\n", " ")
    result = dualface("run", video("talk.mp4"), video("more.mp4"), "-o", "R", "--corrections", path)
    assert result.code == 2
    assert "about one film" in result.err.replace("\n", " ")
    assert not runtime.jobs
