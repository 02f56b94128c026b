"""Memory is given back, and what is needed again is there again."""

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is given back")

_RESIDENT = """
    import re
    from pathlib import Path

    def resident(kind):
        return int(re.search(kind + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1e3
"""


def test_code_that_was_dropped_runs_as_before() -> None:
    _run("""
        import av
        from dualface.heap import drop_code

        names = [av.Codec(name, "r").long_name for name in ("h264", "aac")]
        before = resident("RssFile")
        drop_code(Path(av.__file__).parents[1])
        assert resident("RssFile") < before - 1
        assert [av.Codec(name, "r").long_name for name in ("h264", "aac")] == names
    """)


def test_pixel_loops_run_and_are_loaded_once_their_loader_was_dropped() -> None:
    _run("""
        import numpy as np
        from dualface.pixels import tensor
        from dualface.pixels.machine_code import let_go_of_llvm

        def red():
            picture = np.full((3, 2, 2), 128, np.float32)
            tensor.yuv_to_rgb(picture, np.array([16, 1.164, 1.793, 0.213, 0.533, 2.112, 128], np.float32), False)
            return picture[0, 0, 0]

        red_before, before = red(), resident("RssFile")
        let_go_of_llvm()
        assert resident("RssFile") < before - 10
        assert red() == red_before
        from dualface.pixels import blend
    """)


def test_buffers_of_a_picture_go_back_as_soon_as_they_are_freed() -> None:
    _run("""
        import numpy as np
        from dualface.heap import keep_little

        keep_little()
        for _ in range(3):  # by itself glibc would keep what it has seen freed once
            before = resident("RssAnon")
            pictures = [np.ones(3_000_000, np.uint8) for _ in range(10)]
            spare = np.ones(100, np.uint8)
            del pictures
            assert resident("RssAnon") < before + 2
    """)


def _run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_RESIDENT) + textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
