"""Which profiles of the guide a request and its answer are held against, by operation and version.

OperationDefinitions Claim-submit and Claim-inquiry; an update is known by Claim.related where the version
asks for it (specification#updating-authorization-requests).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fhirpa.pas.access import Json, objects
from fhirpa.pas.codes import SD
from fhirpa.pas.versions import PasVersion


@dataclass(frozen=True, slots=True)
class OperationProfiles:
    """Canonical urls of the Bundles that go in and come out."""

    request: str
    response: str
    is_inquiry: bool

    def claim(self, claim: Json, version: PasVersion) -> str:
        """The profile of the Claim that asks: by what it is, whatever it says of itself in meta.profile."""
        if self.is_inquiry:
            return SD + "profile-claim-inquiry"
        is_update = not version.update_names_predecessor or bool(objects(claim.get("related")))
        return SD + ("profile-claim-update" if is_update else "profile-claim")


OPERATIONS: Final[Mapping[str, OperationProfiles]] = MappingProxyType(
    {
        "submit": OperationProfiles(
            SD + "profile-pas-request-bundle", SD + "profile-pas-response-bundle", is_inquiry=False
        ),
        "inquire": OperationProfiles(
            SD + "profile-pas-inquiry-request-bundle",
            SD + "profile-pas-inquiry-response-bundle",
            is_inquiry=True,
        ),
    }
)
