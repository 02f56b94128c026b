"""dualface turns footage of two people into a steady split screen."""

from __future__ import annotations

__version__ = "0.1.0"
