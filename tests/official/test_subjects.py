"""Which profile a file must meet."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.official.subjects import BASE, PAS, read_subjects


def bundle(kind: str, profile: str = "") -> dict[str, Any]:
    meta = {"meta": {"profile": [PAS + profile]}} if profile else {}
    return {"resourceType": "Bundle", **meta, "entry": [{"resource": {"resourceType": kind}}]}


def profiles(folder: Path, data: Any, kind: str = "auto") -> list[str]:
    file = folder / "a.json"
    file.write_text(json.dumps(data))
    return [subject.profile for subject in read_subjects(file, kind)]


@pytest.mark.parametrize(
    ("data", "kind", "profile"),
    [
        (bundle("Claim"), "auto", "profile-pas-request-bundle"),
        (bundle("Claim"), "inquiry", "profile-pas-inquiry-request-bundle"),
        (bundle("Claim", "profile-pas-inquiry-request-bundle"), "auto", "profile-pas-inquiry-request-bundle"),
        (bundle("Claim", "profile-pas-inquiry-request-bundle"), "submit", "profile-pas-request-bundle"),
        (bundle("ClaimResponse"), "auto", "profile-pas-response-bundle"),
        (
            bundle("ClaimResponse", "profile-pas-inquiry-response-bundle"),
            "auto",
            "profile-pas-inquiry-response-bundle",
        ),
    ],
)
def test_a_bundle_is_judged_by_its_leading_resource_and_the_kind(
    tmp_path: Path, data: Any, kind: str, profile: str
) -> None:
    assert profiles(tmp_path, data, kind) == [PAS + profile]


def test_parameters_are_judged_with_each_bundle_that_they_return(tmp_path: Path) -> None:
    returned = {"name": "return", "resource": bundle("ClaimResponse")}
    parameters = {"resourceType": "Parameters", "parameter": [returned, {"name": "other"}, returned]}
    response = PAS + "profile-pas-inquiry-response-bundle"
    assert profiles(tmp_path, parameters) == [BASE + "Parameters", response, response]


def test_other_resources_are_judged_by_the_base_definition(tmp_path: Path) -> None:
    assert profiles(tmp_path, {"resourceType": "OperationOutcome"}) == [BASE + "OperationOutcome"]
    assert profiles(tmp_path, bundle("Patient")) == [BASE + "Bundle"]


def test_a_list_is_judged_one_by_one_and_what_is_no_resource_not_at_all(tmp_path: Path) -> None:
    assert len(profiles(tmp_path, [bundle("Claim"), {"title": "not FHIR"}])) == 1
