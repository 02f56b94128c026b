"""What making a film begins with, begun while all that makes films is still being imported."""

from __future__ import annotations

import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from dualface.config.schema import Config
from dualface.inference.on_cpu import engine_on_cpu
from dualface.interfaces import InferenceEngine
from dualface.jobs import Job
from dualface.models.store import ModelStore, Origin
from dualface.observe.detect.input_size import detector_input_size
from dualface.types import VideoInfo


class HeadStart:
    """Looks what a job's video is, and loads the models that its film needs, on a thread; for films that the CPU makes.

    ``info``: what the video is, where that is known.  Of models only those are loaded that are on this machine; what goes
    wrong is told to whoever asks for it again.  To be closed.
    """

    def __init__(self, job: Job, config: Config, info: VideoInfo | None = None) -> None:
        self._job, self._config, self._info = job, config, info
        self._engines: dict[tuple[Path, tuple[int, ...]], InferenceEngine] = {}
        self._probed = self._done = self._ends = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="dualface-models", daemon=True)
        self._thread.start()

    def probe(self, job: Job) -> VideoInfo | None:
        """What a job's video is; ``None`` if it can't be opened."""
        from dualface.workers.probing import probe

        if job.source != self._job.source:
            return probe(job)
        with self._changed:
            self._changed.wait_for(lambda: self._probed)
        return self._info

    def take(self, model: Path, shape: tuple[int, ...]) -> InferenceEngine | None:
        """The engine for pictures of this shape, once it is loaded; it is the caller's then.  ``None`` for one that is not."""
        with self._changed:
            self._changed.wait_for(lambda: (model, shape) in self._engines or self._done)
            return self._engines.pop((model, shape), None)

    def close(self) -> None:
        """Begins nothing more, waits for what is being loaded, and closes what nobody has taken."""
        self._ends = True
        self._thread.join()
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()

    def _run(self) -> None:
        store = ModelStore(download=self._config.models.download)
        with suppress(Exception):
            from dualface.workers.probing import probe

            self._info = self._info or probe(self._job)
        with self._changed:
            self._probed = True
            self._changed.notify_all()
        with suppress(Exception):
            if self._info is not None and not self._ends:
                self._load_detector(store, self._info)
        with suppress(Exception):  # which is needed last, and loaded while the first pictures are looked at
            if self._config.reid.mode != "never" and not self._ends:
                self._load_embedder(store)
        with self._changed:
            self._done = True
            self._changed.notify_all()

    def _load_embedder(self, store: ModelStore) -> None:
        model = self._config.models.reid_model
        if _is_here(store, model):
            file = store.resolve(model)
            if file.spec.embedding is not None:
                self._load(file.path, file.spec.embedding.input_shape)

    def _load_detector(self, store: ModelStore, info: VideoInfo) -> None:
        model = self._config.models.face_detection
        if _is_here(store, model):
            width, height = detector_input_size(info.width, info.height, self._config.detection.input_size)
            self._load(store.resolve(model).path, (1, 3, height, width))

    def _load(self, model: Path, shape: tuple[int, ...]) -> None:
        engine = engine_on_cpu(model, shape, self._config.detection.backend, self._config.processing.inference_threads)
        with self._changed:
            self._engines[model, shape] = engine
            self._changed.notify_all()


def begun(job: Job, config: Config) -> HeadStart | None:
    """A head start for a film that is to be made in this process; ``None`` where that is not sure yet."""
    no_gpu = config.hardware.device == "cpu" or (config.hardware.device == "auto" and find_spec("cupy") is None)
    here = no_gpu and not config.cluster.address and config.processing.cuda_streams == 1
    return HeadStart(job, config) if here and is_to_be_made(job) and job.source.is_file() else None


def is_to_be_made(job: Job) -> bool:
    """Whether all of a film is to be made, as far as its output tells."""
    return job.plan is None and (job.overwrite or not job.output.exists())


def _is_here(store: ModelStore, model: str) -> bool:
    return store.locate(model) not in (Origin.INDEX, Origin.DOWNLOAD)
