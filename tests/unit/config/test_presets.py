"""Presets, and what else may be said of further films."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.batch.outputs import plan_jobs
from dualface.config.layers import HybridConfigManager
from dualface.config.presets import PRESETS, entries_of, preset_flags, variants, varied, with_settings
from dualface.config.presets import settings_of as settings
from dualface.config.schema import Config
from dualface.errors import ConfigurationError


def config_of(folder: Path, preset: str, *flags: tuple[str, str, str]) -> Config:
    manager = HybridConfigManager(
        flags=flags, preset=preset_flags(preset), environment={"DUALFACE_FRAMING_SIZE": "640x360"}, config_dir=folder
    )
    return manager.load_optimal_config()


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_configuration(name: str, tmp_path: Path) -> None:
    config = config_of(tmp_path, name)
    width, height = map(int, config.framing.size.split("x"))
    shape = {"youtube": 16 / 9, "shorts": 9 / 16, "square": 1.0, "portrait": 4 / 5}[name]
    assert width / height == pytest.approx(shape)
    assert min(width, height) == 1080


def test_whatever_else_is_said_on_the_command_line_overrides_a_preset(tmp_path: Path) -> None:
    config = config_of(tmp_path, "shorts", ("--size", "framing.size", "540x960"))
    assert (config.framing.size, config.framing.layout) == ("540x960", "follow")
    assert config_of(tmp_path, "shorts").framing.size == "1080x1920", "the environment does not"


def test_another_film_has_settings_of_its_own(tmp_path: Path) -> None:
    first = settings_of(tmp_path, framing__zoom="1.3", framing__size="1280x720", framing__layout="side-by-side")
    (shorts,) = variants(["shorts:gap=8,encoder-preset=superfast,framing.headroom=0.4"])
    config, entries = varied(entries_of(first), shorts)
    assert config.framing.model_dump() == first.framing.model_dump() | {
        "size": "1080x1920",
        "layout": "follow",
        "gap": 8,
        "headroom": 0.4,
    }
    assert config.encoding.preset == "superfast"
    assert str(entries["framing.gap"].origin).startswith("--also shorts:gap=8")
    assert with_settings(first, settings(shorts)) == config


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("short", "there is no preset 'short'; did you mean shorts?"),
        ("veryfast", "there are youtube, shorts, square and portrait; the encoder's own is --encoder-preset."),
        ("shorts:zoom", "'zoom' must be KEY=VALUE, such as zoom=1.2."),
        ("shorts:zoom=9", "framing.zoom is '9', but must be a number from 0.3 to 3."),
        ("shorts:sides=position", "tracking.sides is the same for all films of a video; set it for all of them."),
        ("shorts:zom=1", "there is no setting zom; did you mean framing.zoom"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        variants([text])
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("--also")


def test_another_film_for_editors_goes_into_their_container(tmp_path: Path) -> None:
    (film,) = variants(["youtube:codec=prores"])
    config, _ = varied(entries_of(settings_of(tmp_path)), film)
    assert (config.encoding.codec, config.encoding.container) == ("prores", "mov")
    assert with_settings(settings_of(tmp_path), settings(film)) == config
    orders = plan_jobs([Path("talk.mp4")], tmp_path, container="mp4", overwrite=False, also=[film])
    assert orders.jobs[0].also[0].output == tmp_path / "talk.youtube.mov"


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="names shorts twice"):
        variants(["shorts", "shorts:zoom=2"])


def test_keywords_may_name_a_preset_and_the_two_people(tmp_path: Path) -> None:
    before = HybridConfigManager(environment={}, config_dir=tmp_path, working_dir=tmp_path).load_optimal_config()
    config = before.changed(preset="shorts", names="Ann, Bob", encoding__bitrate_kbps=3000)
    assert (config.framing.size, config.framing.caption_left, config.framing.caption_right) == ("1080x1920", "Ann", "Bob")
    assert config.encoding.bitrate_kbps == 3000, "what is said besides overrides the preset"
    assert before.changed(names=("Zoë, the first", "Bob")).framing.caption_left == "Zoë, the first"
    assert before.changed(preset=None, names=None) == before
    for wrong in ("Ann", "Ann,Bob,Cid", 3):
        with pytest.raises(ConfigurationError, match="must be two names with a comma between"):
            before.changed(names=wrong)
