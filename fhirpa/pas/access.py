"""Reading single values out of FHIR dicts that may be malformed: every function answers None or nothing
instead of raising, so that the readers stay short.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from fhirpa.pas.codes import ICD10CM, IDENTIFIER_TYPE, NPI, NUCC, SD
from fhirpa.um.request import ExternalId, Span

Json = dict[str, Any]

_DAY = re.compile(r"^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$")
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?").fullmatch
_LARGEST, _SMALLEST = Decimal("1E+9"), Decimal("1E-9")
_DIGITS = 24  # more than that is rounded, so that arithmetic stays within the context's precision

# The same code systems under the other names that are in use for them.
_SAME_SYSTEM = {
    "urn:oid:2.16.840.1.113883.4.6": NPI,
    "urn:oid:2.16.840.1.113883.6.90": ICD10CM,
    "urn:oid:2.16.840.1.113883.6.101": NUCC,
}


class Coded(NamedTuple):
    """One coding; system and display may be missing, the code is never empty."""

    system: str | None
    code: str
    display: str | None


def obj(value: Any) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: Any) -> Iterator[tuple[int, Json]]:
    """(index, object) for each object of a list; the index is that of the list as sent."""
    if type(value) is list:
        for index, item in enumerate(value):
            if type(item) is dict:
                yield index, item


def objects(value: Any) -> list[Json]:
    """The objects of a list, in order."""
    return [item for item in value if type(item) is dict] if type(value) is list else []


def text(value: Any) -> str | None:
    """A string without surrounding blanks, or None if it is empty or not a string."""
    if not isinstance(value, str):
        return None
    return value.strip() or None


def boolean(value: Any) -> bool | None:
    """A boolean, or None for everything else."""
    return value if isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """A positive integer, or None (FHIR positiveInt)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
        return value
    return None


def number(value: Any) -> Decimal | None:
    """A finite decimal of sensible size from a JSON number or a plainly written one, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str):
        value = value.strip().removesuffix("%").rstrip()
        if not _NUMBER(value):
            return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value))
    except (InvalidOperation, ValueError):  # ValueError: an integer with too many digits to print
        return None
    if not found.is_finite() or abs(found) >= _LARGEST or (found and abs(found) < _SMALLEST):
        return None
    return round(found, 12) if len(found.as_tuple().digits) > _DIGITS else found


def day(value: Any) -> date | None:
    """The calendar day of a full date or dateTime, in its own offset; None for partial or wrong ones."""
    match = _DAY.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    """An aware datetime of a dateTime or instant; a bare day is its midnight in UTC."""
    first = day(value)
    if first is None:
        return None
    if len(value) == 10:
        return datetime(first.year, first.month, first.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def period(value: Any) -> Span | None:
    """A Period as a span of days; None if neither end is readable."""
    found = Span(day(obj(value).get("start")), day(obj(value).get("end")))
    return found if found.start or found.end else None


def date_or_period(parent: Json, stem: str) -> Span | None:
    """`<stem>Date`, `<stem>DateTime` or `<stem>Period` as a span (a single day starts and ends it)."""
    for suffix in ("Date", "DateTime"):
        found = day(parent.get(stem + suffix))
        if found:
            return Span(found, found)
    return period(parent.get(stem + "Period"))


def extensions(element: Json, name: str) -> list[Json]:
    """Extensions by the guide's short name or by a full URL; nested ones may use either."""
    found = element.get("extension")
    if type(found) is not list:
        return []
    urls = (name, SD + name)
    return [e for e in found if type(e) is dict and e.get("url") in urls]


def extension(element: Json, name: str) -> Json:
    """The first such extension, or an empty object."""
    found = extensions(element, name)
    return found[0] if found else {}


def extension_value(element: Json, name: str) -> Any:
    """value[x] of the first such extension, whatever its type, or None."""
    return value_of(extension(element, name))


def value_of(element: Json) -> Any:
    """value[x] of an element, or None."""
    for name, value in element.items():
        if name[:5] == "value" and name[5:6].isupper():
            return value
    return None


def is_cancelled(element: Json) -> bool:
    """True if the infoCancelled modifier extension says so (spec-69)."""
    url = SD + "modifierextension-infoCancelled"
    return any(
        e.get("url") == url and e.get("valueBoolean") is True
        for e in objects(element.get("modifierExtension"))
    )


def codings(concept: Any) -> list[Coded]:
    """All codings of a CodeableConcept that have a code (a bare Coding is accepted as well)."""
    if type(concept) is not dict:
        return []
    out = []
    for coding in objects(concept["coding"]) if "coding" in concept else (concept,):
        code = text(coding.get("code"))
        if code:
            system = text(coding.get("system"))
            out.append(Coded(_SAME_SYSTEM.get(system or "", system), code, text(coding.get("display"))))
    return out


def code_of(concept: Any, *systems: str) -> str | None:
    """The first code from one of the systems."""
    return next((c.code for c in codings(concept) if c.system in systems), None)


def label_of(concept: Any) -> str | None:
    """text, else the first display."""
    holder = obj(concept)
    shown = (c.display for c in codings(concept))
    return text(holder.get("text")) or next((d for d in shown if d), None)


def icd10(concept: Any) -> str | None:
    """The first ICD-10-CM code, upper case and without dots."""
    code = code_of(concept, ICD10CM)
    return code.upper().replace(".", "") or None if code else None


def external_id(identifier: Any) -> ExternalId | None:
    """An Identifier with a value."""
    found = text(obj(identifier).get("value"))
    return ExternalId(text(obj(identifier).get("system")), found) if found else None


def external_ids(identifiers: Any) -> tuple[ExternalId, ...]:
    """All identifiers of a list that have a value."""
    found = (external_id(i) for i in objects(identifiers))
    return tuple(i for i in found if i)


def identifier_value(resource: Json, system: str) -> str | None:
    """Value of the first identifier of a system."""
    for identifier in objects(resource.get("identifier")):
        used = text(identifier.get("system"))
        found = text(identifier.get("value"))
        if found and _SAME_SYSTEM.get(used or "", used) == system:
            return found
    return None


def identifier_of_type(resource: Json, code: str) -> str | None:
    """Value of the first identifier whose type is this code of HL7 table 0203 (MB: member number)."""
    for identifier in objects(resource.get("identifier")):
        found = text(identifier.get("value"))
        if found and has_type(identifier, code):
            return found
    return None


def has_type(identifier: Json, *codes: str) -> bool:
    """True if the identifier's type is one of these codes of HL7 table 0203."""
    return any(
        c.code in codes and c.system in (IDENTIFIER_TYPE, None) for c in codings(identifier.get("type"))
    )


def first_text(*values: Any) -> str | None:
    """The first of the values that is a non-empty string."""
    return next((t for t in map(text, values) if t), None)
