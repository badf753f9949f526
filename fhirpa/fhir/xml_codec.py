"""FHIR XML to the dicts that JSON gives, and back, driven by the base tables.

http://hl7.org/fhir/R4/xml.html. Read with lxml, written as text (xml_write). Nothing is guessed: what the
tables do not know, or know in another order, is refused with its place. Whether values have the form and the
number that R4 asks for is for structure.check to say, as with JSON.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn

from lxml import etree

from fhirpa.fhir import xhtml
from fhirpa.fhir.json_codec import MAX_DEPTH
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.fhir.xml_read import MAX_FAULTS, read
from fhirpa.fhir.xml_write import dump_xml

__all__ = ["KEYS", "MAX_FAULTS", "MAX_NODES", "dump_xml", "parse_xml"]

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-xml": "The body is not well-formed XML.",
        "xml-doctype": "The body has a DOCTYPE, which FHIR forbids.",
        "xml-too-long": "The body has more or longer parts than this server reads.",
        "xml-too-deep": "The body is nested deeper than this server reads.",
        "xml-root": "The root element is not an R4 resource.",
        "xml-namespace": "An element is in a namespace where it does not belong.",
        "xml-element-unknown": "FHIR R4 has no element of this name here.",
        "xml-attribute-unknown": "FHIR R4 has no such attribute here.",
        "xml-order": "An element stands after one that it must precede.",
        "xml-repeated": "An element that stands once is repeated.",
        "xml-text": "Text stands between elements, where FHIR has none.",
        "xml-value": "A boolean or number is not written as one.",
        "xml-empty": "An element has neither a value nor content.",
        "xml-resource": "An element that holds a resource does not hold exactly one of R4.",
        "xml-more-faults": "There are more faults than are listed.",
    }
)
MAX_NODES = 300_000  # elements and comments; a tree takes some hundred bytes for each

# Refused before libxml2 looks into it; in encodings that hide it, after.
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL).match
# What to say of the commonest faults, by libxml2's number for them.
_SYNTAX = {
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: " It does not begin with an element.",
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: " An end tag does not match its start tag.",
    etree.ErrorTypes.ERR_ATTRIBUTE_REDEFINED: " An attribute stands twice.",
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: " An entity that XML does not know: write the character.",
    etree.ErrorTypes.ERR_INVALID_ENCODING: " Its bytes are not in the encoding that it declares or implies.",
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING: " It declares an encoding that is not known: send UTF-8.",
    etree.ErrorTypes.ERR_INVALID_CHAR: " It holds a character that XML forbids.",
}


def parse_xml(body: bytes, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The resource in `body` (UTF-8 or a declared encoding), equal to what its JSON form gives.

    Raises FhirError (400) with an issue for each fault, at most MAX_FAULTS: not well-formed, DOCTYPE, unknown
    names and namespaces, stray text, wrong order, repetition, and nesting over `max_depth`.
    """
    if _DOCTYPE(body):
        _refuse("xml-doctype", "FHIR XML has no DOCTYPE: remove it.")
    if body.count(b"<") > 2 * MAX_NODES:
        _refuse("xml-too-long", f"The body has more than {MAX_NODES} elements.", "too-long")
    try:
        root = etree.fromstring(body, xhtml.safe_parser())
    except etree.XMLSyntaxError as error:
        _refuse_syntax(error)
    if root.getroottree().docinfo.internalDTD is not None:
        _refuse("xml-doctype", "FHIR XML has no DOCTYPE: remove it.")
    return read(root, max_depth, _narratives(body, root.getroottree().docinfo.encoding))


def _narratives(body: bytes, encoding: str | None) -> Iterator[str]:
    if encoding is not None and encoding.upper() not in ("UTF-8", "US-ASCII", "ASCII"):
        return iter(())  # read as UTF-8 it would be another document, and not a well-formed one
    try:
        return xhtml.spelt_divs(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return iter(())


def _refuse(key: str, text: str, code: str = "structure") -> NoReturn:
    raise FhirError([Issue("fatal", code, text, None, key)])


def _refuse_syntax(error: etree.XMLSyntaxError) -> NoReturn:
    """Say where and of what kind; libxml2's own words may quote the body, so they stay here."""
    line, column = error.position
    where = f"at line {line}, column {column}"
    kind = getattr(error, "code", None) or 0
    if kind == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        text = f"The body is nested too deeply or has too long a text, {where}."
        _refuse("xml-too-long", text, "too-long")
    reason = _SYNTAX.get(kind, "")
    _refuse("not-xml", f"The body is not well-formed XML {where}.{reason}")
