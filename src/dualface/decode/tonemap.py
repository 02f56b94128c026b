"""HDR to SDR: a lookup table from the R'G'B' of a PQ or HLG programme to those of BT.709.

Sources: transfer functions ITU-R BT.2100-2; tone curve (EETF) ITU-R BT.2390-11, section 5.4.1, applied to the largest of
R, G and B so that hues stay; SDR white at the HDR reference white, 203 cd/m² (ITU-R BT.2408-7); colours outside BT.709
are clipped; SDR display ITU-R BT.1886, gamma 2.4.
"""

from __future__ import annotations

import struct

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from dualface.decode.sidedata import side_data
from dualface.types import F64Array

PQ, HLG = 16, 18
"""Transfer characteristics, ITU-T H.273."""

SDR_WHITE = 203.0
"""Luminance shown as SDR's brightest white, cd/m²."""

_TABLE_SIZE = 49
_USUAL_PEAK = 1000.0
_LEAST_PEAK, _MOST_PEAK = 250.0, 10000.0
_HLG_GAMMA = 1.2
_BT709, _BT2020 = 1, 9
_RED_GREEN_BLUE = {
    _BT709: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    _BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""Chromaticities of BT.709, BT.2020 and Display P3 by their H.273 numbers; white is D65 in all three."""
_WHITE = (0.3127, 0.3290)


def peak_luminance(frame: VideoFrame) -> float:
    """Brightest light of a PQ programme in cd/m², by its metadata (CTA-861.3, SMPTE ST 2086), else 1000."""
    try:
        content, mastering = side_data(frame, Type.CONTENT_LIGHT_LEVEL), side_data(frame, Type.MASTERING_DISPLAY_METADATA)
    except ValueError:
        return _USUAL_PEAK
    peaks = []
    if content is not None:
        peaks.append(float(struct.unpack_from("=I", content)[0]))
    if mastering is not None:  # AVMasteringDisplayMetadata: the greatest luminance follows nine other rationals
        numerator, denominator, _, present = struct.unpack_from("=4i", mastering, 9 * 8)
        peaks.append(numerator / denominator if present and denominator else 0.0)
    known = min((peak for peak in peaks if peak > 0), default=_USUAL_PEAK)
    return min(max(known, _LEAST_PEAK), _MOST_PEAK)


def lookup_table(transfer: int, primaries: int, peak: float) -> str:
    """:func:`lookup_colours` as the text of a .cube file (Adobe Cube LUT specification 1.0)."""
    mapped = lookup_colours(transfer, primaries, peak).reshape(-1, 3)
    rows = ("%.6f %.6f %.6f\n" * len(mapped)) % tuple(mapped.ravel().tolist())
    return f"LUT_3D_SIZE {_TABLE_SIZE}\n{rows}"


def lookup_colours(transfer: int, primaries: int, peak: float) -> F64Array:
    """:func:`tone_map` at evenly spread points, shape (n, n, n, 3), by blue, green and red of what comes in."""
    axis = np.linspace(0.0, 1.0, _TABLE_SIZE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    mapped = tone_map(np.stack([red, green, blue], axis=-1).reshape(-1, 3), transfer, primaries, peak)
    return mapped.reshape(_TABLE_SIZE, _TABLE_SIZE, _TABLE_SIZE, 3)


def tone_map(coded: F64Array, transfer: int, primaries: int = _BT2020, peak: float = _USUAL_PEAK) -> F64Array:
    """SDR R'G'B' (BT.709, gamma 2.4) for HDR R'G'B'.  Float64, shape (n, 3), code values 0…1 in and out.

    ``transfer`` is :data:`PQ` or :data:`HLG`, ``peak`` the programme's brightest light in cd/m² (PQ only),
    ``primaries`` H.273's number; those that HDR does not use are taken as BT.2020.
    """
    if transfer == PQ:
        light = pq_to_light(coded)
    else:
        light, peak = _hlg_to_light(coded), _USUAL_PEAK
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    light = light * (roll_off(brightest, peak) / brightest)
    linear = light @ _to_bt709(primaries).T / SDR_WHITE
    return np.asarray(np.clip(linear, 0.0, 1.0) ** (1 / 2.4))


def roll_off(light: F64Array, peak: float, white: float = SDR_WHITE) -> F64Array:
    """BT.2390's EETF: luminance in cd/m² up to ``peak`` to luminance up to ``white``; dark and middle tones stay.

    ``peak`` must be more than ``white``.
    """
    top = light_to_pq(np.array(peak))
    share = np.clip(light_to_pq(light) / top, 0.0, 1.0)
    most = light_to_pq(np.array(white)) / top
    knee = 1.5 * most - 0.5
    t = np.clip((share - knee) / (1 - knee), 0.0, 1.0)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    return pq_to_light(np.where(share < knee, share, spline) * top)


def pq_to_light(coded: F64Array) -> F64Array:
    """BT.2100's PQ EOTF: code values 0…1 to cd/m²."""
    root = coded ** (32 / 2523)
    return np.asarray(10000 * (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610))


def light_to_pq(light: F64Array) -> F64Array:
    """BT.2100's inverse PQ EOTF: cd/m² to code values 0…1."""
    root = (light / 10000) ** (2610 / 16384)
    return np.asarray(((3424 / 4096 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32))


def _hlg_to_light(coded: F64Array) -> F64Array:
    """BT.2100's HLG EOTF for a display of 1000 cd/m²: code values 0…1 to cd/m²."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(_USUAL_PEAK * scene * luminance[..., None] ** (_HLG_GAMMA - 1))


def _to_bt709(primaries: int) -> F64Array:
    chromaticities = _RED_GREEN_BLUE.get(primaries, _RED_GREEN_BLUE[_BT2020])
    return np.linalg.inv(_to_xyz(_RED_GREEN_BLUE[_BT709])) @ _to_xyz(chromaticities)


def _to_xyz(chromaticities: tuple[tuple[float, float], ...]) -> F64Array:
    """Linear RGB to CIE XYZ, shape (3, 3), from the primaries' chromaticities (SMPTE RP 177)."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in chromaticities]).T
    x, y = _WHITE
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    return np.asarray(columns * np.linalg.solve(columns, white))
