"""Business errors travel in a ClaimResponse with outcome error."""

from typing import Any

import pytest

from fhirpa.pas.versions import V201, V221, PasVersion
from fhirpa.pas.write import write_error_response
from fhirpa.um.determination import BusinessError
from tests.pas.case_builder import NOW, ids, pas_extensions, resources, response_of, sent
from tests.pas.request_builder import BASE, graph, item
from tests.pas.response_checker import problems

Json = dict[str, Any]
BOTH = pytest.mark.parametrize("version", [V201, V221], ids=lambda v: v.label)
UNKNOWN = BusinessError(
    "75", "C", "The member is not known.", "2010C-NM109", "Bundle.entry[4].resource", "member-unknown"
)
LINE = BusinessError(
    "57", "C", "The date is wrong.", "", "Bundle.entry[0].resource.item[1].servicedPeriod", "date-wrong"
)


def written(body: Json, version: PasVersion, *errors: BusinessError) -> Json:
    return write_error_response(errors, graph(body), version, now=NOW, new_id=ids())


@BOTH
def test_every_error_is_reported_with_code_follow_up_element_and_path(version: PasVersion) -> None:
    body = sent(item(3), item(5))
    bundle = written(body, version, UNKNOWN, LINE)
    assert problems(bundle, version.label) == []
    response = response_of(bundle)
    assert response["outcome"] == "error"
    first, second = response["error"]
    assert first["code"]["coding"] == [{"system": "https://codesystem.x12.org/005010/901", "code": "75"}]
    assert first["code"]["text"] == "The member is not known."
    (follow_up,) = pas_extensions(first, "extension-errorFollowupAction")
    assert follow_up["valueCodeableConcept"]["coding"][0]["code"] == "C"
    (path,) = pas_extensions(first, "extension-errorPath")
    assert path["valueString"] == "Bundle.entry[4].resource"
    assert "itemSequence" not in first
    assert second["itemSequence"] == 5


def test_the_element_is_a_string_in_2_0_1_and_complex_in_2_2_1() -> None:
    earlier = response_of(written(sent(), V201, UNKNOWN))["error"][0]
    assert pas_extensions(earlier, "extension-errorElement")[0]["valueString"] == "2010C-NM109"
    response = response_of(written(sent(), V221, UNKNOWN))
    (element,) = pas_extensions(response["error"][0], "extension-errorElement")
    assert element["extension"] == [
        {"url": "processNote", "valuePositiveInt": 1},
        {"url": "error", "valueString": "2010C-NM109"},
    ]
    assert response["processNote"][0]["text"] == "The member is not known."


@BOTH
def test_nothing_is_adjudicated(version: PasVersion) -> None:
    response = response_of(written(sent(), version, UNKNOWN))
    assert not {"item", "addItem", "adjudication", "preAuthRef"} & set(response)


@BOTH
def test_who_is_involved_is_echoed_and_what_leads_nowhere_is_named(version: PasVersion) -> None:
    body = sent(insurer={"reference": "Organization/elsewhere", "display": "Some Plan"})
    bundle = written(body, version, UNKNOWN)
    response = response_of(bundle)
    assert response["patient"] == {"reference": BASE + "Patient/p1"}
    assert response["insurer"] == {"display": "Some Plan"}
    assert response["request"]["reference"] == BASE + "Claim/c1"
    assert resources(bundle, "Patient")
    assert problems(bundle, version.label) == []
