"""``dualface bench`` measures every stage, in the order of a run."""

from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.unit.device.test_cuda_device import cuda_device

from dualface.bench.stages import measure_stages
from dualface.config.layers import HybridConfigManager
from dualface.footage.render import write_talk
from dualface.video.shared_models import SharedModels

STAGES = [
    "decode",
    "picture to find cuts in",
    "picture for the detector",
    "that and finding faces",
    "compose",
    "encode",
]


def test_every_stage_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALFACE_HARDWARE_DEVICE", "cpu")
    config = HybridConfigManager(config_dir=tmp_path, working_dir=tmp_path).load_optimal_config()
    write_talk(tmp_path / "talk.mp4", size=(320, 180), seconds=1)
    speeds = list(measure_stages(tmp_path / "talk.mp4", config, SharedModels(config), seconds=0.05))
    assert [speed.stage for speed in speeds] == STAGES
    assert all(speed.fps > 0 for speed in speeds)


@pytest.mark.slow
def test_what_a_gpu_was_asked_for_is_done_when_the_time_is_taken(tmp_path: Path) -> None:
    config, cuda = configured(tmp_path), fake_cuda()
    source = moving_film(tmp_path / "film.mp4", 96, 54, 4)
    stages = []
    for speed in measure_stages(source, config, SharedModels(config, cuda_device(cuda)), seconds=0.02):
        stages.append(speed.stage)
        assert not any(stream.waiting for stream in [cuda.default_stream(), *cuda.streams.values()]), speed.stage
    assert stages == STAGES
