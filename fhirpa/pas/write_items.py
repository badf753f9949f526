"""ClaimResponse.item and addItem: each line as it was asked, and what is certified beside it.

Guide: specification#returning-authorized-items-that-are-different-from-what-was-requested (spec-34 ...
spec-37). Where something is certified though the line is open or changed, 2.2.1 says it in addItem and
keeps the requested detail on the item; 2.0.1, which profiles no addItem, says it on the item.
"""

from fhirpa.pas.access import Json, codings, extensions, obj, text, value_of
from fhirpa.pas.codes import (
    ADJUDICATION,
    POS,
    X12_DECISION_REASON,
    X12_ENTITY,
    X12_REVIEW_ACTION,
    X12_SERVICE_TYPE,
)
from fhirpa.pas.review_action import CERTIFIED, MODIFIED, review_action, standing_authorization
from fhirpa.pas.write_context import Original, Writing
from fhirpa.pas.write_notes import Notes, certified_notes, line_notes
from fhirpa.pas.write_parties import provider, provider_role
from fhirpa.pas.write_values import (
    concept,
    ext,
    filled,
    identifiers,
    modifier_concepts,
    part,
    period,
    quantity,
    service_concept,
)
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.request import Party, Service, Span


def write_item(w: Writing, original: Original, case: Case, line: CaseLine, notes: Notes) -> Json:
    """The item of one line, under the sequence it was submitted with."""
    action = review_action(line)
    authorization = standing_authorization(line)
    beside = authorization is not None and _stands_beside(w, line)
    on_item = None if beside else authorization
    number = authorization if authorization and (not beside or action == MODIFIED) else None
    reasons = [] if action == CERTIFIED else _reasons(w, line)
    return filled(
        {
            "extension": [
                *_trace(w, original, line),
                *_validity(w, on_item),
                *_numbers(line),
                *_requested_date(line),
                *(_authorized_providers(w, original, line) if on_item else []),
                *(_detail(w, original, line, authorization) if authorization else []),
            ],
            "itemSequence": line.line.sequence,
            "noteNumber": notes.numbers(line_notes(w, case, line)),
            "adjudication": [_adjudication(action, number, reasons)],
        }
    )


def write_add_items(w: Writing, original: Original, case: Case, notes: Notes) -> list[Json]:
    """What is certified beside lines that are open or were changed (2.2.1)."""
    out = []
    for line in case.lines:
        authorization = standing_authorization(line)
        if authorization is not None and _stands_beside(w, line):
            out.append(_add_item(w, original, line, authorization, notes))
    return out


def _adjudication(
    action: str, authorization: Authorization | None = None, reasons: list[Json] | None = None
) -> Json:
    """An adjudication with the review action; the reviewActionCode is a nested full-URL extension."""
    parts = [ext("extension-reviewActionCode", valueCodeableConcept=concept(X12_REVIEW_ACTION, action))]
    if authorization:
        parts.append(part("number", valueString=authorization.number))
    parts += [part("reasonCode", valueCodeableConcept=r) for r in reasons or ()]
    return {
        "extension": [ext("extension-reviewAction", extension=parts)],
        "category": concept(ADJUDICATION, "submitted"),
    }


def authorized_provider(w: Writing, original: Original, party: Party, *, typed: bool) -> Json:
    """The itemAuthorizedProvider extension; its provider type is what the sender called the provider."""
    parts = [part("provider", valueReference=provider(w, original, party))]
    kind = _provider_type(original, party) if typed else None
    if kind and w.version.full_url_provider_type:
        parts.append(ext("extension-authorizedProviderType", valueCodeableConcept=kind))
    elif kind:
        parts.append(part("providerType", valueCodeableConcept=kind))
    return ext("extension-itemAuthorizedProvider", extension=parts)


def _stands_beside(w: Writing, line: CaseLine) -> bool:
    """True if what is certified goes into addItem: the line itself is open, changed or not certified."""
    return w.version.adjudicated_add_item and review_action(line) != CERTIFIED


def _trace(w: Writing, original: Original, line: CaseLine) -> list[Json]:
    item = original.item(line.line.sequence)
    sent = [value_of(e) for e in extensions(item, "extension-itemTraceNumber")]
    found = identifiers(sent, line.line.trace_numbers, w.version)
    return [ext("extension-itemTraceNumber", valueIdentifier=i) for i in found]


def _validity(w: Writing, authorization: Authorization | None) -> list[Json]:
    if authorization is None:
        return []
    issued = w.local(authorization.issued_at).date().isoformat()
    valid = period(authorization.certified.period)
    return [
        ext("extension-itemPreAuthIssueDate", valueDate=issued),
        *([ext("extension-itemPreAuthPeriod", valuePeriod=valid)] if valid else []),
    ]


def _numbers(line: CaseLine) -> list[Json]:
    """The previous authorization that the sender named, and our reference number of an open line."""
    out = []
    if line.line.authorization_number:
        out.append(ext("extension-authorizationNumber", valueString=line.line.authorization_number))
    if line.state.is_pended and line.administrative_reference_number:
        reference = line.administrative_reference_number
        out.append(ext("extension-administrationReferenceNumber", valueString=reference))
    return out


def _requested_date(line: CaseLine) -> list[Json]:
    asked = line.line.period
    if asked is None or not period(asked):
        return []
    if asked.start and asked.start == asked.end:
        return [ext("extension-itemRequestedServiceDate", valueDateTime=asked.start.isoformat())]
    return [ext("extension-itemRequestedServiceDate", valuePeriod=period(asked))]


def _authorized_providers(w: Writing, original: Original, line: CaseLine) -> list[Json]:
    rendering = line.line.rendering
    return [authorized_provider(w, original, rendering, typed=True)] if rendering else []


def _detail(w: Writing, original: Original, line: CaseLine, authorization: Authorization) -> list[Json]:
    """itemAuthorizedDetail: in 2.2.1 what was requested, in 2.0.1 what is authorized."""
    item = original.item(line.line.sequence)
    asked, given = line.line, authorization.certified
    requested = w.version.detail_is_requested
    service = asked.service if requested else given.service
    amount, unit = (asked.quantity, asked.unit) if requested else given.amount
    modifiers = asked.modifiers if requested else given.modifiers or asked.modifiers
    coded = modifier_concepts(modifiers, item.get("modifier"))
    counted = quantity(amount, unit, _unit_word(item))
    end = service_end(service, asked.service, asked.service_end)
    parts = [
        part("productOrServiceCode", valueCodeableConcept=service_concept(service)),
        *([ext("extension-productOrServiceCodeEnd", valueCodeableConcept=end)] if end else []),
        *(part("modifier", valueCodeableConcept=m) for m in coded),
        *([part("quantity", valueQuantity=counted)] if counted else []),
    ]
    return [ext("extension-itemAuthorizedDetail", extension=parts)]


def service_end(service: Service, asked: Service, end: Service | None) -> Json | None:
    """The end of a range of codes; only what was asked as a range is certified as one."""
    return service_concept(end) if end and end.code and service == asked else None


def _add_item(
    w: Writing, original: Original, line: CaseLine, authorization: Authorization, notes: Notes
) -> Json:
    asked, given = line.line, authorization.certified
    item = original.item(asked.sequence)
    place = concept(POS, asked.place_of_service) if asked.place_of_service else None
    return filled(
        {
            "extension": [
                *_trace(w, original, line),
                *_validity(w, authorization),
                *_add_item_facts(w, line),
            ],
            "itemSequence": [asked.sequence],
            "provider": _add_item_providers(w, original, line),
            "productOrService": service_concept(given.service),
            "modifier": modifier_concepts(given.modifiers or asked.modifiers, item.get("modifier")),
            **_serviced(given.period),
            "locationCodeableConcept": place,
            "quantity": quantity(*given.amount, _unit_word(item)),
            "noteNumber": notes.numbers(certified_notes(w, line)),
            "adjudication": [_adjudication(CERTIFIED, authorization)],
        }
    )


def _add_item_facts(w: Writing, line: CaseLine) -> list[Json]:
    """Facts of the line that addItem may repeat; those whose context excludes addItem are left out."""
    asked, out = line.line, []
    if asked.authorization_number:
        out.append(ext("extension-authorizationNumber", valueString=asked.authorization_number))
    if asked.epsdt is not None:
        out.append(ext("extension-epsdtIndicator", valueBoolean=asked.epsdt))
    if asked.revenue_code:
        revenue = concept(w.version.revenue_system, asked.revenue_code)
        out.append(ext("extension-revenueCode", valueCodeableConcept=revenue))
    if asked.service_type:
        category = concept(X12_SERVICE_TYPE, asked.service_type)
        out.append(ext("extension-itemCategory", valueCodeableConcept=category))
    return out


def _add_item_providers(w: Writing, original: Original, line: CaseLine) -> list[Json]:
    party = line.line.rendering
    if party is None:
        return []
    reference = provider(w, original, party)
    kind = _provider_type(original, party)
    typed = [ext("extension-authorizedProviderType", valueCodeableConcept=kind)] if kind else []
    return [filled({**reference, "extension": [*typed, *reference.get("extension", [])]})]


def _provider_type(original: Original, party: Party) -> Json | None:
    """The X12 98 code by which the sender's care team names the provider."""
    found = (c for c in codings(provider_role(original, party)) if c.system == X12_ENTITY)
    return next((concept(X12_ENTITY, c.code) for c in found), None)


def _serviced(valid: Span) -> Json:
    span = period(valid)
    return {"servicedPeriod": span} if span else {}


def _unit_word(item: Json) -> str | None:
    sent = obj(item.get("quantity"))
    return text(sent.get("unit")) or text(sent.get("code"))


def _reasons(w: Writing, line: CaseLine) -> list[Json]:
    codes = dict.fromkeys(w.reason_codes[r] for r in line.reasons if w.reason_codes.get(r))
    return [concept(X12_DECISION_REASON, c) for c in codes]
