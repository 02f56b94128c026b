"""How much of a GPU's memory a video needs."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.configured import configured

from dualface.batch.memory import MB, stream_vram, vram_budget
from dualface.config.schema import Config
from dualface.types import VideoInfo

HD = VideoInfo(1920, 1080, Fraction(30), 900, 30.0)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configured(tmp_path)


def test_it_follows_from_the_video(config: Config) -> None:
    hd, uhd = stream_vram(HD, config), stream_vram(replace(HD, width=3840, height=2160), config)
    assert stream_vram(replace(HD, fps=Fraction(60)), config) > hd
    assert 450 * MB < uhd - hd < 750 * MB
    assert 1 << 30 < hd < 2 << 30
    assert 0 < stream_vram(HD, config, [config]) - hd < 100 * MB


def test_the_users_figures_count(tmp_path: Path) -> None:
    config = configured(tmp_path, **{"memory.vram_per_stream_mb": "777", "memory.vram_limit_gb": "4"})
    assert stream_vram(HD, config) == 777 * MB
    assert vram_budget(config, 80 << 30) == 4_000_000_000
    assert vram_budget(config, 2 << 30) == 2 << 30


def test_else_a_share_of_the_gpu(config: Config) -> None:
    assert vram_budget(config, 80 << 30) == round(0.75 * (80 << 30))
