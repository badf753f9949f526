"""Requests as practice software sends them, from the Bundle to the answer on a database of their own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fhirpa.testkit.builder import Request, build
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import ChartedPlan, Diagnosis, Documentation, Measurement, Operation
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_people import Person
from fhirpa.testkit.guide import GUIDES
from fhirpa.testkit.scenarios_common import (
    BACK_PLAN,
    BACK_RECORD,
    BACK_REQUEST,
    EVALUATED,
    START,
    plan,
    score,
    weeks,
)
from fhirpa.workflow.services import Services
from tests.um.words import unfriendly
from tests.workflow.services import open_services, post

Json = dict[str, Any]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A sandbox of its own."""
    opened = open_services(tmp_path)
    yield opened
    opened.close()


def bundle(request: Request, key: str = "road", number: str = "") -> Json:
    """The Bundle of a request; another number makes it another submission for the same member."""
    out = build(request, GUIDES["2.2.1"], Identity(key))
    out["identifier"]["value"] += number
    for identifier in out["entry"][0]["resource"]["identifier"]:
        identifier["value"] += number
    return out


def observations(sent: Json) -> list[Json]:
    return [e["resource"] for e in sent["entry"] if e["resource"]["resourceType"] == "Observation"]


def answer(services: Services, sent: Json) -> tuple[list[str], list[str]]:
    """(review action per line, every note) of the answer; no note stands there twice or says a no."""
    status, out = post(services, sent)
    assert status == 200, out
    response = out["entry"][0]["resource"]
    assert response["outcome"] != "error", response.get("error")
    notes = [n["text"] for n in response.get("processNote", [])]
    assert len(notes) == len(set(notes))
    assert not [n for n in notes if unfriendly(n)]
    return [_action(i) for i in response["item"]], notes


def _action(item: Json) -> str:
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if str(value.get("url", "")).endswith("extension-reviewActionCode"):
                found.extend(c["code"] for c in value["valueCodeableConcept"]["coding"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(item.get("adjudication", []))
    return found[0]


def only_scores(*scores: Any, **more: Any) -> tuple[Any, ...]:
    """A back record whose scores come as Observations."""
    return (replace(BACK_RECORD, scores=(), **more), *(Measurement(s) for s in scores))


@pytest.mark.parametrize(
    "name",
    [
        "Oswestry Disability Index (ODI)",
        "ODI score",
        "Modified Oswestry",
        "Oswestry Low Back Pain Disability Questionnaire",
    ],
)
def test_a_measure_is_known_by_the_names_that_charts_use(services: Services, name: str) -> None:
    sent = bundle(replace(BACK_REQUEST, exhibits=only_scores(score("ODI", "44"))))
    for resource in observations(sent):
        resource["code"] = {"text": name}
    assert answer(services, sent)[0] == ["A1"]


@pytest.mark.parametrize(("percent", "action"), [("44", "A1"), ("15", "A4")])
def test_a_neck_index_in_percent_is_not_taken_for_points(
    services: Services, percent: str, action: str
) -> None:
    """15 % are 7.5 of 50 points: below the cut of 10, so a clinician looks."""
    sent = bundle(
        replace(
            BACK_REQUEST,
            diagnoses=(Diagnosis("M54.2", recorded=EVALUATED),),
            exhibits=only_scores(score("NDI", percent, unit="%")),
        )
    )
    assert answer(services, sent)[0] == [action]


def test_a_plan_of_care_charted_as_care_plan_and_goals_is_read(services: Services) -> None:
    record = replace(BACK_RECORD, plan=None)
    sent = bundle(replace(BACK_REQUEST, exhibits=(record, ChartedPlan(BACK_PLAN))))
    actions, notes = answer(services, sent)
    assert actions == ["A1"], notes


def test_a_gallbladder_operation_makes_no_new_knee(services: Services) -> None:
    sent = bundle(
        replace(
            BACK_REQUEST,
            diagnoses=(Diagnosis("Z96.651", recorded=EVALUATED),),
            exhibits=(
                replace(BACK_RECORD, scores=(score("LEFS", "30"),)),
                Operation("47562", "Laparoscopic removal of the gallbladder", START - timedelta(days=21)),
            ),
        )
    )
    actions, notes = answer(services, sent)
    assert actions == ["A4"]
    assert any("operative note" in n for n in notes)


def test_a_new_knee_is_known_by_its_procedure_code(services: Services) -> None:
    sent = bundle(
        replace(
            BACK_REQUEST,
            person=Person("female", date(1961, 7, 2)),
            diagnoses=(Diagnosis("Z96.651", recorded=EVALUATED),),
            lines=(Line("97110", 16),),
            end=weeks(8),
            exhibits=(
                replace(
                    BACK_RECORD,
                    scores=(score("LEFS", "22"),),
                    plan=plan(BACK_PLAN.goals, ("97110",), "2", 8),
                ),
                Operation("27447", "TKR", START - timedelta(days=12)),
            ),
        )
    )
    assert answer(services, sent)[0] == ["A1"]


def test_the_visits_of_one_member_run_out_over_three_requests(services: Services) -> None:
    """Six visits a year: eight asked give six and a person; the next course waits for a person."""
    low = replace(BACK_REQUEST, plan="SANDBOX-COM-LOW", lines=(Line("97110", 4),), end=weeks(2))
    assert answer(services, bundle(low))[0] == ["A1"]
    services.clock.move(days=25)  # type: ignore[attr-defined]
    now = START + timedelta(days=10)
    later = replace(
        low,
        start=START + timedelta(days=16),
        end=START + timedelta(days=24),
        created=now,
        lines=(Line("97110", 4),),
        diagnoses=(Diagnosis("M25.561", recorded=EVALUATED),),
        exhibits=(replace(BACK_RECORD, scores=(score("LEFS", "30", now),), evaluated=now),),
    )
    actions, notes = answer(services, bundle(later, number="-2"))
    assert actions == ["A4"]
    benefit = [n for n in notes if "visit limit" in n]
    assert len(benefit) == 1
    assert "necess" not in benefit[0]


def test_a_renewal_follows_its_first_block_and_ends_at_the_total(services: Services) -> None:
    assert answer(services, bundle(BACK_REQUEST))[0] == ["A1"]
    start = START + timedelta(days=42)
    now = start - timedelta(days=4)
    services.clock.move(days=53)  # type: ignore[attr-defined]
    again = replace(
        BACK_REQUEST,
        renewal=True,
        start=start,
        end=start + timedelta(days=27),
        created=now,
        lines=(Line("97110", 6),),
        exhibits=(
            replace(
                BACK_RECORD,
                authored=now,
                plan=plan(BACK_PLAN.goals, ("97110",), "1.5", 4, start=start, day=now),
                scores=(score("ODI", "44"), score("ODI", "26", now)),
                attended=8,
                scheduled=8,
            ),
        ),
    )
    actions, notes = answer(services, bundle(again, number="-2"))
    assert actions == ["A1"], notes
    assert any("renewal" in n or "two dated scores" in n for n in notes)  # what shows progress next time


def test_the_same_weeks_from_the_same_clinic_are_a_question(services: Services) -> None:
    assert answer(services, bundle(BACK_REQUEST))[0] == ["A1"]
    actions, notes = answer(services, bundle(replace(BACK_REQUEST, lines=(Line("97140", 8),)), number="-2"))
    assert actions == ["A4"]
    assert any("overlapping dates" in n for n in notes)


def test_two_missing_things_are_asked_once_each(services: Services) -> None:
    record = replace(BACK_RECORD, plan=None, scores=(), evaluated=None)
    lines = (Line("97110", 8), Line("97140", 8))
    actions, notes = answer(services, bundle(replace(BACK_REQUEST, lines=lines, exhibits=(record,))))
    assert actions == ["A4", "A4"]
    asked = " ".join(n for n in notes if "Wanted by" in n)
    for words in ("evaluation", "plan of care", "outcome measure"):
        assert words in asked


def test_a_child_without_a_test_score_is_asked_for_one_or_for_the_reason(services: Services) -> None:
    record = Documentation(
        discipline="PT",
        authored=EVALUATED,
        evaluated=EVALUATED,
        plan=plan(BACK_PLAN.goals, ("97530",), "1", 12),
        ordered=EVALUATED,
        red_flags=None,
    )
    child = replace(
        BACK_REQUEST,
        person=Person("female", date(2023, 4, 2)),
        diagnoses=(Diagnosis("F82", recorded=EVALUATED),),
        lines=(Line("97530", 12, ("GP", "96")),),
        end=weeks(12),
        exhibits=(record,),
    )
    actions, notes = answer(services, bundle(child))
    assert actions == ["A4"]
    assert any("say why the child cannot be tested" in n for n in notes)
