"""Which messages count: the tolerated ones, and choices between profiles."""

import pytest

from tests.official.messages import Message, load_rules, remaining_errors

REFERENCE = "Reference_REF_CantMatchChoice"
DETAILS = "Details_for__matching_against_Profile_"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
REAL = Message("error", "Bundle.entry[1].resource/*Patient/1*/", "x", "Patient.name: minimum required = 1")
TOLERATED = Message(
    "error", "Bundle.entry[1].resource", "x", "ValueSet 'https://valueset.x12.org/x217/anything' not found"
)
RULES = load_rules("2.2.1")


def reference(*tried: tuple[str, Message]) -> list[Message]:
    """A reference that met none of these profiles, and what each found."""
    path = "Bundle.entry[0].resource/*Claim/1*/.patient"
    choices = ", ".join(PAS + profile for profile, _ in tried)
    error = Message(
        "error", path, REFERENCE, f"Unable to find a profile match for Patient/1 among choices: {choices}"
    )
    details = [
        Message(
            "information",
            path,
            DETAILS,
            f"Details for Patient/1 matching against profile {PAS}{profile}|2.2.1",
            (found,),
        )
        for profile, found in tried
    ]
    return [error, *details]


def test_only_errors_count() -> None:
    warning = Message("warning", "Bundle", "x", "narrative")
    assert remaining_errors([warning, REAL], RULES) == [REAL]


def test_a_tolerated_error_counts_only_without_rules() -> None:
    assert remaining_errors([TOLERATED], RULES) == []
    assert remaining_errors([TOLERATED], ()) == [TOLERATED]


def test_a_rule_of_one_version_does_not_hold_in_the_other() -> None:
    unknown = Message(
        "error",
        "Claim.item",
        "x",
        "A definition for CodeSystem 'urn:x' could not be found, so the code cannot be validated",
    )
    assert remaining_errors([unknown], load_rules("2.0.1")) == []
    assert remaining_errors([unknown], load_rules("2.2.1")) == [unknown]


@pytest.mark.parametrize(
    ("element", "tolerated"), [("Claim.supportingInfo", True), ("Claim.item", False), ("Claim", False)]
)
def test_an_extension_out_of_place_is_tolerated_on_the_listed_element_only(
    element: str, tolerated: bool
) -> None:
    text = (
        f"The extension {PAS}extension-infoChanged v2.2.1 is not allowed to be used at this point "
        f"(this element is [BackboneElement, Bundle.entry.resource.supportingInfo, {element}]; "
        "allowed for this version = e:Claim.item)"
    )
    assert (remaining_errors([Message("error", element, "x", text)], RULES) == []) is tolerated


def test_a_reference_whose_target_fails_by_tolerated_errors_only_is_no_error() -> None:
    assert remaining_errors(reference(("a", REAL), ("b", TOLERATED)), RULES) == []


def test_a_reference_that_meets_no_profile_says_what_its_target_lacks() -> None:
    (error,) = remaining_errors(reference(("a", REAL)), RULES)
    assert (error.id, error.because) == (REFERENCE, (REAL,))


def test_a_reference_of_which_no_candidate_was_tried_stays_an_error() -> None:
    (error,) = remaining_errors(reference(("a", REAL))[:1], RULES)
    assert error.because == ()


def test_an_entry_with_several_allowed_profiles_is_judged_by_the_nearest() -> None:
    path = "Bundle.entry[0].resource/*Claim/1*/"
    choice = Message(
        "error",
        path,
        "BUNDLE_BUNDLE_ENTRY_MULTIPLE_PROFILES_NO_MATCH",
        f"The entry resource did not match any of the allowed profiles (Type Claim: {PAS}a, {PAS}b)",
    )

    def against(profile: str, text: str) -> Message:
        return Message("error", path, "x", f"{text} (validating against {PAS}{profile}|2.2.1 [Name])")

    far = [against("a", "one"), against("a", "two")]
    near = [against("b", "three")]
    (error,) = remaining_errors([choice, *far, *near], RULES)
    assert [m.text for m in error.because] == ["three"]
    plain = Message("error", path, "x", "three")
    assert remaining_errors([choice, *far, *near, plain], RULES) == [plain]
    only_tolerated = [against("b", TOLERATED.text)]
    assert remaining_errors([choice, *far, *only_tolerated], RULES) == []
