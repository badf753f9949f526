"""What a therapist documents: every question can be answered, and what is answered is what is read."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.checks import check_request
from fhirpa.pas.checks_answers import check_answers
from fhirpa.pas.questionnaire import Forms
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import VERSIONS
from fhirpa.policies.load import load_rules
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_evidence import (
    Documentation,
    Exhibit,
    Finding,
    Goal,
    Measurement,
    PriorTherapy,
    Protocol,
    Score,
)
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_terms import QUESTIONNAIRE
from fhirpa.testkit.guide import GUIDES
from fhirpa.testkit.scenarios_common import BACK_PLAN, BACK_REQUEST, CREATED, EVALUATED, ORDERED
from fhirpa.um.evidence import Evidence, without_sources
from fhirpa.um.questionnaire import AnswerKind
from fhirpa.um.terms import Discipline
from tests.testkit.walking import nodes

FORMS = Forms(QUESTIONNAIRE.split("/fhir/")[0], load_rules().questionnaires)
STEERING = {"request.renewal", "request.home"}  # which questions are put; no facts
NOTHING = Documentation(discipline="PT", authored=CREATED)
KNEE = Score("ROM", Decimal(75), EVALUATED, side="right", unit="deg", part="knee flexion")
WHOLE = Documentation(
    discipline="PT",
    authored=CREATED,
    evaluated=EVALUATED,
    onset=date(2026, 8, 3),
    surgery=(date(2026, 9, 1), "Fixation of the distal radius"),
    plan=replace(
        BACK_PLAN,
        decreasing=True,
        intensive=False,
        exceptional=("A new skill is within reach", "Rapid progress"),
        goals=(Goal("Open a jar", "No", "Every jar", date(2027, 1, 15), "Half of them", "advanced"),),
    ),
    scores=(Score("QUICKDASH", Decimal(44), EVALUATED, sd=Decimal("-1.5"), side="left"),),
    ordered=ORDERED,
    red_flags=True,
    red_flags_cleared=True,
    home_reason="Cannot drive yet",
    attended=7,
    scheduled=8,
    screening=date(2026, 10, 1),
    setback=False,
    protocol=Protocol("TTWB", "No lifting", Decimal(5), date(2026, 10, 12)),
    prior=(
        PriorTherapy("PT", date(2025, 3, 1), date(2025, 4, 1), 9, "Stretching, less pain"),
        PriorTherapy("OT", text="Splint"),
    ),
    positional_test=False,
    falls=0,
    lymphedema_stage=2,
    garment_plan=True,
    untestable_reason="Does not follow instructions",
    functional_description="Eats two foods",
    gestational_age=Decimal(31),
    attendance_reason="Roads were flooded",
    visits_used=6,
    home_programme_followed=True,
    plateau=False,
    recommends="decrease",
    maintenance=True,
    maintenance_reason="Transfers decline without a therapist's adapting",
    caregiver_programme=True,
    homebound=False,
)


def graph_of(*exhibits: Exhibit, guide: str = "2.2.1") -> BundleGraph:
    request = replace(BACK_REQUEST, exhibits=exhibits)
    return BundleGraph(build(request, GUIDES[guide], Identity("documentation")))


def told(*exhibits: Exhibit) -> Evidence:
    """What the payer reads, without the places where it stands."""
    return without_sources(read_request(graph_of(*exhibits), VERSIONS["2.2.1"]).evidence)


def answered(record: Documentation) -> set[str]:
    """The linkIds of the questions that a record answers."""
    response = graph_of(record).of_type("QuestionnaireResponse")[0].resource
    return {n["linkId"] for n in nodes(response) if "answer" in n}


def test_every_question_of_the_general_questionnaire_can_be_answered() -> None:
    asked = {q.link for q in FORMS.questionnaires.general.walk() if q.kind is not AnswerKind.GROUP}
    assert answered(WHOLE) == asked - STEERING


@pytest.mark.parametrize("guide", GUIDES)
def test_a_full_record_fits_the_questionnaire_and_the_guide(guide: str) -> None:
    graph = graph_of(WHOLE, Measurement(KNEE), Finding("Falls", 2, EVALUATED), guide=guide)
    faults = [i for i in check_request(graph, VERSIONS[guide]) if i.is_error]
    assert [f"{i.expression}: {i.text}" for i in (*faults, *check_answers(graph, FORMS))] == []


def test_what_is_not_known_is_not_answered() -> None:
    assert answered(NOTHING) == {"red-flags"}  # none were found, unless somebody says otherwise
    assert answered(replace(NOTHING, red_flags=None, protocol=Protocol())) == set()


def test_what_is_documented_is_what_is_read() -> None:
    read = told(WHOLE)
    same = (
        *("red_flags", "red_flags_cleared", "positional_test", "falls", "lymphedema_stage", "garment_plan"),
        *("untestable_reason", "functional_description", "attendance_reason", "visits_used", "plateau"),
        *("home_programme_followed", "maintenance", "maintenance_reason", "caregiver_programme", "homebound"),
        "onset",
    )
    assert {x: getattr(read, x) for x in same} == {x: getattr(WHOLE, x) for x in same}
    assert (read.visits_attended, read.visits_scheduled, read.gestational_age_weeks) == (7, 8, 31)
    assert (read.setting_reason, read.screening_date) == (WHOLE.home_reason, WHOLE.screening)
    assert (read.regression_or_setback, read.therapist_recommends) == (False, "decrease")
    assert (read.decreasing_frequency, read.intensive_programme) == (True, False)
    assert read.exceptional_situations == ("A new skill is within reach", "Rapid progress")
    protocol = read.protocols[0]
    assert (protocol.weight_bearing, protocol.precautions) == ("TTWB", "No lifting")
    assert (protocol.therapy_from_week, protocol.immobilised_until) == (5, date(2026, 10, 12))
    first, second = read.prior_therapy
    assert (first.discipline, first.start, first.end) == (Discipline.PT, date(2025, 3, 1), date(2025, 4, 1))
    assert (first.visits, first.text) == (9, "Stretching, less pain")
    assert (second.discipline, second.visits, second.text) == (Discipline.OT, None, "Splint")


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("Homebound", "homebound", True),
        ("Falls in the past year", "falls", 3),
        ("Dix-Hallpike", "positional_test", False),
        ("ISL stage", "lymphedema_stage", 1),
        ("Compression garment plan", "garment_plan", False),
        ("Caregiver training", "caregiver_programme", True),
        ("Reason for missed visits", "attendance_reason", "Pneumonia"),
        ("Functional description", "functional_description", "Needs help to dress"),
        ("Reason for maintenance therapy", "maintenance_reason", "Contractures"),
        ("Plateau", "plateau", True),
    ],
)
def test_a_finding_tells_what_the_answer_tells(name: str, field: str, value: str | bool | int) -> None:
    assert field in {f.name for f in fields(Documentation)}
    by_finding = told(NOTHING, Finding(name, value, EVALUATED))
    assert by_finding == told(replace(NOTHING, **{field: value}))  # type: ignore[arg-type]
    assert getattr(by_finding, field) == value


def test_a_weight_bearing_status_that_no_answer_names_goes_in_its_own_words() -> None:
    read = told(NOTHING, Finding("Weight bearing status", "Through the forearm only", EVALUATED))
    assert [p.weight_bearing for p in read.protocols] == ["Through the forearm only"]


@pytest.mark.parametrize("side", ["left", "right", None])
def test_a_range_of_motion_keeps_its_joint_and_its_side(side: str | None) -> None:
    score = told(NOTHING, Measurement(replace(KNEE, side=side))).measures[0]
    assert (score.measure, score.score, score.unit) == ("ROM", 75, "deg")
    assert (score.part, score.side) == ("knee flexion", side)
