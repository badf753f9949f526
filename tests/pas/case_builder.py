"""Cases in every state, on top of the request builder, for the writers' tests."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V221, PasVersion
from fhirpa.policies.load import load_rules
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.determination import CertifiedService, Due, InformationItem
from fhirpa.um.request import ServiceLine, Span
from fhirpa.um.terms import LineOfBusiness, LineState, QuantityUnit, ReviewKind
from tests.pas.request_builder import bundle, claim, graph, item

Json = dict[str, Any]
NOW = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
PAYER_URL = "https://payer.example/fhir"
TEXTS = load_rules().texts
REASONS = {"information-awaited": "11", "benefit": "22"}
PLAN_OF_CARE = InformationItem("plan-of-care", "The signed plan of care", loinc="18776-5")
EVALUATION = InformationItem("evaluation", "The initial evaluation note", loinc="28636-9")
QUESTIONS = InformationItem(
    "questions", "Answers to our therapy questionnaire", questionnaire_items=("a", "b")
)
DUE = Due(datetime(2026, 3, 5, 23, 0, tzinfo=UTC), "rule", "text")
INFORMATION_DUE = Due(datetime(2026, 3, 4, 23, 0, tzinfo=UTC), "rule", "text")


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: str(UUID(int=next(numbers) + (4 << 76) + (8 << 60)))


def sent(*items: Json, more: tuple[Json, ...] = (), **changes: Any) -> Json:
    """A request Bundle with these items."""
    return bundle(*more, of={**claim(), "item": list(items or (item(),)), **changes})


def certified(line: ServiceLine, visits: str = "6", *, end: date | None = date(2026, 3, 27)) -> Authorization:
    amount = Decimal(visits)
    period = Span(date(2026, 3, 2), end)
    service = CertifiedService(line.service, amount, QuantityUnit.VISITS, amount, period, line.modifiers)
    return Authorization("A0000000018", service, NOW)


def line_in(
    state: LineState,
    line: ServiceLine,
    *,
    block: bool = False,
    information: tuple[InformationItem, ...] = (),
    notes: tuple[str, ...] = (),
    reasons: tuple[str, ...] = (),
    review: ReviewKind = ReviewKind.CLINICAL,
) -> CaseLine:
    given = block or state in (LineState.CERTIFIED, LineState.MODIFIED)
    return CaseLine(
        line=line,
        state=state,
        authorization=certified(line) if given else None,
        administrative_reference_number="R0000000021" if state.is_pended else None,
        information=information,
        notes=notes,
        reasons=reasons,
        review=review,
    )


def case_of(body: Json, *lines: Callable[[ServiceLine], CaseLine], version: PasVersion = V221) -> Case:
    """The case of a request whose lines are decided by these functions, the last one for all that remain."""
    request = read_request(graph(body), version)
    makers = [*lines, *[lines[-1]] * len(request.lines)]
    return Case(
        case_id="0",
        case_number="C0000000033",
        request=request,
        lines=tuple(make(x) for make, x in zip(makers, request.lines, strict=False)),
        received_at=NOW,
        updated_at=NOW,
        member_key="m",
        plan_code="SANDBOX-COM",
        line_of_business=LineOfBusiness.COM,
        rules_version="1",
        due=DUE,
        information_due=INFORMATION_DUE,
    )


def in_state(state: LineState, **more: Any) -> Callable[[ServiceLine], CaseLine]:
    return lambda line: line_in(state, line, **more)


def with_notes(case: Case, *notes: str) -> Case:
    return replace(case, notes=notes)


def resources(body: Json, kind: str) -> list[Json]:
    return [e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == kind]


def response_of(body: Json) -> Json:
    return resources(body, "ClaimResponse")[0]


def pas_extensions(element: Json, name: str) -> list[Json]:
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/" + name
    return [e for e in element.get("extension", []) if e["url"] == url]


def action_of(element: Json) -> str:
    """The review action of an item, addItem or ClaimResponse."""
    (review,) = pas_extensions(element["adjudication"][0], "extension-reviewAction")
    (code,) = pas_extensions(review, "extension-reviewActionCode")
    return str(code["valueCodeableConcept"]["coding"][0]["code"])


def number_of(element: Json) -> str | None:
    """The authorization number of an item or addItem."""
    (review,) = pas_extensions(element["adjudication"][0], "extension-reviewAction")
    return next((p["valueString"] for p in review["extension"] if p["url"] == "number"), None)


def notes_of(response: Json, element: Json) -> list[str]:
    """Texts of the notes that an item points at."""
    texts = {n["number"]: n["text"] for n in response.get("processNote", [])}
    return [texts[n] for n in element.get("noteNumber", [])]


def simple_values(concepts: Sequence[Json]) -> list[str]:
    return [c["coding"][0]["code"] for c in concepts]
