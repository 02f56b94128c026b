"""Robust estimates from a few noisy observations."""

from __future__ import annotations

from collections.abc import Sequence


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def resistant_lines(times: Sequence[float], several: Sequence[Sequence[float]], at: float) -> list[tuple[float, float]]:
    """Value and slope at a time ``at`` of the line through noisy observations, in order of time, of each of several.

    The slope joins the medians of the two halves (Tukey, "Exploratory data analysis", 1977); the line passes the median of
    all at their median time.  In the middle of evenly spaced times it is the running median, which keeps steps; near an end
    of the data it does not lag behind a motion as the median would.
    """
    count = len(times)
    if count < 4:
        return [(median(values), 0.0) for values in several]
    half = count // 2
    span, lag = median(times[-half:]) - median(times[:half]), at - median(times)
    slopes = [(median(values[-half:]) - median(values[:half])) / span for values in several]
    return [(median(values) + slope * lag, slope) for values, slope in zip(several, slopes, strict=True)]
