"""References inside a Bundle, as http://hl7.org/fhir/R4/bundle.html#references defines them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.bundle import BundleGraph, Target, Unresolved

BASE = "http://ehr.example/fhir/"
UUID = "urn:uuid:0c9a2f0e-5a2b-4d0c-9a55-1df8f4f1c001"


def entry(url: str | None, kind: str, **content: Any) -> dict[str, Any]:
    return {"fullUrl": url, "resource": {"resourceType": kind, **content}}


def graph(*entries: dict[str, Any]) -> BundleGraph:
    return BundleGraph({"resourceType": "Bundle", "entry": list(entries)})


def test_a_relative_reference_takes_the_base_of_the_entry_that_holds_it() -> None:
    g = graph(entry(BASE + "Claim/1", "Claim"), entry(BASE + "Patient/2", "Patient"))
    target = g.resolve({"reference": "Patient/2"}, g.entries[0])
    assert isinstance(target, Target)
    assert target.path == "Bundle.entry[1].resource"


def test_a_relative_reference_does_not_reach_another_base() -> None:
    g = graph(entry(BASE + "Claim/1", "Claim"), entry("http://other.example/Patient/2", "Patient"))
    assert g.resolve("Patient/2", g.entries[0]) == Unresolved("Patient/2")


def test_a_relative_reference_from_a_urn_uuid_entry_has_no_base() -> None:
    g = graph(entry(UUID, "Claim"), entry(BASE + "Patient/2", "Patient"))
    assert isinstance(g.resolve("Patient/2", g.entries[0]), Unresolved)


def test_absolute_and_urn_uuid_references_match_the_full_url() -> None:
    g = graph(entry(BASE + "Claim/1", "Claim"), entry(UUID, "Patient"))
    assert g.find(UUID, g.entries[0]) is not None
    assert g.find(BASE + "Claim/1", g.entries[1]) is not None


def test_a_contained_reference_is_looked_up_in_its_own_resource() -> None:
    held = {"resourceType": "Practitioner", "id": "p"}
    g = graph(entry(BASE + "Claim/1", "Claim", contained=[held]), entry(BASE + "Claim/2", "Claim"))
    found = g.find("#p", g.entries[0])
    assert found is not None
    assert found.contained
    assert found.path == "Bundle.entry[0].resource.contained[0]"
    assert g.find("#p", g.entries[1]) is None


def test_a_full_url_that_stands_twice_is_ambiguous_unless_a_version_tells_them_apart() -> None:
    g = graph(
        entry(BASE + "Claim/1", "Claim"),
        entry(BASE + "Patient/2", "Patient", meta={"versionId": "1"}),
        entry(BASE + "Patient/2", "Patient", meta={"versionId": "2"}),
    )
    assert g.resolve("Patient/2", g.entries[0]) == Unresolved("Patient/2", ambiguous=True)
    versioned = g.find("Patient/2/_history/2", g.entries[0])
    assert versioned is not None
    assert versioned.entry.index == 2
    assert list(g.duplicates()) == []


def test_the_same_entry_twice_is_reported_as_a_duplicate() -> None:
    g = graph(entry(BASE + "Patient/2", "Patient"), entry(BASE + "Patient/2", "Patient"))
    assert [(a.index, b.index) for a, b in g.duplicates()] == [(0, 1)]


def test_a_reference_by_identifier_only_is_not_a_dangling_one() -> None:
    g = graph(entry(BASE + "Claim/1", "Claim"))
    assert g.resolve({"identifier": {"value": "x"}}, g.entries[0]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["entry", "fullUrl", "resource", "id", "meta", "reference"]), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["entry", "type"]), JSON), JSON)
def test_no_malformed_bundle_makes_the_graph_fail(bundle: dict[str, Any], reference: Any) -> None:
    g = BundleGraph(bundle)
    list(g.duplicates())
    for holder in g.entries:
        result = g.resolve(reference, holder)
        assert result is None or isinstance(result, Target | Unresolved)
