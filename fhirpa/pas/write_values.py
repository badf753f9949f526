"""Small FHIR values for the writers: extensions, codes, dates, quantities, identifiers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from fhirpa.pas.access import Json, obj, objects, text
from fhirpa.pas.codes import (
    CPT,
    DATA_ABSENT,
    DATA_ABSENT_EXTENSION,
    HCPCS,
    SD,
    X12_QUANTITY_UNIT,
)
from fhirpa.pas.versions import PasVersion
from fhirpa.um.request import ExternalId, Service, Span
from fhirpa.um.terms import QuantityUnit

_UNITS = {QuantityUnit.VISITS: ("visits", "VS"), QuantityUnit.UNITS: ("units", "UN")}


def ext(name: str, **value: Any) -> Json:
    """An extension of the guide by its id; `value` is value[x] or `extension`."""
    return {"url": SD + name, **value}


def part(name: str, **value: Any) -> Json:
    """A sub-extension with a simple name."""
    return {"url": name, **value}


def absent(reason: str = "unknown") -> Json:
    """The data-absent-reason extension."""
    return {"url": DATA_ABSENT_EXTENSION, "valueCode": reason}


def concept(system: str | None, code: str) -> Json:
    """A CodeableConcept with one coding; no display, since many of the code systems are licensed."""
    coding = {"system": system, "code": code} if system else {"code": code}
    return {"coding": [coding]}


def filled(element: Json) -> Json:
    """The element without members that are None, empty lists or empty objects."""
    return {k: v for k, v in element.items() if v is not None and v not in ([], {})}


def instant(at: datetime) -> str:
    """An instant or full dateTime with its offset, to the millisecond."""
    return at.isoformat(timespec="milliseconds")


def period(span: Span | None) -> Json:
    """A Period of whole days; empty if the span is open on both sides."""
    if span is None:
        return {}
    return filled(
        {
            "start": span.start.isoformat() if span.start else None,
            "end": span.end.isoformat() if span.end else None,
        }
    )


def hull(spans: Sequence[Span]) -> Span:
    """The smallest span that covers all of them; open where one of them is open."""
    starts, ends = [s.start for s in spans], [s.end for s in spans]
    return Span(
        min((s for s in starts if s), default=None) if all(starts) else None,
        max((e for e in ends if e), default=None) if all(ends) else None,
    )


def quantity(value: Decimal | None, unit: QuantityUnit | None, word: str | None = None) -> Json | None:
    """A PASQuantity: value and an X12 673 code, or the sender's own word where X12 has none for it.

    Rules prof-2 and prof-3 of 2.2.1: a value, and a unit or a code, the code from X12 673.
    """
    if value is None:
        return None
    if unit in _UNITS:
        shown, code = _UNITS[unit]
        return {"value": value, "unit": shown, "system": X12_QUANTITY_UNIT, "code": code}
    return {"value": value, "unit": word or "unit not stated"}


def service_concept(service: Service) -> Json:
    """The service's code; 'not-applicable' where no code was given (guide: spec-43)."""
    if service.code is None:
        return concept(DATA_ABSENT, "not-applicable")
    return concept(service.system, service.code)


def modifier_concepts(modifiers: Sequence[str], sent: Any) -> list[Json]:
    """Modifiers under the code system the sender gave, else by form: two digits CPT's, letters HCPCS's."""
    systems: dict[str, str] = {}
    for element in objects(sent):
        for coding in objects(element.get("coding")):
            code, system = text(coding.get("code")), text(coding.get("system"))
            if code and system:
                systems.setdefault(code.upper(), system)
    return [concept(systems.get(m) or (CPT if m.isdigit() else HCPCS), m) for m in modifiers]


def identifiers(sent: Any, read: Sequence[ExternalId], version: PasVersion) -> list[Json]:
    """Identifiers as they were sent; from what was read where the request is not at hand."""
    found = [i for i in objects(sent) if text(i.get("value"))]
    return [identifier(i, version) for i in found or map(plain_identifier, read)]


def plain_identifier(read: ExternalId) -> Json:
    """An Identifier from system and value."""
    return filled({"system": read.system, "value": read.value})


def identifier(sent: Json, version: PasVersion) -> Json:
    """An identifier to echo. An assigner keeps identifier and name, not a reference that leads nowhere.

    Where the version demands system and value and one was not given, its absence is said
    (data-absent-reason).
    """
    out = {k: v for k, v in sent.items() if k not in ("assigner", "extension")}
    kept = [e for e in objects(sent.get("extension")) if e.get("url") not in version.foreign_extensions]
    if kept:
        out["extension"] = kept
    assigner = filled({k: v for k, v in obj(sent.get("assigner")).items() if k in ("identifier", "display")})
    if assigner:
        out["assigner"] = assigner
    if version.identifier_system_required:
        for name in ("system", "value"):
            if not text(sent.get(name)):
                out.pop(name, None)
                out[f"_{name}"] = {"extension": [absent()]}
    return out


def is_whole(sent: Json) -> bool:
    """True if an identifier has system and value."""
    return bool(text(sent.get("system")) and text(sent.get("value")))
