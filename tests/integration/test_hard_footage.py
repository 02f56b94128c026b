"""What is hard about real footage, painted, with the truth about it: seen by the real models, decided and planned."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.support.watched import Watched, Watching, at, one_shot

from dualface.footage.cast import Actor, load_cast, load_changed
from dualface.footage.collage import Part
from dualface.footage.poses import Pose, pose_at
from dualface.footage.scenes import BOARD, Key, Scene, Shot
from dualface.inference.openvino import import_without_telemetry
from dualface.types import Person, Rect

LEFT, RIGHT = Person.LEFT, Person.RIGHT
PAIR = {"A": at(0.26), "B": at(0.74)}


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Watching:
    return Watching(tmp_path_factory.mktemp("config"))


def is_right(told: Watched, least: float = 0.98) -> None:
    score = told.score()
    assert score.owed > 0
    assert score.identity >= least
    assert score.wrong == 0
    assert told.cuts == told.true_cuts


def stays_in(told: Watched, person: Person, box: Rect, first: int = 0, last: int = 10**9) -> None:
    """A pixel of the picture's edge may be in the tile, and no more of what is around it."""
    for n, crop in told.crops(person):
        if first <= n < last:
            assert crop.x >= box.x - 1
            assert crop.y >= box.y - 1
            assert crop.right <= box.x + box.w + 1
            assert crop.bottom <= box.y + box.h + 1


def alone(name: str, seconds: float = 60) -> Scene:
    return Scene(seconds, (Shot(0, {name: at(0.5, 0.42, 0.4)}, wall=ord(name) % 3, desk=False),))


SCREEN, UPPER, LOWER = Rect(20, 60, 600, 420), Rect(640, 60, 300, 200), Rect(640, 280, 300, 200)


@pytest.mark.slow
@pytest.mark.parametrize("background", [(16, 128, 128), (40, 132, 126)], ids=["black", "blue"])
def test_a_grid_with_a_shared_screen(watching: Watching, background: tuple[int, int, int]) -> None:
    parts = Part(SCREEN, None), Part(UPPER, alone("A")), Part(LOWER, alone("B"))
    told = watching.watch(*parts, size=(960, 540), background=background)
    # one above the other, both are in the middle: either is right, but both must stay where they are
    for person in Person:
        crops = list(told.crops(person))
        assert len(crops) >= 0.98 * len(told.plans)
        box = UPPER if crops[0][1].cy < 270 else LOWER
        stays_in(told, person, box)
    assert {dict(told.crops(person))[30].cy < 270 for person in Person} == {True, False}


@pytest.mark.slow
def test_two_boxes_side_by_side(watching: Watching) -> None:
    boxes = Rect(20, 90, 290, 180), Rect(330, 90, 290, 180)
    told = watching.watch(Part(boxes[0], alone("A")), Part(boxes[1], alone("B")))
    is_right(told)
    for person, box in zip(Person, boxes, strict=True):
        stays_in(told, person, box)


@pytest.mark.slow
def test_two_halves_that_touch_each_other(watching: Watching) -> None:
    halves = Rect(0, 0, 320, 360), Rect(320, 0, 320, 360)
    beside = [
        Scene(60, (Shot(0, {name: at(x, 0.42, 0.4)}, wall, desk=False),)) for name, x, wall in (("A", 0.75, 2), ("B", 0.25, 0))
    ]
    told = watching.watch(*map(Part, halves, beside), seconds=4)
    is_right(told)
    for person, half in zip(Person, halves, strict=True):
        stays_in(told, person, half)


@pytest.mark.slow
def test_a_small_box_over_the_picture_of_the_other(watching: Watching) -> None:
    box = Rect(464, 260, 176, 100)
    whole = Scene(60, (Shot(0, {"A": at(0.4, 0.42, 0.4)}, 2, desk=False),))
    told = watching.watch(Part(Rect(0, 0, 640, 360), whole), Part(box, alone("B")), seconds=4)
    is_right(told, 0.9)
    stays_in(told, RIGHT, box)
    assert all(crop.right <= box.x or crop.bottom <= box.y for _, crop in told.crops(LEFT))


@pytest.mark.slow
def test_bars_that_change_from_shot_to_shot(watching: Watching) -> None:
    wide, narrow = Rect(0, 46, 640, 268), Rect(80, 0, 480, 360)
    talk = Scene(60, (Shot(0, PAIR, desk=False),))
    told = watching.watch(
        Part(wide, talk, 0, 1.6), Part(narrow, talk, 1.6, 3.2), Part(Rect(0, 0, 640, 360), talk, 3.2), seconds=4.4
    )
    is_right(told)
    for person in Person:
        stays_in(told, person, wide, 0, 40)
        stays_in(told, person, narrow, 40, 80)


@pytest.mark.slow
def test_a_cut_inside_a_picture_that_fills_only_a_box(watching: Watching) -> None:
    """People in an inset change places by a cut; the rest of the picture stays."""
    inset = Rect(60, 50, 360, 202)
    shots = (Shot(0, PAIR, desk=False), Shot(1.6, {"B": at(0.26), "A": at(0.74)}, wall=2, desk=False))
    told = watching.watch(Part(Rect(0, 0, 640, 360), None), Part(inset, Scene(60, shots)))
    score = told.score()
    assert score.identity >= 0.97
    assert score.wrong_share <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize("pixels", [20, 30, 40])
def test_heads_on_a_wide_stage(watching: Watching, pixels: int) -> None:
    """In full HD, from hair to chin."""
    height = pixels / 1.25 / 1080
    told = watching.watch(
        one_shot({"A": at(0.35, 0.5, height), "B": at(0.6, 0.5, height)}, size=(1920, 1080)), size=(1920, 1080), seconds=1.6
    )
    is_right(told)


@pytest.mark.slow
@pytest.mark.parametrize("height", [0.6, 1.0, 1.4])
def test_extreme_close_ups(watching: Watching, height: float) -> None:
    close = Shot(1.2, {"A": at(0.5, 0.5, height)}, wall=1, desk=False)
    back = Shot(2.4, {"B": at(0.5, 0.5, height)}, wall=2, desk=False)
    told = watching.watch(Part(Rect(0, 0, 640, 360), Scene(60, (Shot(0, PAIR, desk=False), close, back))), seconds=3.6)
    is_right(told, 0.95)


def leaning(angle: float) -> dict[str, Actor]:
    """A sits; B leans by ``angle``, in radians."""

    def lie(pose: Pose, _: float) -> Pose:
        return pose._replace(lean=pose.lean + angle)

    cast = load_cast("AB")
    return cast | {"B": replace(cast["B"], act=lie)}


@pytest.mark.parametrize("degrees", [75, *(pytest.param(angle, marks=pytest.mark.slow) for angle in (-75, -45, 45))])
def test_a_head_that_is_tilted(watching: Watching, degrees: int) -> None:
    angle, body = math.radians(degrees), 2.4 * 0.3  # from a body's foot to the face's middle, in heights
    lying = at(0.72 - body * math.sin(angle) * 9 / 16, 0.45 - body * (1 - math.cos(angle)))
    told = watching.watch(one_shot({"A": at(0.2), "B": lying}, leaning(angle)), seconds=2)
    score = told.score()
    assert score.identity >= 0.95
    assert score.wrong == 0
    left, right = (dict(told.crops(person))[30] for person in Person)
    assert right.h == pytest.approx(left.h, rel=0.15), "heads are of one size"


def portrait(name: str) -> Actor:
    """A picture of somebody: nothing of it moves."""
    actor = load_cast(name)[name]
    still = pose_at(actor.seed, 0.0)._replace(blink=0.0, mouth=0.0)
    return replace(actor, act=lambda pose, time: still)


def has_bfloat16() -> bool:
    """Whether models that find faces may run less exactly here."""
    return "BF16" in import_without_telemetry().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@pytest.mark.parametrize("seconds", [2.4, pytest.param(5.0, marks=pytest.mark.slow)])
def test_a_portrait_between_them(watching: Watching, seconds: float) -> None:
    if seconds < 4 and has_bfloat16():
        pytest.skip("in bfloat16 even a portrait's landmarks tremble, and it is told after four seconds only")
    cast = load_cast("AB") | {"D": portrait("D")}
    paths = {"D": at(0.5, 0.3, 0.34), "A": at(0.24, 0.41, 0.26), "B": at(0.76, 0.41, 0.26)}
    is_right(watching.watch(one_shot(paths, cast), seconds=seconds))


@pytest.mark.parametrize("fps", [5, *(pytest.param(rate, marks=pytest.mark.slow) for rate in (8, 15))])
def test_low_frame_rates(watching: Watching, fps: int) -> None:
    told = watching.watch(
        one_shot(
            {"A": (Key(1, 0.24, 0.41, 0.3), Key(3, 0.32, 0.44, 0.3)), "B": (Key(2, 0.76, 0.41, 0.3), Key(4, 0.68, 0.4, 0.3))}
        ),
        seconds=40 / fps,
        fps=fps,
    )
    is_right(told)


@pytest.mark.slow
def test_uneven_times_with_long_gaps(watching: Watching) -> None:
    """A recording that writes a picture only where something changes: bursts, and seconds without any."""
    times, time = [], 0.0
    for burst in (20, 3, 30, 1, 25):
        for _ in range(burst):
            times.append(time)
            time += 1 / 25
        time += 3.0
    told = watching.watch(one_shot(PAIR), times=times)
    is_right(told)


@pytest.mark.slow
def test_neighbours_shoulder_to_shoulder(watching: Watching) -> None:
    told = watching.watch(one_shot({"A": at(0.42, 0.41, 0.28), "B": at(0.58, 0.41, 0.28)}), seconds=2.4)
    is_right(told)
    for person in Person:
        for n, crop in told.crops(person):
            other = told.face(n, person.other)
            inside = min(crop.right, other.right) - max(crop.x, other.x)
            assert inside <= 0.35 * other.w, "the neighbour's face is not in the tile"


@pytest.mark.slow
def test_a_face_that_is_hidden_for_long_while_a_third_one_is_there(watching: Watching) -> None:
    hidden = (Key(2, 1.3, 0.42, 0.5), Key(2.4, 0.5, 0.42, 0.5), Key(14, 0.5, 0.42, 0.5), Key(14.4, 1.3, 0.42, 0.5))
    paths = {"A": at(0.2, 0.41, 0.26), "B": at(0.5, 0.41, 0.26), "C": at(0.8, 0.41, 0.24), BOARD: hidden}
    told = watching.watch(one_shot(paths), seconds=17, fps=10)
    score = told.score()
    assert score.wrong_share <= 0.01, "nobody else gets the tile"
    assert score.identity >= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "look"),
    [("dark", {"gamma": 3.0}), ("backlit", {"gamma": 2.6, "contrast": 0.6}), ("mirror image", {"mirrored": True})],
)
def test_dark_and_backlit_pictures_and_mirror_images(watching: Watching, what: str, look: dict[str, float]) -> None:
    cast = {name: load_changed(name, **look) for name in "AB"}
    talk = {"A": at(0.26, 0.41, 0.32), "B": at(0.74, 0.41, 0.32)}
    is_right(watching.watch(one_shot(talk, cast), seconds=2))


@pytest.mark.slow
def test_profiles_and_bowed_heads_keep_their_tiles(watching: Watching) -> None:
    def away(pose: Pose, time: float) -> Pose:
        return pose._replace(profile=1.0 if 1 <= time < 3 else 0.0)

    cast = load_cast("AB")
    cast["B"] = replace(cast["B"], act=away)
    told = watching.watch(one_shot(PAIR, cast), seconds=4)
    is_right(told, 0.95)
    assert {plan.layout for plan in told.plans} == {"split"}
