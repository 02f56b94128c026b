"""Models, loaded once and shared by all videos of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dualface import registry
from dualface.config.schema import Config
from dualface.device.base import Device
from dualface.device.choose import choose_device
from dualface.errors import ModelError
from dualface.interfaces import Detector, Embedder, InferenceEngine
from dualface.likeness import Scale
from dualface.models.catalog import EmbeddingSpec, ModelSpec
from dualface.models.reference import parse_reference
from dualface.models.store import ModelFile, ModelStore
from dualface.observe.detect.input_size import detector_input_size
from dualface.observe.people.reid import Mode, Recogniser
from dualface.types import Detection, F32Array, Frame

_ANY_THRESHOLD = 0.94
"""Where nothing was described, nothing is compared."""


LoadedAhead = Callable[[Path, tuple[int, ...]], InferenceEngine | None]
"""Gives the engine for a model's file and pictures of a shape, if it was loaded for the processor before."""


class SharedModels:
    """Loads detectors and embedders when first asked for and keeps them.  May be used from any thread."""

    def __init__(self, config: Config, device: Device | None = None, *, ahead: LoadedAhead | None = None) -> None:
        self._config, self._ahead = config, ahead
        self.device: Device = device or choose_device(config)
        self._store = ModelStore(download=config.models.download)
        self._lock, self._embedder_lock = threading.Lock(), threading.Lock()
        self._detectors: dict[tuple[int, int], Detector] = {}
        self._embedder: Embedder | None = None

    def detector(self, width: int, height: int) -> Detector:
        """The detector for sources of this size.  Raises :class:`~dualface.errors.ModelError`."""
        size = detector_input_size(width, height, self._config.detection.input_size)
        with self._lock:
            if size not in self._detectors:
                file = self._store.resolve(self._config.models.face_detection)
                # a CPU takes one picture at a time anyway, and would only hold more
                batch = 1 if self.device.name == "cpu" else self._config.processing.batch_size_inference
                engine = self._engine(file, (batch, 3, size[1], size[0]))
                self._detectors[size] = registry.make("detector", file.spec.family, engine, pixels=self.device.pixels)
            return self._detectors[size]

    def recogniser(self, mode: Mode, warn: Callable[[str], None]) -> Recogniser | None:
        """What re-identification in this mode needs; ``None`` for ``never``.

        Without its model ``conditional`` goes on without, with a warning; ``always``, or people who are to be recognised
        (``reid.people``), raises :class:`~dualface.errors.ModelError`.
        """
        if mode == "never":
            return None
        try:
            file = self._reid_file()
        except ModelError as error:
            if mode == "always" or self._config.reid.people:
                raise
            warn(f"Re-identification is off, people who cross may exchange their tiles: {error}")
            return None
        spec = self._embedding(file)
        return Recogniser(LazyEmbedder(self, spec.dimensions), Scale(spec.threshold), mode, patch=self.device.pixels.patch)

    def _reid_file(self) -> ModelFile:
        file = self._store.resolve(self._config.models.reid_model)
        self._embedding(file)
        return file

    def _embedding(self, file: ModelFile) -> EmbeddingSpec:
        return embedding_of(file.spec, self._config.models.reid_model)

    def embedder(self) -> Embedder:
        """The configured embedder.  Raises :class:`~dualface.errors.ModelError`."""
        with self._embedder_lock:
            if self._embedder is None:
                file = self._reid_file()
                spec = self._embedding(file)
                engine = self._engine(file, spec.input_shape)
                self._embedder = registry.make("embedder", file.spec.family, engine, spec, pixels=self.device.pixels)
            return self._embedder

    def close(self) -> None:
        with self._lock, self._embedder_lock:
            for detector in self._detectors.values():
                detector.close()
            if self._embedder is not None:
                self._embedder.close()
            self._detectors, self._embedder = {}, None
            self.device.close()

    def _engine(self, file: ModelFile, shape: tuple[int, ...]) -> InferenceEngine:
        loaded = self._ahead(file.path, shape) if self._ahead is not None and self.device.name == "cpu" else None
        backend, threads = self._config.detection.backend, self._config.processing.inference_threads
        return loaded or self.device.engine(file.path, shape, backend, threads)


def scale_of(reference: str) -> Scale:
    """The scale of the similarities of the model that ``reference`` names, of which nothing is loaded.

    A model that makes no embeddings, or whose file is gone, has described no faces that could be compared.
    """
    try:
        return Scale(embedding_of(parse_reference(reference)[0], reference).threshold)
    except ModelError:
        return Scale(_ANY_THRESHOLD)


def embedding_of(spec: ModelSpec, reference: str) -> EmbeddingSpec:
    """How the model that ``reference`` names describes faces: as the catalog has it, or the family's plugin.

    Raises :class:`~dualface.errors.ModelError` if it does not, :class:`~dualface.errors.ConfigurationError` for a plugin that
    can't be used.
    """
    if spec.embedding is not None:
        return spec.embedding
    if spec.family not in registry.names("embedder"):
        raise ModelError(
            f"{reference} is a model of the family {spec.family}, which makes no embeddings; "
            "set models.reid_model to one that does, such as dlib-resnet."
        )
    constructor: Any = registry.load("embedder", spec.family)
    if not isinstance(constructor.spec, EmbeddingSpec):
        raise ModelError(f"The embedder {spec.family!r} can't be used: its spec does not say how its models take faces.")
    return constructor.spec


class LazyEmbedder:
    """An :class:`~dualface.interfaces.Embedder` that is loaded when first used: most footage needs it rarely or late."""

    def __init__(self, models: SharedModels, dimensions: int) -> None:
        self._models, self.dimensions = models, dimensions

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        return self._models.embedder().embed(frame, faces)

    def close(self) -> None:
        """The models belong to all videos and stay."""
