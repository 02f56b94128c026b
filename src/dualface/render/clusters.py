"""What a text consists of: clusters that stay together, their scripts and directions (Unicode's own tables)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

JOINERS = "\u200c\u200d"
"""Zero-width characters that say which letters are joined."""


def clusters(text: str) -> list[str]:
    """The text, cut into what must stay together: letters with their marks, emoji of several parts, flags."""
    found: list[str] = []
    for letter in text:
        flag = found and _is_flag(letter) and len(found[-1]) == 1 and _is_flag(found[-1])
        if found and (_belongs_to_the_one_before(letter) or found[-1][-1] == JOINERS[1] or flag):
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _belongs_to_the_one_before(letter: str) -> bool:
    skin, tag = "\U0001f3fb" <= letter <= "\U0001f3ff", "\U000e0020" <= letter <= "\U000e007f"
    return letter in JOINERS or skin or tag or unicodedata.category(letter).startswith("M")


def _is_flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def is_invisible(letter: str) -> bool:
    """Whether it only says how others are drawn: joiners, variations, tags."""
    return unicodedata.category(letter) == "Cf" or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def is_emoji(cluster: str) -> bool:
    """Whether a font of coloured pictures is to draw it."""
    pictures = any(letter >= "\U0001f000" and unicodedata.category(letter) in ("So", "Sk") for letter in cluster)
    return pictures or "\ufe0f" in cluster


def script(cluster: str) -> str:
    """The first word of a letter's name, which is its script's; ideographs and kana go together, and so do all other signs."""
    if not unicodedata.category(cluster[0]).startswith("L"):
        return ""
    word = unicodedata.name(cluster[0], "").partition(" ")[0]
    return "CJK" if word in ("HIRAGANA", "KATAKANA", "BOPOMOFO") else word


def language(letters: str) -> str:
    """Which language's forms ideographs have: Japanese beside kana, Korean beside hangul, else Chinese; else empty."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in letters}
    if scripts & {"HIRAGANA", "KATAKANA"}:
        return "ja"
    return "ko" if "HANGUL" in scripts else "zh-cn" if "CJK" in scripts else ""


def paragraph(parts: Sequence[str]) -> bool:
    """Whether a line goes from right to left: as its first letter that has a direction does."""
    return next((rtl for rtl in map(_strong, parts) if rtl is not None), False)


def _strong(cluster: str) -> bool | None:
    kinds = {unicodedata.bidirectional(letter) for letter in cluster}
    return True if kinds & {"R", "AL"} else False if "L" in kinds else None


def right_to_left(parts: Sequence[str]) -> list[bool]:
    """For each cluster whether it is read from right to left.

    What has no direction has that of both its neighbours, or the line's.  UAX #9 without embeddings and overrides.
    """
    line, strong = paragraph(parts), [_strong(part) for part in parts]
    for n, part in enumerate(parts):
        if unicodedata.bidirectional(part[0]) == "EN" and n:  # numbers go with what stands before them
            strong[n] = next((found for found in reversed(strong[:n]) if found is not None), None)

    def near(places: Iterable[int]) -> bool:
        return next((found for n in places if (found := strong[n]) is not None), line)

    found = []
    for n, own in enumerate(strong):
        before, after = near(range(n, -1, -1)), near(range(n, len(parts)))
        found.append(own if own is not None else before if before == after else line)
    return found
