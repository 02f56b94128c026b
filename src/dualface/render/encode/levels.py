"""H.264 levels (ITU-T H.264, table A-1)."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class _Level(NamedTuple):
    name: str
    macroblocks_per_second: int
    macroblocks: int
    kbps: int


_LEVELS = (
    _Level("1", 1_485, 99, 64),
    _Level("1.1", 3_000, 396, 192),
    _Level("1.2", 6_000, 396, 384),
    _Level("1.3", 11_880, 396, 768),
    _Level("2", 11_880, 396, 2_000),
    _Level("2.1", 19_800, 792, 4_000),
    _Level("2.2", 20_250, 1_620, 4_000),
    _Level("3", 40_500, 1_620, 10_000),
    _Level("3.1", 108_000, 3_600, 14_000),
    _Level("3.2", 216_000, 5_120, 20_000),
    _Level("4", 245_760, 8_192, 20_000),
    _Level("4.1", 245_760, 8_192, 50_000),
    _Level("4.2", 522_240, 8_704, 50_000),
    _Level("5", 589_824, 22_080, 135_000),
    _Level("5.1", 983_040, 36_864, 240_000),
    _Level("5.2", 2_073_600, 36_864, 240_000),
    _Level("6", 4_177_920, 139_264, 240_000),
    _Level("6.1", 8_355_840, 139_264, 480_000),
    _Level("6.2", 16_711_680, 139_264, 800_000),
)


def h264_level(
    width: int, height: int, fps: Fraction, *, peak_kbps: int = 0, profile: str = "high", at_least: str = "auto"
) -> str:
    """The lowest level, not below ``at_least``, that allows such video; the highest there is if none does.

    ``width`` and ``height`` are in pixels, ``fps`` in frames a second, ``peak_kbps`` in kbit/s (0: not limited by rate).
    """
    columns, rows = -(-width // 16), -(-height // 16)
    floor = 0.0 if at_least == "auto" else float(at_least)
    for level in _LEVELS:
        # The high profile may use a quarter more (table A-2, cpbBrVclFactor); neither side may exceed sqrt(8 * MaxFS).
        kbps = level.kbps * 5 // 4 if profile == "high" else level.kbps
        if (
            float(level.name) >= floor
            and columns * rows <= level.macroblocks
            and max(columns, rows) ** 2 <= 8 * level.macroblocks
            and columns * rows * fps <= level.macroblocks_per_second
            and peak_kbps <= kbps
        ):
            return level.name
    return _LEVELS[-1].name
