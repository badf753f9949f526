"""What references must lead to, at any distance, in a Bundle and in contained resources."""

from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Finding
from fhirpa.validation.fitness import Demands, Fitness, Key
from tests.validation.own_profiles import URL, row, validator

Json = dict[str, Any]
BASE = "http://example.org/"


def reference(*names: str, **more: Any) -> Json:
    """The types of a reference to one of these profiles of the test."""
    targets = [n if n[0].isupper() else BASE + n for n in names]
    return {"types": [{"code": "Reference", "targets": targets, **more}]}


def bundle(*resources: Json) -> Json:
    entries = [
        {"fullUrl": f"{BASE}{r['resourceType']}/{r['id']}", "resource": r} for r in resources if "id" in r
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def patient(identifier: str, **more: Any) -> Json:
    return {"resourceType": "Patient", "id": identifier, **more}


def organization(identifier: str, **more: Any) -> Json:
    return {"resourceType": "Organization", "id": identifier, "name": "x", **more}


def found(folder: Path, profiles: Json, resource: Json) -> list[Finding]:
    issues = validator(folder, {BASE + n: r for n, r in profiles.items()}).validate(resource).issues
    return [f for f in issues if f.is_error]


def brief(faults: list[Finding]) -> list[tuple[str, str | None]]:
    return [(str(f.kind), f.expression) for f in faults]


SEVERAL = {
    "start": row("Patient", {"managingOrganization": reference("thin", "rich")}),
    # Both fit an organization by themselves; what they are part of tells them apart.
    "thin": row("Organization", {"partOf": reference("with-alias")}),
    "rich": row("Organization", {"partOf": reference("with-address")}),
    "with-alias": row("Organization", {"alias": {"min": 1}}),
    "with-address": row("Organization", {"address": {"min": 1}, "telecom": {"min": 1}}),
}


def family(**parent: Any) -> Json:
    start = patient("p", meta={"profile": [BASE + "start"]}) | {
        "managingOrganization": {"reference": "Organization/a"}
    }
    child = organization("a", partOf={"reference": "Organization/b"})
    return bundle(start, child, organization("b", **parent))


def test_of_several_profiles_the_first_that_fits_with_all_that_it_leads_to_is_taken(tmp_path: Path) -> None:
    reached = {"address": [{"text": "x"}], "telecom": [{"system": "phone", "value": "1"}]}
    assert found(tmp_path, SEVERAL, family(**reached)) == []


def test_where_none_fits_it_is_said_what_the_nearest_lacks_where_it_lacks_it(tmp_path: Path) -> None:
    (fault,) = found(tmp_path, SEVERAL, family())
    assert (fault.kind, fault.expression) == ("cardinality", "Bundle.entry[2].resource.alias")
    assert fault.profile == BASE + "with-alias"


def test_what_the_fitting_profile_demands_of_the_references_behind_it_is_followed(tmp_path: Path) -> None:
    profiles = SEVERAL | {"rich": row("Organization", {"alias": {"min": 1}})}
    profiles["with-alias"] = row("Organization", {"alias": {"min": 1}, "partOf": {"min": 1}})
    (fault,) = found(tmp_path, profiles, family(alias=["x"]))
    assert (fault.kind, fault.expression) == ("cardinality", "Bundle.entry[2].resource.partOf")


def test_references_in_a_circle_fit_where_nothing_speaks_against_it(tmp_path: Path) -> None:
    both = row("Organization", {"partOf": reference("thin", "rich") | {"min": 1}})
    profiles = {"start": SEVERAL["start"], "thin": both, "rich": both}
    start = patient("p", meta={"profile": [BASE + "start"]})
    start["managingOrganization"] = {"reference": "Organization/a"}
    ring = [organization(a, partOf={"reference": f"Organization/{b}"}) for a, b in ("ab", "bc", "ca")]
    assert found(tmp_path / "a", profiles, bundle(start, *ring)) == []
    del ring[2]["partOf"]
    faults = found(tmp_path / "b", profiles, bundle(start, *ring))
    assert brief(faults) == [("cardinality", "Bundle.entry[3].resource.partOf")]


def test_a_declared_profile_counts_before_one_that_would_fit(tmp_path: Path) -> None:
    resource = family(alias=["x"])
    resource["entry"][1]["resource"]["meta"] = {"profile": [BASE + "rich"]}
    faults = found(tmp_path, SEVERAL, resource)
    assert {f.profile for f in faults} == {BASE + "with-address"}


def test_a_chain_with_many_choices_comes_to_an_end(tmp_path: Path) -> None:
    kinds = [f"k{n}" for n in range(4)]
    profiles = {k: row("Organization", {"partOf": reference(*kinds)}) for k in kinds}
    profiles["start"] = row("Patient", {"managingOrganization": reference(*kinds)})
    profiles["k3"] = row("Organization", {"partOf": reference(*kinds) | {"min": 1}})
    start = patient("p", meta={"profile": [BASE + "start"]})
    start["managingOrganization"] = {"reference": "Organization/o0"}
    chain = [organization(f"o{n}", partOf={"reference": f"Organization/o{n + 1}"}) for n in range(400)]
    own = validator(tmp_path, {BASE + n: r for n, r in profiles.items()})
    assert own.validate(bundle(start, *chain, organization("o400"))).is_valid


@pytest.mark.parametrize("length", [1, 50])
def test_a_lack_at_the_end_spreads_to_all_that_need_it(length: int) -> None:
    def demands(key: Key) -> Demands:
        number, _ = key
        return Demands(number < length, [[(number + 1, "x")]] if number < length else ())

    fitness = Fitness(demands)
    assert not any(fitness.fits((n, "x")) for n in range(length + 1))
    assert not Fitness(lambda key: Demands(True, [[]])).fits((0, "x"))
    assert Fitness(lambda key: Demands(True, [[key]])).fits((0, "x"))


def test_contained_resources_meet_what_the_references_to_them_demand(tmp_path: Path) -> None:
    profiles = {"start": SEVERAL["start"], "thin": row("Organization", {"alias": {"min": 1}})}
    profiles["rich"] = row("Organization", {"alias": {"min": 1}, "telecom": {"min": 1}})
    resource = patient("p", meta={"profile": [BASE + "start"]}, contained=[organization("a")])
    resource["managingOrganization"] = {"reference": "#a"}
    faults = found(tmp_path, profiles, resource)
    assert brief(faults) == [("cardinality", "Patient.contained[0].alias")]


def test_a_contained_resource_can_refer_to_the_one_that_holds_it(tmp_path: Path) -> None:
    profiles = {"start": row("Patient", {"generalPractitioner": reference("role")})}
    profiles["role"] = row("PractitionerRole", {"organization": reference("thin")})
    profiles["thin"] = SEVERAL["thin"]
    role = {"resourceType": "PractitionerRole", "id": "r", "organization": {"reference": "#"}}
    resource = patient("p", meta={"profile": [BASE + "start"]}, contained=[role])
    resource["generalPractitioner"] = [{"reference": "#r"}]
    faults = found(tmp_path, profiles, resource)
    assert brief(faults) == [("reference", "Patient.contained[0].organization")]
    assert URL not in str(faults)


def practitioners(**types: Any) -> Json:
    """A profile on the references of Patient.generalPractitioner."""
    return {"start": row("Patient", {"generalPractitioner": reference("Organization", **types)})}


@pytest.mark.parametrize(
    ("modes", "refused"),
    [
        (["contained"], {"in the Bundle", "elsewhere"}),
        (["bundled"], {"contained", "elsewhere"}),
        (["referenced"], {"contained"}),
        (["contained", "bundled"], {"elsewhere"}),
        (["contained", "bundled", "referenced"], set()),
    ],
)
def test_a_reference_leads_only_where_the_profile_lets_it(
    tmp_path: Path, modes: list[str], refused: set[str]
) -> None:
    texts = {
        "contained": "#c",
        "in the Bundle": "Organization/o",
        "elsewhere": "https://a.example/Organization/o",
    }
    start = patient("p", meta={"profile": [BASE + "start"]}, contained=[organization("c")])
    start["generalPractitioner"] = [{"reference": t} for t in texts.values()]
    faults = found(tmp_path, practitioners(aggregation=modes), bundle(start, organization("o")))
    places = [f"Bundle.entry[0].resource.generalPractitioner[{n}]" for n in range(len(texts))]
    wrong = {name for name, place in zip(texts, places, strict=True) if place in str(faults)}
    assert wrong == refused
    assert {f.kind for f in faults} <= {"reference"}


@pytest.mark.parametrize(
    ("versioning", "text", "is_right"),
    [
        ("specific", "Organization/o", False),
        ("specific", "Organization/o/_history/1", True),
        ("independent", "Organization/o", True),
        ("independent", "Organization/o/_history/1", False),
        ("either", "Organization/o/_history/1", True),
    ],
)
def test_a_reference_names_a_version_where_the_profile_says_so(
    tmp_path: Path, versioning: str, text: str, is_right: bool
) -> None:
    start = patient("p", meta={"profile": [BASE + "start"]}, generalPractitioner=[{"reference": text}])
    faults = found(tmp_path, practitioners(versioning=versioning), start)
    assert (faults == []) is is_right
    assert {f.kind for f in faults} <= {"reference"}


def response(questionnaire: str, **more: Any) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "r",
        "status": "completed",
        "questionnaire": questionnaire,
        **more,
    }


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("http://a.example/q", "Questionnaire", []),
        ("http://a.example/q|1", "Questionnaire", []),
        ("http://a.example/q|2", "Library", []),
        ("http://a.example/q", "Library", [("reference", "Bundle.entry[0].resource.questionnaire")]),
        ("http://a.example/other", "Library", []),
        ("#none", "Questionnaire", [("reference", "Bundle.entry[0].resource.questionnaire")]),
    ],
)
def test_a_canonical_leads_to_a_resource_of_the_right_type_if_it_is_sent_along(
    tmp_path: Path, text: str, kind: str, expected: list[Any]
) -> None:
    other = {"resourceType": kind, "id": "q", "url": "http://a.example/q", "version": "1", "status": "draft"}
    if kind == "Library":
        other["type"] = {"text": "x"}
    assert brief(found(tmp_path, {}, bundle(response(text), other))) == expected


def test_a_profile_can_narrow_the_type_that_a_canonical_leads_to_and_where_it_is(tmp_path: Path) -> None:
    limits = {"code": "canonical", "targets": [BASE + "form"], "aggregation": ["contained"]}
    profiles = {"start": row("QuestionnaireResponse", {"questionnaire": {"types": [limits]}})}
    profiles["form"] = row("Questionnaire", {"title": {"min": 1}})
    form = {"resourceType": "Questionnaire", "id": "q", "status": "draft"}
    resource = response("#q", meta={"profile": [BASE + "start"]}, contained=[form])
    assert found(tmp_path / "a", profiles, resource) == []
    resource["questionnaire"] = "http://a.example/q"
    faults = found(tmp_path / "b", profiles, resource)
    assert ("reference", "QuestionnaireResponse.questionnaire") in brief(faults)
