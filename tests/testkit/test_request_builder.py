"""The builder: numbers, references, and what differs between the versions of the guide."""

from dataclasses import replace
from typing import Any

import pytest

from fhirpa.fhir.bundle import BundleGraph, Unresolved
from fhirpa.testkit import builder_people as cast
from fhirpa.testkit.builder import Request, build
from fhirpa.testkit.builder_evidence import ChartedPlan
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_terms import moment, npi
from fhirpa.testkit.guide import G201, G221, GUIDES, Guide
from fhirpa.testkit.scenarios import SCENARIOS
from fhirpa.testkit.scenarios_common import BACK_PLAN, BACK_RECORD
from fhirpa.um.npi import is_valid_npi
from tests.testkit.walking import nodes

Json = dict[str, Any]
REQUESTS = {s.name: s.request for s in SCENARIOS}
BACK = REQUESTS["lbp-initial"]


def built(request: Request = BACK, guide: Guide = G221, key: str = "test") -> Json:
    return build(request, guide, Identity(key))


def claim_of(bundle: Json) -> Json:
    return bundle["entry"][0]["resource"]


def test_the_check_digit_is_that_of_a_published_example() -> None:
    assert npi("123456789") == "1234567893"


@pytest.mark.parametrize("first_nine", ["199990010", "199990999", "200000000", "199999999"])
def test_a_made_npi_is_valid(first_nine: str) -> None:
    assert is_valid_npi(npi(first_nine))


def test_everyone_of_the_cast_has_a_valid_npi_but_the_one_who_is_wrong_on_purpose() -> None:
    people = [v for v in vars(cast).values() if isinstance(v, cast.Clinician | cast.Practice)]
    wrong = {p.slug for p in people if p.npi and not is_valid_npi(p.npi)}
    assert wrong == {cast.WRONG_NPI.slug}
    numbers = [p.npi for p in people if p.npi]
    assert len(set(numbers)) == len(numbers)


def test_a_moment_has_the_offset_of_its_day_in_texas() -> None:
    assert moment(BACK.created, "17:05") == "2026-11-23T17:05:00-06:00"
    assert moment(BACK.created.replace(month=7), "17:05") == "2026-07-23T17:05:00-05:00"


def test_the_same_key_gives_the_same_bundle_and_another_key_another_member() -> None:
    assert built(key="a") == built(key="a")
    one, other = (claim_of(built(key=k)) for k in ("a", "b"))
    assert one["patient"] != other["patient"]
    assert one["identifier"] != other["identifier"]


@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
@pytest.mark.parametrize("name", REQUESTS)
def test_every_reference_leads_to_one_resource(name: str, guide: Guide) -> None:
    graph = BundleGraph(built(REQUESTS[name], guide, name))
    lost = [
        node["reference"]
        for entry in graph.entries
        for node in nodes(entry.resource)
        if isinstance(node.get("reference"), str) and isinstance(graph.resolve(node, entry), Unresolved)
    ]
    assert lost == []


@pytest.mark.parametrize("name", ["evidence-as-care-plan", "lbp-initial", "tka-postop"])
def test_everything_sent_in_support_is_reachable_from_the_claim(name: str) -> None:
    graph = BundleGraph(built(REQUESTS[name], G201, name))
    start = graph.entries[0]
    seen, queue = {start.index}, [start]
    while queue:
        entry = queue.pop()
        for node in nodes(entry.resource):
            target = graph.find(node, entry) if "reference" in node else None
            if target and target.entry.index not in seen:
                seen.add(target.entry.index)
                queue.append(target.entry)
    assert seen == {e.index for e in graph.entries}


def test_a_sender_without_a_fhir_server_uses_urns_and_no_ids() -> None:
    bundle = built(replace(BACK, urn=True))
    assert all(e["fullUrl"].startswith("urn:uuid:") for e in bundle["entry"])
    assert not any("id" in e["resource"] for e in bundle["entry"])
    assert claim_of(bundle)["patient"]["reference"].startswith("urn:uuid:")


def test_a_dependent_and_the_subscriber_have_the_familys_number_and_two_of_their_own() -> None:
    graph = BundleGraph(built(REQUESTS["lbp-dependent"]))
    coverage = graph.of_type("Coverage")[0]
    child = graph.find(coverage.resource["beneficiary"], coverage)
    parent = graph.find(coverage.resource["subscriber"], coverage)
    assert child is not None
    assert parent is not None
    numbers = [p.resource["identifier"][0]["value"] for p in (child, parent)]
    family = coverage.resource["subscriberId"]
    assert numbers == [f"{family}03", f"{family}01"]
    assert coverage.resource["identifier"][0]["value"] == numbers[0]
    assert {c["code"] for c in coverage.resource["relationship"]["coding"]} == {"child", "19"}


def test_only_the_newer_version_names_the_kind_of_each_document_and_the_transmission() -> None:
    newer, older = (claim_of(built(guide=g)) for g in (G221, G201))

    def documents(claim: Json) -> list[bool]:
        infos = [i for i in claim["supportingInfo"] if "valueReference" in i]
        return ["extension" in i for i in infos]

    assert documents(newer) == [True] * 3
    assert documents(older) == [False] * 3
    assert [e["url"].rsplit("-", 1)[1] for e in newer["extension"]] == ["TransmissionIdentifiers"]
    assert "extension" not in older


def test_a_care_plan_travels_in_a_bundle_where_the_guide_admits_no_other_way() -> None:
    request = REQUESTS["evidence-as-care-plan"]
    kinds = {
        guide.label: [e["resource"]["resourceType"] for e in built(request, guide)["entry"]]
        for guide in (G201, G221)
    }
    assert "CarePlan" in kinds["2.0.1"]
    assert "CarePlan" not in kinds["2.2.1"]
    assert "Bundle" in kinds["2.2.1"]


def test_sequences_are_unique_and_items_point_at_what_is_there() -> None:
    claim = claim_of(built(REQUESTS["stroke-pt-and-ot"]))
    for name in ("supportingInfo", "careTeam", "diagnosis", "item"):
        sequences = [x["sequence"] for x in claim[name]]
        assert sequences == list(range(1, len(sequences) + 1))
    assert [i["careTeamSequence"] for i in claim["item"]] == [[1], [2]]


@pytest.mark.parametrize("charted", [False, True])
def test_what_a_plan_of_care_does_not_say_is_not_sent(charted: bool) -> None:
    """Neither as an answer nor as an element."""
    plan = replace(BACK_PLAN, day=None, end=None, per_week=None, weeks=None, home_programme=None)
    record = replace(BACK_RECORD, plan=None if charted else plan)
    exhibits = (record, ChartedPlan(plan)) if charted else (record,)
    sent = built(replace(BACK, exhibits=exhibits), G201)
    found = [n for entry in sent["entry"] for n in nodes(entry)]
    assert charted == any(n.get("resourceType") == "CarePlan" for n in found)
    links = {n["linkId"] for n in found if "linkId" in n}
    assert not links & {"poc.date", "poc.end", "poc.visits-per-week", "poc.weeks", "poc.home-programme"}
    assert [n for n in found if "scheduledTiming" in n or None in n.values()] == []
