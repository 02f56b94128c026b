"""One picture at a time: on a CPU a batch costs more for each picture than single ones do, because they stay in the cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dualface.types import F32Array


def check_batch(batch: F32Array, input_shape: tuple[int, ...]) -> None:
    """Raises :class:`ValueError` for a batch of another type or shape than ``input_shape`` (NCHW, N the most) allows."""
    if batch.dtype != np.float32 or batch.shape[1:] != input_shape[1:] or not 1 <= len(batch) <= input_shape[0]:
        raise ValueError(f"expected float32 of at most {input_shape}, got {batch.dtype} {batch.shape}")


def infer_each(run: Callable[[F32Array], list[F32Array]], batch: F32Array, input_shape: tuple[int, ...]) -> list[F32Array]:
    """Every output of ``run`` for the whole ``batch``, batch first.

    ``run`` takes one picture, float32, shape ``(1, c, h, w)``, and returns new arrays.  Outputs without a batch axis (some
    exports drop it) get one.  Raises :class:`ValueError` as :func:`check_batch` does.
    """
    check_batch(batch, input_shape)
    batch = np.ascontiguousarray(batch)
    rows = [[_with_batch_axis(output) for output in run(batch[i : i + 1])] for i in range(len(batch))]
    return rows[0] if len(rows) == 1 else [np.concatenate(outputs) for outputs in zip(*rows, strict=True)]


def _with_batch_axis(output: F32Array) -> F32Array:
    return output if output.shape[:1] == (1,) else output[None]
