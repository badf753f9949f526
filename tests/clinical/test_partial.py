"""Partial answers as an EHR gets them: what is certified now, what is open, each explained, in both versions.

DESIGN: a block beside an open line is A4 on the line with an administrative reference number; 2.2.1 says the
block in `addItem`, 2.0.1, which has no adjudicated addItem, on the line itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from fhirpa.testkit.builder import Request, build
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from fhirpa.testkit.scenarios_common import BACK_PLAN, BACK_RECORD, BACK_REQUEST, START, plan, score, weeks
from fhirpa.workflow.services import Services
from tests.um.words import unfriendly
from tests.workflow.requests import claim_responses, inquiry
from tests.workflow.services import ask, open_services, post

Json = dict[str, Any]
BOTH = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
BLOCK = replace(BACK_REQUEST, lines=(Line("97110", 20),), end=weeks(10))
_MEMBERS = count(1)
NO_PLAN = replace(BACK_RECORD, plan=None)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One house; every request is of a member of its own."""
    opened = open_services(tmp_path_factory.mktemp("partial"))
    yield opened
    opened.close()


def answered(services: Services, request: Request, version: str, member: str | None = None) -> Json:
    """The ClaimResponse, which an inquiry gives again with the same items and notes."""
    sent = build(request, GUIDES[version], Identity(member or f"partial-{next(_MEMBERS)}"))
    status, out = post(services, sent, version)
    assert status == 200, out
    response: Json = out["entry"][0]["resource"]
    assert response["resourceType"] == "ClaimResponse"
    status, found = ask(services, inquiry(sent), version)
    assert status == 200
    (again,) = claim_responses(found)
    for part in ("item", "addItem", "processNote", "disposition"):
        assert again.get(part) == response.get(part), part
    assert not [n for n in texts(response) if unfriendly(n)]
    return response


def texts(response: Json) -> list[str]:
    return [n["text"] for n in response["processNote"]]


def notes_of(response: Json, item: Json) -> list[str]:
    """The notes that an item points at."""
    by_number = {n["number"]: n["text"] for n in response["processNote"]}
    return [by_number[n] for n in item["noteNumber"]]


def of(item: Json, name: str) -> list[Json]:
    """All extensions of a name, wherever they stand in the item."""
    found: list[Json] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if str(value.get("url", "")).split("/")[-1] == name:
                found.append(value)
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(item)
    return found


def action(item: Json) -> str:
    (code,) = of(item["adjudication"][0], "extension-reviewActionCode")
    value: str = code["valueCodeableConcept"]["coding"][0]["code"]
    return value


@BOTH
def test_a_block_is_certified_and_the_rest_is_open(services: Services, version: str) -> None:
    response = answered(services, BLOCK, version)
    (item,) = response["item"]
    assert action(item) == "A4"
    assert len(of(item, "extension-administrationReferenceNumber")) == 1
    notes = notes_of(response, item)
    assert any("beyond the certified part is in clinical review" in n and "due by" in n for n in notes)
    assert any(n.startswith("Certified: 8 visits of physical therapy from ") for n in notes)
    assert response["disposition"].startswith("Certified in part; the rest is pending.")


def test_in_2_2_1_the_block_stands_beside_the_line(services: Services) -> None:
    response = answered(services, BLOCK, "2.2.1")
    (item,), (added,) = response["item"], response["addItem"]
    assert (action(added), added["itemSequence"], added["quantity"]["value"]) == ("A1", [1], 8)
    (period,) = of(added, "extension-itemPreAuthPeriod")
    assert period["valuePeriod"]["start"] == START.isoformat()
    (number,) = of(added, "number")
    assert number["valueString"] in " ".join(notes_of(response, added))
    assert of(item, "extension-itemPreAuthPeriod") == []
    assert of(item, "number") == []
    (detail,) = of(item, "extension-itemAuthorizedDetail")
    (asked,) = of(detail, "quantity")
    assert asked["valueQuantity"]["value"] == 20  # there the detail is what was requested


def test_in_2_0_1_the_block_stands_on_the_line(services: Services) -> None:
    response = answered(services, BLOCK, "2.0.1")
    assert "addItem" not in response
    (item,) = response["item"]
    (detail,) = of(item, "extension-itemAuthorizedDetail")
    (given,) = of(detail, "quantity")
    assert given["valueQuantity"]["value"] == 8  # there the detail is what is authorized
    (period,) = of(item, "extension-itemPreAuthPeriod")
    assert period["valuePeriod"]["start"] == START.isoformat()
    (number,) = of(item["adjudication"], "number")
    assert number["valueString"] in " ".join(notes_of(response, item))


@BOTH
def test_an_evaluation_is_answered_while_the_treatment_waits(services: Services, version: str) -> None:
    """The evaluation needs no authorization; the plan of care is asked for on the treatment only."""
    request = replace(BACK_REQUEST, lines=(Line("97161", 1), Line("97110", 8)), exhibits=(NO_PLAN,))
    response = answered(services, request, version)
    evaluation, treatment = response["item"]
    assert (action(evaluation), action(treatment)) == ("NA", "A4")
    (said,) = notes_of(response, evaluation)
    assert said.startswith("No authorization is required for this service")
    asked = notes_of(response, treatment)
    assert any("Wanted by" in n and "plan of care" in n for n in asked)
    assert said not in asked
    assert response.get("addItem", []) == []
    assert any("was read against the policy Low back pain (LBP" in n for n in texts(response))


@BOTH
def test_a_re_evaluation_is_certified_while_the_treatment_waits(services: Services, version: str) -> None:
    """A renewal without a second score: the re-evaluation is what brings it."""
    member = f"renewing-{version}"
    begun = services.clock.now()
    first = build(BACK_REQUEST, GUIDES[version], Identity(member))
    first["identifier"]["value"] += "-first"
    for identifier in first["entry"][0]["resource"]["identifier"]:
        identifier["value"] += "-first"
    assert post(services, first, version)[0] == 200
    start = START + timedelta(days=42)
    now = start - timedelta(days=4)
    services.clock.move(days=53)  # type: ignore[attr-defined]
    record = replace(
        BACK_RECORD,
        authored=now,
        plan=plan(BACK_PLAN.goals, ("97110",), "1.5", 4, start=start, day=now),
        scores=(score("ODI", "44"),),
        attended=8,
        scheduled=8,
    )
    renewal = replace(
        BACK_REQUEST,
        renewal=True,
        start=start,
        end=start + timedelta(days=27),
        created=now,
        lines=(Line("97164", 1), Line("97110", 6)),
        exhibits=(record,),
    )
    response = answered(services, renewal, version, member)
    services.clock.at = begun  # type: ignore[attr-defined]
    evaluation, treatment = response["item"]
    assert (action(evaluation), action(treatment)) == ("A1", "A4")
    (number,) = of(evaluation["adjudication"], "number")
    assert number["valueString"] == response["preAuthRef"]
    assert any(n.startswith("Certified: 1 visit") for n in notes_of(response, evaluation))
    assert any("progress report" in n and "Wanted by" in n for n in notes_of(response, treatment))
    assert response.get("addItem", []) == []  # nothing of the treatment is certified
    assert response["disposition"].startswith("Certified in part; the rest is pending.")
