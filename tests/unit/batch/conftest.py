"""Inputs are looked for as the command line does it: in an empty folder, with nothing of the user's own."""

from tests.unit.cli.conftest import folder, video

__all__ = ["folder", "video"]
