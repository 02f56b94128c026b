"""Trying a model before relying on it: is it what its family's models are?"""

from __future__ import annotations

import time
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dualface.config.schema import Config
from dualface.models.catalog import Task
from dualface.models.reference import parse_reference
from dualface.observe.detect.input_size import detector_input_size
from dualface.types import Frame
from dualface.video.shared_models import SharedModels, embedding_of

_SIZE = (1280, 720)
_GREY = 128


class Trial(NamedTuple):
    """What came of it: the model's ``family``, the ``width`` and ``height`` of its pictures, the ``seconds`` that one took once
    the model was loaded, and how many ``faces`` it found; ``None`` for one that describes faces.
    """

    family: str
    width: int
    height: int
    seconds: float
    faces: int | None


def try_model(reference: str, config: Config, source: Path | None = None) -> Trial:
    """Runs a model that finds faces on the first picture of ``source``, or on a grey one; of another, only loads and asks it.

    Raises :class:`~dualface.errors.ModelError` where it is not of its family or takes other pictures,
    :class:`~dualface.errors.InputError` for a source that can't be read.
    """
    spec, _ = parse_reference(reference)
    if spec.task is Task.EMBED:
        return _embedding(config, reference, spec.family)
    return _detecting(config.changed(models__face_detection=reference), spec.family, source)


def _embedding(config: Config, reference: str, family: str) -> Trial:
    with closing(SharedModels(config.changed(models__reid_model=reference))) as models:
        models.embedder()  # asks the model for a vector, to see what it gives
    width, height = embedding_of(parse_reference(reference)[0], reference).size
    return Trial(family, width, height, 0.0, None)


def _detecting(config: Config, family: str, source: Path | None) -> Trial:
    with closing(SharedModels(config)) as models:
        frame = _grey() if source is None else _first_of(source, models)
        detector = models.detector(frame.width, frame.height)
        detector.detect([frame])
        begun = time.perf_counter()
        found = detector.detect([frame])[0]
        seconds = time.perf_counter() - begun
    width, height = detector_input_size(frame.width, frame.height, config.detection.input_size)
    faces = sum(face.score >= config.detection.score_threshold for face in found)
    return Trial(family, width, height, seconds, faces)


def _first_of(source: Path, models: SharedModels) -> Frame:
    with closing(models.device.decoder(source, 1)) as decoder:
        frame: Frame = decoder.decode_batch(1)[0]
        return frame


def _grey() -> Frame:
    width, height = _SIZE
    planes = tuple(np.full((height // n, width // n), _GREY, np.uint8) for n in (1, 2, 2))
    return Frame(0, 0, Fraction(1, 25), 1, width, height, planes)
