"""Whoever only asks, watches or waits has no heavy library in memory, and importing changes nothing in the process."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import dualface

HEAVY = ("av", "cupy", "numba", "onnx", "onnxruntime", "openvino", "pynvml", "scipy", "tensorrt")
LIGHT = ("batch", "cli", "config", "workers", "video.kept", "video.vitals", "gpu.nvml", "gpu.visible")
"""Packages of which all, and modules which, may be imported without any of these."""
WORKING = {"media", "workers.worker", "workers.preloaded"}
"""What only those import that do the work."""


def light_modules() -> list[str]:
    root = Path(dualface.__file__).parent
    names = [path.relative_to(root).with_suffix("").as_posix().replace("/", ".") for path in root.rglob("*.py")]
    top = {name for name in names if "." not in name and name not in ("__init__", "__main__")}
    chosen = top | {name for name in names for light in LIGHT if name == light or name.startswith(f"{light}.")}
    return sorted(f"dualface.{name.removesuffix('.__init__')}" for name in chosen - WORKING)


def test_light_modules_load_no_heavy_library() -> None:
    code = f"""
        import os, signal, sys, threading
        from importlib import import_module
        import dualface

        def state():
            handlers = [signal.getsignal(number) for number in signal.valid_signals()]
            hidden = [name for name, module in sys.modules.items() if module is None]
            return dict(os.environ), handlers, threading.enumerate(), hidden, list(sys.meta_path), list(sys.path)

        before = state()
        for name in {light_modules()!r}:
            import_module(name)
            loaded = [heavy for heavy in {HEAVY!r} if heavy in sys.modules]
            assert not loaded, f"{{name}} loads {{loaded}}"
        assert state() == before
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_package_itself_loads_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import dualface; print(len(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60


def test_type_checkers_know_every_name_that_the_package_offers() -> None:
    """They can't see what is loaded when it is first used."""
    tree = ast.parse(Path(dualface.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert told == dualface._HOME_OF
