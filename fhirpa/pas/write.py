"""From a case (or business errors) to the PAS Response Bundle of one version.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-response (spec-30 ... spec-37).
"""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import Json, obj
from fhirpa.pas.codes import SD
from fhirpa.pas.questionnaire import Forms
from fhirpa.pas.versions import PasVersion
from fhirpa.pas.write_claim_response import write_claim_response
from fhirpa.pas.write_context import Writing
from fhirpa.pas.write_errors import write_error_claim_response
from fhirpa.pas.write_values import filled, identifier, instant, plain_identifier
from fhirpa.um.case import Case
from fhirpa.um.determination import BusinessError


def write_response(
    case: Case,
    graph: BundleGraph | None,
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
    """The PAS Response Bundle for the current state of a case. Total: it raises for no case and no graph.

    `graph` is the request as sent (in whichever version), None if it is not at hand. `new_id` mints UUIDs,
    `reason_codes` maps reasons to X12 886 codes, `texts` are the provider's sentences by key, `payer_url` is
    where information is sent to; days and times for people are told in `zone`; what is asked for is named as
    questions of `forms`.
    """
    w = Writing.begin(version, now, new_id, reason_codes, texts, payer_url, zone, forms)
    write_claim_response(w, case, graph, "profile-claimresponse")
    sent = obj(graph.bundle.get("identifier")) if graph else {}
    named = sent or plain_identifier(case.request.bundle_identifier)
    return response_bundle(w, "profile-pas-response-bundle", named, new_id())


def write_error_response(
    errors: tuple[BusinessError, ...],
    graph: BundleGraph,
    version: PasVersion,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Json:
    """The PAS Response Bundle for a request that cannot be worked on (guide: business errors, a 200)."""
    w = Writing.begin(version, now, new_id, {}, {}, "")
    write_error_claim_response(w, errors, graph)
    return response_bundle(w, "profile-pas-response-bundle", obj(graph.bundle.get("identifier")), new_id())


def response_bundle(w: Writing, profile: str, named: Json, own_id: str) -> Json:
    """The Bundle around the entries; it carries the identifier of the Bundle that it answers."""
    return filled(
        {
            "resourceType": "Bundle",
            "id": own_id,
            "meta": {"profile": [SD + profile]},
            "identifier": identifier(named, w.version) if named.get("value") else None,
            "type": "collection",
            "timestamp": instant(w.now),
            "entry": w.entries.listed(),
        }
    )
