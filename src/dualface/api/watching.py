"""What other programs can follow a run by: a file of events, numbers for Prometheus."""

from dualface.batch.telemetry import events_file, metrics_server

__all__ = ["events_file", "metrics_server"]
