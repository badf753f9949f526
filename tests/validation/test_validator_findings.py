"""What is said of one fault: once, at the right place, of the right kind, in words that help."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Finding, Validator, load_set

Json = dict[str, Any]

FIXTURES = Path(__file__).parents[2] / "fixtures" / "2.2.1" / "json"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
VALIDATOR = Validator(load_set("pas-2.2.1"))
BUNDLE: Json = json.loads((FIXTURES / "lbp-initial.json").read_text())


@pytest.fixture
def bundle() -> Json:
    return copy.deepcopy(BUNDLE)


def errors(resource: Json, profile: str | None = None) -> list[Finding]:
    return [f for f in VALIDATOR.validate(resource, profile).issues if f.is_error]


def brief(found: list[Finding]) -> list[tuple[str, str | None, str | None]]:
    return [(str(f.kind), f.expression, f.key) for f in found]


def entry(bundle: Json, kind: str) -> tuple[str, Json]:
    for index, each in enumerate(bundle["entry"]):
        if each["resource"]["resourceType"] == kind:
            return f"Bundle.entry[{index}].resource", each["resource"]
    raise KeyError(kind)


def organization(**members: Any) -> Json:
    return {"resourceType": "Organization", "name": "Clinic", **members}


def test_the_bundle_that_the_others_are_made_of_is_valid(bundle: Json) -> None:
    assert errors(bundle) == []


def test_a_missing_element_is_said_once_though_profile_and_parent_demand_it(bundle: Json) -> None:
    path, patient = entry(bundle, "Patient")
    patient["meta"] = {"profile": [PAS + "profile-beneficiary", CORE + "us-core-patient"]}
    del patient["gender"]
    found = errors(bundle)
    assert brief(found) == [("cardinality", f"{path}.gender", None)]
    assert found[0].text == "gender is missing: send it."


def test_a_missing_extension_names_its_slice_and_url(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    url = PAS + "extension-certificationType"
    claim["item"][0]["extension"] = [e for e in claim["item"][0]["extension"] if e["url"] != url]
    found = errors(bundle)
    assert brief(found) == [("slicing", f"{path}.item[0].extension", None)]
    assert "slice certificationType" in found[0].text
    assert url in found[0].text
    assert found[0].profile == PAS + "profile-claim"


def test_a_fault_of_form_is_said_by_the_structure_check_only(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    claim["use"] = 5
    claim["item"][0]["productOrService"] = "97110"
    assert brief(errors(bundle)) == [
        ("structure", f"{path}.use", "value-type"),
        ("structure", f"{path}.item[0].productOrService", "object-expected"),
    ]


def test_a_year_is_no_full_date_and_the_rule_is_named(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    claim["accident"] = {"date": "2026"}
    found = errors(bundle)
    assert brief(found) == [("invariant", f"{path}.accident.date", "FullDateRule")]
    assert "YYYY-MM-DD" in found[0].text


def test_a_resource_is_held_against_the_profile_that_a_reference_demands(bundle: Json) -> None:
    path, patient = entry(bundle, "Patient")
    del patient["meta"]
    del patient["name"]
    found = errors(bundle)
    assert ("cardinality", f"{path}.name", None) in brief(found)
    assert {f.profile for f in found} == {PAS + "profile-beneficiary"}


def test_a_reference_to_a_wrong_type_is_said_at_the_reference(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    claim["patient"] = {"reference": bundle["entry"][0]["fullUrl"]}
    found = errors(bundle)
    assert ("reference", f"{path}.patient", None) in brief(found)
    assert any("leads to Claim" in f.text for f in found)


def test_a_reference_to_nothing_is_a_warning_or_a_note(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    claim["enterer"] = {"reference": "urn:uuid:00000000-0000-4000-8000-00000000dead"}
    claim["facility"] = {"reference": "Location/none"}
    issues = VALIDATOR.validate(bundle).issues
    said = {f.expression: f.severity for f in issues if f.kind == "reference"}
    assert said == {f"{path}.enterer": "warning", f"{path}.facility": "information"}


def test_two_entries_with_one_full_url_break_the_rule_and_the_reference() -> None:
    url = "http://example.org/fhir/Organization/a"
    one = {"fullUrl": url, "resource": organization(id="a", partOf={"reference": url})}
    two = {"fullUrl": url, "resource": organization(id="a")}
    found = errors({"resourceType": "Bundle", "type": "collection", "entry": [one, two]})
    assert set(brief(found)) == {
        ("invariant", "Bundle", "bdl-7"),
        ("reference", "Bundle.entry[0].resource.partOf", None),
    }


@pytest.mark.parametrize("url", ["Organization/a", "http://example.org/fhir/Organization/b", None])
def test_a_full_url_is_there_absolute_and_of_its_resource(url: str | None) -> None:
    each = {"resource": organization(id="a"), **({"fullUrl": url} if url else {})}
    found = errors({"resourceType": "Bundle", "type": "collection", "entry": [each]})
    assert brief(found) == [("bundle", "Bundle.entry[0].fullUrl", None)]


def test_an_unknown_extension_is_a_note_and_an_unknown_modifier_an_error() -> None:
    extension = {"url": "http://example.org/own?patient=Doe", "valueBoolean": True}
    (note,) = [
        f for f in VALIDATOR.validate(organization(extension=[extension])).issues if f.kind == "extension"
    ]
    assert (note.severity, note.expression) == ("information", "Organization.extension[0]")
    assert "Doe" not in note.text
    resource = {"resourceType": "Claim", "modifierExtension": [extension]}
    assert ("extension", "Claim.modifierExtension[0]", None) in brief(errors(resource))


def test_an_extension_is_held_against_its_definition_wherever_it_stands() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    resource = {"resourceType": "Organization", "_name": {"extension": [{"url": url, "valueString": "x"}]}}
    assert brief(errors(resource)) == [("type", "Organization.name.extension[0].value", None)]


def test_an_extension_outside_its_context_is_an_error_unless_a_profile_names_it() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/patient-religion"
    wrong = {"url": url, "valueCodeableConcept": {"text": "x"}}
    found = errors(organization(extension=[wrong]))
    assert brief(found) == [("extension", "Organization.extension[0]", None)]
    assert "allows: Patient" in found[0].text


def test_an_extension_that_the_guide_names_outside_its_context_is_a_note(bundle: Json) -> None:
    _, claim = entry(bundle, "Claim")
    changed = {"url": PAS + "extension-infoChanged", "valueCode": "added"}
    claim["supportingInfo"][0].setdefault("extension", []).append(changed)
    found = [f for f in VALIDATOR.validate(bundle).issues if "extension-infoChanged" in f.text]
    assert [f.severity for f in found] == ["information"]


def test_an_extension_inside_another_must_be_one_that_it_defines() -> None:
    url = CORE + "us-core-race"
    inner = [{"url": "text", "valueString": "x"}, {"url": "colour", "valueString": "y"}]
    resource = {"resourceType": "Patient", "extension": [{"url": url, "extension": inner}]}
    assert brief(errors(resource)) == [("extension", "Patient.extension[0].extension[1]", None)]


def test_a_code_outside_a_required_value_set_is_named_but_text_is_not_repeated() -> None:
    for sent, shown in (("sometimes", "'sometimes'"), ("John Doe 1950", "(not repeated here)")):
        found = errors({"resourceType": "Patient", "gender": sent})
        assert brief(found) == [("binding", "Patient.gender", None)]
        assert shown in found[0].text
        assert "Doe" not in found[0].text


def test_a_binding_of_a_choice_means_its_codes_and_not_its_boolean() -> None:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract"
    resource: Json = {"resourceType": "Questionnaire", "status": "draft"}
    resource["extension"] = [{"url": url, "valueBoolean": True}]
    assert errors(resource) == []
    resource["extension"] = [{"url": url, "valueCode": "none-such"}]
    assert brief(errors(resource)) == [("binding", "Questionnaire.extension[0].value", None)]


def test_a_code_that_its_system_lacks_is_an_error_and_a_wrong_display_a_warning() -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
    coding = {"system": system, "code": "M", "display": "Verheiratet"}
    issues = VALIDATOR.validate({"resourceType": "Patient", "maritalStatus": {"coding": [coding]}}).issues
    (warning,) = [f for f in issues if f.severity == "warning"]
    assert warning.expression == "Patient.maritalStatus.coding[0].display"
    assert "Married" in warning.text
    coding["code"] = "none"
    found = errors({"resourceType": "Patient", "maritalStatus": {"coding": [coding]}})
    assert ("binding", "Patient.maritalStatus.coding[0]", None) in brief(found)


def test_a_contained_resource_is_checked_and_must_be_referred_to() -> None:
    resource = {"resourceType": "Patient", "contained": [organization(id="a", alias=["x"], active=True)]}
    assert brief(errors(resource)) == [("invariant", "Patient", "dom-3")]
    resource["managingOrganization"] = {"reference": "#a"}
    assert errors(resource) == []
    resource["managingOrganization"] = {"reference": "#b"}
    assert ("invariant", "Patient.managingOrganization", "ref-1") in brief(errors(resource))


def test_elements_that_refer_to_the_content_of_others_are_checked_like_those() -> None:
    inner = {"linkId": "2", "type": "no-type"}
    item = {"linkId": "1", "type": "group", "item": [inner]}
    resource = {"resourceType": "Questionnaire", "status": "draft", "item": [item]}
    assert ("binding", "Questionnaire.item[0].item[0].type", None) in brief(errors(resource))


def test_a_choice_of_another_type_than_the_profile_allows_is_said(bundle: Json) -> None:
    path, claim = entry(bundle, "Claim")
    item = claim["item"][0]
    del item["locationCodeableConcept"]
    item["locationAddress"] = {"city": "Austin"}
    found = errors(bundle)
    assert brief(found) == [("type", f"{path}.item[0].location", None)]
    assert "CodeableConcept" in found[0].text


def test_a_profile_can_be_named_by_the_caller() -> None:
    found = errors(organization(), PAS + "profile-insurer")
    assert {f.profile for f in found} == {PAS + "profile-insurer"}
    with pytest.raises(KeyError):
        VALIDATOR.validate(organization(), "http://example.org/none")
    wrong = errors(organization(), PAS + "profile-claim")
    assert brief(wrong) == [("profile", "Organization", None)]


def test_a_declared_profile_that_is_not_known_is_a_note_and_one_of_another_type_an_error() -> None:
    resource = organization(meta={"profile": ["http://example.org/none", PAS + "profile-claim"]})
    said = [(f.severity, f.expression) for f in VALIDATOR.validate(resource).issues if f.kind == "profile"]
    assert said == [
        ("information", "Organization.meta.profile[0]"),
        ("error", "Organization.meta.profile[1]"),
    ]


def test_the_outcome_is_an_operation_outcome_with_place_rule_and_profile(bundle: Json) -> None:
    _, claim = entry(bundle, "Claim")
    claim["accident"] = {"date": "2026"}
    outcome = VALIDATOR.validate(bundle).outcome()
    assert VALIDATOR.validate(outcome).is_valid
    (issue,) = [i for i in outcome["issue"] if i["severity"] == "error"]
    assert issue["code"] == "invariant"
    assert issue["expression"] == ["Bundle.entry[0].resource.accident.date"]
    codes = [coding["code"] for coding in issue["details"]["coding"]]
    assert codes == ["invariant/FullDateRule", "FullDateRule"]
    assert PAS + "profile-claim" in issue["diagnostics"]


def test_nothing_found_is_a_valid_outcome_too() -> None:
    resource = {"resourceType": "Binary", "contentType": "text/plain"}
    assert VALIDATOR.validate(VALIDATOR.validate(resource).outcome()).is_valid
