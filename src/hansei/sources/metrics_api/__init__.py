"""The generic metrics API: ``GET {base}/sprints``."""

from hansei.sources.metrics_api.client import MetricsApi

__all__ = ["MetricsApi"]
