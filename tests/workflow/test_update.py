"""Updates by Claim/$submit: the case changes, nothing is authorized twice; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from decimal import Decimal

import pytest
from sqlalchemy import text

from fhirpa.testkit.answer import read_answer
from fhirpa.workflow.audit import verify
from fhirpa.workflow.services import Services
from tests.workflow.requests import Json, claim_responses, inquiry, renumbered, request
from tests.workflow.services import ask, post
from tests.workflow.updates import (
    Edit,
    actions,
    adds_item,
    answer,
    asks_for,
    cancels_all,
    cancels_item,
    certification,
    claim,
    flag,
    item,
    number_of,
    update,
)

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


def drawn(services: Services, bundle: Json) -> Decimal:
    """Visits that the request's member has drawn so far."""
    patients = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    ids = [i["value"] for p in patients for i in p["identifier"]]
    with services.store.read() as unit:
        (key,) = {e.member_key for e in unit.find_enrolments(ids, None)}
        return sum((x.visits for x in unit.benefit_use(key)), Decimal(0))


def count(services: Services, table: str, where: str = "1 = 1") -> int:
    """Rows of a table."""
    with services.store.read() as unit:
        found = unit.reader.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar()
    return int(found or 0)


def notes(services: Services, bundle: Json, version: str = "2.2.1") -> str:
    return " ".join(note for _, note in answer(services, bundle, version).notes)


def error_of(services: Services, bundle: Json, version: str = "2.2.1") -> tuple[str, ...]:
    found = answer(services, bundle, version)
    assert found.outcome == "error"
    return found.error_codes


# --- one case, one authorization -----------------------------------------------------------------------


@VERSIONS
def test_an_update_that_changes_nothing_keeps_number_and_visits(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    before = drawn(services, first)
    again = answer(services, update(first, "u1", version=version), version)
    assert (number_of(again), actions(again)) == (number, {1: "A1"})
    assert drawn(services, first) == before == 8
    assert count(services, "service_case") == 1


@VERSIONS
def test_an_added_item_joins_the_authorization_of_its_discipline(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    found = answer(services, update(first, "u1", adds_item("97140", 8), version=version), version)
    assert actions(found) == {1: "A1", 2: "A1"}
    assert {x.number for x in found.lines} == {number}
    assert drawn(services, first) == 8  # both are done in the same visits


@VERSIONS
def test_a_cancellation_takes_the_authorization_back(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    status, resource = post(services, update(first, "u1", cancels_all, version=version), version)
    gone, response = read_answer(resource), resource["entry"][0]["resource"]
    assert (status, actions(gone), number_of(gone)) == (200, {1: "C"}, None)
    assert not {"addItem", "preAuthRef", "preAuthPeriod"} & response.keys()
    assert response["disposition"] == "Cancelled."
    assert drawn(services, first) == 0
    assert count(services, "service_case", "due_at IS NOT NULL") == 0
    # The visits are free again, and nothing is left that a new request could overlap.
    fresh = answer(services, renumbered(first, "-again"), version)
    assert actions(fresh) == {1: "A1"}


def test_all_may_be_cancelled_without_naming_the_items(services: Services) -> None:
    first = request()
    answer(services, first)
    found = answer(services, update(first, "u1", cancels_all, lambda asking: asking.pop("item")))
    assert actions(found) == {1: "C"}


@VERSIONS
def test_cancelling_one_item_leaves_the_other_with_its_number(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    two = update(first, "u1", adds_item("97140", 8), version=version)
    answer(services, two, version)
    found = answer(services, update(two, "u2", cancels_item(1), version=version), version)
    assert actions(found) == {1: "C", 2: "A1"}
    assert number_of(found) == number
    assert drawn(services, first) == 8


def test_cancelling_an_item_twice_is_harmless(services: Services) -> None:
    first = request()
    answer(services, first)
    two = update(first, "u1", adds_item("97140", 8))
    answer(services, two)
    three = update(two, "u2", cancels_item(2))
    answer(services, three)
    found = answer(services, update(three, "u3"))
    assert actions(found) == {1: "A1", 2: "C"}
    again = update(update(three, "u3"), "u4", cancels_all)
    assert actions(answer(services, again)) == {1: "C", 2: "C"}
    assert actions(answer(services, update(again, "u5", cancels_all))) == {1: "C", 2: "C"}
    assert drawn(services, first) == 0


@VERSIONS
def test_more_evidence_may_certify_what_was_pended(services: Services, version: str) -> None:
    complete = request(version=version)
    bare = deepcopy(complete)
    responses = [e for e in bare["entry"] if e["resource"]["resourceType"] == "QuestionnaireResponse"]
    bare["entry"] = [e for e in bare["entry"] if e not in responses]
    urls = {e["fullUrl"].removeprefix("https://ehr.example/fhir/") for e in responses}
    kept = [s for s in claim(bare)["supportingInfo"] if _target(s) not in urls]
    assert len(kept) < len(claim(bare)["supportingInfo"])
    claim(bare)["supportingInfo"] = kept
    assert actions(answer(services, bare, version)) == {1: "A4"}

    def with_evidence(asking: Json) -> None:
        asking["supportingInfo"] = deepcopy(claim(complete)["supportingInfo"])
        for entry in asking["supportingInfo"]:
            if _target(entry) in urls:
                flag(entry, "added")

    more = update(bare, "u1", with_evidence, version=version)
    more["entry"] += responses
    found = answer(services, more, version)
    assert actions(found) == {1: "A1"}
    assert "flagged" not in " ".join(n for _, n in found.notes)
    assert drawn(services, complete) == 8


def _target(entry: Json) -> str:
    reference = str(entry.get("valueReference", {}).get("reference", ""))
    return reference.removeprefix("https://ehr.example/fhir/")


def test_evidence_that_is_withdrawn_takes_nothing_back(services: Services) -> None:
    first = request()
    number = number_of(answer(services, first))

    def withdraws(asking: Json) -> None:
        for entry in asking["supportingInfo"]:
            if "valueReference" in entry:
                url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/modifierextension-infoCancelled"
                entry["modifierExtension"] = [{"url": url, "valueBoolean": True}]
                flag(entry, "changed")

    found = answer(services, update(first, "u1", withdraws))
    assert (actions(found), number_of(found)) == ({1: "A1"}, number)
    assert drawn(services, first) == 8


@VERSIONS
def test_less_is_cut_at_once_and_more_beyond_the_policy_is_read(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    less = update(first, "u1", asks_for(5), version=version)
    found = answer(services, less, version)
    assert [(x.action, x.number, x.quantity) for x in found.lines] == [("A1", number, "5 visits")]
    assert drawn(services, first) == 5
    found = answer(services, update(less, "u2", asks_for(24), version=version), version)
    assert actions(found) == {1: "A4"}
    assert number_of(found) == number
    assert drawn(services, first) >= 5


# --- which case ----------------------------------------------------------------------------------------


@VERSIONS
def test_an_update_of_what_nobody_sent_is_a_business_error(services: Services, version: str) -> None:
    first = request(version=version)
    assert error_of(services, update(first, "u1", version=version), version) == ("AA",)
    assert count(services, "service_case") == 0


@VERSIONS
def test_the_case_of_another_organization_is_unknown(services: Services, version: str) -> None:
    first = request(version=version)
    number = number_of(answer(services, first, version))
    other = update(first, "u1", cancels_all, version=version)
    clinic = claim(other)["provider"]["reference"]
    for entry in other["entry"]:
        if entry["fullUrl"].endswith(clinic.removeprefix("https://ehr.example/fhir/")):
            for identifier in entry["resource"]["identifier"]:
                if identifier["system"].endswith("us-npi"):
                    identifier["value"] = "1679576722"
    assert error_of(services, other, version) == ("AA",)
    assert number_of(answer(services, first, version)) == number


@VERSIONS
def test_a_stale_update_names_the_latest_version(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    latest = update(first, "u1", asks_for(6), version=version)
    answer(services, latest, version)
    found = answer(services, update(first, "u2", asks_for(7), version=version), version)
    assert found.error_codes == ("33",)
    assert claim(latest)["identifier"][0]["value"] in found.errors[0]
    assert drawn(services, first) == 6


def test_versions_under_one_identifier_are_told_apart_by_their_url(services: Services) -> None:
    def same_name(asking: Json) -> None:
        asking["identifier"][0]["value"] = claim(first)["identifier"][0]["value"]

    first = request()
    answer(services, first)
    second = update(first, "u1", same_name, asks_for(6))
    answer(services, second)
    assert actions(answer(services, update(second, "u2", same_name, asks_for(5)))) == {1: "A1"}
    assert error_of(services, update(first, "u3", same_name, asks_for(7))) == ("33",)
    assert count(services, "service_case") == 1


def test_the_first_version_knows_an_update_by_its_flags(services: Services) -> None:
    """2.0.1 without Claim.related: own identifier, member and requester, and something flagged."""
    first = request(version="2.0.1")
    number = number_of(answer(services, first, "2.0.1"))
    changed = deepcopy(first)
    changed["identifier"]["value"] += "-2"
    asks_for(6)(claim(changed))
    found = answer(services, changed, "2.0.1")
    assert [(x.action, x.number, x.quantity) for x in found.lines] == [("A1", number, "6 visits")]
    assert count(services, "service_case") == 1


@VERSIONS
def test_one_identifier_for_two_first_requests_makes_two_cases(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    second = deepcopy(first)
    second["identifier"]["value"] += "-2"
    item(claim(second), 1)["quantity"]["value"] = 6
    assert actions(answer(services, second, version)) == {1: "A4"}  # a person looks at the overlap
    assert count(services, "service_case") == 2


def test_an_update_of_one_version_may_come_in_the_other(services: Services) -> None:
    number = number_of(answer(services, request(version="2.0.1", key="across"), "2.0.1"))
    found = answer(services, update(request(key="across"), "u1", asks_for(6)))
    assert [(x.action, x.number) for x in found.lines] == [("A1", number)]


@VERSIONS
def test_nothing_is_added_to_a_cancelled_request(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    gone = update(first, "u1", cancels_all, version=version)
    answer(services, gone, version)

    def revives(asking: Json) -> None:
        kept = [e for e in asking.pop("extension") if "certificationType" not in e["url"]]
        asking.update({"extension": kept} if kept else {})

    late = update(gone, "u2", revives, adds_item("97140", 8), version=version)
    assert error_of(services, late, version) == ("33",)


# --- answers, records, repeats -------------------------------------------------------------------------


@VERSIONS
def test_the_same_update_twice_is_one_version(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    changed = update(first, "u1", asks_for(6), version=version)
    assert answer(services, changed, version).lines == answer(services, changed, version).lines
    assert count(services, "service_case", "version = 2") == 1
    assert count(services, "case_event", "type = 'updated'") == 1


def test_a_repeat_of_the_first_bundle_answers_with_what_is_true_now(services: Services) -> None:
    first = request()
    answer(services, first)
    answer(services, update(first, "u1", cancels_all))
    assert actions(answer(services, first)) == {1: "C"}


@VERSIONS
def test_an_inquiry_finds_the_current_state_once(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    two = update(first, "u1", adds_item("97140", 8), version=version)
    answer(services, two, version)
    answer(services, update(two, "u2", cancels_item(1), version=version), version)
    _, resource = ask(services, inquiry(first), version)
    (response,) = claim_responses(resource)
    found = read_answer({"entry": [{"resource": response}]})
    assert actions(found) == {1: "C", 2: "A1"}


@VERSIONS
def test_an_update_that_names_only_one_item_answers_with_all(services: Services, version: str) -> None:
    first = request(version=version)
    answer(services, first, version)
    two = update(first, "u1", adds_item("97140", 8), version=version)
    answer(services, two, version)

    def only_the_second(asking: Json) -> None:
        asking["item"] = [item(asking, 2)]

    status, resource = post(
        services, update(two, "u2", only_the_second, cancels_item(2), version=version), version
    )
    assert (status, actions(read_answer(resource))) == (200, {1: "A1", 2: "C"})
    assert "security" not in resource["entry"][0]["resource"].get("meta", {})


def test_what_happened_is_in_the_log_and_in_the_outbox(services: Services) -> None:
    first = request()
    answer(services, first)
    two = update(first, "u1", adds_item("97140", 8))
    answer(services, two)
    answer(services, update(two, "u2", cancels_all))
    assert count(services, "case_event", "type = 'updated'") == 2
    assert count(services, "case_event", "type = 'line-added'") == 1
    assert count(services, "case_event", "type = 'line-cancelled'") == 2
    assert count(services, "outbox", "kind = 'case-changed'") == 3
    assert count(services, "determination", "kind = 'cancelled' AND actor_role = 'provider'") == 2
    assert verify(services) == []


FLAGS: list[tuple[Edit, str]] = [
    (asks_for(6, flagged=False), "Item 1 differs from the earlier request"),
    (lambda asking: flag(item(asking, 1), "changed"), "Item 1 is flagged as changed, but says"),
    (lambda asking: flag(item(asking, 1), "added"), "Item 1 is flagged as added, but was part"),
    (lambda asking: flag(asking["supportingInfo"][0], "changed"), "Supporting information 1 is flagged"),
    (lambda asking: asking["supportingInfo"].pop(), "of the earlier request was not sent again"),
    (lambda asking: certification(item(asking, 1), "3"), "Item 1 is withdrawn and not flagged"),
]


@pytest.mark.parametrize(("edit", "said"), FLAGS, ids=range(len(FLAGS)))
def test_flags_that_do_not_fit_are_told_and_refuse_nothing(services: Services, edit: Edit, said: str) -> None:
    first = request()
    answer(services, first)
    assert said in notes(services, update(first, "u1", edit))


def test_flags_that_fit_are_not_remarked(services: Services) -> None:
    first = request()
    answer(services, first)
    two = update(first, "u1", adds_item("97140", 8), asks_for(7))
    assert "flagged" not in notes(services, two)
    assert "flagged" not in notes(services, update(two, "u2", cancels_item(2)))


# --- at the same moment --------------------------------------------------------------------------------


def test_of_two_updates_at_the_same_moment_one_wins(services: Services) -> None:
    first = request()
    answer(services, first)
    both = [update(first, f"u{n}", asks_for(n)) for n in (5, 6)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda b: answer(services, b), both))
    won = [b for b, f in zip((5, 6), found, strict=True) if f.outcome == "complete"]
    assert len(won) == 1
    assert sorted(f.outcome for f in found) == ["complete", "error"]
    assert drawn(services, first) == won[0]
