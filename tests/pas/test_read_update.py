"""What a request says of itself as an update."""

from typing import Any

import pytest

from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V201, V221, PasVersion
from fhirpa.um.request import AuthorizationRequest, ExternalId
from fhirpa.um.terms import Change, UpdateSign
from tests.pas.request_builder import (
    Json,
    bundle,
    cancelled,
    certification,
    claim,
    ext,
    graph,
    item,
    ref,
    with_support,
)

OWN = ExternalId("urn:trace", "E1")
ADDED, CHANGED = (
    ext("extension-infoChanged", valueCode="added"),
    ext("extension-infoChanged", valueCode="changed"),
)
PRIOR = [{"claim": {**ref("Claim/c0"), "identifier": {"system": "urn:trace", "value": "E0"}}}]


def read(version: PasVersion, **values: Any) -> AuthorizationRequest:
    return read_request(graph(bundle(of={**claim(), **values})), version)


@pytest.mark.parametrize(
    ("values", "in_201", "in_221"),
    [
        ({}, "none", "none"),
        ({"related": PRIOR}, "certain", "certain"),
        ({"extension": [certification("3")]}, "certain", "certain"),
        ({"item": [item(extension=[certification("I"), ADDED])]}, "certain", "none"),
        ({"item": [item(extension=[certification("I"), CHANGED])]}, "certain", "none"),
        ({"item": [item(extension=[certification("S")])]}, "certain", "none"),
        ({"item": [item(), item(2, modifierExtension=[cancelled()])]}, "possible", "none"),
        ({"item": [item(modifierExtension=[cancelled(False)])]}, "none", "none"),
    ],
)
def test_by_what_an_update_is_known(values: Json, in_201: str, in_221: str) -> None:
    assert read(V201, **values).update == UpdateSign(in_201)
    assert read(V221, **values).update == UpdateSign(in_221)


def test_the_first_version_may_name_the_predecessor_by_its_own_identifier() -> None:
    flagged = {"item": [item(extension=[ADDED])]}
    assert read(V201, **flagged).related_claim == OWN
    assert read(V201).related_claim is None
    assert read(V221, **flagged).related_claim is None


def test_a_named_predecessor_is_not_looked_for_by_the_own_identifier() -> None:
    for version in (V201, V221):
        request = read(version, related=PRIOR)
        assert request.related_claim == ExternalId("urn:trace", "E0")
        assert request.related_url == "https://ehr.example/fhir/Claim/c0"


def test_the_url_of_the_claim_is_one_of_its_names() -> None:
    assert read(V221).claim_url == "https://ehr.example/fhir/Claim/c1"


def test_a_request_that_holds_only_what_changed_says_so() -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    assert read(V201, meta={"security": [label]}).subsetted
    assert not read(V201, meta={"security": [{**label, "code": "MASKED"}]}).subsetted


def test_flags_of_items_are_read() -> None:
    request = read(V221, item=[item(extension=[ADDED]), item(2, extension=[CHANGED]), item(3)])
    assert [x.flag for x in request.lines] == [Change.ADDED, Change.CHANGED, None]


def test_supporting_entries_tell_whether_they_say_the_same() -> None:
    first = _supporting({})
    assert first == _supporting({})
    assert _supporting({"id": "o", "meta": {"lastUpdated": "2026-03-02T09:30:00Z"}}) == first
    assert _supporting({"status": "amended"}) != first
    about = {"subject": {"reference": "urn:uuid:0ab5b4a7-6d3c-4b0e-9f2e-0d3b5a1f2c01"}}
    again = {"subject": {"reference": "urn:uuid:4c9e2f60-7b1d-4d52-8a3e-6f1f0c2b9d02"}}
    assert _supporting(about) == _supporting(again) != first
    flagged = _supporting({}, extension=[CHANGED])
    assert (flagged[0].digest, flagged[0].flag) == (first[0].digest, Change.CHANGED)
    assert _supporting({}, modifierExtension=[cancelled()])[0].cancelled


def _supporting(resource: Json, **entry: Any) -> tuple[Any, ...]:
    note = {"resourceType": "DocumentReference", "id": "o", "status": "current", **resource}
    sent = with_support(note)
    asking = sent["entry"][0]["resource"]
    (only,) = asking["supportingInfo"]
    extensions = [*only["extension"], *entry.pop("extension", [])]
    asking["supportingInfo"] = [{**only, **entry, "extension": extensions}]
    found = read_request(graph(sent), V221).supporting
    assert len(found) == 1
    return found
