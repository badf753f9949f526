"""Answering an inquiry: the current state of every case that matches.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-inquiries (spec-44 ... spec-48).
2.0.1 answers one Bundle with a ClaimResponse per match, 2.2.1 Parameters with one Bundle per match.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import Issue, operation_outcome
from fhirpa.pas.access import Json, obj
from fhirpa.pas.codes import BASE
from fhirpa.pas.questionnaire import Forms
from fhirpa.pas.versions import PasVersion
from fhirpa.pas.write import response_bundle
from fhirpa.pas.write_claim_response import write_claim_response
from fhirpa.pas.write_context import Writing
from fhirpa.um.case import Case

Match = tuple[Case, BundleGraph | None]

_NOTHING = Issue(
    "information",
    "not-found",
    "No prior authorization matches this inquiry. The member's id and the NPI of the requesting, ordering or "
    "rendering provider have to match both.",
    key="inquiry-no-match",
)


def write_inquiry_response(
    matches: Sequence[Match],
    inquiry: BundleGraph,
    version: PasVersion,
    *,
    now: datetime,
    new_id: Callable[[], str],
    reason_codes: Mapping[str, str],
    texts: Mapping[str, str],
    payer_url: str,
    zone: tzinfo | None = None,
    forms: Forms | None = None,
) -> Json:
    """The answer to an inquiry: a Bundle (2.0.1) or Parameters (2.2.1), matches in the order given.

    No match: an OperationOutcome in the Bundle, or Parameters without a `return`.
    """

    def begin() -> Writing:
        return Writing.begin(version, now, new_id, reason_codes, texts, payer_url, zone, forms)

    def bundle(w: Writing, found: Sequence[Match]) -> Json:
        for case, graph in found:
            write_claim_response(w, case, graph, "profile-claiminquiryresponse")
        named = obj(inquiry.bundle.get("identifier"))
        return response_bundle(w, "profile-pas-inquiry-response-bundle", named, new_id())

    if version.inquiry_as_parameters:
        returned = [{"name": "return", "resource": bundle(begin(), [m])} for m in matches]
        return {"resourceType": "Parameters", **({"parameter": returned} if returned else {})}
    w = begin()
    if not matches:
        w.entries.lead(operation_outcome([_NOTHING]), BASE + "OperationOutcome")
    return bundle(w, matches)
