"""What validation found, in metrics and the log: of every request, and of a sample of the answers.

Labels and log lines hold kinds, keys and path templates, never a value of what was sent.
"""

from dataclasses import dataclass

import structlog
from flask import Response, g

from fhirpa.web.faults import log_crash
from fhirpa.web.metrics import HttpMetrics
from fhirpa.web.use_cases import UseCases
from fhirpa.workflow.ports import Answer

_log = structlog.get_logger("fhirpa.web")


@dataclass(frozen=True, slots=True)
class Watch:
    """Counts what was found in a request; has its answer validated once it has been sent."""

    use_cases: UseCases
    metrics: HttpMetrics

    def of(self, operation: str, version: str, answer: Answer, response: Response) -> Response:
        """The response, with what is to happen after it; it is never changed."""
        for kind, verdict, count in answer.findings:
            self.metrics.findings.labels(operation, kind, verdict).inc(count)
        if self.use_cases.answer_is_sampled():
            request_id = g.request_id
            response.call_on_close(lambda: self._answer(operation, version, answer, request_id))
        return response

    def _answer(self, operation: str, version: str, answer: Answer, request_id: str) -> None:
        """Nobody waits for this: whatever goes wrong here is only logged."""
        try:
            faults = self.use_cases.answer_faults(operation, version, answer)
        except Exception as error:
            log_crash(error)
            return
        self.metrics.answers.labels(operation).inc()
        for fault in faults:
            self.metrics.answer_faults.labels(operation, fault.severity, fault.resource, fault.kind).inc()
            _log.error(
                "answer not valid",
                request_id=request_id,
                operation=operation,
                guide=version,
                severity=fault.severity,
                resource=fault.resource,
                kind=fault.kind,
                key=fault.key,
                place=fault.place,
            )
