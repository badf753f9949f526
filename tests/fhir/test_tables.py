"""The base tables know what stands in a type, also what is inherited, referred to or chosen."""

import pytest

from fhirpa.fhir.tables import Kind, resource_types, type_names, type_table


def test_inherited_elements_come_first_and_own_ones_in_order() -> None:
    names = list(type_table("Patient").elements)
    assert names[:9] == [
        "id",
        "meta",
        "implicitRules",
        "language",
        "text",
        "contained",
        "extension",
        "modifierExtension",
        "identifier",
    ]
    positions = [e.position for e in type_table("Patient").elements.values()]
    assert positions == sorted(positions)


def test_a_choice_has_one_name_per_type_at_one_position() -> None:
    elements = type_table("Claim.item").elements
    date, period = elements["servicedDate"], elements["servicedPeriod"]
    assert (date.type, date.kind, date.label, date.is_choice) == ("date", Kind.STRING, "serviced", True)
    assert (period.type, period.kind, period.position) == ("Period", Kind.COMPLEX, date.position)
    assert "serviced" not in elements


def test_a_content_reference_leads_to_the_table_it_names() -> None:
    assert type_table("Questionnaire.item").elements["item"].type == "Questionnaire.item"
    assert type_table("Bundle.entry").elements["link"].type == "Bundle.link"


def test_cardinality_and_representation_are_known() -> None:
    claim = type_table("Claim")
    assert claim.elements["item"].many
    assert not claim.elements["status"].many
    assert claim.required["use"] == ("use",)
    assert type_table("MedicationRequest").required["medication"] == (
        "medicationCodeableConcept",
        "medicationReference",
    )
    assert type_table("Extension").elements["url"].attribute
    assert type_table("HumanName").elements["id"].attribute
    assert not claim.elements["id"].attribute


def test_kinds_follow_the_json_form() -> None:
    kinds = {e.type: e.kind for e in type_table("Extension").elements.values() if e.is_choice}
    assert kinds["decimal"] is Kind.DECIMAL
    assert kinds["positiveInt"] is Kind.INTEGER
    assert kinds["base64Binary"] is Kind.STRING
    assert type_table("Narrative").elements["div"].kind is Kind.XHTML
    assert type_table("Bundle.entry").elements["resource"].kind is Kind.RESOURCE


def test_every_element_leads_to_a_type_that_is_known() -> None:
    for name in type_names():
        for element in type_table(name).elements.values():
            assert element.kind is not Kind.COMPLEX or element.type in type_names()


def test_abstract_types_are_no_resources_and_unknown_ones_are_errors() -> None:
    assert "Claim" in resource_types()
    assert not {"Resource", "DomainResource", "HumanName"} & resource_types()
    with pytest.raises(KeyError):
        type_table("Nothing")
