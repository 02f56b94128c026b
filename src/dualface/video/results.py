"""What the stages have counted by the end of a video, for its summary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dualface.film_clock import UNCHANGED, FilmClock


@dataclass(frozen=True, slots=True)
class Results:
    """Bytes copied are those of earlier runs too; ``reid`` says how often faces were described, see
    :meth:`~dualface.observe.people.reid.ConditionalReID.get_activation_stats`.  ``fallbacks`` are why better parts of the
    machine were not used, a sentence each.
    """

    detector_looks: int = 0
    reid: Mapping[str, float] = field(default_factory=dict)
    corrupt_packets: int = 0
    truncated: bool = False
    repaired_timestamps: int = 0
    decode_warnings: tuple[str, ...] = ()
    decode_notes: tuple[str, ...] = ()
    clock: FilmClock = UNCHANGED
    copied_to_device: int = 0
    copied_to_host: int = 0
    fallbacks: tuple[str, ...] = ()

    def after(self, watched: Results) -> Results:
        """With what was counted while the same frames were seen before."""
        return replace(
            self,
            detector_looks=watched.detector_looks,
            reid=watched.reid,
            copied_to_device=self.copied_to_device + watched.copied_to_device,
            copied_to_host=self.copied_to_host + watched.copied_to_host,
            fallbacks=tuple(dict.fromkeys((*watched.fallbacks, *self.fallbacks))),
        )

    @property
    def partial(self) -> bool:
        """Whether the source is cut off or damaged."""
        return self.truncated or self.corrupt_packets > 0

    def as_dict(self) -> dict[str, Any]:
        """As the summary has it."""
        return {
            "detector_looks": self.detector_looks,
            "reid": dict(self.reid),
            "decode": {
                "corrupt_packets": self.corrupt_packets,
                "truncated": self.truncated,
                "repaired_timestamps": self.repaired_timestamps,
            },
            "copied_bytes": {"host_to_device": self.copied_to_device, "device_to_host": self.copied_to_host},
            "fallbacks": list(self.fallbacks),
        }
