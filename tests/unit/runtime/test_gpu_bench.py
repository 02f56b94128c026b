"""The GPU's part of the work, on a fake GPU."""

from pathlib import Path

from tests.support.configured import configured
from tests.support.host_kernels import fake_cuda
from tests.support.moving import moving_film
from tests.unit.runtime.test_cuda_device import cuda_device

from dualface.runtime.engines import SharedModels
from dualface.runtime.gpu_part import decode_analyse_compose


def test_every_picture_is_made_and_none_leaves(tmp_path: Path) -> None:
    cuda, config = fake_cuda(), configured(tmp_path)
    source = moving_film(tmp_path / "film.mp4", 192, 108, 20)
    models = SharedModels(config, cuda_device(cuda))
    assert decode_analyse_compose(source, config, models) == 20
    assert cuda.launched.count("compose") == 20
    assert cuda.launched.count("thumbnail") == 20
