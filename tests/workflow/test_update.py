"""Updates by Claim/$submit: the case changes, nothing is authorized twice; on both databases."""

from decimal import Decimal

import pytest

from fhirpa.workflow.services import Services
from tests.workflow.requests import Json, request
from tests.workflow.updates import (
    actions,
    answer,
    cancels_all,
    number_of,
    update,
)

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


def drawn(services: Services, bundle: Json) -> Decimal:
    """Visits that the request's member has drawn so far."""
    with services.store.read() as unit:
        return sum((x.visits for x in unit.benefit_use(member_key(services, bundle))), Decimal(0))


def member_key(services: Services, bundle: Json) -> str:
    patients = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    ids = [i["value"] for p in patients for i in p["identifier"]]
    with services.store.read() as unit:
        (key,) = {e.member_key for e in unit.find_enrolments(ids, None)}
    return key


@VERSIONS
def test_an_update_that_changes_nothing_keeps_number_and_visits(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    before = drawn(services, first)
    again = answer(services, update(first, "u1", version=version), version)
    assert (number_of(again), actions(again)) == (number, {1: "A1"})
    assert drawn(services, first) == before == 8


@VERSIONS
def test_a_cancellation_takes_the_authorization_back(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    gone = answer(services, update(first, "u1", cancels_all, version=version), version)
    assert (actions(gone), number_of(gone)) == ({1: "C"}, None)
    assert drawn(services, first) == 0
