"""Colours as people write them: by name, or as HTML has them."""

from __future__ import annotations

import re

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def as_hex(text: str) -> str:
    """``#RRGGBB`` for a colour's name in CSS, ``#RGB`` or ``#RRGGBB``.  Raises ``ValueError`` for anything else."""
    text = text.strip()
    if _HEX.fullmatch(text):
        return text if len(text) == 7 else "#" + "".join(2 * digit for digit in text[1:])
    from PIL import ImageColor

    value = ImageColor.colormap.get(text.lower().replace("-", "").replace(" ", ""))
    if not isinstance(value, str):
        raise ValueError(f"{text!r} is no colour")
    return value
