"""Which files the codecs go into."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.settings_of import settings_of

from dualface.config.schema import Config
from dualface.errors import ConfigurationError


@pytest.mark.parametrize(("codec", "container"), [("h264", "mp4"), ("av1", "mp4"), ("prores", "mov"), ("dnxhr", "mov")])
def test_without_a_container_the_codec_has_its_usual_one(codec: str, container: str, tmp_path: Path) -> None:
    assert settings_of(tmp_path, encoding__codec=codec).encoding.container == container
    assert Config.defaults().changed(codec=codec).encoding.container == container


@pytest.mark.parametrize(
    ("codec", "container", "sentence"),
    [
        ("av1", "mov", "encoding.container (mov, --set) can't hold encoding.codec (av1, --set); use mp4 or mkv."),
        (
            "prores",
            "mkv",
            "encoding.codec (prores, --set) is for editors, which don't expect it in encoding.container (mkv, --set); use mov.",
        ),
    ],
)
def test_another_one_is_refused_with_what_would_work(codec: str, container: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_of(tmp_path, encoding__codec=codec, encoding__container=container)
    assert str(caught.value) == sentence
