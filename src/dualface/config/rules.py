"""Rules that tie several settings together; types and ranges of single settings are in the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from dualface.config.loaders import Entry, Layer, Problem
from dualface.config.settings import listing
from dualface.config.times import parse_time

EDITING_CODECS = ("prores", "dnxhr")
"""Codecs that every picture is compressed by itself with."""

Rule = Callable[[Mapping[str, Entry]], Problem | None]


class ConfigValidationRules:
    """Checks a merged configuration as a whole."""

    rules: tuple[Rule, ...]

    def __init__(self) -> None:
        self.rules = (
            _thresholds_in_order,
            _end_after_start,
            _container_takes_codec,
            _font_exists,
            _people_exist,
            _people_are_recognised,
        )

    def validate(self, entries: Mapping[str, Entry]) -> list[Problem]:
        """What is wrong with these values taken together; empty when nothing is.  Every setting must be there."""
        return [problem for rule in self.rules if (problem := rule(entries)) is not None]


_CONTAINERS = MappingProxyType({"av1": ("mp4", "mkv"), "prores": ("mov",), "dnxhr": ("mov",)})
"""Those of codecs that not all can hold, or that nobody looks for in all; the first is the usual one."""


def usual_container(codec: str) -> str | None:
    """Of a codec that does not go into all; ``None`` of one that does."""
    return _CONTAINERS.get(codec, (None,))[0]


def with_fitting_container(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The values; where nobody has chosen a container, and the codec does not go into the default one, its usual one."""
    container, codec = entries["encoding.container"], entries["encoding.codec"]
    fitting = _CONTAINERS.get(str(codec.value), ())
    if not fitting or container.origin.layer is not Layer.FALLBACK or container.value in fitting:
        return dict(entries)
    return {**entries, "encoding.container": Entry(fitting[0], codec.origin)}


def _thresholds_in_order(entries: Mapping[str, Entry]) -> Problem | None:
    low, high = "tracking.low_threshold", "tracking.high_threshold"
    if float(entries[low].value) <= float(entries[high].value):
        return None
    return Problem(low, f"{_with_origin(low, entries)} must not be above {_with_origin(high, entries)}.")


def _end_after_start(entries: Mapping[str, Entry]) -> Problem | None:
    start, end = "input.start", "input.end"
    if not entries[start].value or not entries[end].value:
        return None
    first, last = parse_time(str(entries[start].value)), parse_time(str(entries[end].value))
    if first < last or (first.frames is None) != (last.frames is None):  # which of a time and a timecode is later, films tell
        return None
    order = f"{_with_origin(end, entries)} must be after {_with_origin(start, entries)}"
    return Problem(end, f"{order}; choose a later end or an earlier start.")


def _container_takes_codec(entries: Mapping[str, Entry]) -> Problem | None:
    container, codec = "encoding.container", "encoding.codec"
    fitting = _CONTAINERS.get(str(entries[codec].value), ())
    if not fitting or entries[container].value in fitting:
        return None
    what = f"{_with_origin(container, entries)} can't hold {_with_origin(codec, entries)}"
    if str(entries[codec].value) in EDITING_CODECS:
        what = f"{_with_origin(codec, entries)} is for editors, which don't expect it in {_with_origin(container, entries)}"
    return Problem(container, f"{what}; use {listing(list(fitting))}.")


def _font_exists(entries: Mapping[str, Entry]) -> Problem | None:
    key = "framing.caption_font"
    font = str(entries[key].value)
    if not font or _is_file(font):
        return None
    return Problem(key, f"{_with_origin(key, entries)} must be the path of a font file, or empty for the built-in font.")


def _people_exist(entries: Mapping[str, Entry]) -> Problem | None:
    key = "reid.people"
    people = str(entries[key].value)
    if not people or _is_file(people):
        return None
    return Problem(key, f"{_with_origin(key, entries)} must be the path of a file that names the people; check it.")


def _people_are_recognised(entries: Mapping[str, Entry]) -> Problem | None:
    people, against = "reid.people", {"reid.mode": "never", "tracking.sides": "position"}
    key = next((key for key, value in against.items() if entries[key].value == value), None)
    if not entries[people].value or key is None:
        return None
    return Problem(key, f"{_with_origin(key, entries)} makes {_with_origin(people, entries)} useless; leave one of them out.")


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _with_origin(key: str, entries: Mapping[str, Entry]) -> str:
    value, origin = entries[key]
    place = "the default" if origin.layer is Layer.FALLBACK else str(origin)
    return f"{key} ({value}, {place})"
