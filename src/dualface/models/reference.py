"""How users name a model: ``centerface``, ``face.onnx``, ``yunet:models/my.onnx``, ``https://…/scrfd.onnx#sha256=…``.

Either a name of the catalog, or ``[family:]path-or-URL[#sha256=digest]``.  Without ``family:`` the family is the one whose name
occurs in the file's name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from dualface.errors import ModelError
from dualface.models.catalog import CATALOG, FAMILIES, ModelSpec, describe
from dualface.registry import names

_FAMILY = re.compile(r"([a-z][a-z0-9-]+):(?!//)(.+)", re.DOTALL)
"""At least two letters, so that a Windows drive is none; not followed by ``//``, so that a URL's scheme is none."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def parse_reference(text: str, catalog: Mapping[str, ModelSpec] = CATALOG) -> tuple[ModelSpec, Path | None]:
    """The model that ``text`` names, and the user's own file if it is one (a URL is in the spec).

    Raises :class:`~dualface.errors.ModelError` for an unknown name, a file without a family, a file that doesn't exist and a
    checksum that can't be one.
    """
    if text in catalog:
        return catalog[text], None
    body, marker, digest = text.partition("#sha256=")
    digest = digest.strip().lower()
    if marker and not _DIGEST.fullmatch(digest):
        raise ModelError(f"The checksum in {text!r} is not a SHA-256: give 64 hexadecimal digits after #sha256=.")
    prefix = _FAMILY.fullmatch(body)
    family, location = (prefix[1], prefix[2]) if prefix else (None, body)
    if location.startswith(("http://", "https://")):
        name = PurePosixPath(unquote(urlsplit(location).path)).name
        return describe(_stem(name), family or _guess(name, text), sha256=digest or None, url=location), None
    path = Path(location).expanduser()
    if not path.is_file():
        if prefix is None and path.name == location and not path.suffix:
            raise ModelError(_unknown(location, catalog))
        raise ModelError(f"There is no model file {location!r}: check the path.", file=path)
    spec = describe(_stem(path.name), family or _guess(path.name, text), sha256=digest or None)
    if spec.family == "dlib" and path.suffix == ".onnx":
        spec = replace(spec, prepare=None)
    return spec, path


def _stem(file_name: str) -> str:
    """A file's name as a model's: without suffixes, only characters that any file system takes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", file_name.partition(".")[0]).strip("-") or "model"


def _guess(file_name: str, text: str) -> str:
    letters = re.sub(r"[^a-z]", "", file_name.lower())
    families = list(dict.fromkeys([*FAMILIES, *names("detector"), *names("embedder")]))
    for family in families:
        if all(part in letters for part in family.split("-")):
            return family
    raise ModelError(
        f"What kind of model {text!r} is can't be told from its name: put its family before it, as in 'scrfd:{text}' "
        f"(there are {', '.join(families)})."
    )


def _unknown(name: str, catalog: Mapping[str, ModelSpec]) -> str:
    near = difflib.get_close_matches(name, catalog, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(catalog)}, and a file's path or a URL will do too."
    return f"No model is named {name!r}: {hint}"
