"""A case is found by every name that a Claim of it ever had, for its own sender and member only."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fhirpa.store import Store
from fhirpa.um.request import ExternalId
from tests.store.samples import ENROLMENT, NOW, TRACE, event, make_case, submission_of

FIRST, SECOND = ExternalId("urn:sender", "claim-c1"), ExternalId("urn:sender", "claim-c1-update")
URL = ExternalId("urn:ietf:rfc:3986", "https://ehr.example/fhir/Claim/1")


@pytest.fixture
def store(store: Store) -> Store:
    """A case that was opened as FIRST at URL and updated as SECOND, and another one."""
    case = make_case("c1")
    opened = replace(case, request=replace(case.request, claim_url=URL.value))
    updated = replace(
        opened,
        request=replace(opened.request, trace_numbers=(SECOND,), claim_url=None),
        updated_at=NOW + timedelta(days=2),
        version=2,
    )
    other = make_case("c2", received_at=NOW + timedelta(days=1))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        for new in (opened, other):
            unit.save_case(new, submission_of(new), [event()])
        unit.change_case(updated, 1, [event("updated")])
    return store


@pytest.mark.parametrize("name", [FIRST, SECOND, URL])
def test_old_names_and_the_new_one_lead_to_the_case(store: Store, name: ExternalId) -> None:
    with store.read() as unit:
        assert unit.find_named_cases("m", "clinic", [name]) == ["c1"]


def test_another_sender_or_member_finds_nothing(store: Store) -> None:
    with store.read() as unit:
        assert unit.find_named_cases("m", "somebody else", [FIRST]) == []
        assert unit.find_named_cases("k", "clinic", [FIRST]) == []


def test_the_trace_number_of_a_line_is_no_name_of_the_request(store: Store) -> None:
    with store.read() as unit:
        assert unit.find_named_cases("m", "clinic", [TRACE]) == []


def test_the_case_that_changed_last_comes_first(store: Store) -> None:
    with store.read() as unit:
        names = [FIRST, ExternalId("urn:sender", "claim-c2")]
        assert unit.find_named_cases("m", "clinic", names) == ["c1", "c2"]
        assert unit.find_named_cases("m", "clinic", names, limit=1) == ["c1"]
