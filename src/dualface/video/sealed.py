"""Bytes that can be recognised as whole: behind a mark of their kind and their own digest."""

from __future__ import annotations

import hashlib

_DIGEST_BYTES = 32


def sealed(kind: bytes, content: bytes) -> bytes:
    """``content`` with what tells its kind and whether it is whole."""
    return kind + hashlib.sha256(content).digest() + content


def unsealed(kind: bytes, data: bytes) -> bytes | None:
    """What was sealed; ``None`` for anything that is not whole, or of another kind."""
    start = len(kind) + _DIGEST_BYTES
    content = data[start:]
    whole = data.startswith(kind) and hashlib.sha256(content).digest() == data[len(kind) : start]
    return content if whole else None
