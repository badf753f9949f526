"""What a request says of itself as an update: of which Claim, what changed, what was sent in support.

Guide: specification#updating-authorization-requests (spec-63 ... spec-72). Version 2.2.1 names the Claim that
is updated in Claim.related. 2.0.1 may do without: an update then bears the identifier of the Claim that it
updates, and is known by its flags. A first request may bear a known identifier, too, and stays a first one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from fhirpa.fhir.bundle import absolute_url
from fhirpa.fhir.canonical import canonical
from fhirpa.pas.access import (
    Json,
    codings,
    extensions,
    external_id,
    external_ids,
    is_cancelled,
    obj,
    objects,
    text,
    whole,
)
from fhirpa.pas.checks_bundle import predecessor
from fhirpa.pas.codes import OBSERVATION_VALUE, SD
from fhirpa.pas.read_context import Reading
from fhirpa.um.request import ExternalId, ServiceLine, SupportingEntry
from fhirpa.um.terms import Change, ReviewType, UpdateSign

_FLAGS = (SD + "extension-infoChanged", SD + "modifierextension-infoCancelled")
# In canonical JSON: URLs that a sender without a FHIR server mints anew for every Bundle. A quotation mark
# within a string is escaped, so this never begins inside of one.
_FRESH_URL = re.compile(rb'(?<=[{,])("(?:reference|fullUrl)":)"urn:uuid:(?:[^"\\]|\\.)*"').sub
_ABOUT_ITSELF = ("id", "meta", "text")  # of a resource; may differ between two copies that say the same


@dataclass(frozen=True, slots=True)
class UpdateRead:
    """The parts of an authorization request that concern updates, under the names that they have there."""

    claim_url: str | None
    related_claim: ExternalId | None
    related_url: str | None
    update: UpdateSign
    cancels_all: bool
    subsetted: bool
    supporting: tuple[SupportingEntry, ...]


def read_update(reading: Reading, own_type: ReviewType | None, lines: tuple[ServiceLine, ...]) -> UpdateRead:
    """Read them; `own_type` is the Claim's own certification type. Never raises."""
    supporting = tuple(_supporting(reading))
    cancels_all = own_type is ReviewType.CANCEL
    sign = _sign(reading, own_type, lines, supporting)
    named, url = _related(reading)
    if named is None and url is None and sign is not UpdateSign.NONE:
        named = _by_own_identifier(reading)
    return UpdateRead(
        claim_url=reading.claim.full_url,
        related_claim=named,
        related_url=url,
        update=sign,
        cancels_all=cancels_all,
        subsetted=_is_subsetted(reading),
        supporting=supporting,
    )


def read_flag(element: Json) -> Change | None:
    """The infoChanged extension of an entry."""
    code = next((text(e.get("valueCode")) for e in extensions(element, "extension-infoChanged")), None)
    return Change(code) if code in tuple(Change) else None


def _related(reading: Reading) -> tuple[ExternalId | None, str | None]:
    """Identifier and URL of the Claim that is updated: from the Claim in the Bundle and the reference."""
    related = next(iter(objects(reading.resource.get("related"))), None)
    if related is None:
        return None, None
    prior = predecessor(reading.graph, reading.claim)
    reference = obj(related.get("claim"))
    own = next(iter(external_ids(prior.resource.get("identifier"))), None) if prior else None
    named = own or external_id(reference.get("identifier"))
    literal = text(reference.get("reference"))
    url = absolute_url(literal, reading.claim.full_url) if literal and not literal.startswith("#") else None
    if named is None:
        reading.note(f"{reading.claim.path}.related[0].claim", "no identifier of the prior Claim to be found")
    return named, url


def _by_own_identifier(reading: Reading) -> ExternalId | None:
    if reading.version.update_names_predecessor:
        return None
    return next(iter(external_ids(reading.resource.get("identifier"))), None)


def _sign(
    reading: Reading,
    own_type: ReviewType | None,
    lines: Iterable[ServiceLine],
    supporting: Iterable[SupportingEntry],
) -> UpdateSign:
    """In 2.2.1 an update names its predecessor; first requests bear flags of change there, too.

    Who cancels a whole request means an earlier one, whether it is named or not.
    """
    if objects(reading.resource.get("related")) or own_type is ReviewType.CANCEL:
        return UpdateSign.CERTAIN
    if reading.version.update_names_predecessor:
        return UpdateSign.NONE
    entries: list[ServiceLine | SupportingEntry] = [*lines, *supporting]
    types = (own_type, *(x.review_type for x in lines))
    if ReviewType.REVISED in types or any(x.flag for x in entries):
        return UpdateSign.CERTAIN
    return UpdateSign.POSSIBLE if any(x.cancelled for x in entries) else UpdateSign.NONE


def _is_subsetted(reading: Reading) -> bool:
    """True for a differential request of 2.0.1; the tag stands on the Claim or on the Bundle."""
    holders = (reading.resource, reading.graph.bundle)
    labels = [label for h in holders for label in objects(obj(h.get("meta")).get("security"))]
    return any(
        c.system == OBSERVATION_VALUE and c.code == "SUBSETTED" for label in labels for c in codings(label)
    )


def _supporting(reading: Reading) -> Iterable[SupportingEntry]:
    for info in objects(reading.resource.get("supportingInfo")):
        sequence = whole(info.get("sequence"))
        if sequence is not None:
            yield SupportingEntry(sequence, _digest(reading, info), is_cancelled(info), read_flag(info))


def _digest(reading: Reading, info: Json) -> str:
    """A digest of the entry and of the resource that it refers to, whatever its URL and its flags."""
    own = {name: value for name, value in info.items() if name != "sequence"}
    for name in ("extension", "modifierExtension"):
        kept = [e for e in objects(info.get(name)) if e.get("url") not in _FLAGS]
        own.pop(name, None)
        if kept:
            own[name] = kept
    target = reading.find(info.get("valueReference"))
    if target is not None:
        own["valueReference"] = {k: v for k, v in target.resource.items() if k not in _ABOUT_ITSELF}
    try:
        return sha256(_FRESH_URL(rb"\1null", canonical(own))).hexdigest()
    except RecursionError:  # nested deeper than any message that is let in
        return ""
