"""Plays scripted scenes through tracking and re-identification.

The embedder is a fake that knows the truth, with noise: each face's landmarks carry its person's number.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np

from dualface.interfaces import Embedder
from dualface.likeness import Scale
from dualface.observe.people.casting import Casting
from dualface.observe.people.reid import ConditionalReID, Mode
from dualface.observe.people.scene import Scene
from dualface.observe.people.tracker import PeopleTracker
from dualface.observe.track.bytetrack import ByteTracker
from dualface.types import Box, Detection, F32Array, Frame, Person

W, H, FPS = 1280, 720, 30
NAMES = "ABCD"
BOTH = {"A": Person.LEFT, "B": Person.RIGHT}
Faces = Mapping[str, tuple[float, float]]
"""Centre x in pixels and height of each person's face."""


class TruthfulEmbedder:
    """Strangers have a cosine of 0.85, pictures of one person about 0.98, but for ``change``, such as glasses and light.

    A profile has nothing in common with frontal views.
    """

    dimensions = 24

    def __init__(self, change: float = 0.0) -> None:
        self.calls = self.faces = 0
        self.change = change
        self._rng = np.random.default_rng(1)

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        self.calls += 1
        self.faces += len(faces)
        return np.stack([self._vector(face, frame.index) for face in faces])

    def _vector(self, face: Detection, index: int) -> F32Array:
        assert face.landmarks is not None
        person = round(float(face.landmarks[4, 1]) * 10) % 10
        profile = 16 * (abs(float(face.landmarks[1, 0] - face.landmarks[0, 0])) < 20)
        vector = np.zeros(self.dimensions)
        vector[profile], vector[profile + 1 + person] = np.sqrt(0.85), np.sqrt(0.15)
        vector[8:16] = self._rng.normal(0, 0.03, 8)
        if index > 60:
            vector[6] = self.change
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def close(self) -> None:
        pass


def detection(name: str, x: float, size: float, *, turned: bool = False) -> Detection:
    """``turned``: in profile, looking to the middle of the picture."""
    box = Box(x - 0.4 * size, 0.42 * H, 0.8 * size, size)
    marks = np.array([[x - 20, 330], [x + 20, 330], [x, 350], [x - 15, 370], [x + 15, 370]], np.float32)
    if turned:
        marks[[0, 1, 3, 4], 0] = x - 4, x + 4, x - 3, x + 3
        marks[2, 0] = x + (14 if x < W / 2 else -14)
    marks[4, 1] = 370 + NAMES.index(name[0]) / 10
    return Detection(box, 0.9, marks)


def everywhere(value: bool) -> Callable[[Box], float]:
    return lambda _: float(value)


def play(
    script: Callable[[int], Faces],
    frames: int,
    *,
    cuts: Sequence[int] = (),
    changed: Sequence[int] = (),
    mode: Mode = "conditional",
    embedder: Embedder | None = None,
    known: Mapping[Person, Sequence[F32Array]] | None = None,
    turned: Callable[[int], str] = lambda _: "",
) -> tuple[list[dict[str, Person]], list[Scene], ConditionalReID]:
    """Returns who was given which side in each frame, the scenes, and the re-identification."""
    casting = Casting(W, H)
    reid = ConditionalReID(embedder or TruthfulEmbedder(), casting, fps=FPS, mode=mode, scale=Scale(0.94), known=known)
    people = PeopleTracker(ByteTracker(), casting, delay=15, reid=reid)
    scenes: list[Scene] = []
    names: list[dict[Box, str]] = []
    for n in range(frames):
        found = {name: detection(name, *place, turned=name in turned(n)) for name, place in script(n).items()}
        names.append({d.box: name for name, d in found.items()})
        frame = Frame(n, n, Fraction(1, FPS), 1, W, H, ())
        scenes += people.push(frame, list(found.values()), cut=n in cuts, changed=everywhere(n in changed))
    scenes += people.flush()
    told = [{names[s.frame.index][t.box]: s.people[t.id] for t in s.tracks if t.id in s.people} for s in scenes]
    return told, scenes, reid
