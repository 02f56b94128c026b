"""Samples packed as what has changed since the picture before: exactly, in about as long as it takes to read both.

Much of what a camera on a tripod sees is to the bit what it was, because encoders of video copy it; most of the rest has
changed by a few levels.  Each 64 samples take as many bits each as the greatest change among them needs: 0, 2, 4 or 8.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.signature import PLANE, ArrayOf
from dualface.types import U8Array

BLOCK = 64
_ROW = BLOCK // 4
_BLOCKS = ArrayOf("uint8", 2, readonly=True)
_WRITTEN_BLOCKS = ArrayOf("uint8", 2)
_WHOLE = ArrayOf("uint64", 2, readonly=True)
_WRITTEN_WHOLE = ArrayOf("uint64", 2)


@kernel()
def _folded(now: Any, before: Any) -> Any:
    """The change of a sample, small ones of either sign as small numbers.  All in 8 bits, or it would be no vector's work."""
    change = np.uint8(now - before)
    return np.uint8(np.uint8(change << 1) ^ np.uint8(0 - (change >> 7)))


@kernel()
def _changed(before: Any, folded: Any) -> Any:
    """The sample after a folded change."""
    return np.uint8(before + np.uint8(np.uint8(folded >> 1) ^ np.uint8(0 - (folded & 1))))


@kernel((_BLOCKS, _WHOLE, _BLOCKS, ArrayOf("uint8", 1), _WRITTEN_BLOCKS, _WRITTEN_WHOLE, ArrayOf("int64", 1)))
def _pack(now: U8Array, whole_now: Any, before: U8Array, bits: U8Array, packed: U8Array, whole_packed: Any, rows: Any) -> None:
    """Fills ``bits``, one for each block, and ``packed``, rows of a quarter of a block; ``rows[0]`` are used."""
    row = 0
    for n in range(now.shape[0]):
        greatest = np.uint8(0)
        for i in range(BLOCK):
            greatest = np.uint8(greatest | _folded(now[n, i], before[n, i]))
        if greatest == 0:
            bits[n] = 0
        elif greatest < 4:
            bits[n] = 2
            for i in range(_ROW):
                a, b = _folded(now[n, i], before[n, i]), _folded(now[n, i + 16], before[n, i + 16])
                c, d = _folded(now[n, i + 32], before[n, i + 32]), _folded(now[n, i + 48], before[n, i + 48])
                packed[row, i] = np.uint8(np.uint8(a | np.uint8(b << 2)) | np.uint8(np.uint8(c << 4) | np.uint8(d << 6)))
            row += 1
        elif greatest < 16:
            bits[n] = 4
            for i in range(_ROW):
                a, b = _folded(now[n, i], before[n, i]), _folded(now[n, i + 16], before[n, i + 16])
                c, d = _folded(now[n, i + 32], before[n, i + 32]), _folded(now[n, i + 48], before[n, i + 48])
                packed[row, i] = np.uint8(a | np.uint8(c << 4))
                packed[row + 1, i] = np.uint8(b | np.uint8(d << 4))
            row += 2
        else:
            bits[n] = 8
            for i in range(4):
                whole_packed[row + i, 0] = whole_now[n, 2 * i]
                whole_packed[row + i, 1] = whole_now[n, 2 * i + 1]
            row += 4
    rows[0] = row


@kernel((_WRITTEN_BLOCKS, _WRITTEN_WHOLE, PLANE, _BLOCKS, _WHOLE))
def _unpack(samples: U8Array, whole_samples: Any, bits: U8Array, packed: U8Array, whole_packed: Any) -> None:
    """Makes of the samples before those that were packed."""
    row = 0
    for n in range(samples.shape[0]):
        each = bits[n]
        if each == 2:
            for i in range(_ROW):
                four = packed[row, i]
                samples[n, i] = _changed(samples[n, i], np.uint8(four & 3))
                samples[n, i + 16] = _changed(samples[n, i + 16], np.uint8(np.uint8(four >> 2) & 3))
                samples[n, i + 32] = _changed(samples[n, i + 32], np.uint8(np.uint8(four >> 4) & 3))
                samples[n, i + 48] = _changed(samples[n, i + 48], np.uint8(four >> 6))
            row += 1
        elif each == 4:
            for i in range(_ROW):
                low, high = packed[row, i], packed[row + 1, i]
                samples[n, i] = _changed(samples[n, i], np.uint8(low & 15))
                samples[n, i + 16] = _changed(samples[n, i + 16], np.uint8(high & 15))
                samples[n, i + 32] = _changed(samples[n, i + 32], np.uint8(low >> 4))
                samples[n, i + 48] = _changed(samples[n, i + 48], np.uint8(high >> 4))
            row += 2
        elif each == 8:
            for i in range(4):
                whole_samples[n, 2 * i] = whole_packed[row + i, 0]
                whole_samples[n, 2 * i + 1] = whole_packed[row + i, 1]
            row += 4


class PackedPlane(NamedTuple):
    """What has changed in a plane: bits a sample of each block, quarters of blocks, and what is left after the last block."""

    bits: U8Array
    rows: U8Array
    rest: U8Array

    @property
    def nbytes(self) -> int:
        return self.bits.nbytes + self.rows.nbytes + self.rest.nbytes


class Packer:
    """Packs planes, one after the other; keeps the room that it works in."""

    def __init__(self) -> None:
        self._room: U8Array = np.empty((0, _ROW), np.uint8)
        self._rows = np.zeros(1, np.int64)

    def pack(self, now: U8Array, before: U8Array) -> PackedPlane:
        """``now`` and ``before``: 1-D and dense, of the same size."""
        blocks, rest = _in_blocks(now)
        if len(self._room) < 4 * len(blocks):
            self._room = np.empty((4 * len(blocks), _ROW), np.uint8)
        bits = np.empty(len(blocks), np.uint8)
        room = self._room
        _pack(blocks, blocks.view(np.uint64), _in_blocks(before)[0], bits, room, room.view(np.uint64), self._rows)
        return PackedPlane(bits, room[: self._rows[0]].copy(), rest.copy())


def unpack(samples: U8Array, packed: PackedPlane) -> None:
    """Makes of the samples before, 1-D and dense, those that were packed, in their place."""
    blocks, rest = _in_blocks(samples)
    _unpack(blocks, blocks.view(np.uint64), packed.bits, packed.rows, packed.rows.view(np.uint64))
    rest[:] = packed.rest


def _in_blocks(samples: U8Array) -> tuple[U8Array, U8Array]:
    whole = samples.size // BLOCK * BLOCK
    return samples[:whole].reshape(-1, BLOCK), samples[whole:]
