"""The example of a plugin, as installed: it is found by its name and does what its docstring says."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dualface import registry
from dualface.interfaces import Layout
from dualface.types import Rect, Side

EXAMPLE = Path(__file__).parents[3] / "examples" / "layout_plugin"


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip would leave behind: the module, and a folder that names the entry points."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "dualface_golden-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items()) for group, points in groups]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(EXAMPLE)
    monkeypatch.delitem(sys.modules, "golden_layout", raising=False)


@pytest.mark.usefixtures("_installed")
def test_it_is_a_layout_that_one_can_ask_for_by_name() -> None:
    assert "golden" in registry.names("layout")
    layout: Any = registry.load("layout", "golden")()
    assert isinstance(registry.load("layout", "golden")(), Layout)
    tiles = layout.tiles(*layout.default_size, 0)
    assert tiles == {Side.LEFT: Rect(0, 0, 1186, 1080), Side.RIGHT: Rect(1186, 0, 734, 1080)}
    assert layout.tiles(1280, 720, 20)[Side.RIGHT].x + layout.tiles(1280, 720, 20)[Side.RIGHT].w == 1280
