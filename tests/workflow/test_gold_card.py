"""Exemptions as use cases: from decided cases to an exemption, to the answer on the wire, and back again."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from fhirpa.store import NewExemptionEvent, Refused
from fhirpa.store.schema import outbox
from fhirpa.testkit.answer import Answer, read_answer
from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent
from fhirpa.um.gold_card_evaluation import Outcome
from fhirpa.um.gold_card_rescission import Reviewer, SampledClaim, SampleReview
from fhirpa.um.request import ExternalId, Span
from fhirpa.um.terms import LineState
from fhirpa.workflow import gold_card
from fhirpa.workflow.gold_card import Act, GoldCardError
from fhirpa.workflow.gold_card_files import ReviewFileError, read_review
from fhirpa.workflow.services import Services
from tests.workflow.requests import Json, claim_responses, renumbered, request
from tests.workflow.services import open_services, post
from tests.workflow.updates import asks_for, update

SERVICE = "pt-treatment"
YEAR = Span(date(2025, 11, 25), date(2026, 11, 24))
BEFORE = date(2026, 10, 1)  # the scenario that goes over its limit begins on the 5th
NPI = "http://hl7.org/fhir/sid/us-npi"


def requester_of(bundle: Json) -> str:
    """The NPI of Claim.provider."""
    wanted = bundle["entry"][0]["resource"]["provider"]["reference"]
    party = next(e["resource"] for e in bundle["entry"] if e["fullUrl"].endswith(wanted))
    return next(str(i["value"]) for i in party["identifier"] if i.get("system") == NPI)


CLINIC = requester_of(request())


def act(by: str = "jo", **more: Any) -> Act:
    return Act(**{"npi": CLINIC, "service": SERVICE, "by": by, "reason": "yearly evaluation", **more})


def answer(services: Services, bundle: Json, version: str = "2.2.1") -> Answer:
    status, resource = post(services, bundle, version)
    assert status == 200, resource
    return read_answer(resource)


def move_to(services: Services, year: int, month: int, day: int) -> None:
    services.clock.at = datetime(year, month, day, 18, 0, tzinfo=UTC)  # type: ignore[attr-defined]


def review(met: int = 4, not_met: int = 2, **more: Any) -> SampleReview:
    claims = tuple(SampledClaim(f"claim-{n}", n < met) for n in range(met + not_met))
    reviewer = Reviewer("md-7", "K1234", "TX", True, False, "physical medicine", True)
    period = Span(date(2026, 12, 1), date(2027, 11, 30))
    found = SampleReview(period, 40, "random order, seed 7", claims, reviewer, date(2028, 1, 10))
    return replace(found, **more)


# --- on the wire ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_an_exempt_provider_is_answered_na_with_its_note(services: Services, version: str) -> None:
    assert [x.action for x in answer(services, request(version=version), version).lines] == ["A1"]
    gold_card.grant(services, act())
    found = answer(services, request(version=version), version)
    assert [(x.action, x.number, x.quantity) for x in found.lines] == [("NA", None, None)]
    said = " ".join(text for _, text in found.notes)
    assert "preauthorization exemption" in said
    assert "benefit limits hold" in said
    assert found.asked == ()


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_what_would_be_asked_for_or_reviewed_is_neither(services: Services, version: str) -> None:
    gold_card.grant(services, act(told_on=BEFORE))
    for name in ("lbp-no-plan-of-care", "lbp-20-visits", "over-benefit-limit"):
        found = answer(services, request(name, version), version)
        assert {x.action for x in found.lines} == {"NA"}, name
        assert found.asked == ()


@pytest.mark.parametrize("plan", ["SANDBOX-MCD", "SANDBOX-CHIP", "SANDBOX-MA", "SANDBOX-SF"])
def test_where_the_law_does_not_apply_the_exemption_changes_nothing(services: Services, plan: str) -> None:
    before = answer(services, request(plan=plan))
    gold_card.grant(services, act())
    after = answer(services, request(plan=plan))
    assert [x.action for x in after.lines] == [x.action for x in before.lines]
    assert "NA" not in {x.action for x in after.lines}


def test_an_exempt_request_draws_no_benefit(services: Services) -> None:
    """An NA holds no visits of the limit; what is asked later still finds all of them."""
    base = request("over-benefit-limit", key="draws")
    gold_card.grant(services, act(told_on=BEFORE))
    assert [x.action for x in answer(services, base).lines] == ["NA"]
    with services.store.read() as unit:
        key = unit.find_enrolments([member_of(base)], None)[0].member_key
        assert unit.benefit_use(key) == ()


def member_of(bundle: Json) -> str:
    coverage = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Coverage")
    return str(coverage["identifier"][0]["value"])


def test_a_repeat_of_a_request_from_before_the_exemption_is_still_what_it_was(services: Services) -> None:
    bundle = request()
    before = answer(services, bundle)
    gold_card.grant(services, act())
    assert answer(services, bundle).lines == before.lines
    assert [x.action for x in answer(services, renumbered(bundle, "-2")).lines] == ["NA"]


def test_service_from_before_the_exemption_is_decided_as_ever(services: Services) -> None:
    gold_card.grant(services, act())
    assert [x.action for x in answer(services, request("over-benefit-limit")).lines] == ["A4", "A1"]


def test_the_engine_writes_down_that_no_authorization_was_required_and_why(services: Services) -> None:
    bundle = request(key="recorded")
    gold_card.grant(services, act())
    answer(services, bundle)
    with services.store.read() as unit:
        key = unit.find_enrolments([member_of(bundle)], None)[0].member_key
        names = [
            ExternalId(x.get("system"), x["value"]) for x in bundle["entry"][0]["resource"]["identifier"]
        ]
        (found,) = unit.find_named_cases(key, CLINIC, names)
        (line,) = unit.load_case(found).lines
    assert (line.state, line.reasons, line.authorization) == (LineState.NOT_REQUIRED, ("gold-card",), None)


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_an_update_after_the_grant_is_answered_na_and_gives_the_visits_back(
    services: Services, version: str
) -> None:
    bundle = request("lbp-20-visits", version)
    assert "A4" in {x.action for x in answer(services, bundle, version).lines}
    gold_card.grant(services, act())
    changed = update(bundle, "2", asks_for(22), version=version)
    assert {x.action for x in answer(services, changed, version).lines} == {"NA"}
    with services.store.read() as unit:
        key = unit.find_enrolments([member_of(bundle)], None)[0].member_key
        assert {x.visits for x in unit.benefit_use(key)} == {0}


def test_no_exempt_line_is_pended_and_the_answer_is_complete(services: Services) -> None:
    gold_card.grant(services, act())
    _, resource = post(services, request())
    (response,) = claim_responses(resource)
    assert response["outcome"] == "complete"


# --- evaluating ----------------------------------------------------------------------------------------


def submitted(services: Services, approved: int, waiting: int = 0) -> None:
    for _ in range(approved):
        assert answer(services, request()).lines[0].action == "A1"
    for _ in range(waiting):
        assert answer(services, request("lbp-20-visits")).lines[0].action == "A4"


def test_final_requests_of_the_period_are_counted_and_nothing_is_changed(services: Services) -> None:
    submitted(services, 5, waiting=2)
    move_to(services, 2026, 11, 25)
    (found,) = gold_card.evaluate(services, YEAR)
    assert (found.npi, found.service, found.requests, found.approved) == (CLINIC, SERVICE, 5, 5)
    assert (found.outcome, found.notice_by) == (Outcome.GRANT, date(2026, 11, 30))
    assert gold_card.history(services) == ()
    assert [x.action for x in answer(services, request()).lines] == ["A1"]


@pytest.mark.parametrize("plan", ["SANDBOX-MCD", "SANDBOX-MA"])
def test_requests_of_members_beyond_the_law_are_not_counted(services: Services, plan: str) -> None:
    answer(services, request(plan=plan))
    move_to(services, 2026, 11, 25)
    assert gold_card.evaluate(services, YEAR) == ()


def test_what_is_answered_na_earns_nothing(services: Services) -> None:
    gold_card.grant(services, act())
    answer(services, request())
    move_to(services, 2026, 11, 25)
    (found,) = gold_card.evaluate(services, YEAR)
    assert (found.requests, found.outcome) == (0, Outcome.KEEP)


def test_a_grant_keeps_the_statistics_that_it_rests_on(services: Services) -> None:
    submitted(services, 5)
    move_to(services, 2026, 11, 25)
    gold_card.grant(services, act(), YEAR)
    (kept,) = gold_card.history(services, CLINIC)
    assert kept.event.by == "jo"
    assert kept.event.reason == "yearly evaluation"
    assert {k: kept.body[k] for k in ("requests", "approved", "outcome")} == {
        "requests": 5,
        "approved": 5,
        "outcome": "grant",
    }


def test_no_exemption_is_withheld_but_for_a_share_below(services: Services) -> None:
    submitted(services, 5)
    move_to(services, 2026, 11, 25)
    with pytest.raises(GoldCardError, match="came to: grant"):
        gold_card.withhold(services, act(), YEAR)


@pytest.mark.parametrize(
    ("period", "on", "said"),
    [
        (Span(date(2026, 1, 1), date(2026, 6, 30)), None, "12 months long"),
        (YEAR, date(2026, 11, 24), "not ended"),
        (YEAR, date(2026, 12, 24), "in the future"),
        (Span(date(2019, 1, 1), date(2019, 12, 31)), date(2020, 1, 5), "before the law"),
    ],
)
def test_an_evaluation_needs_a_period_that_is_over(
    services: Services, period: Span, on: date | None, said: str
) -> None:
    move_to(services, 2026, 11, 25)
    with pytest.raises(GoldCardError, match=said):
        gold_card.evaluate(services, period, on)


# --- granting and taking back --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"npi": "1234567890"}, "check digit"),
        ({"service": "surgery"}, "there are: home-therapy, pt-treatment, ot-treatment"),
        ({"by": " "}, "who does it"),
        ({"reason": ""}, "and why"),
        ({"told_on": date(2026, 11, 24)}, "in the future"),
    ],
)
def test_an_act_names_provider_service_person_reason_and_day(
    services: Services, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(GoldCardError, match=said):
        gold_card.grant(services, act(**change))
    assert gold_card.history(services) == ()


def test_an_exemption_is_granted_once_also_by_two_at_the_same_moment(services: Services) -> None:
    def grant(number: int) -> bool:
        try:
            gold_card.grant(services, act(f"user-{number}"))
        except GoldCardError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(grant, range(4))) == 1
    with pytest.raises(GoldCardError, match="already"):
        gold_card.grant(services, act())
    assert len(gold_card.history(services)) == 1


def rescinded(services: Services) -> None:
    """An exemption of December 2026 that a notice of 12 January 2028 ends."""
    gold_card.grant(services, act())
    move_to(services, 2028, 1, 12)
    event = gold_card.rescind(services, act("md-office"), review())
    assert event.effective == date(2028, 2, 11)


def held(services: Services) -> Exemption:
    return gold_card.all_exemptions(services)[-1]


def test_a_rescission_ends_the_exemption_on_the_thirtieth_day_and_keeps_its_review(
    services: Services,
) -> None:
    rescinded(services)
    assert held(services).ends == date(2028, 2, 10)
    last = gold_card.history(services, CLINIC)[-1]
    assert last.event.kind is EventKind.RESCINDED
    assert last.body["review"]["reviewer"]["id"] == "md-7"
    assert len(last.body["review"]["claims"]) == 6


@pytest.mark.parametrize(
    ("month", "found", "said"),
    [
        (1, review(9, 1), "keeps the exemption"),
        (1, review(0, 4), "a sample has 5 to 20 claims"),
        (3, review(), "in January only"),
    ],
)
def test_a_rescission_that_the_rules_do_not_carry_changes_nothing(
    services: Services, month: int, found: SampleReview, said: str
) -> None:
    gold_card.grant(services, act())
    move_to(services, 2028, month, 12)
    with pytest.raises(GoldCardError, match=said):
        gold_card.rescind(services, act(), found)
    assert held(services).ending is None


def test_a_notice_of_long_ago_takes_nothing_back_after_the_fact(services: Services) -> None:
    gold_card.grant(services, act())
    move_to(services, 2028, 6, 1)
    with pytest.raises(GoldCardError, match="too old"):
        gold_card.rescind(services, act(told_on=date(2028, 1, 12)), review())


def test_who_has_no_exemption_loses_none(services: Services) -> None:
    move_to(services, 2028, 1, 12)
    with pytest.raises(GoldCardError, match="no such exemption"):
        gold_card.rescind(services, act(), review())


def test_independent_review_keeps_the_exemption_until_it_is_upheld(services: Services) -> None:
    rescinded(services)
    move_to(services, 2028, 2, 10)
    gold_card.request_review(services, act("provider-office"))
    assert (held(services).ends, held(services).under_review) == (None, True)
    with pytest.raises(GoldCardError, match="no rescission"):
        gold_card.request_review(services, act("provider-office"))
    move_to(services, 2028, 3, 1)
    event = gold_card.conclude_review(services, act("iro"), upheld=True)
    assert event.effective == date(2028, 3, 6)
    assert held(services).ends == date(2028, 3, 5)


def test_an_overturned_rescission_leaves_the_exemption_as_it_was(services: Services) -> None:
    rescinded(services)
    gold_card.request_review(services, act("provider-office"))
    gold_card.conclude_review(services, act("iro"), upheld=False)
    assert (held(services).ends, held(services).ending, held(services).under_review) == (None, None, False)
    with pytest.raises(GoldCardError, match="no independent review"):
        gold_card.conclude_review(services, act("iro"), upheld=True)


def test_a_review_is_asked_for_before_the_rescission_takes_effect(services: Services) -> None:
    gold_card.grant(services, act())
    with pytest.raises(GoldCardError, match="no rescission"):
        gold_card.request_review(services, act())
    move_to(services, 2028, 1, 12)
    gold_card.rescind(services, act(), review())
    move_to(services, 2028, 2, 11)
    with pytest.raises(GoldCardError, match="no rescission"):
        gold_card.request_review(services, act())


def test_after_a_rescission_authorization_is_required_again_and_may_be_earned_again(
    services: Services,
) -> None:
    rescinded(services)
    move_to(services, 2028, 3, 1)
    gold_card.grant(services, act())
    first, second = gold_card.all_exemptions(services)
    assert (first.ends, second.starts, second.ends) == (date(2028, 2, 10), date(2028, 3, 1), None)


def test_every_act_queues_a_notice_to_the_provider_in_its_transaction(services: Services) -> None:
    rescinded(services)
    with pytest.raises(GoldCardError):
        gold_card.grant(services, act())
    with services.store.read() as unit:
        rows = list(unit.reader.execute(select(outbox.c.kind, outbox.c.topic, outbox.c.payload)))
    assert [(x.kind, x.topic, json.loads(x.payload)["kind"]) for x in rows] == [
        ("notice", "provider", "granted"),
        ("notice", "provider", "rescinded"),
    ]


def test_the_yearly_report_counts_by_service_and_day_of_notice(services: Services) -> None:
    rescinded(services)
    gold_card.grant(services, act(service="ot-treatment"))
    counts = gold_card.yearly_counts(services, 2028)
    assert counts[SERVICE]["rescinded"] == counts["ot-treatment"]["granted"] == 1
    assert counts[SERVICE]["granted"] == 0
    assert gold_card.yearly_counts(services, 2026)[SERVICE]["granted"] == 1
    assert all(sum(x.values()) == 0 for x in gold_card.yearly_counts(services, 2027).values())


def test_the_database_is_the_last_to_refuse(services: Services) -> None:
    """Were the use case to let a review pass that no licensed physician did, the table would not."""
    today = date(2028, 1, 12)
    event = ExemptionEvent(CLINIC, SERVICE, EventKind.RESCINDED, today, "engine", "share", today)
    with pytest.raises(Refused), services.store.write() as unit:
        unit.add_exemption_event(NewExemptionEvent(event, services.clock.now()))


# --- the review as a file ------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "review.json"


def test_a_review_is_read_as_it_was_written(written: Path) -> None:
    written.write_bytes(msgspec.json.encode(review()))
    assert read_review(written) == review()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"period": {"start": "2026-13-01"}}', '{"claims": "K-SECRET"}'],
)
def test_a_file_that_is_no_review_is_told_without_its_values(written: Path, text: str) -> None:
    written.write_text(text, encoding="utf-8")
    with pytest.raises(ReviewFileError) as caught:
        read_review(written)
    assert "review.json" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_rules_can_be_used_strictly_too(tmp_path: Path) -> None:
    opened = open_services(tmp_path, "strict")
    gold_card.grant(opened, act())
    assert [x.npi for x in gold_card.all_exemptions(opened)] == [CLINIC]
    opened.close()
