"""Embeddings that dlib itself computed: ``tests/data/dlib_golden.npy``, made once with dlib 20.0.1.

Made anew, where dlib is installed, by ``python -m tests.support.dlib_golden``; dlib is no dependency of the project.
The two faces in ``tests/data/dlib_chips.png`` are the portraits of Eileen Collins (scikit-image's "astronaut") and Grace Hopper
(matplotlib's sample data), works of NASA and the US Navy in the public domain, aligned as dualface does.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from dualface.types import F32Array, U8Array

DATA = Path(__file__).parent.parent / "data"
GOLDEN = DATA / "dlib_golden.npy"


def chips() -> U8Array:
    """RGB, uint8, shape (12, 150, 150, 3): each face as it is, mirrored, dark, with red for blue, and pale; then no faces.

    Those are a pattern of waves, and black beside white.
    """
    strip = np.asarray(Image.open(DATA / "dlib_chips.png").convert("RGB"))
    made: list[U8Array] = []
    for face in (strip[:, :150], strip[:, 150:]):
        pale = (128 + face.astype(np.int16) // 2).astype(np.uint8)
        made += [face, face[:, ::-1], face // 3, face[..., ::-1], pale]
    y, x = np.mgrid[0:150, 0:150]
    waves = np.stack([np.sin(x / 7) + np.cos(y / 5), np.sin(x * y / 900), np.cos((x + y) / 11)], 2)
    made.append((127.5 + 60 * waves).astype(np.uint8))
    made.append(np.repeat((255 * (x > 75)).astype(np.uint8)[..., None], 3, 2))
    return np.ascontiguousarray(np.stack(made))


def golden() -> F32Array:
    """dlib's embeddings of :func:`chips`, float32, shape (12, 128), not L2-normalised."""
    vectors: F32Array = np.load(GOLDEN)
    return vectors


def weights() -> Path:
    """dlib's network in the installed package ``face_recognition_models``."""
    found = find_spec("face_recognition_models")
    if found is None or found.origin is None:
        raise FileNotFoundError("install face-recognition-models")
    return Path(found.origin).parent / "models" / "dlib_face_recognition_resnet_model_v1.dat"


def main() -> None:
    import dlib  # type: ignore[import-not-found]

    network = dlib.face_recognition_model_v1(str(weights()))
    np.save(GOLDEN, np.array([network.compute_face_descriptor(chip) for chip in chips()], np.float32))


if __name__ == "__main__":
    main()
