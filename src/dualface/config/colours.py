"""Colours as people write them: by name, or as HTML has them."""

from __future__ import annotations

import re

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def as_hex(text: str) -> str:
    """``#RRGGBB`` for a colour's name in CSS, ``#RGB`` or ``#RRGGBB``.  Raises ``ValueError`` for anything else."""
    from PIL import ImageColor

    name = text.strip().lower()
    value = text.strip() if _HEX.fullmatch(text.strip()) else ImageColor.colormap.get(name.replace("-", "").replace(" ", ""))
    if value is None:
        raise ValueError(f"{text!r} is no colour")
    assert isinstance(value, str)
    return value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
