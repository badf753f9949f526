"""A house that the web can be tried against: it remembers what it was asked and answers what it was told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from fhirpa.fhir.codec import encode
from fhirpa.web import UseCases, create_app
from fhirpa.workflow.clocks import Figures
from fhirpa.workflow.inspection import Inspection
from fhirpa.workflow.ports import Answer, AnswerFault, Incoming, Unavailable
from fhirpa.workflow.validate_call import Asked

Json = dict[str, Any]
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LIMIT = 100_000
BASES = ("/fhir/2.0.1", "/fhir/2.2.1")
BUNDLE = b'{"resourceType": "Bundle", "type": "collection"}'
FHIR_JSON = {"Content-Type": "application/fhir+json"}


class FakeDefinitions:
    """Two small resources."""

    def capability_statement(self, base_url: str, max_body_bytes: int, mode: str) -> Json:
        return {"resourceType": "CapabilityStatement", "url": f"{base_url}/metadata", "title": mode}

    def read(self, resource_type: str, resource_id: str) -> Json | None:
        found = {"resourceType": resource_type, "id": resource_id}
        return found if resource_id == "known" else None

    def search(self, resource_type: str, wanted: Mapping[str, str] | None = None) -> Sequence[Json]:
        known = {"resourceType": resource_type, "id": "known", "url": "http://here.example/known"}
        return [known] if (wanted or {}).get("url") in (None, known["url"]) else []


@dataclass
class House:
    """Set `answer` to what submit and inquire shall do; read `asked`."""

    asked: list[tuple[str, Incoming]] = field(default_factory=list)
    answer: Callable[[Incoming], Answer] | None = None
    ready: Callable[[], bool] = lambda: True
    sampled: bool = False
    faults: Sequence[AnswerFault] = ()
    validated: list[tuple[str, str, Answer]] = field(default_factory=list)
    mode: str = "sandbox"
    validate_per_minute: int = 0
    figures: Figures | None = None  # None: the database does not answer
    inspected: list[tuple[bytes, str, str | None, str | None]] = field(default_factory=list)
    inspection: Inspection | None = None
    validations: list[Asked] = field(default_factory=list)

    def client(self) -> FlaskClient:
        """A client of a new application around this house."""
        return create_app(self.use_cases()).test_client()

    def use_cases(self) -> UseCases:
        return UseCases(
            submit=lambda incoming: self._answer("submit", incoming),
            inquire=lambda incoming: self._answer("inquire", incoming),
            answer_is_sampled=lambda: self.sampled,
            answer_faults=self._faults,
            validate=self._validate,
            inspect=self._inspect,
            clock_figures=self._figures,
            ready=lambda: self.ready(),
            definitions=lambda version: FakeDefinitions(),
            now=lambda: NOW,
            base_url="http://payer.example",
            mode=self.mode,
            max_body_bytes=LIMIT,
            validate_page_bytes=LIMIT,
            validate_per_minute=self.validate_per_minute,
        )

    def _figures(self) -> Figures:
        if self.figures is None:
            raise Unavailable
        return self.figures

    def _validate(self, incoming: Incoming, asked: Asked) -> Answer:
        self.validations.append(asked)
        return self._answer("validate", incoming)

    def _inspect(self, body: bytes, format: str, version: str | None, profile: str | None) -> Inspection:
        self.inspected.append((body, format, version, profile))
        return self.inspection or Inspection(
            "2.2.1", True, (), "Held against nothing.", body.decode(), False, b"{}"
        )

    def _faults(self, operation: str, version: str, answer: Answer) -> Sequence[AnswerFault]:
        self.validated.append((operation, version, answer))
        return self.faults

    def _answer(self, name: str, incoming: Incoming) -> Answer:
        self.asked.append((name, incoming))
        if self.answer is not None:
            return self.answer(incoming)
        resource = {"resourceType": "Bundle", "id": name}
        body = encode(resource, incoming.answer_format, incoming.pretty)
        return Answer(200, body, incoming.answer_format)
