"""A pended case is decided by people, and an inquiry shows what they decided; on both databases."""

import pytest

from fhirpa.um.case import Case
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.terms import LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import Doing, ReviewRefused
from fhirpa.workflow.services import Services
from tests.workflow.requests import Json
from tests.workflow.reviewing import (
    CONTACT,
    DIRECTOR,
    INTAKE,
    PT,
    offered,
    on_the_wire,
    pended,
    reason_for,
    referred,
    reload,
    review_actions,
)

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


def state(services: Services, case: Case) -> LineState:
    return reload(services, case).lines[0].state


@VERSIONS
def test_a_therapist_certifies_what_was_asked(services: Services, version: str) -> None:
    bundle, case = pended(services, version=version)
    acts.certify(services, Doing(PT, case.case_number), ())
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A1"}
    assert response["preAuthRef"] == case.lines[0].authorization.number  # the block's number goes on
    assert reload(services, case).due is None
    assert verify(services) == []


@VERSIONS
def test_a_director_denies_after_peer_to_peer_was_offered(services: Services, version: str) -> None:
    bundle, case = pended(services, name=NOTHING_CERTIFIED, version=version)
    referred(services, case)
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A4"}
    offered(services, case)
    services.clock.move(days=1, hours=1)
    acts.deny(services, Doing(DIRECTOR, case.case_number), (1,), reason_for(case))
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A3"}
    assert "goals of the plan are reached" in str(response["processNote"])
    assert ("1999903103" in str(response)) == (version == "2.2.1")
    assert verify(services) == []


NOTHING_CERTIFIED = "lbp-20-visits"
