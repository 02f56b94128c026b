"""The file of corrections beside a film, ``STEM.corrections.yaml``::

version: 1
corrections:
- swap: from here
  at: 12.5
- face: Ann
  at: 00:01:02.500
  point: [812, 240]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dualface.config.correction_entries import VERSION, Names, entry_of
from dualface.config.correction_reader import CorrectionError, Written, WrongError, checked, reading, without_place
from dualface.config.schema import Config
from dualface.corrections import Caption, Correction
from dualface.errors import OutputError
from dualface.files import write_whole

__all__ = ["CorrectionError", "captioned", "correction_of", "digest_of", "entry_of", "load_corrections", "save_corrections"]

_HEAD = f"""\
# Corrections of this film.  Times count from its first picture, places are pixels of the source.
# After a change, run dualface again: it makes only the seconds anew that are different now.
version: {VERSION}
"""


def load_corrections(path: str | Path, names: Names | None = None) -> tuple[Correction, ...]:
    """The corrections in a file, in its order.

    ``names``: what the two are called, and who that is; captions in the file itself count, too.  Raises
    :class:`CorrectionError` for a file that can't be read, and for whatever is wrong in it.
    """
    file = Path(path)
    return reading(file, _text(file), names or {}).corrections


def save_corrections(path: str | Path, corrections: Sequence[Correction], names: Names | None = None) -> None:
    """Writes a file whole or not at all; the same corrections give the same file.

    Corrections that were in the file already stay as they are written there, with the comments above them, and so does what
    stands above the first one.  People are written by their ``names``.  Raises :class:`CorrectionError` where there is a file
    that can't be read as one of corrections, so that nothing is lost, and :class:`~dualface.errors.OutputError`.
    """
    file = Path(path)
    before = reading(file, _text(file), names or {}) if file.exists() else Written(head=_HEAD)
    text = _joined(before, corrections, names)
    if reading(file, text, names or {}).corrections != tuple(corrections):  # what was written leans on what is gone
        text = _joined(Written(head=_HEAD), corrections, names)
    try:
        write_whole(file, text.encode())
    except OSError as error:
        raise OutputError(f"{file} can't be written ({error.strerror or error}); choose another place.", file=file) from error


def correction_of(entry: Mapping[str, Any], names: Names | None = None) -> Correction:
    """The correction that an entry stands for: plain values, as :func:`~dualface.config.correction_entries.entry_of` gives.

    Raises :class:`CorrectionError`, without a line.
    """
    try:
        return checked({"version": VERSION, "corrections": [_as_texts(entry)]}, names or {})[0]
    except WrongError as error:
        raise without_place(error) from None


def digest_of(corrections: Sequence[Correction]) -> str:
    """Changes with what is corrected, not with how it is written; empty where nothing is."""
    if not corrections:
        return ""
    entries = json.dumps([entry_of(one) for one in corrections], sort_keys=True)
    return hashlib.sha256(entries.encode()).hexdigest()[:32]


def captioned(config: Config, corrections: Sequence[Correction]) -> Config:
    """The configuration with the captions that the corrections give people."""
    captions = {f"caption_{one.person.value}": one.text for one in corrections if isinstance(one, Caption)}
    return config.model_copy(update={"framing": config.framing.model_copy(update=captions)}) if captions else config


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CorrectionError(f"{path} is not a text file in UTF-8; save it as such.", file=path) from None
    except OSError as error:
        raise CorrectionError(f"{path} can't be read ({error.strerror or error}); check the path.", file=path) from None


def _joined(before: Written, corrections: Sequence[Correction], names: Names | None) -> str:
    """The file's new text: what is said again keeps its old words."""
    old = list(zip(before.corrections, before.texts, strict=False))
    blocks = []
    for one in corrections:
        same = next((k for k, (known, _) in enumerate(old) if known == one), None)
        blocks.append(old.pop(same)[1] if same is not None else _block(entry_of(one, names)))
    return (before.head or _HEAD) + ("corrections:\n" + "".join(blocks) if blocks else "corrections: []\n")


def _block(entry: Mapping[str, Any]) -> str:
    """One correction as the list's next item, a line for each of its values."""
    text: str = yaml.safe_dump(dict(entry), sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000)
    if text.startswith("{"):
        text = "".join(
            yaml.safe_dump({name: value}, allow_unicode=True, default_flow_style=False, width=10_000)
            for name, value in entry.items()
        )
    first, *rest = text.splitlines()
    return "\n".join([f"- {first}", *(f"  {line}" for line in rest)]) + "\n"


def _as_texts(value: Any) -> Any:
    """Plain values as a file has them, all of them texts."""
    if isinstance(value, Mapping):
        return {str(name): _as_texts(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_as_texts(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
