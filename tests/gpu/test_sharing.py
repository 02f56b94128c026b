"""Videos made at the same time share a GPU and its models, and one that harms it does no harm to the others' films."""

import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from tests.support.configured import configured

from dualface.batch.run_batch import run_batch
from dualface.events import EventBus, VideoWarning
from dualface.gpu.sharing import GpuSharing
from dualface.jobs import Job, Status
from dualface.testing.faults import Fault, install

SHAPE = (4, 3, 288, 512)


def test_a_service_of_our_own_starts_where_it_is_installed() -> None:
    if shutil.which("nvidia-cuda-mps-control") is None:
        pytest.skip("MPS is not installed")
    with closing(GpuSharing(0)) as sharing:
        assert sharing.variables


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("mps", ["true", "false"])
@pytest.mark.parametrize("streams", [4, 12])
def test_a_poisoned_stream_does_no_harm_to_other_films(
    streams: int, mps: str, film: Callable[..., Path], tmp_path: Path
) -> None:
    """An illegal access ends all work on the GPU of its process, and of all that share the GPU with it."""
    source = film(320, 180, 90)
    jobs = []
    for n in range(streams):
        copy = tmp_path / ("poisoned.mp4" if n == 1 else f"film{n}.mp4")
        shutil.copy(source, copy)
        jobs.append(Job(copy, tmp_path / "out" / copy.name))
    (tmp_path / "out").mkdir()
    settings = {"processing.cuda_streams": str(streams), "hardware.device": "cuda", "hardware.mps": mps}
    config = configured(tmp_path / "out", **settings)
    bus, warnings = EventBus(), list[str]()
    bus.subscribe(lambda event: warnings.append(event.message) if isinstance(event, VideoWarning) else None)
    fault = Fault("decoder", 40, "gpu", source="poisoned", once=tmp_path / "happened")
    outcomes = run_batch(jobs, config, bus=bus, stop=threading.Event(), prepare=partial(install, [fault]))
    assert (tmp_path / "happened").exists()
    assert [outcome.status for outcome in outcomes] == [Status.DONE] * streams, [str(o.error) for o in outcomes if o.error]
    assert all(outcome.summary["frames"] == 90 for outcome in outcomes)
    assert any("tried again" in warning for warning in warnings)
