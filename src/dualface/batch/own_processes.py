"""Streams that work in processes on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from functools import partial
from itertools import repeat

from dualface.batch.crew import Streams
from dualface.config.schema import Config
from dualface.gpu.sharing import GpuSharing
from dualface.scheduling import usable_cores
from dualface.workers.model_process import ModelProcess, can_share_models
from dualface.workers.process_stream import ProcessStream
from dualface.workers.processes import Launcher, can_fork, new_launcher
from dualface.workers.stall import Patience
from dualface.workers.starting import HostStarter, LocalStarter, WorkerStarter
from dualface.workers.worker_host import WorkerHost, streams_a_process


@contextmanager
def streams_in_processes(
    config: Config,
    count: int,
    *,
    stop: threading.Event,
    launcher: Launcher | None,
    prepare: Callable[[], object] | None,
    patience: Patience,
    gpu_memory: int,
) -> Iterator[Streams]:
    """``count`` of them.  ``launcher``, ``prepare`` and ``patience`` as :func:`~dualface.batch.run_batch.run_batch` has them.

    ``gpu_memory``: the GPU's, in bytes; 0 for none.
    """
    # A GPU's models can't leave their process.
    shares = config.processing.cuda_streams > 1 and not gpu_memory and can_share_models()
    gpu_id = config.hardware.gpu_id if gpu_memory else None
    together = 1
    if gpu_id is not None and can_fork():
        together = streams_a_process(count, usable_cores(), gpu_memory)
    with ExitStack() as ends:
        launcher = launcher or ends.enter_context(closing(new_launcher()))
        sharing = ends.enter_context(_sharing(config, gpu_id, count))
        models = ends.enter_context(closing(ModelProcess(launcher))) if shares else None
        starters: Iterator[WorkerStarter] = repeat(LocalStarter(launcher, models, prepare, sharing))
        if together > 1:
            new_host = partial(WorkerHost, launcher, sharing=sharing, prepare=prepare)
            hosts = (ends.enter_context(closing(new_host())) for _ in range(count))
            starters = (HostStarter(host, sharing) for host in hosts for _ in range(together))
        yield Streams(lambda: ProcessStream(starter=next(starters), stop=stop, patience=patience), together, shares)


def _sharing(config: Config, gpu: int | None, streams: int) -> AbstractContextManager[GpuSharing | None]:
    """What has ``streams`` processes share the GPU, if there is one."""
    return closing(GpuSharing(gpu)) if gpu is not None and streams > 1 and config.hardware.mps else nullcontext()
