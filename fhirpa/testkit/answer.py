"""Reading an answer of a PAS server: the decision per line, the notes, what is asked for, the errors."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_SD = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """One item (or, with `added`, one addItem) of a ClaimResponse."""

    sequence: int
    action: str
    number: str | None = None  # authorization number
    reference: str | None = None  # administrative reference number
    quantity: str | None = None
    period: str | None = None
    notes: tuple[int, ...] = ()
    added: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """One ClaimResponse, or an OperationOutcome, as an EHR's user would want to see it."""

    outcome: str
    lines: tuple[LineAnswer, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    asked: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    error_codes: tuple[str, ...] = ()


def read_answer(resource: Json) -> Decision:
    """The decision in a PAS Response Bundle; an OperationOutcome becomes errors."""
    if resource.get("resourceType") == "OperationOutcome":
        return Decision("refused", errors=tuple(_issue(i) for i in resource.get("issue", [])))
    entries = [e.get("resource", {}) for e in resource.get("entry", [])]
    response: Json = next((r for r in entries if r.get("resourceType") == "ClaimResponse"), {})
    lines = [_line(i, "itemSequence") for i in response.get("item", [])]
    for added in response.get("addItem", []):
        lines += [
            _line({**added, "itemSequence": s}, "itemSequence", added=True) for s in added["itemSequence"]
        ]
    return Decision(
        outcome=response.get("outcome", ""),
        lines=tuple(sorted(lines, key=lambda x: (x.sequence, x.added))),
        notes=tuple((n.get("number", 0), n.get("text", "")) for n in response.get("processNote", [])),
        asked=tuple(_asked(r) for r in entries if r.get("resourceType") == "CommunicationRequest"),
        errors=tuple(_error(e) for e in response.get("error", [])),
        error_codes=tuple(_code(e.get("code")) for e in response.get("error", [])),
    )


def _extension(element: Json, name: str) -> Json:
    return next((e for e in element.get("extension", []) if e.get("url") in (name, _SD + name)), {})


def _code(concept: Any) -> str:
    return next((str(c.get("code")) for c in (concept or {}).get("coding", [])), "")


def _line(item: Json, key: str, added: bool = False) -> LineAnswer:
    adjudication: Json = next(iter(item.get("adjudication", [])), {})
    review = _extension(adjudication, "extension-reviewAction")
    action = _code(_extension(review, "extension-reviewActionCode").get("valueCodeableConcept"))
    detail = _extension(item, "extension-itemAuthorizedDetail") if action != "A4" or not added else {}
    quantity = item.get("quantity") or _extension(detail, "quantity").get("valueQuantity")
    return LineAnswer(
        sequence=item[key],
        action=action,
        number=_extension(review, "number").get("valueString"),
        reference=_extension(item, "extension-administrationReferenceNumber").get("valueString"),
        quantity=_quantity(quantity),
        period=_period(_extension(item, "extension-itemPreAuthPeriod").get("valuePeriod")),
        notes=tuple(item.get("noteNumber", [])),
        added=added,
    )


def _quantity(quantity: Any) -> str | None:
    if not quantity:
        return None
    unit = {"VS": "visits", "UN": "units"}.get(
        quantity.get("code"), quantity.get("unit") or quantity.get("code")
    )
    return f"{quantity.get('value')} {unit or ''}".strip()


def _period(period: Any) -> str | None:
    return f"{period.get('start', '…')} to {period.get('end', '…')}" if period else None


def _asked(request: Json) -> str:
    payload: Json = next(iter(request.get("payload", [])), {})
    return str(payload.get("contentString", ""))


def _error(error: Json) -> str:
    concept = error.get("code", {})
    path = _extension(error, "extension-errorPath").get("valueString")
    return " ".join(filter(None, (_code(concept), concept.get("text"), f"at {path}" if path else None)))


def _issue(issue: Json) -> str:
    text = (issue.get("details") or {}).get("text") or issue.get("diagnostics") or issue.get("code")
    where = ", ".join(issue.get("expression", []))
    return f"{issue.get('severity')}: {text}" + (f" [{where}]" if where else "")
