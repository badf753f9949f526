"""Whatever comes in, the validator answers, and soon."""

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.validation import Report, Validator, load_set

FIXTURE = Path(__file__).parents[2] / "fixtures" / "2.2.1" / "json" / "lbp-initial.json"
BUNDLE = json.loads(FIXTURE.read_text())
VALIDATOR = Validator(load_set("pas-2.2.1"))
ODD = (
    None,
    True,
    0,
    -1.5,
    "",
    "x",
    "2026-02-31",
    "#",
    "urn:uuid:1",
    [],
    {},
    [None],
    [{}],
    {"id": "a"},
    [[1]],
)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a JSON value."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += _places(value[key])
    return found


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(range(len(ODD) + 3))), min_size=1, max_size=4)
)
def test_a_mutated_bundle_gets_a_report(changes: list[tuple[int, int]]) -> None:
    bundle = copy.deepcopy(BUNDLE)
    for position, change in changes:
        places = _places(bundle)
        if not places:
            break
        container, key = places[position % len(places)]
        other, other_key = places[(position * 7919 + 13) % len(places)]
        if change < len(ODD):
            container[key] = copy.deepcopy(ODD[change])
        elif change == len(ODD):
            del container[key]
        else:
            container[key] = copy.deepcopy(other[other_key])
    report = VALIDATOR.validate(bundle)
    assert isinstance(report, Report)
    assert report.outcome()["issue"]


@pytest.mark.parametrize("resource", [None, [], 3, "x", {}, {"resourceType": 3}, {"resourceType": "Nothing"}])
def test_what_is_no_resource_is_not_valid(resource: Any) -> None:
    report = VALIDATOR.validate(resource)
    assert [f.kind for f in report.issues] == ["structure"]
    assert not report.is_valid


def test_a_property_without_a_name_is_a_fault_of_form() -> None:
    for resource in ({"resourceType": "Patient", "": 1}, {"resourceType": "Patient", "name": [{"": 1}]}):
        assert [f.kind for f in VALIDATOR.validate(resource).issues if f.is_error] == ["structure"]


@pytest.mark.parametrize("kind", [["collection"], {"a": 1}, 5, None])
def test_a_bundle_whose_type_is_no_text_gets_a_report(kind: Any) -> None:
    entries = [{"resource": {"resourceType": "Patient"}}]
    report = VALIDATOR.validate({"resourceType": "Bundle", "type": kind, "entry": entries})
    assert "Bundle.type" in [f.expression for f in report.issues]


def test_resources_that_refer_to_each_other_come_to_an_end() -> None:
    first, second = (
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        "urn:uuid:00000000-0000-4000-8000-000000000002",
    )
    entries = [
        {
            "fullUrl": url,
            "resource": {"resourceType": "Organization", "name": "N", "partOf": {"reference": other}},
        }
        for url, other in ((first, second), (second, first))
    ]
    assert VALIDATOR.validate({"resourceType": "Bundle", "type": "collection", "entry": entries}).is_valid


@pytest.mark.deep
def test_time_grows_with_the_size_and_no_faster() -> None:
    def seconds(times: int) -> float:
        bundle = copy.deepcopy(BUNDLE)
        claim = bundle["entry"][0]["resource"]
        claim["item"] = [{**claim["item"][0], "sequence": n + 1} for n in range(times)]
        started = time.thread_time()
        assert VALIDATOR.validate(bundle).is_valid
        return time.thread_time() - started

    seconds(20)
    small, large = min(seconds(100) for _ in range(3)), min(seconds(800) for _ in range(3))
    assert large < small * 8 * 3


def test_a_report_has_an_end() -> None:
    bundle = copy.deepcopy(BUNDLE)
    claim = bundle["entry"][0]["resource"]
    claim["item"] = [{"sequence": n + 1, "productOrService": {"text": "x"}} for n in range(2000)]
    issues = VALIDATOR.validate(bundle).issues
    assert len(issues) <= 2001
    assert issues[0].key == "more-faults" or issues[-1].key == "more-faults"


def test_a_profile_that_is_missed_in_very_many_ways_hides_no_error_of_others() -> None:
    claim = copy.deepcopy(BUNDLE["entry"][0]["resource"])
    claim["item"] = [{"sequence": n + 1, "productOrService": {"text": "x"}} for n in range(1500)]
    report = VALIDATOR.validate(claim)
    assert not report.is_valid
    assert sum(f.is_error for f in report.issues) == 1000


def test_many_notes_never_hide_an_error() -> None:
    bundle = copy.deepcopy(BUNDLE)
    bare = {"resourceType": "Organization", "active": True, "name": "x"}
    for number in range(1500):  # each of them without a narrative, which is a note
        name = f"https://ehr.example/fhir/Organization/n{number}"
        bundle["entry"].append({"fullUrl": name, "resource": {**bare, "id": f"n{number}"}})
    assert VALIDATOR.validate(bundle).is_valid
    del bundle["entry"][-1]["resource"]["name"]
    report = VALIDATOR.validate(bundle)
    assert [issue.key for issue in report.issues if issue.is_error] == ["org-1"]
    assert "more-faults" in {issue.key for issue in report.issues}
