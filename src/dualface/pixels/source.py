"""Where the numbers that models and the cut detector look at come from: the CPU here, :mod:`dualface.pixels.cuda` on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dualface.pixels.tensor import to_rgb_tensor
from dualface.pixels.thumbnail import Thumbnail, thumbnail
from dualface.pixels.warp import warp_to_luma, warp_to_rgb
from dualface.types import F32Array, F64Array, Frame


@dataclass(frozen=True, slots=True)
class Normalisation:
    """A model takes ``(value - mean) / divisor`` of R, G, B values 0…255; ``bgr``: blue first (the means stay R, G, B)."""

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    divisor: float = 1.0
    bgr: bool = False


class PixelSource(Protocol):
    """Makes small pictures of frames.  May be used from any thread.

    Batches are float32, shape (n, 3, h, w), normalised; numpy arrays, or on the GPU
    :class:`~dualface.gpu.device_batch.DeviceBatch`, whichever the engine of the same device takes.
    """

    def thumbnail(self, frame: Frame) -> Thumbnail:
        """See :func:`dualface.pixels.thumbnail.thumbnail`."""
        ...

    def pictures(self, frames: Sequence[Frame], width: int, height: int, normalisation: Normalisation) -> Any:
        """Whole frames, stretched; see :func:`dualface.pixels.tensor.to_rgb_tensor`."""
        ...

    def chips(self, frame: Frame, matrices: Sequence[F64Array], width: int, height: int, normalisation: Normalisation) -> Any:
        """Turned and scaled parts of a frame; see :func:`dualface.pixels.warp.warp_to_rgb`."""
        ...

    def luma(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        """A turned and scaled part of a frame in grey, in main memory: float32, (height, width), 0…255.

        ``matrix`` as for :func:`dualface.pixels.warp.warp_to_rgb`.
        """
        ...

    def patch(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        """The same in colour: float32, shape (3, h, w), R, G, B 0…255."""
        ...


class CpuPixels:
    """From frames in main memory."""

    def thumbnail(self, frame: Frame) -> Thumbnail:
        return thumbnail(frame)

    def pictures(self, frames: Sequence[Frame], width: int, height: int, normalisation: Normalisation) -> F32Array:
        batch: F32Array = np.empty((len(frames), 3, height, width), np.float32)
        for frame, picture in zip(frames, batch, strict=True):
            to_rgb_tensor(frame, picture, bgr=normalisation.bgr)
        return _normalised(batch, normalisation)

    def chips(
        self, frame: Frame, matrices: Sequence[F64Array], width: int, height: int, normalisation: Normalisation
    ) -> F32Array:
        batch: F32Array = np.empty((len(matrices), 3, height, width), np.float32)
        for matrix, chip in zip(matrices, batch, strict=True):
            warp_to_rgb(frame, matrix, chip)
        return _normalised(batch, normalisation)

    def luma(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        picture: F32Array = np.empty((height, width), np.float32)
        warp_to_luma(frame, matrix, picture)
        return picture

    def patch(self, frame: Frame, matrix: F64Array, width: int, height: int) -> F32Array:
        part: F32Array = self.chips(frame, [matrix], width, height, Normalisation())[0]
        return part


def _normalised(batch: F32Array, normalisation: Normalisation) -> F32Array:
    if any(normalisation.mean):
        mean = normalisation.mean[::-1] if normalisation.bgr else normalisation.mean
        batch -= np.array(mean, np.float32).reshape(3, 1, 1)
    if normalisation.divisor != 1:
        batch /= np.float32(normalisation.divisor)
    return batch
