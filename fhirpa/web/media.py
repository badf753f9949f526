"""Which format a body is in, and which format the answer takes.

http://hl7.org/fhir/R4/http.html#mime-type and RFC 9110 section 12.5.1. Pure functions over header values.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from werkzeug.http import parse_list_header, parse_options_header

from fhirpa.fhir.outcome import FhirError, Issue

# In the order in which we would rather answer.
_FORMATS = {
    "application/fhir+json": "json",
    "application/fhir+xml": "xml",
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
}
_SHORT = {"json": "application/fhir+json", "xml": "application/fhir+xml"}  # values of _format only
_FHIR_VERSIONS = ("4.0", "4.0.1")
_CHARSETS = ("utf-8", "utf8")
ACCEPTED = "application/fhir+json, application/fhir+xml"


@dataclass(frozen=True, slots=True)
class Media:
    """A media type that we can answer in."""

    type: str

    @property
    def format(self) -> str:
        """'json' or 'xml'."""
        return _FORMATS[self.type]

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return f"{self.type}; charset=utf-8"


JSON = Media("application/fhir+json")


def declared_format(content_type: str | None) -> str | None:
    """The format that a Content-Type names, or None where the header is missing or empty.

    Raises FhirError (415) for another type, another charset than UTF-8 or another FHIR version than 4.0.
    """
    if not content_type or not content_type.strip():
        return None
    media_type, parameters = parse_options_header(content_type)
    if media_type.lower() not in _FORMATS:
        _unsupported(f"The Content-Type is not one of {', '.join(_FORMATS)}.", "media-type")
    if parameters.get("charset", "utf-8").lower() not in _CHARSETS:
        _unsupported("The charset is not utf-8; FHIR is always sent as UTF-8.", "charset")
    if parameters.get("fhirversion", "4.0") not in _FHIR_VERSIONS:
        _unsupported("This endpoint speaks FHIR R4 (fhirVersion=4.0) only.", "fhir-version")
    return _FORMATS[media_type.lower()]


def sniffed_format(body: bytes) -> str:
    """The format of a body that came without a Content-Type, by its first character."""
    return "xml" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "json"


def negotiate(accept: str | None, format_parameter: str | None, like: str = "json") -> Media | None:
    """The media type to answer in, or None where nothing that is accepted can be made.

    `_format` overrides Accept. Among equals the format of the request body (`like`) comes first, and
    application/json only if FHIR's own type was not asked for as well.
    """
    if format_parameter and format_parameter.strip():
        # A '+' that was not escaped arrives as a space.
        wanted = format_parameter.strip().lower().replace("fhir ", "fhir+")
        accept = _SHORT.get(wanted, wanted)
    ranges = list(_ranges(accept)) if accept and accept.strip() else [_Range("*/*", 1.0)]
    offers = sorted(_FORMATS, key=lambda t: _FORMATS[t] != like)
    best = max(offers, key=lambda t: _quality(t, ranges))
    return Media(best) if _quality(best, ranges) > 0 else None


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an Accept header."""

    type: str
    quality: float

    def fit(self, media_type: str) -> int:
        """How exactly the range names the type: 3 exactly, 2 type/*, 1 */*, 0 not at all."""
        if self.type == media_type:
            return 3
        if self.type == media_type.split("/")[0] + "/*":
            return 2
        return 1 if self.type == "*/*" else 0


def _quality(media_type: str, ranges: list[_Range]) -> float:
    """The quality of the most exact range that fits; 0 where none does."""
    exactness, quality = max(((r.fit(media_type), r.quality) for r in ranges), default=(0, 0.0))
    return quality if exactness else 0.0


def _ranges(accept: str) -> Iterator[_Range]:
    for part in parse_list_header(accept):
        media_type, parameters = parse_options_header(part)
        version = parameters.get("fhirversion", "4.0")
        charset = parameters.get("charset", "utf-8").lower()
        if media_type and version in _FHIR_VERSIONS and charset in _CHARSETS:
            yield _Range(media_type.lower(), _weight(parameters.get("q", "1")))


def _weight(text: str) -> float:
    """The q value; what is no number between 0 and 1 counts as if it was not there."""
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if 0 <= value <= 1 else 1.0


def _unsupported(text: str, key: str) -> NoReturn:
    raise FhirError([Issue("error", "not-supported", text, None, key)], 415)
