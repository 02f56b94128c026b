"""The lines of one closed segment in all records, in one file: whole and of one moment, or not there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dualface.records.json_lines import PACKED, packed
from dualface.video.sealed import sealed, unsealed

_MAGIC = b"DFLINES1"


@dataclass(frozen=True, slots=True)
class SegmentLines:
    """``records`` has for each record the lines as bytes of that record's file; ``segment`` is the name of the segment's file
    that they are of.  ``first`` are packed lines of what was seen before anything was decided anew; empty while nothing was.
    """

    segment: str
    records: Mapping[str, bytes]
    first: bytes = b""

    @classmethod
    def of(cls, segment: str, lines: Mapping[str, str], first: bytes = b"") -> Self:
        """Of text."""
        return cls(segment, {name: as_record(name, text) for name, text in lines.items()}, first)

    def lines(self, name: str) -> list[str]:
        """The lines in the record ``name``."""
        data = self.records[name]
        return (gzip.decompress(data) if name.endswith(PACKED) else data).decode().splitlines()

    def first_lines(self, name: str) -> list[str]:
        """Those of ``name``, which tells what was seen, before anything was decided anew."""
        return gzip.decompress(self.first).decode().splitlines() if self.first else self.lines(name)

    def to_bytes(self) -> bytes:
        parts = [*self.records.values(), self.first]
        head = {"segment": self.segment, "records": list(self.records), "sizes": [len(part) for part in parts]}
        return sealed(_MAGIC, json.dumps(head).encode() + b"\n" + b"".join(parts))

    @classmethod
    def from_bytes(cls, data: bytes) -> Self | None:
        """``None`` for anything that is not exactly what :meth:`to_bytes` gave."""
        content = unsealed(_MAGIC, data)
        if content is None:
            return None
        line, _, rest = content.partition(b"\n")
        head, parts, at = json.loads(line), [], 0
        for size in head["sizes"]:
            parts.append(rest[at : at + size])
            at += size
        return cls(head["segment"], dict(zip(head["records"], parts, strict=False)), parts[-1])


def as_record(name: str, text: str) -> bytes:
    """Lines as the record ``name`` has them; what is joined of such pieces is a file of the same kind."""
    return packed(text) if name.endswith(PACKED) else text.encode(errors="replace")
