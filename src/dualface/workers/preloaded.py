"""Imports what every worker process needs, without starting one's work: the server that workers are forked from loads this.

What is loaded here is in memory once, however many workers there are.
"""

import gc
from contextlib import suppress
from importlib import import_module

from dualface.errors import DeviceError
from dualface.inference.openvino import import_without_telemetry

for name in (
    "video.video_run",
    "render.compose.cpu",
    "decode.software",
    "render.encode.software",
    "observe.detect.centerface",
    "observe.embed.embedder",
):
    import_module(f"dualface.{name}")
with suppress(DeviceError):
    import_without_telemetry()
gc.collect()
gc.freeze()  # a later collection would write to every object, and so copy the pages that all workers share
