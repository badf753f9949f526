"""Reading the answer of any PAS server: the decision per line, the notes, what is asked for, the errors.

Nothing here raises, whatever the answer holds; what cannot be read is not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirpa.testkit.builder_terms import PAS, X12, Json


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """One item (or, with `added`, one addItem) of a ClaimResponse."""

    sequence: int
    action: str | None  # X12 306
    number: str | None = None  # authorization number
    reference: str | None = None  # administrative reference number
    quantity: str | None = None
    period: str | None = None
    notes: tuple[int, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One ClaimResponse, or an OperationOutcome, as an EHR's user would want to see it."""

    outcome: str  # ClaimResponse.outcome, or 'refused'
    lines: tuple[LineAnswer, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    asked: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()  # X12 901


def read_answer(resource: Json) -> Answer:
    """The decision in a PAS Response Bundle; an OperationOutcome becomes errors."""
    if resource.get("resourceType") == "OperationOutcome":
        return Answer("refused", errors=tuple(_issue(i) for i in _objects(resource.get("issue"))))
    resources = [_object(e.get("resource")) for e in _objects(resource.get("entry"))]
    response = next((r for r in resources if r.get("resourceType") == "ClaimResponse"), {})
    lines = [*_lines(response, "item"), *_lines(response, "addItem")]
    errors = _objects(response.get("error"))
    codes = (_code(e.get("code"), X12 + "901") for e in errors)
    return Answer(
        outcome=str(response.get("outcome", "")),
        lines=tuple(sorted(lines, key=lambda x: (x.sequence, x.added))),
        notes=tuple(
            (n.get("number", 0), str(n.get("text", ""))) for n in _objects(response.get("processNote"))
        ),
        asked=tuple(
            str(p.get("contentString"))
            for r in resources
            if r.get("resourceType") == "CommunicationRequest"
            for p in _objects(r.get("payload"))
        ),
        errors=tuple(_error(e) for e in errors),
        error_codes=tuple(c for c in codes if c),
    )


def outcome(status: int, answer: Json) -> Json:
    """What came of a request, in the form that the index of fixtures uses.

    `{"status": ...}` for an answer that is no 2xx; else `{"error": ...}` with the first error's code, or
    `{"lines": ...}` with each line's review action.
    """
    if not 200 <= status < 300:
        return {"status": status}
    found = read_answer(answer)
    if found.outcome == "error" or found.errors:
        return {"error": next(iter(found.error_codes), None)}
    return {"lines": {str(x.sequence): x.action for x in found.lines if not x.added}}


def _lines(response: Json, name: str) -> Iterator[LineAnswer]:
    for item in _objects(response.get(name)):
        sequences = item.get("itemSequence")
        for sequence in sequences if isinstance(sequences, list) else [sequences]:
            if isinstance(sequence, int):
                yield _line(item, sequence, name == "addItem")


def _line(item: Json, sequence: int, added: bool) -> LineAnswer:
    adjudication = next(iter(_objects(item.get("adjudication"))), {})
    review = _extension(adjudication, "extension-reviewAction")
    action = _extension(review, "extension-reviewActionCode").get("valueCodeableConcept")
    number = _extension(review, "number").get("valueString")
    detail = _extension(item, "extension-itemAuthorizedDetail") if number else {}
    notes = item.get("noteNumber")
    return LineAnswer(
        sequence=sequence,
        action=_code(action, X12 + "306"),
        number=number,
        reference=_extension(item, "extension-administrationReferenceNumber").get("valueString"),
        quantity=_quantity(item.get("quantity") or _extension(detail, "quantity").get("valueQuantity")),
        period=_period(_extension(item, "extension-itemPreAuthPeriod").get("valuePeriod")),
        notes=tuple(n for n in notes if isinstance(n, int)) if isinstance(notes, list) else (),
        added=added,
    )


def _quantity(quantity: Any) -> str | None:
    found = _object(quantity)
    unit = {"VS": "visits", "UN": "units"}.get(found.get("code", ""), found.get("unit") or found.get("code"))
    return f"{found['value']} {unit or ''}".strip() if "value" in found else None


def _period(period: Any) -> str | None:
    found = _object(period)
    return f"{found.get('start', '…')} to {found.get('end', '…')}" if found else None


def _error(error: Json) -> str:
    concept = _object(error.get("code"))
    path = _extension(error, "extension-errorPath").get("valueString")
    parts = (_code(concept, X12 + "901"), concept.get("text"), f"at {path}" if path else None)
    return " ".join(str(p) for p in parts if p)


def _issue(issue: Json) -> str:
    text = _object(issue.get("details")).get("text") or issue.get("diagnostics") or issue.get("code")
    where = issue.get("expression")
    places = ", ".join(str(w) for w in where) if isinstance(where, list) else ""
    return f"{issue.get('severity')}: {text}" + (f" [{places}]" if places else "")


def _extension(element: Json, name: str) -> Json:
    found = (e for e in _objects(element.get("extension")) if e.get("url") in (name, PAS + name))
    return next(found, {})


def _code(concept: Any, system: str) -> str | None:
    codings = _objects(_object(concept).get("coding"))
    return next((str(c["code"]) for c in codings if c.get("system") == system and c.get("code")), None)


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
