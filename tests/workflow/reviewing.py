"""Reviewers for tests, and pended cases for them to work on."""

from decimal import Decimal
from importlib.resources import as_file
from typing import Any

import pytest
from sqlalchemy import text

from fhirpa.fhir.data import data_path
from fhirpa.um.case import AdverseReason, Case
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_terms import Reviewed
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow.review import Doing, ReviewRefused
from fhirpa.workflow.services import Services
from fhirpa.workflow.staff import import_staff
from tests.workflow.requests import Json, claim_responses, inquiry, request
from tests.workflow.services import ask, post

INTAKE, PT, OT, DIRECTOR, OTHER_DIRECTOR = "intake-1", "pt-1", "ot-1", "md-1", "md-2"
SUMMARY = "Twelve visits used, walking speed unchanged since the third week of treatment."
QUESTION = "Do eight further visits fit this member's course?"
BLOCK_FIRST, NO_BLOCK, OVER_LIMIT = "lbp-20-visits", "lbp-red-flag", "over-benefit-limit"
SAID = "The plan's visit limit for this benefit year has been used up."
CONTACT = "telephone 512-555-0100, front desk"


def staffed(services: Services) -> None:
    """The sandbox's staff."""
    with as_file(data_path("fixtures") / "roster") as folder:
        import_staff(services, folder / "staff.csv")


def pended(
    services: Services, name: str = "lbp-20-visits", version: str = "2.2.1", **more: Any
) -> tuple[Json, Case]:
    """A request of a scenario that a person has to read, and its case."""
    staffed(services)
    bundle = request(name, version=version, **more)
    status, _ = post(services, bundle, version)
    assert status == 200
    return bundle, the_case(services)


def the_case(services: Services) -> Case:
    """The open case that is due first."""
    with services.store.read() as unit:
        return unit.load_case(unit.open_cases()[0].case_id)


def reload(services: Services, case: Case) -> Case:
    """The case as it is now."""
    with services.store.read() as unit:
        return unit.load_case(case.case_id)


def reason_for(case: Case, sequence: int = 1) -> AdverseReason:
    """A director's grounds on the first criterion that the line was read against."""
    line = next(x for x in case.lines if x.line.sequence == sequence)
    return AdverseReason(
        "The member has walked independently since March and the goals of the plan are reached.",
        line.criteria[0].criterion_id,
        line.criteria[0].citation or "The plan's low back policy, version 1",
        "Independent walking and reached goals mean that a home programme keeps what was gained.",
        "Progress note of 2 November, page 2",
        "A new loss of function, described with its date in a progress note.",
    )


def referred(services: Services, case: Case, *, by: str = PT) -> Reviewed:
    """The case before the medical director."""
    return acts.refer(services, Doing(by, case.case_number), (), SUMMARY, QUESTION)


def offered(services: Services, case: Case, *, by: str = DIRECTOR) -> Reviewed:
    """A peer-to-peer talk offered."""
    return acts.peer_to_peer(services, Doing(by, case.case_number), (), TalkEvent.OFFERED, CONTACT)


def on_the_wire(services: Services, bundle: Json, version: str = "2.2.1") -> Json:
    """The ClaimResponse that an inquiry gets now; the answer must be valid."""
    status, resource = ask(services, inquiry(bundle), version)
    assert status == 200
    (response,) = claim_responses(resource)
    return response


def review_actions(response: Json) -> dict[int, str]:
    """X12 306 by item."""
    return {i["itemSequence"]: _action(i) for i in response["item"]}


def _action(item: Json) -> str:
    (outer,) = item["adjudication"][0]["extension"]
    (inner,) = (e for e in outer["extension"] if e["url"].endswith("reviewActionCode"))
    code: str = inner["valueCodeableConcept"]["coding"][0]["code"]
    return code


def by(staff_id: str, case: Case, version: int | None = None) -> Doing:
    return Doing(staff_id, case.case_number, version)


def lacks(refused: pytest.ExceptionInfo[ReviewRefused]) -> set[str]:
    return {x.key for x in refused.value.lacks}


def drawn(services: Services, case: Case) -> Decimal:
    with services.store.read() as unit:
        return sum((x.visits for x in unit.benefit_use(case.member_key)), Decimal(0))


def queued(services: Services, case: Case) -> list[tuple[str, str, str]]:
    """Kind, topic and payload of all that is in the outbox for a case."""
    query = text("SELECT kind, topic, payload FROM outbox WHERE case_id = :id ORDER BY id")
    with services.store.read() as unit:
        return [tuple(x) for x in unit.reader.execute(query, {"id": case.case_id})]


def kinds(services: Services, case: Case) -> list[tuple[str, str]]:
    """Kind and role of the determinations of a case."""
    query = text("SELECT kind, actor_role FROM determination WHERE case_id = :id ORDER BY id")
    with services.store.read() as unit:
        return [tuple(x) for x in unit.reader.execute(query, {"id": case.case_id})]
