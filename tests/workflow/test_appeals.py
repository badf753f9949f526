"""Appeals as people file and decide them: what an inquiry shows, what is queued, what the database holds."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from fhirpa.um.appeal import AppealForm, AppealOutcome, FiledBy, Filing
from fhirpa.um.case import Case
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_external import OutsideDecision, OutsideRequest
from fhirpa.um.review_terms import Given
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow import review_appeals as appeals
from fhirpa.workflow import review_view
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.services import Services
from tests.workflow.requests import Json
from tests.workflow.reviewing import (
    CONTACT,
    DIRECTOR,
    INTAKE,
    NO_BLOCK,
    OTHER_DIRECTOR,
    by,
    drawn,
    kinds,
    lacks,
    offered,
    on_the_wire,
    pended,
    queued,
    reason_for,
    referred,
    reload,
    review_actions,
)
from tests.workflow.services import post

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


def denied(services: Services, version: str = "2.2.1") -> tuple[Json, Case]:
    """A request that the director denied after a talk."""
    bundle, case = pended(services, NO_BLOCK, version)
    referred(services, case)
    offered(services, case)
    acts.peer_to_peer(services, by(DIRECTOR, case), (), TalkEvent.HELD, CONTACT)
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    return bundle, reload(services, case)


def filed(services: Services, case: Case, **more: Any) -> None:
    values = {"by": FiledBy.MEMBER, "name": "Ana", "form": AppealForm.ORAL, "grounds": "I fell again."}
    filing = Filing(received_at=services.clock.now(), **{**values, **more})
    appeals.file_appeal(services, by(INTAKE, case), (), filing)


def before_a_reviewer(services: Services, case: Case, **more: Any) -> None:
    """Filed, given to the other director, who has looked at the case."""
    filed(services, case, **more)
    appeals.assign(services, by(INTAKE, case), None, OTHER_DIRECTOR)
    review_view.show(services, OTHER_DIRECTOR, case.case_number)


def sent_outside(services: Services, case: Case, **more: Any) -> None:
    request = OutsideRequest(FiledBy.MEMBER, "Ana", services.clock.now(), **more)
    appeals.send_outside(services, by(INTAKE, case), (), request)


@VERSIONS
def test_an_overturned_denial_is_certified_on_the_wire(services: Services, version: str) -> None:
    bundle, case = denied(services, version)
    before_a_reviewer(services, case)
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A3"}  # it stands meanwhile
    appeals.overturn(services, by(OTHER_DIRECTOR, case), None)
    response = on_the_wire(services, bundle, version)
    assert review_actions(response) == {1: "A1"}
    given = reload(services, case).lines[0].authorization
    assert given is not None
    assert response["preAuthRef"] == given.number
    assert drawn(services, case) == given.certified.visits
    assert kinds(services, case) == [
        ("denied_medical", "medical_director"),
        ("certified", "medical_director"),
    ]
    assert post(services, bundle, version)[0] == 200  # a repeat of the submit shows the current result, too
    assert verify(services) == []


@VERSIONS
def test_one_that_is_overturned_in_part_is_modified_on_the_wire(services: Services, version: str) -> None:
    bundle, case = denied(services, version)
    before_a_reviewer(services, case)
    appeals.overturn(services, by(OTHER_DIRECTOR, case), None, Given(Decimal(5)), reason_for(case))
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A6"}
    assert kinds(services, case)[-1] == ("reduced", "medical_director")
    assert drawn(services, case) == 5


@VERSIONS
def test_one_that_is_upheld_stays_denied_until_a_reviewer_outside_binds_the_plan(
    services: Services, version: str
) -> None:
    bundle, case = denied(services, version)
    before_a_reviewer(services, case)
    appeals.uphold(services, by(OTHER_DIRECTOR, case), None, reason_for(case))
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A3"}
    sent_outside(services, case)
    decision = OutsideDecision(AppealOutcome.OVERTURNED, services.clock.now(), "IRO 77, Dr Outside")
    appeals.decided_outside(services, by(INTAKE, case), None, decision)
    assert review_actions(on_the_wire(services, bundle, version)) == {1: "A1"}
    assert kinds(services, case)[1:] == [("upheld", "medical_director"), ("certified", "external")]
    assert verify(services) == []


def test_each_step_queues_its_letters_with_it(services: Services) -> None:
    _, case = denied(services)
    filed(services, case)
    appeals.assign(services, by(INTAKE, case), None, OTHER_DIRECTOR)
    review_view.show(services, OTHER_DIRECTOR, case.case_number)
    appeals.uphold(services, by(OTHER_DIRECTOR, case), None, reason_for(case))
    sent_outside(services, case)
    letters = [(x[1], json.loads(x[2])) for x in queued(services, case) if x[0] == "notice"][-8:]
    assert [(who, x["kind"]) for who, x in letters] == [
        (who, kind)
        for kind in ("denial", "appeal-received", "appeal-upheld", "external-review")
        for who in ("provider", "member")
    ]
    denial, upheld = letters[0][1]["rights"], letters[4][1]["rights"]
    assert denial["file_by"] == (services.clock.now() + timedelta(days=180)).date().isoformat()
    assert (upheld["file_by"], upheld["external"]) == (None, "IRO")


def test_the_queue_of_appeals_holds_what_waits(services: Services) -> None:
    _, case = denied(services)
    before_a_reviewer(services, case, expedited=True)
    (row,) = review_view.appeal_rows(review_view.appeals(services, OTHER_DIRECTOR, mine=True))
    assert (row["case"], row["level"], row["waits_for"]) == (case.case_number, "expedited", "plan")
    assert review_view.appeals(services, DIRECTOR, mine=True) == []
    appeals.overturn(services, by(OTHER_DIRECTOR, case), None)
    assert review_view.appeals(services, INTAKE) == []


def test_who_took_part_is_not_named_and_what_is_refused_leaves_nothing(services: Services) -> None:
    _, case = denied(services)
    filed(services, case)
    before, told = reload(services, case), len(queued(services, case))
    with pytest.raises(ReviewRefused) as refused:
        appeals.assign(services, by(INTAKE, case), None, DIRECTOR)
    assert lacks(refused) == {"involved"}
    with pytest.raises(ReviewRefused) as refused:
        appeals.overturn(services, by(OTHER_DIRECTOR, case), None)
    assert lacks(refused) == {"not-assigned", "not-read"}
    assert (reload(services, case), len(queued(services, case))) == (before, told)


def test_the_first_determination_is_still_there_after_everything(services: Services) -> None:
    _, case = denied(services)
    query = text("SELECT * FROM determination WHERE case_id = :id AND kind = 'denied_medical'")
    with services.store.read() as unit:
        before = unit.reader.execute(query, {"id": case.case_id}).one()
    before_a_reviewer(services, case)
    appeals.overturn(services, by(OTHER_DIRECTOR, case), None)
    with services.store.read() as unit:
        assert unit.reader.execute(query, {"id": case.case_id}).one() == before


def test_the_last_day_of_an_authorization_is_put_later_on_the_wire(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK)
    acts.certify(services, by("pt-1", case), ())
    given = reload(services, case).lines[0].authorization
    assert given is not None
    assert given.certified.period.end is not None
    end = given.certified.period.end + timedelta(days=14)
    appeals.move_dates(services, by("pt-1", case), (1,), end, "in hospital, asked by the clinic")
    response = on_the_wire(services, bundle)
    assert review_actions(response) == {1: "A1"}
    assert end.isoformat() in json.dumps(response)
    assert drawn(services, case) == given.certified.visits
