"""What lacks is named, and nothing is written; what reviewers look at.."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fhirpa.store import NotFound
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_terms import Given
from fhirpa.um.terms import LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow import review_view
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.services import Services
from tests.workflow.reviewing import (
    BLOCK_FIRST,
    CONTACT,
    DIRECTOR,
    INTAKE,
    NO_BLOCK,
    OT,
    OVER_LIMIT,
    PT,
    SAID,
    SUMMARY,
    by,
    drawn,
    lacks,
    offered,
    pended,
    reason_for,
    referred,
    reload,
)
from tests.workflow.services import open_services


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    opened = open_services(tmp_path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("given", "lack"),
    [
        (Given(Decimal(21)), "more-than-asked"),
        (Given(Decimal(0)), "quantity"),
        (Given(Decimal(4)), "stands"),
    ],
)
def test_nobody_certifies_more_than_asked_or_less_than_stands(
    services: Services, given: Given, lack: str
) -> None:
    _, case = pended(services, BLOCK_FIRST)
    with pytest.raises(ReviewRefused) as refused:
        acts.certify(services, by(PT, case), (1,), given, acts.Rest(open=True))
    assert lack in lacks(refused)
    assert reload(services, case) == case


def test_a_hard_limit_of_the_plan_holds_for_people_too(services: Services) -> None:
    _, case = pended(services, OVER_LIMIT)
    before = drawn(services, case)
    with pytest.raises(ReviewRefused) as refused:
        acts.certify(services, by(PT, case), (1,))
    assert lacks(refused) == {"benefit"}
    assert drawn(services, case) == before


def test_a_pt_does_not_decide_for_an_ot(services: Services) -> None:
    _, case = pended(services, BLOCK_FIRST)
    with pytest.raises(ReviewRefused) as refused:
        acts.certify(services, by(OT, case), ())
    assert lacks(refused) == {"discipline"}


def test_the_provider_has_the_time_that_was_given(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    acts.ask(services, by(PT, case), (1,), ("plan-of-care",))
    with pytest.raises(ReviewRefused) as refused:
        referred(services, case)
    assert lacks(refused) == {"information-awaited"}
    until = reload(services, case).information_due
    assert until is not None
    services.clock.at = until.at
    referred(services, case)
    assert reload(services, case).lines[0].state is LineState.PENDED_DIRECTOR


def test_only_known_items_are_asked_for_and_in_time(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    late = services.clock.now() + timedelta(days=90)
    with pytest.raises(ReviewRefused) as refused:
        acts.ask(services, by(PT, case), (1,), ("everything",), late)
    assert lacks(refused) == {"no-item", "by"}


@pytest.mark.parametrize("who", [INTAKE, PT])
def test_nobody_but_a_director_denies(services: Services, who: str) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    offered(services, case)
    services.clock.move(days=1, hours=1)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(who, case), (1,), reason_for(case))
    assert lacks(refused) == {"role"}
    assert reload(services, case).lines[0].state is LineState.PENDED_DIRECTOR


def test_a_refusal_names_everything_that_lacks(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    poor = replace(reason_for(case), reason="Not medically necessary.", criterion_id="X", citation=" ")
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), poor)
    wanted = {"peer-to-peer-missing", "reason-not-specific", "criterion", "citation-missing"}
    assert lacks(refused) == wanted


def test_the_offer_stands_for_its_lead_time(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    offered(services, case)
    acts.peer_to_peer(services, by(DIRECTOR, case), (), TalkEvent.DECLINED, CONTACT)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    assert lacks(refused) == {"peer-to-peer-lead"}


def test_a_missed_clock_denies_nothing_and_is_owned_up_to(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    offered(services, case)
    services.clock.move(days=6)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    assert lacks(refused) == {"due-passed"}
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case), breach="The director was ill.")
    assert reload(services, case).lines[0].state is LineState.DENIED_MEDICAL


def test_a_therapist_may_not_close_what_the_director_has(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    with pytest.raises(ReviewRefused) as refused:
        acts.certify(services, by(PT, case), ())
    assert lacks(refused) == {"role"}


def test_the_question_to_the_director_is_neutral(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    with pytest.raises(ReviewRefused) as refused:
        acts.refer(services, by(PT, case), (), SUMMARY, "Should this be denied?")
    assert lacks(refused) == {"question-not-neutral"}
    with pytest.raises(ReviewRefused) as refused:
        acts.refer(services, by(PT, case), (), "See notes", "Please read")
    assert lacks(refused) == {"summary-not-specific", "question-missing"}


@pytest.mark.parametrize(
    ("rule", "said", "lack"),
    [
        ("clinical-review", SAID, "rule"),
        ("no-such-rule", SAID, "rule"),
        (
            "benefit-review",
            "More visits are not medically necessary for this member now.",
            "necessity-wording",
        ),
        ("benefit-review", "Limit reached.", "text-not-specific"),
    ],
)
def test_an_administrative_denial_has_a_rule_and_no_word_on_necessity(
    services: Services, rule: str, said: str, lack: str
) -> None:
    _, case = pended(services, OVER_LIMIT)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny_administratively(services, by(INTAKE, case), (1,), rule, said)
    assert lacks(refused) == {lack}


def test_a_clinical_question_is_not_closed_administratively(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny_administratively(services, by(INTAKE, case), (1,), "benefit-review", SAID)
    assert lacks(refused) == {"clinical-question"}


def test_a_case_on_one_desk_is_not_on_another(services: Services) -> None:
    _, case = pended(services, BLOCK_FIRST)
    acts.take(services, by(OT, case))
    for act in (lambda: acts.take(services, by(PT, case)), lambda: acts.certify(services, by(PT, case), ())):
        with pytest.raises(ReviewRefused) as refused:
            act()
        assert lacks(refused) == {"taken"}
    with pytest.raises(ReviewRefused):
        acts.release(services, by(PT, case))
    acts.take(services, by(DIRECTOR, case), PT)  # the director gives it to whom it belongs
    acts.certify(services, by(PT, case), ())


def test_each_role_has_its_queue_by_due_time(services: Services) -> None:
    _, later = pended(services, BLOCK_FIRST)
    services.clock.move(days=-1)
    pended(services, NO_BLOCK)
    found = review_view.queue(services, PT, review_view.Filter(mine=True))
    assert [x.case_number for x in found][-1] == later.case_number
    assert len(found) == 2
    assert review_view.next_case(services, PT) == found[0]
    assert review_view.queue(services, OT, review_view.Filter(mine=True)) == []
    assert review_view.next_case(services, DIRECTOR) is None
    services.clock.move(days=1)
    referred(services, later)
    waiting = review_view.next_case(services, DIRECTOR)
    assert waiting is not None
    assert waiting.case_number == later.case_number


def test_a_case_is_shown_with_facts_beside_its_questions_and_no_rating(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    data = review_view.as_data(review_view.show(services, PT, case.case_number))
    line = data["lines"][0]
    assert len(line["criteria"]) == len(case.lines[0].criteria)
    assert all(c["question"] and c["citation"] for c in line["criteria"])
    assert "status" not in str(data)
    assert "not_met" not in str(data)
    assert data["history"][-1]["event"] == "review-read"  # looking is in the log
    assert (data["history"][-1]["by"], verify(services)) == (PT, [])


def test_the_director_sees_whether_an_offer_still_ends_in_time(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    referred(services, case)

    def offer_in_time() -> bool:
        seen = review_view.show(services, DIRECTOR, case.case_number)
        clock = seen.clocks[1]
        assert clock is not None
        assert clock["adverse"]["assumes_offer_now"]
        return bool(clock["adverse"]["in_time"])

    assert offer_in_time()
    services.clock.move(days=2, hours=12)
    assert not offer_in_time()
    services.clock.move(days=3)
    assert review_view.show(services, DIRECTOR, case.case_number).is_late


def test_strangers_see_and_do_nothing(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    with pytest.raises(ReviewRefused):
        review_view.show(services, "nobody", case.case_number)
    with pytest.raises(ReviewRefused):
        acts.certify(services, by("nobody", case), ())
    with pytest.raises(NotFound):
        review_view.show(services, PT, "C00000000000")
