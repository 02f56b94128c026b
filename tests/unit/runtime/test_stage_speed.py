"""``dualface bench`` measures every stage, in the order of a run."""

from pathlib import Path

import pytest

from dualface.config.layers import HybridConfigManager
from dualface.runtime.engines import SharedModels
from dualface.runtime.stage_speed import measure_stages
from dualface.testing.footage import write_talk


def test_every_stage_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALFACE_HARDWARE_DEVICE", "cpu")
    config = HybridConfigManager(config_dir=tmp_path, working_dir=tmp_path).load_optimal_config()
    write_talk(tmp_path / "talk.mp4", size=(320, 180), seconds=1)
    speeds = list(measure_stages(tmp_path / "talk.mp4", config, SharedModels(config), seconds=0.05))
    assert [speed.stage for speed in speeds] == [
        "decode",
        "picture to find cuts in",
        "picture for the detector",
        "that and finding faces",
        "compose",
        "encode",
    ]
    assert all(speed.fps > 0 for speed in speeds)
