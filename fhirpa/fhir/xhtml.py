"""The narrative: a div of XHTML, as a text in JSON and as elements in XML.

http://hl7.org/fhir/R4/narrative.html. Both ways there is one spelling, so that a text that has it comes back
the same: no prefix for XHTML, attributes in double quotes, `<br/>` for what is empty, no character references
but those that XML needs.
"""

from lxml import etree

NAMESPACE = "http://www.w3.org/1999/xhtml"
MAX_DEPTH = 100
_XML = "http://www.w3.org/XML/1998/namespace"
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)


def safe_parser() -> etree.XMLParser:
    """A parser that reaches for nothing outside the document and expands no entities."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse_div(text: str) -> etree._Element:
    """The div element in `text`. Raises ValueError if it is not exactly one, well-formed, in XHTML."""
    try:
        div = etree.fromstring(text, safe_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("not well-formed XML") from error
    if div.tag != f"{{{NAMESPACE}}}div" or div.getroottree().docinfo.doctype:
        raise ValueError("not a div in the XHTML namespace")
    return div


def div_text(div: etree._Element) -> str:
    """The div as text in the one spelling. Raises ValueError beyond MAX_DEPTH and for an entity reference."""
    parts: list[str] = []
    _write(div, None, parts, 1)
    return "".join(parts)


def _write(node: etree._Element, outer: str | None, parts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(node, etree._Comment):
        parts.append(f"<!--{node.text}-->")
        return
    if isinstance(node, etree._ProcessingInstruction):
        return
    if not isinstance(node.tag, str):
        raise ValueError("an entity reference")
    name = etree.QName(node)
    parts.append("<" + name.localname)
    if name.namespace != outer:
        parts.append(f' xmlns="{(name.namespace or "").translate(_ATTRIBUTE)}"')
    _write_attributes(node, parts)
    if node.text or len(node):
        parts.append(">" + (node.text or "").translate(_TEXT))
        for child in node:
            _write(child, name.namespace, parts, depth + 1)
            parts.append((child.tail or "").translate(_TEXT))
        parts.append(f"</{name.localname}>")
    else:
        parts.append("/>")


def _write_attributes(node: etree._Element, parts: list[str]) -> None:
    for index, (key, value) in enumerate(node.attrib.items()):
        name = etree.QName(str(key))
        text = f'{name.localname}="{str(value).translate(_ATTRIBUTE)}"'
        if name.namespace == _XML:
            text = "xml:" + text
        elif name.namespace:
            text = f'xmlns:a{index}="{name.namespace.translate(_ATTRIBUTE)}" a{index}:{text}'
        parts.append(" " + text)
