from dualface.direct.framing.dead_zone import DeadZone

QUIET = (5, 20)


def positions(zone: DeadZone, values: list[float]) -> list[float]:
    result = []
    for value in values:
        zone.follow(value, 10.0, 1.0, QUIET)
        result.append(zone.position)
    return result


def zone_at(value: float) -> DeadZone:
    zone = DeadZone()
    zone.begin(value)
    return zone


def test_rests_exactly_while_the_value_wanders_within_the_radius() -> None:
    assert set(positions(zone_at(100.0), [100.0, 104.0, 93.0, 109.0, 95.0] * 9)) == {100.0}


def test_follows_without_a_lag_once_the_value_has_left_and_rests_where_it_stops() -> None:
    ramp = [100.0 + 3 * k for k in range(30)]
    zone = zone_at(100.0)
    path = positions(zone, ramp + [ramp[-1]] * 10)
    assert path[:4] == [100.0] * 4
    assert path[4:30] == ramp[4:]
    assert zone.resting
    assert set(positions(zone, [ramp[-1] + 4, ramp[-1] - 4] * 9)) == {ramp[-1]}


def test_a_value_that_settles_off_the_centre_is_put_right_after_a_while() -> None:
    path = positions(zone_at(100.0), [107.0] * 30)
    assert path[:20] == [100.0] * 20
    assert path[-1] == 107.0


def test_moves_no_faster_than_it_may() -> None:
    zone = zone_at(0.0)
    path = []
    for _ in range(40):
        zone.follow(50.0, 10.0, 1.0, QUIET, speed=2.0)
        path.append(zone.position)
    assert path[:3] == [2.0, 4.0, 6.0]
    assert path[-1] == 50.0
    assert zone.resting
