"""A small resource to evaluate on, and a short way to do it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fhirpa.fhir.fhirpath import Environment, Node, compile_expression
from fhirpa.fhir.fhirpath.model import unwrap

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "o1",
    "contained": [{"resourceType": "Patient", "id": "p", "birthDate": "1980-02-29"}],
    "status": "final",
    "_status": {"id": "s", "extension": [{"url": "http://example.org/e", "valueString": "beside"}]},
    "code": {"coding": [{"system": "http://a", "code": "x"}, {"system": "http://b", "code": "y"}]},
    "subject": {"reference": "#p"},
    "_issued": {"extension": [{"url": "http://example.org/absent", "valueCode": "unknown"}]},
    "effectiveDateTime": "2026-03-01T10:00:00Z",
    "valueQuantity": {
        "value": Decimal("1.50"),
        "unit": "kg",
        "system": "http://unitsofmeasure.org",
        "code": "kg",
    },
    "component": [
        {"code": {"text": "first"}, "valueInteger": 3},
        {"code": {"text": "second"}, "valueBoolean": False},
        {"code": {"text": "third"}, "valueString": "Text"},
    ],
}
NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def environment(**more: Any) -> Environment:
    """That of OBSERVATION alone."""
    node = Node.of_resource(OBSERVATION)
    return Environment(resource=node, root_resource=node, now=NOW, **more)


def result(text: str, **more: Any) -> list[Any]:
    """The unwrapped result of the expression on OBSERVATION; nodes without system value as their JSON."""
    items = compile_expression(text).evaluate(Node.of_resource(OBSERVATION), environment(**more))
    values = [unwrap(item) for item in items]
    return [value.value if isinstance(value, Node) else value for value in values]
