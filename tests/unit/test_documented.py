"""Whatever a user may write is documented: exported names, kinds of plugins, settings; in docstrings, and on their pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from dualface.api.reference import contract_of, docstring, exported
from dualface.api.signatures import signature
from dualface.config.settings import Setting, all_settings
from dualface.inference.onnxruntime import OnnxRuntimeInferenceEngine
from dualface.interfaces import Detector, Embedder
from dualface.kinds import KINDS, Kind, interface
from dualface.pixels.source import CpuPixels
from dualface.testing.onnx_models import save_constant_model, save_mean_model
from dualface.testing.pictures import frame_from_rgb

DOCS = Path(__file__).parent.parent.parent / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def missing_of_names(names: Mapping[str, Any], text: str) -> Iterator[str]:
    """What is not documented of exported names; of the front door's classes, every method must be."""
    for name, value in names.items():
        if not docstring(value):
            yield f"{name} has no docstring"
        if f"### `{name}`\n" not in text:
            yield f"{name} is not on the page"
        if isinstance(value, type) and value.__module__.startswith("dualface.api."):
            yield from (f"{name}.{member} has no docstring" for member, one in methods(value) if not docstring(one))


def methods(value: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(value).items():
        called = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if not name.startswith("_") and (inspect.isfunction(called) or isinstance(called, property | cached_property)):
            yield name, called


def missing_of_kind(kind: Kind, text: str) -> Iterator[str]:
    """What is not documented of a kind of part."""
    protocol, constructor = interface(kind.interface), interface(kind.constructor)
    section = text.partition(f"## `{kind.name}`\n")[2].partition("\n## ")[0]
    if not section:
        yield f"{kind.name} is not on the page"
    yield from (f"{one.__name__} has no docstring" for one in (protocol, constructor) if not docstring(one))
    for member in kind.members:
        if not re.search(rf"^- `{member}\b[^\n]*`: ", section, re.MULTILINE):
            yield f"{kind.interface}.{member} is not explained"
    module, _, suite = contract_of(kind).partition(":")
    if not docstring(getattr(import_module(module), suite)):
        yield f"{suite} has no docstring"


def missing_of_setting(setting: Setting, text: str) -> Iterator[str]:
    section = text.partition(f"## `{setting.section}`\n")[2].partition("\n## ")[0]
    if setting.description not in section or not re.search(rf"^\| `{setting.name}` (\(`\w+`\) )?\|", section, re.MULTILINE):
        yield f"{setting.key} is not on the page"
    if not setting.description:
        yield f"{setting.key} has no description"


def test_every_exported_name_is_documented() -> None:
    assert list(missing_of_names(exported(), page("api.md"))) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_of_plugin_is_documented(kind: Kind) -> None:
    assert list(missing_of_kind(kind, page("plugins.md"))) == []


def test_every_setting_is_documented() -> None:
    text = page("configuration.md")
    assert [problem for setting in all_settings().values() for problem in missing_of_setting(setting, text)] == []


def test_what_is_not_documented_is_found() -> None:
    @dataclass
    class Undocumented:
        number: int

    assert list(missing_of_names({"Undocumented": Undocumented}, page("api.md"))) == [
        "Undocumented has no docstring",
        "Undocumented is not on the page",
    ]
    layout = KINDS["layout"]
    assert "layout is not on the page" in list(missing_of_kind(layout, page("plugins.md").replace("## `layout`", "")))
    unexplained = page("plugins.md").replace("- `arrange(moment: Moment) -> Sequence[Tile]`: ", "- `arrange`")
    assert list(missing_of_kind(layout, unexplained)) == ["Layout.arrange is not explained"]
    zoom = replace(all_settings()["framing.zoom"], key="framing.zooom")
    assert list(missing_of_setting(zoom, page("configuration.md"))) == ["framing.zooom is not on the page"]


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    """What the Python code on the page of plugins defines."""
    blocks = re.findall(r"```python\n(.*?)```", page("plugins.md").partition("<!-- generated")[0], re.DOTALL)
    places: dict[str, Any] = {"__name__": "samples", "PictureInPictureLayout": object}
    for block in blocks:
        if not block.startswith("--8<--"):
            exec(compile(block, "plugins.md", "exec"), places)
    return places


def test_the_detector_on_the_page_works(samples: dict[str, Any], tmp_path: Path) -> None:
    rows = np.array([[[10, 20, 30, 40, 0.9], [100, 50, 20, 20, 0.1]]], np.float32)
    path = save_constant_model(tmp_path / "faces.onnx", 192, 96, [rows])
    detector = samples["FastDetector"](OnnxRuntimeInferenceEngine(path, (1, 3, 96, 192)), pixels=CpuPixels())
    assert isinstance(detector, Detector)
    [[face]] = detector.detect([frame_from_rgb(np.zeros((192, 384, 3), np.uint8))])
    assert face.box == (20, 40, 60, 80)


def test_the_embedder_on_the_page_says_how_its_model_takes_faces(samples: dict[str, Any], tmp_path: Path) -> None:
    spec = replace(samples["SharpEmbedder"].spec, dimensions=3)
    engine = OnnxRuntimeInferenceEngine(save_mean_model(tmp_path / "mean.onnx", *spec.size), (4, 3, *spec.size[::-1]))
    assert isinstance(samples["SharpEmbedder"](engine, spec, pixels=CpuPixels()), Embedder)


def test_a_model_that_is_built_when_it_is_first_used_is_called_the_same_way_before() -> None:
    class Late(BaseModel, defer_build=True):
        size: int

    assert signature(Late, returns=False) == "(*, size: int)"
