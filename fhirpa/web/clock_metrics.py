"""Figures of the turnaround clocks in Prometheus text: counted in the database when they are asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fhirpa.workflow.clocks import Figures

if TYPE_CHECKING:
    from prometheus_client.core import Metric


class _Clocks:
    """Gives the figures to the library."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> "Iterator[Metric]":
        """Missed clocks ever, and open cases past their due time; no label of a case or a person."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        missed = CounterMetricFamily(
            "fhirpa_clocks_missed",
            "Turnaround clocks that ended before the decision.",
            labels=["line_of_business", "rule"],
        )
        for count in self._figures.breaches:
            missed.add_metric([count.line_of_business, count.rule], count.count)
        yield missed
        late = GaugeMetricFamily(
            "fhirpa_cases_late", "Open cases past their due time.", labels=["line_of_business"]
        )
        for row in self._figures.late:
            late.add_metric([row.line_of_business], row.count)
        yield late


def clock_exposition(figures: Figures) -> bytes:
    """The figures as text."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Clocks(figures))
    return generate_latest(registry)
