"""What the guide makes a 4xx: faults of the Bundle and of its Claim that make a request unreadable.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-submission (spec-11 ... spec-25) and
the mandatory elements of the profiles Claim, Claim Update and Claim Inquiry. The R4 structure itself
(unknown elements, types, cardinality) is checked before, elsewhere; nothing here relies on that.

Every fault is reported, not only the first. Faults deeper than the Claim's own parties are warnings: the
decision asks for what it needs (guide: conf-14). meta.profile is never a reason to refuse.
"""

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import Issue
from fhirpa.pas.checks_bundle import check_bundle, main_claim
from fhirpa.pas.checks_claim import check_claim
from fhirpa.pas.checks_faults import KEYS, MAX_ISSUES, Faults, TooManyFaults
from fhirpa.pas.checks_references import check_deeper_parts
from fhirpa.pas.checks_size import check_size
from fhirpa.pas.versions import PasVersion

__all__ = ["KEYS", "check_inquiry", "check_request"]


def check_request(graph: BundleGraph, version: PasVersion) -> list[Issue]:
    """All faults of a PAS Request Bundle (Claim/$submit), errors and warnings. Never raises."""
    return _check(graph, version, inquiry=False)


def check_inquiry(graph: BundleGraph, version: PasVersion) -> list[Issue]:
    """All faults of a PAS Inquiry Request Bundle (Claim/$inquire), errors and warnings. Never raises."""
    return _check(graph, version, inquiry=True)


def _check(graph: BundleGraph, version: PasVersion, *, inquiry: bool) -> list[Issue]:
    out = Faults()
    try:
        if check_size(graph, out) and check_bundle(graph, version, out, inquiry=inquiry):
            claim = main_claim(graph)
            if claim is not None:
                check_claim(graph, claim, version, out, inquiry=inquiry)
            check_deeper_parts(graph, claim, version, out)
    except TooManyFaults:
        text = f"Only the first {MAX_ISSUES} faults are listed; send again when they are mended."
        out.issues.append(Issue("information", "incomplete", text, "Bundle", "more-faults"))
    return out.issues
