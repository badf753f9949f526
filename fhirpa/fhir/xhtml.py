"""The narrative: a div of XHTML, as a text in JSON and as elements in XML.

http://hl7.org/fhir/R4/narrative.html. A text goes into XML as it is spelt, and what was spelt in XML is found
again in the source, so that nothing changes on the way. Where the source cannot be used (another encoding,
prefixes), elements become text in libxml2's spelling. Nesting is limited to 256 levels by the parser.
"""

import re
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

NAMESPACE = "http://www.w3.org/1999/xhtml"
DIV = f"{{{NAMESPACE}}}div"

_DIV_TAG = re.compile(
    r"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/?)div(?=[\s/>])(?:"[^"]*"|'[^']*'|[^>"'])*+>""", re.DOTALL
)


def safe_parser() -> etree.XMLParser:
    """A parser that reaches for nothing outside the document and loads no DTD."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse_div(text: str) -> etree._Element:
    """The div element in `text`. Raises ValueError if it is not exactly one, well-formed, in XHTML."""
    try:
        div = etree.fromstring(text, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("not well-formed XML") from error
    if div.tag != DIV or "<!DOCTYPE" in text:
        raise ValueError("not a div in the XHTML namespace")
    return div


def div_text(div: etree._Element) -> str:
    """The div as text that stands alone: with its namespace and without those of the document around it."""
    if div.nsmap != {None: NAMESPACE}:
        div = deepcopy(div)
        etree.cleanup_namespaces(div)
    return etree.tostring(div, encoding="unicode", with_tail=False)


def embeddable(text: str) -> str:
    """The div in `text`, to stand inside a document: unchanged where possible. Raises as parse_div."""
    div = parse_div(text)
    plain = text.startswith("<div") and text.endswith(("</div>", "/>"))
    return text if plain else div_text(div)


def spelt_divs(source: str) -> Iterator[str]:
    """The outermost div elements of a well-formed document as they are spelt, in order."""
    depth = start = 0
    for tag in _DIV_TAG.finditer(source):
        if tag[1] is None:
            continue
        if not depth:
            start = tag.start()
        if not tag[0].endswith("/>"):
            depth += -1 if tag[1] else 1
        if not depth:
            yield source[start : tag.end()]


def as_spelt(div: etree._Element, spelling: str | None) -> str:
    """The div as text: in `spelling` if that stands alone and says the same, else in libxml2's."""
    text = div_text(div)
    if spelling is None or spelling == text:
        return text
    try:
        return spelling if div_text(parse_div(spelling)) == text else text
    except ValueError:
        return text
