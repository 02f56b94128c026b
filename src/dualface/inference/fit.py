"""Whether a model takes the pictures it is to be given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dualface.errors import ModelError


def check_input(model_path: Path, inputs: Sequence[Sequence[int | None]], wanted: Sequence[int]) -> None:
    """Raises :class:`~dualface.errors.ModelError` unless there is one input, and it allows ``wanted`` (NCHW, whatever N).

    ``inputs``: the shape of each input as the model declares it, ``None`` where any length will do.
    """
    if len(inputs) != 1 or len(inputs[0]) != 4:
        raise ModelError(f"{model_path} is not a model with one picture as its input: choose another one.", file=model_path)
    _, *declared = inputs[0]
    if any(have not in (None, want) for have, want in zip(declared, wanted[1:], strict=True)):
        channels, height, width = ("any" if n is None else n for n in declared)
        raise ModelError(
            f"{model_path} takes pictures of {width}x{height} with {channels} channels, not {wanted[3]}x{wanted[2]} "
            f"with {wanted[1]}: choose another model, or for a detector set detection.input_size to {width}x{height}.",
            file=model_path,
        )
