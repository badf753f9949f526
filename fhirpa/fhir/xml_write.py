"""Dicts to FHIR XML: elements in the order of the base tables, numbers with all their digits."""

from decimal import Decimal
from functools import cache
from typing import Any

from fhirpa.fhir import xhtml
from fhirpa.fhir.tables import Element, Kind, TypeTable, resource_types, type_table

NAMESPACE = "http://hl7.org/fhir"

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\r\n"))
_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())


def dump_xml(resource: dict[str, Any], pretty: bool = False) -> bytes:
    """The resource as UTF-8 XML with declaration.

    Raises ValueError for what XML or R4 cannot hold: a name that the base tables do not know, a narrative
    that is not well-formed, a control character. What structure.check accepts can be written.
    """
    parts = ['<?xml version="1.0" encoding="UTF-8"?>']
    if pretty:
        parts.append("\n")
    _write_resource(resource, f' xmlns="{NAMESPACE}"', "\n" if pretty else "", parts)
    body = "".join(parts).encode()
    if len(body.translate(None, _CONTROLS)) != len(body) or any(c in body for c in _NO_CHARACTERS):
        raise ValueError("the resource holds a character that XML cannot hold")
    return body


# `indent` is the line break and blanks before an element, or '' where the output is compact.


def _write_resource(resource: Any, attributes: str, indent: str, parts: list[str]) -> None:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if kind not in resource_types():
        raise ValueError("not an R4 resource")
    content = {name: item for name, item in resource.items() if name != "resourceType"}
    _write_node(kind, attributes, content, type_table(kind), indent, parts)


def _write_node(
    tag: str, attributes: str, value: dict[str, Any], table: TypeTable, indent: str, parts: list[str]
) -> None:
    start = len(parts)
    parts.append("")
    for name in _ordered(value, table):
        element = table.elements[name]
        if element.attribute:
            continue
        item, extra = value.get(name), value.get("_" + name)
        inner = indent + "  " if indent else ""
        if element.many:
            for one, one_extra in _pairs(item, extra):
                _write_element(element, one, one_extra, inner, parts)
        else:
            _write_element(element, item, extra, inner, parts)
    attributes += _attributes(value, table)
    before = indent if indent != "\n" else ""
    if len(parts) == start + 1:
        parts[start] = f"{before}<{tag}{attributes}/>"
    else:
        parts[start] = f"{before}<{tag}{attributes}>"
        parts.append(f"{indent}</{tag}>")


def _write_element(element: Element, item: Any, extra: Any, indent: str, parts: list[str]) -> None:
    name = element.name
    if element.is_primitive:
        value = "" if item is None else f' value="{_value_text(item)}"'
        if extra is None:
            parts.append(f"{indent}<{name}{value}/>")
        else:
            _write_node(name, value, extra, type_table("Element"), indent, parts)
    elif element.kind is Kind.XHTML:
        parts.append(indent + xhtml.embeddable(item))
    elif element.kind is Kind.RESOURCE:
        parts.append(f"{indent}<{name}>")
        _write_resource(item, "", indent + "  " if indent else "", parts)
        parts.append(f"{indent}</{name}>")
    elif isinstance(item, dict):
        _write_node(name, "", item, type_table(element.type), indent, parts)
    else:
        raise ValueError(f"{name} is not an object")


def _ordered(value: Any, table: TypeTable) -> list[str]:
    """The names of the elements in `value`, each once, in the order that XML wants."""
    if not isinstance(value, dict):
        raise ValueError(f"a value where {table.name} belongs")
    elements = table.elements
    names = dict.fromkeys(n if n in elements else n.removeprefix("_") for n in value)
    try:
        return sorted(names, key=lambda n: elements[n].position)
    except KeyError as error:
        raise ValueError(f"{table.name} has no element {error.args[0]}") from None


def _pairs(items: Any, extras: Any) -> list[tuple[Any, Any]]:
    """Values with what stands beside them; the shorter list is filled up."""
    if not (isinstance(items or [], list) and isinstance(extras or [], list)):
        raise ValueError("a single value where a list belongs")
    items, extras = items or [], extras or []
    length = max(len(items), len(extras))
    return [
        (items[i] if i < len(items) else None, extras[i] if i < len(extras) else None) for i in range(length)
    ]


def _attributes(value: dict[str, Any], table: TypeTable) -> str:
    return "".join(
        f' {name}="{_value_text(value[name])}"' for name in _attribute_names(table.name) if name in value
    )


@cache
def _attribute_names(type_name: str) -> tuple[str, ...]:
    return tuple(e.name for e in type_table(type_name).elements.values() if e.attribute)


def _value_text(value: Any) -> str:
    if type(value) is str:
        return value.translate(_ESCAPES)
    if type(value) is bool:
        return "true" if value else "false"
    if isinstance(value, int | Decimal | float):
        return str(value)
    raise ValueError("a value that is neither text, number nor boolean")
