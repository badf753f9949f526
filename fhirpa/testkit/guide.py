"""The two versions of the guide as a sender sees them: every difference that the builder branches on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fhirpa.testkit.builder_terms import PAS, US_CORE


@dataclass(frozen=True, slots=True)
class Guide:
    """One published version and what is particular to requests in it."""

    label: str
    profiles: Mapping[str, str]  # what is built -> canonical; a kind without a profile is not listed
    document_information: bool  # supportingInfo needs extension-documentInformation
    transmission_identifiers: bool  # Claim carries extension-TransmissionIdentifiers
    care_plan_in_bundle: bool  # a care plan may be referred to only inside a Bundle
    document_by_person: bool  # DocumentReference.author is a Practitioner, not the role

    def meta(self, kind: str) -> dict[str, object]:
        """`{"meta": …}` that claims the profile of a kind, or nothing."""
        profile = self.profiles.get(kind)
        return {"meta": {"profile": [profile]}} if profile else {}


_BOTH = {
    "Bundle": PAS + "profile-pas-request-bundle",
    "Claim": PAS + "profile-claim",
    "Beneficiary": PAS + "profile-beneficiary",
    "Subscriber": PAS + "profile-subscriber",
    "Coverage": PAS + "profile-coverage",
    "Insurer": PAS + "profile-insurer",
    "Requestor": PAS + "profile-requestor",
    "Practitioner": PAS + "profile-practitioner",
    "PractitionerRole": PAS + "profile-practitionerrole",
    "ServiceRequest": PAS + "profile-servicerequest",
    "Organization": US_CORE + "us-core-organization",
    "Procedure": US_CORE + "us-core-procedure",
    "CarePlan": US_CORE + "us-core-careplan",
    "Goal": US_CORE + "us-core-goal",
}

G201 = Guide(
    label="2.0.1",
    profiles=MappingProxyType(
        {
            **_BOTH,
            "Condition": US_CORE + "us-core-condition",
            "DocumentReference": US_CORE + "us-core-documentreference",
        }
    ),
    document_information=False,
    transmission_identifiers=False,
    care_plan_in_bundle=False,
    document_by_person=True,
)

G221 = Guide(
    label="2.2.1",
    profiles=MappingProxyType(
        {
            **_BOTH,
            "Condition": US_CORE + "us-core-condition-encounter-diagnosis",
            "DocumentReference": PAS + "profile-documentreference",
            "Observation": US_CORE + "us-core-simple-observation",
            "QuestionnaireResponse": US_CORE + "us-core-questionnaireresponse",
            "RelatedPerson": US_CORE + "us-core-relatedperson",
        }
    ),
    document_information=True,
    transmission_identifiers=True,
    care_plan_in_bundle=True,
    document_by_person=False,
)

GUIDES = {g.label: g for g in (G201, G221)}
