"""Names of files that others choose."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 120
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}", re.IGNORECASE)
_NOT_FOR_NAMES = re.compile(r"[^\w \-.()]+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(given: str) -> str:
    """A file's name that leads to no other folder, is no pattern, not hidden, not too long, near to ``given``."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    clean = _NOT_FOR_NAMES.sub("_", last).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (clean, "")
    if not _SUFFIX.fullmatch(suffix):
        stem, suffix = clean, ""
    stem = stem.encode()[:_LONGEST].decode(errors="ignore").strip(" .")
    if not stem or _DEVICES.fullmatch(stem):
        stem = f"video {stem}".strip()
    return stem + suffix.lower()
