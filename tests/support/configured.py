"""Configurations for whole runs with a made-up detector that always sees the same two faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dualface.config.layers import HybridConfigManager
from dualface.config.schema import Config
from dualface.testing.onnx_models import save_face_model
from dualface.types import Box, Detection


def configured(folder: Path, **settings: str) -> Config:
    """The defaults with that detector and a small canvas, changed by ``settings`` (section.name to text)."""
    marks = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    boxes = [Box(60, 80, 60, 70), Box(330, 100, 60, 70)]
    faces = [Detection(box, 0.9, (marks * box[2:] + box[:2]).astype(np.float32)) for box in boxes]
    model = save_face_model(folder / "faces.onnx", "yolo-face", 512, 288, faces)
    chosen = {
        "models.face_detection": f"yolo-face:{model}",
        "reid.mode": "never",
        "framing.size": "256x144",
        "detection.input_size": "512x288",
        "detection.backend": "onnxruntime",
    } | settings
    flags = [("test", key, value) for key, value in chosen.items()]
    return HybridConfigManager(flags=flags, environment={}, working_dir=folder, config_dir=folder).load_optimal_config()
