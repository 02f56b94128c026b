"""What a user is told about a mistake in a configuration file, a variable or a flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualface.config.layers import HybridConfigManager
from dualface.config.loaders import Layer, ManualConfigLoader, read_environment, read_flags, read_yaml
from dualface.errors import ConfigurationError


def problems(text: str) -> list[str]:
    return [problem.message for problem in read_yaml(text, "my.yaml", Layer.MANUAL).problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "encoding:\n  gop: 30\n  bitrate_kbps: 50\n",
            "my.yaml, line 3: encoding.bitrate_kbps is '50', but must be a whole number from 100 to 400000.",
        ),
        ("framing:\n  zoom: big\n", "my.yaml, line 2: framing.zoom is 'big', but must be a number from 0.3 to 3."),
        ("framing: {zoom: .nan}\n", "my.yaml, line 1: framing.zoom is '.nan', but must be a number from 0.3 to 3."),
        ("framing: {gap: 3}\n", "my.yaml, line 1: framing.gap is '3', but must be an even number from 0 to 512."),
        (
            "encoding:\n  codec: vp9\n",
            "my.yaml, line 2: encoding.codec is 'vp9', but must be h264, hevc, av1, prores or dnxhr.",
        ),
        ("models: {download: perhaps}\n", "my.yaml, line 1: models.download is 'perhaps', but must be true or false."),
        (
            "framing:\n  size: 1281x720\n",
            "my.yaml, line 2: framing.size is '1281x720', but must be auto, or WIDTHxHEIGHT in even numbers from 64 to 16384, "
            "such as 1280x720.",
        ),
        (
            "framing:\n  background: #101010\n",
            "my.yaml, line 2: framing.background has no value, but must be a colour by its name in CSS, such as black, or as "
            "#RRGGBB, in quotes where # would start a comment.",
        ),
        (
            'encoding:\n  gop: "30"\n',
            "my.yaml, line 2: encoding.gop is the text '30', but must be a whole number from 1 to 600, without quotes.",
        ),
        ("encoding:\n  gop: [30]\n", "my.yaml, line 2: encoding.gop is a list, but must be a whole number from 1 to 600."),
        (
            "encoding:\n  bitrat_kbps: 9\n",
            "my.yaml, line 2: there is no setting encoding.bitrat_kbps; did you mean encoding.bitrate_kbps "
            "(a whole number from 100 to 400000)?",
        ),
        (
            "framing:\n  codec: h264\n",
            "my.yaml, line 2: there is no setting framing.codec; "
            "did you mean encoding.codec (h264, hevc, av1, prores or dnxhr)?",
        ),
        (
            "reid:\n  qqqq: 1\n",
            "my.yaml, line 2: there is no setting reid.qqqq; reid has mode and people.",
        ),
        ("\nframeing:\n  zoom: 1\n", "my.yaml, line 2: there is no section frameing; did you mean framing?"),
        ("zoom: 1\n", "my.yaml, line 1: there is no section zoom; did you mean framing.zoom, in the section framing?"),
        ("reid: never\n", "my.yaml, line 1: reid must be a section with settings; it has mode and people."),
        ("- zoom\n", "my.yaml, line 1: expected sections such as “framing:”, each with its settings."),
        ("reid:\n  mode: never\n  mode: always\n", "my.yaml, line 3: reid.mode is given in line 2 already."),
    ],
)
def test_each_mistake_is_one_sentence_with_its_place_and_what_is_allowed(text: str, message: str) -> None:
    assert problems(text) == [message]


@pytest.mark.parametrize(
    "text", ["framing: [", "a: b: c", "framing:\n\tzoom: 1", "\x00", "[" * 5000, "a: *b", "--- a\n--- b", "%YAML 9.9\n---\n"]
)
def test_what_is_not_yaml_is_one_sentence_with_the_file(text: str) -> None:
    [message] = problems(text)
    assert message.startswith("my.yaml")
    assert "this is not valid YAML" in message
    assert "\n" not in message


def test_text_settings_take_what_yaml_reads_as_something_else() -> None:
    entries = read_yaml("encoding: {level: 4.1, preset: 8}\nframing: {caption_left: Yes}\n", "f", Layer.MANUAL).entries
    assert [entries[key].value for key in ("encoding.level", "encoding.preset", "framing.caption_left")] == ["4.1", "8", "Yes"]


def test_an_empty_file_and_an_empty_section_set_nothing() -> None:
    for text in ("", "# nothing\n", "framing:\n", "---\n"):
        reading = read_yaml(text, "f", Layer.MANUAL)
        assert not reading.entries
        assert not reading.problems


def test_every_problem_is_found_and_the_error_names_the_first_and_their_number(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("framing: {zoom: 9, gap: 1}\nencoding: {codec: x}\n")
    assert len(ManualConfigLoader(path).read().problems) == 3
    with pytest.raises(
        ConfigurationError, match=r"line 1: framing\.zoom.*and 2 more; `dualface config check .*my\.yaml` lists"
    ):
        ManualConfigLoader(path).load()


@pytest.mark.parametrize(("content", "words"), [(None, "can't be read"), (b"\xff\xfe\x00", "not a text file in UTF-8")])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "my.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        ManualConfigLoader(path).load()
    assert str(path) in str(caught.value)
    assert caught.value.file == path


def test_variables_name_section_and_key() -> None:
    reading = read_environment({"DUALFACE_PROCESSING_CUDA_STREAMS": "3", "DUALFACE_MODELS_DOWNLOAD": "false", "PATH": "x"})
    assert {key: entry.value for key, entry in reading.entries.items()} == {
        "processing.cuda_streams": 3,
        "models.download": False,
    }


def test_a_mistake_in_a_variable_names_the_variable() -> None:
    reading = read_environment({"DUALFACE_FRAMING_ZOOM": "9", "DUALFACE_ENCODNG_CODEC": "hevc"})
    first, second = (problem.message for problem in reading.problems)
    assert first.startswith("DUALFACE_ENCODNG_CODEC: there is no setting encodng.codec; did you mean encoding.codec")
    assert second == "DUALFACE_FRAMING_ZOOM: framing.zoom is '9', but must be a number from 0.3 to 3."


def test_variables_for_other_purposes_are_left_alone() -> None:
    reading = read_environment({"DUALFACE_REQUIRE_GPU": "1", "DUALFACE_": "", "DUALFACE_X": "y", "DUALFACE_REID": "always"})
    assert not reading.entries
    assert not reading.problems


def test_a_mistake_in_a_flag_names_the_flag() -> None:
    [problem] = read_flags([("--codec", "encoding.codec", "vp9")]).problems
    assert problem.message == "--codec: encoding.codec is 'vp9', but must be h264, hevc, av1, prores or dnxhr."


def test_one_setting_by_two_flags_is_refused() -> None:
    reading = read_flags([("--codec", "encoding.codec", "av1"), ("--set", "encoding.codec", "hevc")])
    assert [problem.message for problem in reading.problems] == ["--set: encoding.codec is given by --codec already."]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            {"tracking.low_threshold": "0.8", "tracking.high_threshold": "0.6"},
            "tracking.low_threshold (0.8, --set) must not be above tracking.high_threshold (0.6, --set).",
        ),
        (
            {"encoding.container": "mov", "encoding.codec": "av1"},
            "encoding.container (mov, --set) can't hold encoding.codec (av1, --set); use mp4 or mkv.",
        ),
        (
            {"framing.caption_font": "/no/such.ttf"},
            "framing.caption_font (/no/such.ttf, --set) must be the path of a font file, or empty for the built-in font.",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_both_origins(
    flags: dict[str, str], message: str, tmp_path: Path
) -> None:
    manager = HybridConfigManager(
        flags=[("--set", key, text) for key, text in flags.items()], environment={}, working_dir=tmp_path, config_dir=tmp_path
    )
    with pytest.raises(ConfigurationError) as caught:
        manager.load_optimal_config()
    assert str(caught.value) == message


def test_thresholds_may_be_equal(tmp_path: Path) -> None:
    """Then there are no doubtful faces."""
    flags = [("--set", f"tracking.{key}", "0.6") for key in ("low_threshold", "high_threshold")]
    manager = HybridConfigManager(flags=flags, environment={}, working_dir=tmp_path, config_dir=tmp_path)
    tracking = manager.load_optimal_config().tracking
    assert tracking.low_threshold == tracking.high_threshold == 0.6
