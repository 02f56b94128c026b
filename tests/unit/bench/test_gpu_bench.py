"""The GPU's part of the work, on a fake GPU."""

from pathlib import Path

import pytest
from tests.support.configured import configured
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.unit.device.test_cuda_device import cuda_device

from dualface.bench.gpu import _Bench
from dualface.bench.gpu_part import decode, decode_analyse_compose
from dualface.gpu.nvml import GpuReading
from dualface.video.shared_models import SharedModels


class NoSensor:
    """Looks at a GPU that tells nothing."""

    name, driver, memory = "fake", "none", 0

    def read(self) -> GpuReading:
        return GpuReading(None, None, None, None, None, None, None)

    def close(self) -> None:
        """Nothing to release."""


def test_every_picture_is_made_and_none_leaves(tmp_path: Path) -> None:
    cuda, config = fake_cuda(), configured(tmp_path)
    source = moving_film(tmp_path / "film.mp4", 192, 108, 20)
    models = SharedModels(config, cuda_device(cuda))
    assert decode(source, config, models) == 20
    assert cuda.launched == []
    assert decode_analyse_compose(source, config, models) == 20
    assert cuda.launched.count("show") == 2 * 20
    assert cuda.launched.count("thumbnail") == 20


def test_a_short_video_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dualface.bench.gpu._CALLS", 12)
    config, device = configured(tmp_path), cuda_device(fake_cuda())
    source = moving_film(tmp_path / "film.mp4", 192, 108, 10)
    bench = _Bench(source, config, device, SharedModels(config, device), NoSensor())
    rates = [*bench._analysis_rates(), bench._compose(), bench._kernel(1e9)]
    assert [rate.stage for rate in rates] == ["thumbnail", "detector", "compose", "compose, kernel only"]
    assert all(rate.frames_per_second > 0 for rate in rates)
    assert bench._encode_some(config) == 100
