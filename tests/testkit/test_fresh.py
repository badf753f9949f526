"""A fresh copy says the same under other numbers."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.checks import check_request
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V221
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.fresh import Scope, fresh
from fhirpa.testkit.guide import G221
from fhirpa.testkit.scenarios import SCENARIOS
from fhirpa.um.request import AuthorizationRequest, CoverageSent, ExternalId, Party, Person

Json = dict[str, Any]
BUNDLES = {s.name: build(s.request, G221, Identity(s.name)) for s in SCENARIOS}
VALID = [s.name for s in SCENARIOS if not s.bend]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(bundle: Json) -> AuthorizationRequest:
    return read_request(BundleGraph(bundle), V221)


def numbers(request: AuthorizationRequest) -> set[str | None]:
    lines = {t.value for line in request.lines for t in line.trace_numbers}
    traces = {t.value for t in request.trace_numbers}
    return {request.bundle_identifier.value, *lines, *traces}


def member_numbers(request: AuthorizationRequest) -> set[str | None]:
    people = [p for p in (request.patient, request.subscriber) if p]
    own = {i.value for p in people for i in p.identifiers}
    return {request.coverage.member_id, request.coverage.subscriber_id, *own}


def without_numbers(request: AuthorizationRequest) -> AuthorizationRequest:
    none = ExternalId(None, "")

    def nameless(person: Person | None) -> Person | None:
        return person and replace(person, member_id=None, identifiers=())

    cover: CoverageSent = replace(request.coverage, member_id=None, subscriber_id=None)
    patient = nameless(request.patient)
    assert patient is not None
    return replace(
        request,
        bundle_identifier=none,
        trace_numbers=(),
        patient=patient,
        subscriber=nameless(request.subscriber),
        coverage=cover,
        lines=tuple(replace(line, trace_numbers=()) for line in request.lines),
        claim_url=None,
        supporting=tuple(replace(entry, digest="") for entry in request.supporting),
    )


@pytest.mark.parametrize("name", VALID)
def test_a_fresh_copy_asks_for_the_same_under_new_numbers(name: str) -> None:
    before, after = read(BUNDLES[name]), read(fresh(BUNDLES[name], "second"))
    assert without_numbers(after) == without_numbers(before)
    assert not numbers(before) & numbers(after)
    assert not member_numbers(before) & member_numbers(after)


@pytest.mark.parametrize("name", VALID)
def test_a_fresh_copy_is_as_valid_as_the_original(name: str) -> None:
    issues = check_request(BundleGraph(fresh(BUNDLES[name], "second")), V221)
    assert [i.key for i in issues] == []


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_copy_depends_on_the_token_and_on_nothing_else(one: str, other: str) -> None:
    bundle = BUNDLES["lbp-initial"]
    assert fresh(bundle, one) == fresh(bundle, one)
    assert (fresh(bundle, one) == fresh(bundle, other)) == (one == other)


def test_practices_and_clinicians_stay_who_they_are() -> None:
    before, after = read(BUNDLES["lbp-initial"]), read(fresh(BUNDLES["lbp-initial"], "second"))
    parties: list[Party | None] = [after.requester, after.lines[0].rendering]
    assert parties == [before.requester, before.lines[0].rendering]


def test_the_members_own_number_still_begins_with_the_familys() -> None:
    after = read(fresh(BUNDLES["lbp-dependent"], "second"))
    assert after.coverage.subscriber_id
    assert after.coverage.member_id == after.coverage.subscriber_id + "03"


def test_a_member_of_the_roster_is_kept_where_the_scope_says_so() -> None:
    before = read(BUNDLES["strict-coverage-ended"])
    after = read(fresh(BUNDLES["strict-coverage-ended"], "second", Scope.SAME_MEMBER))
    assert member_numbers(after) == member_numbers(before)
    assert not numbers(before) & numbers(after)


def test_an_unchanged_copy_is_an_exact_repeat() -> None:
    bundle = BUNDLES["strict-known-member"]
    assert fresh(bundle, "second", Scope.UNCHANGED) == bundle


def test_the_original_is_left_alone() -> None:
    bundle = deepcopy(BUNDLES["lbp-initial"])
    fresh(bundle, "second")
    assert bundle == BUNDLES["lbp-initial"]


def test_urns_stay_urns() -> None:
    copy = fresh(BUNDLES["lbp-contained-practitioner"], "second")
    old = {e["fullUrl"] for e in BUNDLES["lbp-contained-practitioner"]["entry"]}
    new = {e["fullUrl"] for e in copy["entry"]}
    assert all(url.startswith("urn:uuid:") for url in new)
    assert len(new) == len(old)
    assert new != old


@given(st.dictionaries(st.sampled_from(["entry", "identifier", "id"]), JSON_VALUES), JSON_VALUES)
def test_what_is_no_bundle_or_a_broken_one_does_no_harm(bundle: Json, resource: Any) -> None:
    entry = {"fullUrl": resource, "resource": {"resourceType": "Claim", "item": resource}}
    fresh({"resourceType": "Bundle", **bundle}, "t")
    fresh({"resourceType": "Bundle", "entry": [resource, entry]}, "t")
    assert fresh({"resourceType": "Claim", "id": "c"}, "t") == {"resourceType": "Claim", "id": "c"}
