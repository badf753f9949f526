"""The names by which a sender is known before its request has been read."""

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import extension, text, value_of
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.pas.read_context import Reading
from fhirpa.pas.read_parties import read_party
from fhirpa.pas.versions import PasVersion


def sender_names(graph: BundleGraph, version: PasVersion) -> tuple[str, ...]:
    """Submitter ids (TransmissionIdentifiers) and the requestor's NPI, where sent.

    They prove nothing: whoever sends may write any. Never raises.
    """
    claim = main_claim(graph)
    if claim is None:
        return ()
    transmission = extension(claim.resource, "extension-TransmissionIdentifiers")
    parts = ("interchangeSenderID", "applicationSenderCode")
    submitters = (text(value_of(extension(transmission, part))) for part in parts)
    at = f"{claim.path}.provider"
    requestor = read_party(Reading(graph, claim, version), claim.resource.get("provider"), at).npi
    return tuple(name for name in (*submitters, requestor) if name)
