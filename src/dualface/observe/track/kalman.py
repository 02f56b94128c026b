"""A constant-velocity Kalman filter for one box, as SORT (Bewley et al. 2016) and DeepSORT (Wojke et al. 2017) use it.

Their state is (cx, cy, aspect, height) and its velocities, with diagonal noise proportional to the height.  With
diagonal noise the 8×8 filter falls apart exactly into four independent filters of position and velocity, which is how
it is written here: each attribute is a float64 array of shape (4,), one entry a coordinate.
"""

from __future__ import annotations

import numpy as np

from dualface.types import Box, F64Array

_POSITION_STD = 1 / 20
"""Standard deviation of a position per step, as a share of the height (DeepSORT's value)."""
_VELOCITY_STD = 1 / 160
"""The same for a velocity."""
_ASPECT_STD = (1e-2, 1e-5, 1e-1)
"""Absolute deviations of the aspect ratio: process position, process velocity, measurement (DeepSORT's values)."""


def _measured(box: Box) -> F64Array:
    return np.array([box.cx, box.cy, box.w / box.h, box.h])


def _noise(height: float, position: float, velocity: float) -> tuple[F64Array, F64Array]:
    p, v = position * height, velocity * height
    return np.array([p, p, _ASPECT_STD[0], p]) ** 2, np.array([v, v, _ASPECT_STD[1], v]) ** 2


class KalmanBox:
    """Estimates a box from noisy measurements.

    Velocities are in pixels per ``frame_seconds``, the time of the steps that the noise figures were made for (1/30 s).
    """

    def __init__(self, box: Box) -> None:
        self.position = _measured(box)
        self.velocity = np.zeros(4)
        self._pp, self._vv = _noise(box.h, 2 * _POSITION_STD, 10 * _VELOCITY_STD)
        self._pv = np.zeros(4)

    @property
    def box(self) -> Box:
        cx, cy, aspect, h = self.position.tolist()
        w = aspect * h
        return Box(cx - w / 2, cy - h / 2, w, h)

    def predict(self, steps: float = 1.0) -> None:
        """Moves the estimate ``steps`` standard frames ahead (Kalman's prediction, F = [[1, dt], [0, 1]])."""
        position_noise, velocity_noise = _noise(max(self.position[3], 1.0), _POSITION_STD, _VELOCITY_STD)
        self.position = self.position + self.velocity * steps
        self.position[2:] = np.maximum(self.position[2:], (0.05, 1.0))
        self._pp = self._pp + steps * (2 * self._pv + steps * self._vv) + position_noise * steps
        self._pv = self._pv + steps * self._vv
        self._vv = self._vv + velocity_noise * steps

    def correct(self, box: Box) -> None:
        """Takes a measurement into the estimate (Kalman's update, H = [1, 0])."""
        noise, _ = _noise(max(self.position[3], 1.0), _POSITION_STD, 0.0)
        noise[2] = _ASPECT_STD[2] ** 2
        innovation = _measured(box) - self.position
        total = self._pp + noise
        gain_p, gain_v = self._pp / total, self._pv / total
        self.position = self.position + gain_p * innovation
        self.velocity = self.velocity + gain_v * innovation
        self._vv = self._vv - gain_v * self._pv
        self._pv = (1 - gain_p) * self._pv
        self._pp = (1 - gain_p) * self._pp

    def rest(self) -> None:
        """Stops the motion: what left the picture or was hidden must not fly away while unseen."""
        self.velocity = np.zeros(4)
