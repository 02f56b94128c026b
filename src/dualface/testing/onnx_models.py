"""Tiny ONNX files: models that always see the same faces, in the layouts that families publish, and one that sees colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dualface.types import Detection, F32Array

_STRIDES = (8, 16, 32)


def save_constant_model(path: Path, width: int, height: int, outputs: Sequence[F32Array]) -> Path:
    """A model of one picture (1, 3, ``height``, ``width``) whose outputs never change."""
    from onnx import TensorProto, helper, numpy_helper, save

    names = [f"output{i}" for i in range(len(outputs))]
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(output))
        for name, output in zip(names, outputs, strict=True)
    ]
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, height, width])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, o.shape) for name, o in zip(names, outputs, strict=True)]
    graph = helper.make_graph(nodes, "constant", [picture], results)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def save_face_model(path: Path, family: str, width: int, height: int, faces: Sequence[Detection]) -> Path:
    """A detector of ``family`` that always sees ``faces`` (with landmarks, in pixels of its picture)."""
    return save_constant_model(path, width, height, _ENCODERS[family](width, height, faces))


def save_mean_model(path: Path, width: int, height: int) -> Path:
    """An embedder's model for pictures of (n, 3, ``height``, ``width``), whose vector is the picture's mean colour."""
    from onnx import TensorProto, helper, save

    nodes = [helper.make_node("GlobalAveragePool", ["picture"], ["mean"]), helper.make_node("Flatten", ["mean"], ["vector"])]
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, height, width])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", 3])
    graph = helper.make_graph(nodes, "mean", [picture], [vector])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


def _marks(face: Detection) -> F32Array:
    if face.landmarks is None:
        raise ValueError("the models of this module see landmarks")
    return face.landmarks


def _centerface(width: int, height: int, faces: Sequence[Detection]) -> list[F32Array]:
    heat, scale, offset, marks = (np.zeros((1, n, height // 4, width // 4), np.float32) for n in (1, 2, 2, 10))
    for face in faces:
        box, column, row = face.box, int(face.box.cx // 4), int(face.box.cy // 4)
        heat[0, 0, row, column] = face.score
        scale[0, :, row, column] = np.log([box.h / 4, box.w / 4])
        offset[0, :, row, column] = box.cy / 4 - row - 0.5, box.cx / 4 - column - 0.5
        marks[0, :, row, column] = ((_marks(face) - box[:2]) / box[2:])[:, ::-1].ravel()
    return [heat, scale, offset, marks]


def _groups(
    width: int, height: int, faces: Sequence[Detection], channels: Sequence[int], anchors: int
) -> tuple[list[list[F32Array]], list[tuple[Detection, int, int, F32Array]]]:
    """Zeros for every kind of output and cell size, and where each face goes: which size, which row, its cell's corner."""
    groups = [[np.zeros((anchors * (width // s) * (height // s), c), np.float32) for s in _STRIDES] for c in channels]
    places = []
    for i, face in enumerate(faces):
        level = i % len(_STRIDES)
        stride = _STRIDES[level]
        column, row = int(face.box.cx // stride), int(face.box.cy // stride)
        index = anchors * (row * (width // stride) + column) + anchors - 1
        places.append((face, level, index, np.array([column, row], np.float32)))
    return groups, places


def _yunet(width: int, height: int, faces: Sequence[Detection]) -> list[F32Array]:
    (cls, obj, boxes, marks), places = _groups(width, height, faces, (1, 1, 4, 10), 1)
    for face, level, index, corner in places:
        stride = _STRIDES[level]
        cls[level][index], obj[level][index] = 1, face.score**2
        boxes[level][index, :2] = np.array([face.box.cx, face.box.cy]) / stride - corner
        boxes[level][index, 2:] = np.log(np.array(face.box[2:]) / stride)
        marks[level][index] = (_marks(face) / stride - corner).ravel()
    return [output[None] for group in (cls, obj, boxes, marks) for output in group]


def _scrfd(width: int, height: int, faces: Sequence[Detection]) -> list[F32Array]:
    """Without a batch axis, as InsightFace's files."""
    (scores, boxes, marks), places = _groups(width, height, faces, (1, 4, 10), 2)
    for face, level, index, corner in places:
        stride, box = _STRIDES[level], face.box
        scores[level][index] = face.score
        boxes[level][index, :2] = corner - np.array([box.x, box.y]) / stride
        boxes[level][index, 2:] = np.array([box.right, box.bottom]) / stride - corner
        marks[level][index] = (_marks(face) / stride - corner).ravel()
    return [output for group in (scores, boxes, marks) for output in group]


def _yolo_face(width: int, height: int, faces: Sequence[Detection]) -> list[F32Array]:
    values = np.zeros((1, 20, sum((width // s) * (height // s) for s in _STRIDES)), np.float32)
    for i, face in enumerate(faces):
        box = face.box
        visible = np.concatenate([_marks(face), np.ones((5, 1), np.float32)], 1)
        values[0, :, 7 * i] = [box.cx, box.cy, box.w, box.h, face.score, *visible.ravel()]
    return [values]


_ENCODERS: MappingProxyType[str, Callable[[int, int, Sequence[Detection]], list[F32Array]]] = MappingProxyType(
    {"centerface": _centerface, "yunet": _yunet, "scrfd": _scrfd, "yolo-face": _yolo_face}
)
