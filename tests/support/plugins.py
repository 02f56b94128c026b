"""Packages that bring plugins, as pip would have installed them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_plugin(folder: Path, module: str, source: str, parts: Mapping[str, str], package: str = "odd-parts") -> None:
    """Writes ``module`` and the metadata of ``package`` 1.0 into ``folder``, a place of ``sys.path``.

    ``parts``: a kind and name, as ``"layout.odd"``, and what is loaded for it, as ``"module:Class"``.
    """
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in parts.items()]
    (info / "entry_points.txt").write_text("\n".join(["[dualface.plugins]", *lines, ""]))
