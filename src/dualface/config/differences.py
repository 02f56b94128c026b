"""Which settings of two configurations differ, in the words in which they are set."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dualface.config.names import SHORT_NAMES
from dualface.config.reference import yaml_text
from dualface.config.schema import Config

_MOST = 3
_FLAGS = {key: f"--{name.replace('_', '-')}" for name, key in SHORT_NAMES.items()} | {"speech.find": "--speech"}
CAPTIONS = frozenset({"framing.caption_left", "framing.caption_right"})
"""The settings that ``--names`` sets both."""


def differences(before: Mapping[str, Any], now: Config, ignored: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
    """The keys whose value is another now, with both values, in the schema's order.

    ``before`` are settings by section and name, as records keep them; what is not in it is taken to be as it is now.
    ``ignored`` are sections and keys that don't count.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for section, values in now.model_dump(mode="json").items():
        old = before.get(section)
        if not isinstance(old, dict) or section in ignored:
            continue
        for name, value in values.items():
            was = old.get(name, value)
            if was != value and (key := f"{section}.{name}") not in ignored:
                found[key] = was, value
    return found


def in_words(differing: Mapping[str, tuple[Any, Any]]) -> str:
    """``--end was 8, now it isn't set; --layout was follow, now it is split``; of many only the first few."""
    told = [f"{_FLAGS.get(key, key)} {_was(was)}, now it {_is(now)}" for key, (was, now) in _by_flag(differing).items()]
    more = f"; {len(told) - _MOST} more" if len(told) > _MOST else ""
    return "; ".join(told[:_MOST]) + more


def _by_flag(differing: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Both names are one option."""
    names = {key: values for key, values in differing.items() if key in CAPTIONS}
    rest = {key: values for key, values in differing.items() if key not in CAPTIONS}
    return rest | {_FLAGS.get(key, "the name of the " + key.rpartition("_")[2]): both for key, both in names.items()}


def _was(value: Any) -> str:
    return f"was {yaml_text(value)}" if value != "" else "wasn't set"


def _is(value: Any) -> str:
    return f"is {yaml_text(value)}" if value != "" else "isn't set"
