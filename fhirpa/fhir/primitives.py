"""The lexical forms of the primitive types: http://hl7.org/fhir/R4/datatypes.html#primitive.

Every check takes linear time, whatever is sent; the patterns of the specification do not (base64Binary).
"""

import binascii
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from types import MappingProxyType
from typing import Any, Final

MAX_TEXT = 1024 * 1024  # characters; "strings SHALL NOT exceed 1MB in size"
MAX_INT = 2**31 - 1

# A check answers None where the value is right, else the key of the fault (see structure.KEYS).
Check = Callable[[Any], str | None]

_YEAR = r"(?!0000)([0-9]{4})"
_MONTH = r"(0[1-9]|1[0-2])"
_DAY = r"(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

_date = re.compile(f"{_YEAR}(?:-{_MONTH}(?:-{_DAY})?)?").fullmatch
_date_time = re.compile(f"{_YEAR}(?:-{_MONTH}(?:-{_DAY}(?:T{_CLOCK}{_ZONE})?)?)?").fullmatch
_instant = re.compile(f"{_YEAR}-{_MONTH}-{_DAY}T{_CLOCK}{_ZONE}").fullmatch
_time = re.compile(_CLOCK).fullmatch
_id = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_oid = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*+))++").fullmatch
_uuid = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_space = re.compile(r"\s").search
_wrong_space = re.compile(r"^\s|\s$|\s\s|[^\S ]").search
# What XML cannot hold, and halves of surrogate pairs.
_no_character = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]").search


# str.isprintable() is quick and true for nearly every text: it excludes control characters and all white
# space but the blank.


def _text(value: Any) -> str | None:
    if type(value) is not str:
        return "value-type"
    if not value:
        return "empty-value"
    if not value.isprintable() and _no_character(value):
        return "text-character"
    return "text-too-long" if len(value) > MAX_TEXT else None


def _without_space(value: Any) -> str | None:
    if type(value) is str and value.isprintable() and " " not in value and 0 < len(value) <= MAX_TEXT:
        return None
    return _text(value) or ("value-form" if _space(value) else None)


def _uri(value: Any) -> str | None:
    """As _without_space; what begins as a UUID or OID must be one."""
    fault = _without_space(value)
    if fault is None and value[:4] == "urn:":
        if value.startswith("urn:uuid:"):
            return None if _uuid(value) else "value-form"
        if value.startswith("urn:oid:"):
            return None if _oid(value) else "value-form"
    return fault


def _code(value: Any) -> str | None:
    if type(value) is str and value.isalnum() and len(value) <= MAX_TEXT:
        return None
    return _text(value) or ("value-form" if _wrong_space(value) else None)


def _of_form(match: Callable[[str], re.Match[str] | None]) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not str:
            return "value-type"
        if not value:
            return "empty-value"
        return None if match(value) else "value-form"

    return check


def _of_calendar(match: Callable[[str], re.Match[str] | None]) -> Check:
    """As _of_form, and the day has to exist. Groups: year, month, day."""

    def check(value: Any) -> str | None:
        if type(value) is not str:
            return "value-type"
        found = match(value)
        if not found:
            return "value-form" if value else "empty-value"
        year, month, day = found.groups()
        if day and day > "28" and int(day) > monthrange(int(year), int(month))[1]:
            return "date-not-real"
        return None

    return check


def _base64(value: Any) -> str | None:
    if type(value) is not str:
        return "value-type"
    if not value:
        return "empty-value"
    if not value.isascii():
        return "value-form"
    if any(len(part) % 4 for part in value.split()):  # white space stands between groups of four only
        return "value-form"
    packed = value.encode("ascii").translate(None, b" \t\r\n")
    try:
        return None if binascii.a2b_base64(packed, strict_mode=True) else "value-form"
    except binascii.Error:
        return "value-form"


def _boolean(value: Any) -> str | None:
    return None if type(value) is bool else "value-type"


def _integer_from(lowest: int) -> Check:
    def check(value: Any) -> str | None:
        if type(value) is not int:
            return "value-type"
        return None if lowest <= value <= MAX_INT else "number-range"

    return check


def _decimal(value: Any) -> str | None:
    kind = type(value)
    if kind is int:
        return None
    if kind is Decimal:
        return None if value.is_finite() else "value-form"
    # Our own decoder never makes floats, others' do.
    return "value-type" if kind is not float else None if isfinite(value) else "value-form"


CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "base64Binary": _base64,
        "boolean": _boolean,
        "canonical": _uri,
        "code": _code,
        "date": _of_calendar(_date),
        "dateTime": _of_calendar(_date_time),
        "decimal": _decimal,
        "id": _of_form(_id),
        "instant": _of_calendar(_instant),
        "integer": _integer_from(-MAX_INT - 1),
        "markdown": _text,
        "oid": _of_form(_oid),
        "positiveInt": _integer_from(1),
        "string": _text,
        "time": _of_form(_time),
        "unsignedInt": _integer_from(0),
        "uri": _uri,
        "url": _uri,
        "uuid": _of_form(_uuid),
    }
)

# How a value of the type has to look, for the text of a fault.
FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "base64Binary": "base64 text in groups of four, padded with =",
        "boolean": "true or false, without quotes",
        "canonical": "a URL without white space; after urn:uuid: a UUID in lower case, after urn:oid: an OID",
        "code": "a code without white space at its ends and with single blanks inside",
        "date": "a date as YYYY, YYYY-MM or YYYY-MM-DD",
        "dateTime": "a date as YYYY, YYYY-MM or YYYY-MM-DD, or a time as YYYY-MM-DDThh:mm:ss with time zone",
        "decimal": "a number, without quotes",
        "id": "1 to 64 letters, digits, hyphens and points",
        "instant": "a time as YYYY-MM-DDThh:mm:ss with time zone",
        "integer": "a whole number from -2147483648 to 2147483647, without quotes, point or exponent",
        "markdown": "a text",
        "oid": "an OID as urn:oid:1.2.3",
        "positiveInt": "a whole number from 1 to 2147483647, without quotes, point or exponent",
        "string": "a text",
        "time": "a time of day as hh:mm:ss",
        "unsignedInt": "a whole number from 0 to 2147483647, without quotes, point or exponent",
        "uri": "a URI without white space; after urn:uuid: a UUID in lower case, after urn:oid: an OID",
        "url": "a URL without white space; after urn:uuid: a UUID in lower case, after urn:oid: an OID",
        "uuid": "a UUID as urn:uuid: and 36 characters in lower case",
        "xhtml": "one well-formed div element in the namespace http://www.w3.org/1999/xhtml",
    }
)
