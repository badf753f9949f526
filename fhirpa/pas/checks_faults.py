"""The faults that the checks can find: their stable keys, and the collector that builds the issues."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.outcome import Issue

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "too-many-entries": "The Bundle or a list of the Claim is longer than this server takes.",
        "more-faults": "There are more faults than are listed.",
        "bundle-expected": "The body is not a FHIR Bundle.",
        "bundle-type": "Bundle.type is not 'collection'.",
        "bundle-identifier-missing": "Bundle.identifier is missing or has no value.",
        "bundle-timestamp-missing": "Bundle.timestamp is missing.",
        "bundle-empty": "The Bundle has no entries.",
        "entry-resource-missing": "An entry holds no resource.",
        "entry-not-plain": "An entry carries search, request or response, which a PAS Bundle does not use.",
        "full-url-missing": "An entry has no fullUrl.",
        "full-url-form": "A fullUrl is neither a RESTful http(s) URL nor urn:uuid or urn:oid.",
        "full-url-differs": "A RESTful fullUrl does not end in the type and id of its resource.",
        "full-url-duplicate": "Two entries share a fullUrl.",
        "first-entry-not-claim": "The first entry is not a Claim.",
        "too-many-claims": "The Bundle holds more Claims than this version of the guide allows.",
        "second-claim-unrelated": "A second Claim is not the predecessor that Claim.related names.",
        "implicit-rules": "implicitRules names rules that this server does not know.",
        "modifier-extension-unknown": "A modifier extension is not one that this server understands.",
        "info-cancelled-not-boolean": "The infoCancelled modifier extension has no boolean value.",
        "cancelled-without-certification-type": "A cancelled item lacks certification type 3.",
        "info-changed-code": "The infoChanged extension holds neither 'added' nor 'changed'.",
        "claim-status": "Claim.status is not 'active'.",
        "claim-use": "Claim.use is not 'preauthorization'.",
        "claim-element-missing": "Claim.type, created or priority is missing.",
        "claim-identifier-missing": "Claim.identifier is missing or incomplete.",
        "claim-identifier-repeated": "Claim.identifier repeats more often than the guide allows.",
        "claim-patient-missing": "Claim.patient is missing.",
        "claim-insurer-missing": "Claim.insurer is missing.",
        "claim-provider-missing": "Claim.provider is missing.",
        "claim-insurance-missing": "Claim.insurance is missing.",
        "claim-item-missing": "Claim.item is missing.",
        "claim-related": "Claim.related is not one prior Claim.",
        "insurance-element-missing": "insurance.sequence, focal or coverage is missing.",
        "insurance-not-focal": "insurance.focal is not true.",
        "item-element-missing": "An item lacks sequence, category, service, location or quantity value.",
        "item-extension-missing": "An item lacks the request type or certification type extension.",
        "quantity-without-unit": "A quantity has neither unit nor code.",
        "care-team-element-missing": "A care team entry lacks its scope extension, sequence or provider.",
        "supporting-info-element-missing": "A supportingInfo entry lacks sequence, category or its content.",
        "discharge-not-a-date": "Discharge dates are given as a period where the guide wants a date.",
        "diagnosis-element-missing": "A diagnosis lacks its sequence or its code.",
        "sequence-duplicate": "Two entries of a list share a sequence.",
        "sequence-unknown": "An item points at a sequence that does not exist.",
        "date-invalid": "A date is not a calendar date in FHIR form.",
        "date-partial": "A date without day, where a full date is needed.",
        "date-with-time": "A time of day where the guide wants a date alone.",
        "period-reversed": "A period ends before it starts.",
        "reference-unresolved": "The reference to patient, insurer, provider or coverage leads nowhere.",
        "reference-ambiguous": "A reference leads to more than one entry.",
        "reference-wrong-type": "A reference leads to a resource of the wrong type.",
        "reference-dangling": "A reference deeper in the Bundle leads nowhere.",
        "beneficiary-differs": "Coverage.beneficiary is not Claim.patient.",
    }
)


MAX_ISSUES: Final = 200


class TooManyFaults(Exception):
    """There are more faults than anybody would read."""


class Faults:
    """Collects issues in the order in which they are found; raises TooManyFaults beyond MAX_ISSUES."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def error(self, key: str, code: str, text: str, at: str) -> None:
        """A fault that refuses the request. `at` is a FHIRPath from the Bundle."""
        self._add(Issue("error", code, text, at, key))

    def warn(self, key: str, code: str, text: str, at: str) -> None:
        """A fault that is put up with."""
        self._add(Issue("warning", code, text, at, key))

    def _add(self, issue: Issue) -> None:
        if len(self.issues) == MAX_ISSUES:
            raise TooManyFaults
        self.issues.append(issue)

    def need(self, element: dict[str, Any], name: str, path: str, key: str, why: str) -> bool:
        """Report a missing mandatory element; True if it is there. `name` is the JSON name."""
        if filled(element.get(name)):
            return True
        self.error(key, "required", f"{name} is missing. {why}", f"{path}.{path_name(name)}")
        return False


def filled(value: Any) -> bool:
    """True unless the value is absent or empty."""
    return value is not None and value not in ("", [], {})


_CHOICE = re.compile(
    r"^(value|serviced|location|timing|diagnosis|medication|procedure|code|reported|performed|onset|effective"
    r"|occurrence)(Address|Boolean|CodeableConcept|Coding|Date|DateTime|Decimal|Identifier|Period|Quantity|Range"
    r"|Reference|String|Timing)$"
)


def path_name(name: str) -> str:
    """The FHIRPath name of a JSON property: a choice loses its type (valueReference is value)."""
    match = _CHOICE.match(name)
    return match[1] if match and name != "locationReference" else name
