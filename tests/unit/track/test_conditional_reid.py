"""People keep their sides through everything that geometry can't tell, and looking is rare.

The embedder is a fake that knows the truth, with noise: each face's landmarks carry its person's number.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest

from dualface.interfaces import Embedder
from dualface.track.bytetrack import ByteTracker
from dualface.track.casting import Casting
from dualface.track.conditional_reid import ConditionalReID, Mode, Scale
from dualface.track.people import PeopleTracker
from dualface.track.scene import Scene
from dualface.types import Box, Detection, F32Array, Frame, Side

W, H, FPS = 1280, 720, 30
NAMES = "ABCD"
BOTH = {"A": Side.LEFT, "B": Side.RIGHT}
Faces = Mapping[str, tuple[float, float]]
"""Centre x in pixels and height of each person's face."""


class TruthfulEmbedder:
    """Strangers have a cosine of 0.85, pictures of one person about 0.98; ``looks`` changes with glasses, light, …"""

    dimensions = 16

    def __init__(self, change: float = 0.0) -> None:
        self.calls = 0
        self.change = change
        self._rng = np.random.default_rng(1)

    def embed(self, frame: Frame, faces: Sequence[Detection]) -> F32Array:
        self.calls += 1
        return np.stack([self._vector(face, frame.index) for face in faces])

    def _vector(self, face: Detection, index: int) -> F32Array:
        assert face.landmarks is not None
        person = round(float(face.landmarks[4, 1]) * 10) % 10
        vector = np.zeros(self.dimensions)
        vector[0], vector[1 + person] = np.sqrt(0.85), np.sqrt(0.15)
        vector[8:] = self._rng.normal(0, 0.03, 8)
        if index > 60:
            vector[6] = self.change
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def close(self) -> None:
        pass


def detection(name: str, x: float, size: float) -> Detection:
    box = Box(x - 0.4 * size, 0.42 * H, 0.8 * size, size)
    marks = np.array([[x - 20, 330], [x + 20, 330], [x, 350], [x - 15, 370], [x + 15, 370]], np.float32)
    marks[4, 1] = 370 + NAMES.index(name) / 10
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
) -> tuple[list[dict[str, Side]], list[Scene], ConditionalReID]:
    """Returns who was given which side in each frame, the scenes, and the re-identification."""
    casting = Casting(W, H)
    reid = ConditionalReID(embedder or TruthfulEmbedder(), casting, fps=FPS, mode=mode, scale=Scale(0.94))
    people = PeopleTracker(ByteTracker(), casting, delay=15, reid=reid)
    scenes: list[Scene] = []
    names: list[dict[Box, str]] = []
    for n in range(frames):
        found = {name: detection(name, *place) for name, place in script(n).items()}
        names.append({d.box: name for name, d in found.items()})
        frame = Frame(n, n, Fraction(1, FPS), 1, W, H, ())
        scenes += people.push(frame, list(found.values()), cut=n in cuts, changed=everywhere(n in changed))
    scenes += people.flush()
    told = [{names[s.frame.index][t.box]: s.people[t.id] for t in s.tracks if t.id in s.people} for s in scenes]
    return told, scenes, reid


def seats(n: int) -> Faces:
    return {"A": (350, 210), "B": (930, 210)}


def test_quiet_footage_is_looked_at_a_few_times_only() -> None:
    told, scenes, reid = play(seats, 600)
    assert told == [BOTH] * 600
    assert sum(s.reid for s in scenes) <= 6
    assert reid.get_activation_stats()["activation_ratio"] == pytest.approx(sum(s.reid for s in scenes) / 600)


def test_the_reverse_angle_exchanges_nobody() -> None:
    told, _, _ = play(lambda n: seats(n) if not 60 <= n < 120 else {"B": (350, 210), "A": (930, 210)}, 180, cuts=(60, 120))
    assert told == [BOTH] * 180


def test_close_ups_go_to_their_own_tiles() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"B": (640, 400)} if n < 110 else {"A": (640, 400)}

    told, _, _ = play(script, 160, cuts=(60, 110))
    assert told[60:] == [{"B": Side.RIGHT}] * 50 + [{"A": Side.LEFT}] * 50


def test_an_exchange_in_the_seats_without_a_found_cut_is_corrected_before_it_is_published() -> None:
    told, scenes, _ = play(lambda n: seats(n) if n < 60 else {"B": (350, 210), "A": (930, 210)}, 120, changed=(60,))
    assert told == [BOTH] * 120
    assert [c["was"] for s in scenes for c in s.corrections] != []


def test_people_who_cross_and_whose_tracks_are_exchanged_are_corrected() -> None:
    def cross(n: int) -> Faces:
        step = min(max(n - 30, 0), 60) / 60 * 580
        return {"A": (350 + step, 210), "B": (930 - step, 210)}

    told, _, _ = play(cross, 140)
    assert told[-1] == BOTH
    assert sum(people == BOTH for people in told) > 125


def test_a_stranger_who_comes_while_one_is_away_gets_no_tile() -> None:
    def script(n: int) -> Faces:
        return seats(n) if n < 60 else {"A": (350, 210), "C": (900, 210)} if n > 80 else {"A": (350, 210)}

    told, _, _ = play(script, 240)
    assert told[-1] == {"A": Side.LEFT}


def test_one_who_comes_back_after_a_stranger_is_known_again() -> None:
    def script(n: int) -> Faces:
        person = "B" if n < 60 else "C" if 80 < n < 140 else "B" if n > 160 else ""
        return {"A": (350, 210), person: (930, 210)} if person else {"A": (350, 210)}

    told, _, _ = play(script, 220)
    assert told[-1] == BOTH
    assert all("C" not in people for people in told)


@pytest.mark.parametrize("change", [0.2, 0.35, 0.5])
def test_glasses_light_and_profile_do_not_cost_identity(change: float) -> None:
    """The embedding of everyone changes by up to a cosine of 0.89, while people move as usual and a cut comes."""
    told, _, _ = play(seats, 200, embedder=TruthfulEmbedder(change))
    assert told == [BOTH] * 200


def test_always_and_never_agree_with_conditional_where_nothing_happens() -> None:
    assert play(seats, 60, mode="always")[0] == play(seats, 60)[0]
    assert all(s.reid for s in play(seats, 60, mode="always")[1])


def test_faces_without_landmarks_are_left_to_geometry() -> None:
    casting = Casting(W, H)
    reid = ConditionalReID(TruthfulEmbedder(), casting, fps=FPS, mode="conditional", scale=Scale(0.94))
    people = PeopleTracker(ByteTracker(), casting, delay=5, reid=reid)
    scenes: list[Scene] = []
    for n in range(60):
        faces = [Detection(detection(k, *place).box, 0.9) for k, place in seats(n).items()]
        scenes += people.push(Frame(n, n, Fraction(1, FPS), 1, W, H, ()), faces, cut=n == 30)
    assert all(set(s.people.values()) == set(Side) for s in scenes + people.flush())
