"""Scaling a part of a picture, at fractions of a pixel.  ``kernels/compose.cu`` does the same and gives the same bytes.

Each axis on its own; output sample ``i`` covers ``step`` of the source from ``origin + i * step`` on, its centre in the middle.

- Enlarging and 1:1: Catmull-Rom, four taps (Keys, "Cubic convolution interpolation", 1981, a = -1/2).
- Reducing: the average of what the output sample covers, fractions of the outermost source samples included.

Beyond the picture's border its outermost sample repeats.  Columns come first, then rows; the sums are float32, in the
order written, and rounded once, at the end.  At whole positions and 1:1 nothing changes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dualface.pixels.jit import kernel
from dualface.pixels.part import ONE, Part
from dualface.pixels.planes import Grid
from dualface.pixels.signature import DEEP_PLANE, PLANE, ArrayOf
from dualface.types import F32Array, I32Array, U8Array, U16Array, U32Array


@kernel()
def _taps(step: int) -> int:
    """How many neighbouring source samples an output sample may need, rounded up to a multiple of four."""
    return 4 if step <= ONE else (-(-step // ONE) + 4) // 4 * 4


@kernel()
def _cubic(at: int, weight: F32Array) -> int:
    """Weights of the four samples around ``at``, a position between sample centres; returns the first one's index."""
    one, half = np.float32(1), np.float32(0.5)
    t = np.float32((at & (ONE - 1)) >> 8) * np.float32(1 / (1 << 24))
    t2 = t * t
    t3 = t2 * t
    weight[0] = half * (t2 + t2 - t3 - t)
    weight[1] = half * (np.float32(3) * t3 - np.float32(5) * t2) + one
    weight[3] = half * (t3 - t2)
    weight[2] = one - weight[0] - weight[1] - weight[3]
    return (at >> 32) - 1


@kernel()
def _area(begin: int, step: int, weight: F32Array) -> int:
    """Weights of the samples under the stretch from ``begin`` to ``begin + step``; returns the first one's index."""
    first = begin >> 32
    share = np.float32(1) / np.float32(step >> 16)
    for k in range(weight.shape[0]):
        low, high = max((first + k) << 32, begin), min((first + k + 1) << 32, begin + step)
        weight[k] = np.float32(max(high - low, 0) >> 16) * share
    return first


@kernel()
def _weigh(origin: int, step: int, first: I32Array, weights: F32Array) -> None:
    """Fills the index of the first source sample and the weights, shape (taps, count), of an axis' output samples."""
    weight = np.empty(weights.shape[0], np.float32)
    for i in range(first.shape[0]):
        begin = origin + i * step
        first[i] = _cubic(begin + ((step - ONE) >> 1), weight) if step <= ONE else _area(begin, step, weight)
        weights[:, i] = weight


@kernel()
def _read(data: Any, source: Grid, start: int, base: int, line: Any) -> None:
    """Copies the samples ``base``, ``base + 1``, … of the row at ``start``; beyond the border the outermost ones."""
    left = min(max(-base, 0), line.shape[0])
    right = max(min(source.width - base, line.shape[0]), left)
    line[:left] = data[start]
    if source.step == 1:
        line[left:right] = data[start + base + left : start + base + right]
    else:
        for j in range(left, right):
            line[j] = data[start + (base + j) * source.step]
    line[right:] = data[start + (source.width - 1) * source.step]


@kernel()
def _spread(line: U8Array, pitch: int, shifted: U8Array) -> None:
    """The row from each of its first four samples on, so that any four neighbours are one aligned number of 32 bits."""
    for shift in range(4):
        row, count = shifted[shift * pitch :], line.shape[0] - shift
        for j in range(count):
            row[j] = line[j + shift]


@kernel()
def _find(first: I32Array, base: int, pitch: int, places: U32Array) -> None:
    """Which of these numbers begins with the sample ``first``; ``pitch`` numbers lie in a shifted row."""
    for x in range(places.shape[0]):
        at = first[x] - base
        places[x] = (at & 3) * pitch + (at >> 2)


@kernel()
def _pick(packed: U32Array, places: U32Array, k: int, picked: U32Array) -> None:
    """The look-ups, in a loop of their own: compilers are good at these and at arithmetic, but not at both at once."""
    for x in range(picked.shape[0]):
        picked[x] = packed[places[x] + np.uint32(k)]


@kernel()
def _byte(four: np.uint32, n: int) -> Any:
    return np.float32(np.int32(four >> np.uint32(8 * n) & np.uint32(255)))


@kernel()
def _filter_row(packed: U32Array, places: U32Array, weights: F32Array, picked: U32Array, out: F32Array) -> None:
    """One source row scaled to ``out``."""
    for k in range(0, weights.shape[0], 4):
        _pick(packed, places, k >> 2, picked)
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        for x in range(out.shape[0]):
            four = picked[x]
            dot = _byte(four, 0) * a[x] + _byte(four, 1) * b[x] + _byte(four, 2) * c[x] + _byte(four, 3) * d[x]
            out[x] = dot if k == 0 else out[x] + dot


@kernel()
def _filter_shifted_row(line: U8Array, weights: F32Array, out: F32Array) -> None:
    """The same at 1:1, where all output samples have the same weights, and neighbours have neighbours."""
    count = out.shape[0]
    a, b, c, d = line[:count], line[1 : count + 1], line[2 : count + 2], line[3 : count + 3]
    w0, w1, w2, w3 = weights[0, 0], weights[1, 0], weights[2, 0], weights[3, 0]
    for x in range(count):
        dot = np.float32(np.int32(a[x])) * w0 + np.float32(np.int32(b[x])) * w1
        out[x] = dot + np.float32(np.int32(c[x])) * w2 + np.float32(np.int32(d[x])) * w3


@kernel()
def _filter_deep_row(line: F32Array, first: U32Array, weights: F32Array, out: F32Array) -> None:
    """One source row of 16-bit samples, in ``line``, scaled to ``out``: the same sums."""
    for k in range(0, weights.shape[0], 4):
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        for x in range(out.shape[0]):
            at = first[x] + np.uint32(k)
            dot = line[at] * a[x] + line[at + 1] * b[x] + line[at + 2] * c[x] + line[at + 3] * d[x]
            out[x] = dot if k == 0 else out[x] + dot


@kernel()
def _level(value: np.float32, most: int) -> Any:
    return min(max(np.int32(value + np.float32(0.5)), np.int32(0)), np.int32(most))


@kernel()
def _mix_four(ring: F32Array, first: int, w: F32Array, out: Any, most: int) -> None:
    """An output row from the filtered source rows ``first``, ``first + 1``, …; row ``r`` lies in ``ring[r % taps]``."""
    a, b, c, d = ring[first % 4], ring[(first + 1) % 4], ring[(first + 2) % 4], ring[(first + 3) % 4]
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    for x in range(out.shape[0]):
        out[x] = _level(a[x] * w0 + b[x] * w1 + c[x] * w2 + d[x] * w3, most)


@kernel()
def _mix_many(ring: F32Array, first: int, w: F32Array, total: F32Array, out: Any, most: int) -> None:
    """The same for any number of taps; twice as slow for four."""
    total[:] = 0
    for k in range(ring.shape[0]):
        row, weight = ring[(first + k) % ring.shape[0]], w[k]
        for x in range(out.shape[0]):
            total[x] += row[x] * weight
    for x in range(out.shape[0]):
        out[x] = _level(total[x], most)


@kernel()
def _round(row: F32Array, out: Any, most: int) -> None:
    """An output row that is one source row."""
    for x in range(out.shape[0]):
        out[x] = _level(row[x], most)


@kernel((PLANE, Grid, Part, ArrayOf("uint8", 1), Grid))
def resample(data: U8Array, source: Grid, part: Part, out: U8Array, target: Grid) -> None:
    """Scales ``part`` of a component to the whole of ``target``, whose samples lie side by side (``step`` 1)."""
    x_taps, y_taps = _taps(part.x_step), _taps(part.y_step)
    first, y_first = np.empty(target.width, np.int32), np.empty(target.height, np.int32)
    x_weights, y_weights = np.empty((x_taps, target.width), np.float32), np.empty((target.height, y_taps), np.float32)
    _weigh(part.x, part.x_step, first, x_weights)
    _weigh(part.y, part.y_step, y_first, y_weights.T)
    if part.y_step == ONE and part.y & (ONE - 1) == 0:  # of the four, only the second counts
        y_taps, y_first = 1, y_first + np.int32(1)
    base, span = first[0], first[-1] - first[0] + x_taps
    inside = base >= 0 and base + span <= source.width and source.step == 1
    line, pitch = np.empty(span, np.uint8), (span + 3) >> 2
    packed, places = np.empty(4 * pitch, np.uint32), np.empty(target.width, np.uint32)
    shifted = packed.view(np.uint8)
    _find(first, base, pitch, places)
    picked, total = np.empty(target.width, np.uint32), np.empty(target.width, np.float32)
    ring = np.empty((y_taps, target.width), np.float32)
    done = y_first[0]
    for y in range(target.height):
        for row in range(max(done, y_first[y]), y_first[y] + y_taps):
            start = source.offset + min(max(row, 0), source.height - 1) * source.pitch
            if not inside:
                _read(data, source, start, base, line)
            samples = data[start + base : start + base + span] if inside else line
            if part.x_step == ONE:
                _filter_shifted_row(samples, x_weights, ring[row % y_taps])
            else:
                _spread(samples, 4 * pitch, shifted)
                _filter_row(packed, places, x_weights, picked, ring[row % y_taps])
        done = y_first[y] + y_taps
        begin = target.offset + y * target.pitch
        weights, row_out = y_weights[y], out[begin : begin + target.width]
        if y_taps == 4:
            _mix_four(ring, y_first[y], weights, row_out, 255)
        elif y_taps == 1:
            _round(ring[0], row_out, 255)
        else:
            _mix_many(ring, y_first[y], weights, total, row_out, 255)


@kernel((DEEP_PLANE, Grid, Part, ArrayOf("uint16", 1), Grid))
def resample_deep(data: U16Array, source: Grid, part: Part, out: U16Array, target: Grid) -> None:
    """The same for samples of 10 bits in 16."""
    x_taps, y_taps = _taps(part.x_step), _taps(part.y_step)
    first, y_first = np.empty(target.width, np.int32), np.empty(target.height, np.int32)
    x_weights, y_weights = np.empty((x_taps, target.width), np.float32), np.empty((target.height, y_taps), np.float32)
    _weigh(part.x, part.x_step, first, x_weights)
    _weigh(part.y, part.y_step, y_first, y_weights.T)
    base = first[0]
    x_first = (first - base).astype(np.uint32)
    line, total = np.empty(first[-1] - base + x_taps, np.float32), np.empty(target.width, np.float32)
    ring = np.empty((y_taps, target.width), np.float32)
    done = y_first[0]
    for y in range(target.height):
        for row in range(max(done, y_first[y]), y_first[y] + y_taps):
            _read(data, source, source.offset + min(max(row, 0), source.height - 1) * source.pitch, base, line)
            _filter_deep_row(line, x_first, x_weights, ring[row % y_taps])
        done = y_first[y] + y_taps
        begin = target.offset + y * target.pitch
        weights, row_out = y_weights[y], out[begin : begin + target.width]
        if y_taps == 4:
            _mix_four(ring, y_first[y], weights, row_out, 1023)
        else:
            _mix_many(ring, y_first[y], weights, total, row_out, 1023)
