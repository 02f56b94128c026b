"""A model's weights where they are: in its file, and not in memory a second time beside what the library makes of them."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from typing import Any, Self

import numpy as np

_LEAST = 1 << 14
"""Bytes of a constant that is worth the trouble."""
_PATTERN = 64


class WeightsInFile:
    """The constants of a model that OpenVINO has read from ``path``, taken from the file, whose pages the system can drop.

    OpenVINO keeps for as long as it runs what a model was compiled from, 29 MB of ours, though it never looks at it again.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # OpenVINO wants what could be written to

    @classmethod
    def of(cls, path: Path, model: Any, openvino: Any) -> Self | None:
        """Puts them in place of the ``model``'s own; ``None`` where the system drops no pages."""
        if sys.platform != "linux":
            return None
        try:
            found = cls(path)
        except (OSError, ValueError):  # a file that can't be mapped
            return None
        found._replace_in(model, openvino)
        return found

    def give_back(self) -> None:
        """Drops the pages; whoever should look at a weight again has it read again."""
        if sys.platform == "linux":
            self._file.madvise(mmap.MADV_DONTNEED)

    def _replace_in(self, model: Any, openvino: Any) -> None:
        behind = 0
        for node in model.get_ordered_ops():
            if node.get_type_name() != "Constant" or node.get_element_type() != openvino.Type.f32:
                continue
            if node.get_byte_size() >= _LEAST and (at := self._place_of(node.data, behind)) is not None:
                behind = at + node.get_byte_size()
                ours = np.ndarray(node.data.shape, np.float32, self._file, at)
                node.output(0).replace(openvino.op.Constant(ours, shared_memory=True).output(0))

    def _place_of(self, values: Any, behind: int) -> int | None:
        """Where in the file the same bytes are, most likely ``behind`` the ones before."""
        pattern = values.reshape(-1)[:_PATTERN].tobytes()
        for start in (behind, 0):
            at = self._file.find(pattern, start)
            fits = 0 <= at <= len(self._file) - values.nbytes
            if fits and np.array_equal(np.ndarray(values.shape, np.float32, self._file, at), values):
                return at
        return None
