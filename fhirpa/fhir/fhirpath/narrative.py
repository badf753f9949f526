"""What a narrative may hold and must hold: http://hl7.org/fhir/R4/narrative.html, rules txt-1 and txt-2."""

from typing import Any, Final

from fhirpa.fhir.xhtml import NAMESPACE, parse_div


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS: Final = _words(
    "a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em "
    "h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot "
    "th thead tr tt ul var"
)
_ATTRIBUTES: Final = _words(
    "title style class id lang dir accesskey tabindex "
    "{http://www.w3.org/XML/1998/namespace}lang {http://www.w3.org/XML/1998/namespace}space"
)
_IMAGE: Final = f"{{{NAMESPACE}}}img"
_TABLE_CELL: Final = _words("abbr axis headers scope rowspan colspan align valign char charoff width nowrap")
_ALIGNED: Final = _words("align char charoff valign width span height bgcolor")
_OWN_ATTRIBUTES: Final = {
    "a": _words("href name rel rev hreflang type shape coords charset"),
    "area": _words("shape coords href nohref alt"),
    "blockquote": frozenset({"cite"}),
    "col": _ALIGNED,
    "colgroup": _ALIGNED,
    "img": _words("src alt longdesc height width usemap ismap border align"),
    "li": frozenset({"value", "type"}),
    "map": frozenset({"name"}),
    "ol": frozenset({"start", "type"}),
    "q": frozenset({"cite"}),
    "table": _words("summary width border frame rules cellspacing cellpadding align bgcolor"),
    "tbody": _ALIGNED,
    "td": _TABLE_CELL | _ALIGNED,
    "tfoot": _ALIGNED,
    "th": _TABLE_CELL | _ALIGNED,
    "thead": _ALIGNED,
    "tr": _ALIGNED,
}


def is_basic_html(value: Any) -> bool:
    """True for one well-formed div of allowed elements and attributes: htmlChecks(), rule txt-1."""
    if type(value) is not str:
        return False
    try:
        div = parse_div(value)
    except ValueError:
        return False
    for element in div.iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        namespace, _, name = element.tag[1:].partition("}")
        if namespace != NAMESPACE or name not in _ELEMENTS:
            return False
        own = _OWN_ATTRIBUTES.get(name, frozenset())
        if any(attribute not in _ATTRIBUTES and attribute not in own for attribute in element.attrib):
            return False
    return True


def has_content(value: Any) -> bool:
    """True for a well-formed div that holds a text or an image: htmlChecks2(), rule txt-2."""
    if type(value) is not str:
        return False
    try:
        div = parse_div(value)
    except ValueError:
        return False
    return next(div.iter(_IMAGE), None) is not None or bool(str(div.xpath("string()")).strip())
