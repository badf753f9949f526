"""Prometheus metrics of the HTTP layer, in one process or over several (PROMETHEUS_MULTIPROC_DIR)."""

import os
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)  # seconds; PAS asks for 15


@dataclass(frozen=True, slots=True)
class HttpMetrics:
    """The metrics of one application. Routes are templates, so the number of series is bounded."""

    registry: CollectorRegistry
    requests: Counter
    latency: Histogram
    in_progress: Gauge

    @classmethod
    def create(cls) -> "HttpMetrics":
        """New metrics in a registry of their own."""
        registry = CollectorRegistry()
        if MULTIPROCESS not in os.environ:
            ProcessCollector(registry=registry)
        return cls(
            registry,
            Counter(
                "fhirpa_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry
            ),
            Histogram(
                "fhirpa_http_request_seconds",
                "Time from the first byte handed to the application to its answer.",
                ["route"],
                buckets=_BUCKETS,
                registry=registry,
            ),
            Gauge(
                "fhirpa_http_requests_in_progress",
                "Requests being worked on.",
                registry=registry,
                multiprocess_mode="livesum",
            ),
        )

    def exposition(self) -> bytes:
        """The text format; over several processes the sum of what each wrote to the shared directory."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
