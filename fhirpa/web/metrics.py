"""Prometheus metrics of the HTTP layer, in one process or over several (PROMETHEUS_MULTIPROC_DIR).

The library fixes where it keeps its numbers when it is first imported, by the environment. It is therefore
imported inside the functions, in the worker process, after `serve` has prepared the environment.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)  # seconds; PAS asks for 15


@dataclass(frozen=True, slots=True)
class HttpMetrics:
    """The metrics of one application. Routes are templates, so the number of series is bounded."""

    registry: "CollectorRegistry"
    requests: "Counter"
    latency: "Histogram"
    in_progress: "Gauge"
    findings: "Counter"
    answers: "Counter"
    answer_faults: "Counter"

    @classmethod
    def create(cls) -> "HttpMetrics":
        """New metrics in a registry of their own."""
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

        registry = CollectorRegistry()
        if MULTIPROCESS not in os.environ:
            ProcessCollector(registry=registry)
        requests = Counter(
            "fhirpa_http_requests", "Requests answered.", ["route", "method", "status"], registry=registry
        )
        latency = Histogram(
            "fhirpa_http_request_seconds",
            "Time from the first byte handed to the application to its answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        in_progress = Gauge(
            "fhirpa_http_requests_in_progress",
            "Requests being worked on.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        findings = Counter(
            "fhirpa_request_findings",
            "What validation found in requests, and what became of it.",
            ["operation", "kind", "verdict"],
            registry=registry,
        )
        answers = Counter(
            "fhirpa_answers_validated", "Answers that were validated.", ["operation"], registry=registry
        )
        answer_faults = Counter(
            "fhirpa_answer_faults",
            "What validation found in answers of this server, without mere notes.",
            ["operation", "severity", "resource", "kind"],
            registry=registry,
        )
        return cls(registry, requests, latency, in_progress, findings, answers, answer_faults)

    def exposition(self) -> tuple[bytes, str]:
        """Body and content type; over several processes the sum of what each wrote to the directory."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self.registry
        if MULTIPROCESS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_process(pid: int) -> None:
    """Drop the live gauges of a worker that has ended."""
    if MULTIPROCESS in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)  # type: ignore[no-untyped-call]
