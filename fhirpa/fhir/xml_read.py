"""A parsed FHIR XML document to the dict that JSON gives, by the base tables; every fault with its place."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from lxml import etree

from fhirpa.fhir import xhtml
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.fhir.place import Place, fhirpath
from fhirpa.fhir.primitives import FORMS
from fhirpa.fhir.tables import Element, Kind, TypeTable, resource_types, type_table
from fhirpa.fhir.xml_write import NAMESPACE

MAX_FAULTS = 50

_FHIR = f"{{{NAMESPACE}}}"
_MAX_ATTRIBUTES = 20  # lxml takes quadratic time to list them
_SCHEMA_LOCATION = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)").fullmatch
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").fullmatch
_NOTHING = TypeTable("", {}, {})
_BOOLEANS = {"true": True, "false": False}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}").fullmatch


def read(root: etree._Element, max_depth: int, narratives: Iterator[str]) -> dict[str, Any]:
    """The resource below `root`; `narratives` are its divs as spelt, in order, as far as they are known.

    Raises FhirError (400) with an issue for each fault, at most MAX_FAULTS.
    """
    reader = _Reader(max_depth, narratives)
    try:
        resource = reader.root(root)
    except _Full:
        text = f"Only the first {MAX_FAULTS} faults are listed; send again when they are mended."
        reader.issues.append(Issue("information", "incomplete", text, None, "xml-more-faults"))
    if reader.issues:
        raise FhirError(reader.issues)
    return resource


class _Full(Exception):
    pass


class _Reader:
    """One pass over a document."""

    def __init__(self, max_depth: int, narratives: Iterator[str]) -> None:
        self.max_depth = max_depth
        self.narratives = narratives
        self.issues: list[Issue] = []

    def fault(self, key: str, text: str, place: Place | None, node: etree._Element) -> None:
        """Keep one fault; stop the pass when there are enough."""
        if len(self.issues) == MAX_FAULTS:
            raise _Full
        code = "value" if key == "xml-value" else "structure"
        text = f"{text} (line {node.sourceline})"
        self.issues.append(Issue("error", code, text, fhirpath(place) if place else None, key))

    def root(self, node: etree._Element) -> dict[str, Any]:
        """The resource that the document is."""
        name = _resource_name(node)
        if name is None:
            text = f"The root element must be an R4 resource in the namespace {NAMESPACE}."
            self.fault("xml-root", text, None, node)
            return {}
        return self._resource(node, name, (None, name, None), 1)

    def _resource(self, node: etree._Element, name: str, place: Place, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {"resourceType": name}
        self._content(node, type_table(name), out, place, depth, _SCHEMA_LOCATION)
        return out

    def _content(
        self,
        node: etree._Element,
        table: TypeTable,
        out: dict[str, Any],
        place: Place,
        depth: int,
        known_attribute: str = "",
    ) -> None:
        """Read attributes and children of `node` into `out`."""
        if depth > self.max_depth:
            text = f"Elements are nested deeper than {self.max_depth} levels."
            self.fault("xml-too-deep", text, place, node)
            return
        if node.attrib:
            self._attributes(node, table, out, place, known_attribute)
        self._no_text(node.text, place, node)
        by_tag = _by_tag(table.name)
        last: Element | None = None
        in_order = True
        lists: set[str] = set()
        for child in node:
            self._no_text(child.tail, place, child)
            element = by_tag.get(child.tag)
            if element is None:
                self._unknown(child, table, place)
                continue
            if last is not None and element.position < last.position:
                if in_order and not (element.name in out and not element.many):  # that is a repetition
                    text = f"{element.name} must stand before {last.name}."
                    self.fault("xml-order", text, (place, element.label, None), child)
                in_order = False  # one misplaced element makes the rest look misplaced
            else:
                last = element
            self._element(child, element, out, place, depth, lists)
        for name in lists:
            _spread(name, out)

    def _element(
        self,
        node: etree._Element,
        element: Element,
        out: dict[str, Any],
        place: Place,
        depth: int,
        lists: set[str],
    ) -> None:
        """Read one child into `out`. `lists` gets the names under which pairs stand for now (see _spread)."""
        name = element.name
        primitive = element.is_primitive
        if element.many:
            items = out.setdefault(name, [])
            here: Place = (place, element.label, len(items))
            if primitive:
                lists.add(name)
                items.append(self._primitive(node, element, here, depth))
            else:
                items.append(self._value(node, element, here, depth))
            return
        here = (place, element.label, None)
        if name in out or "_" + name in out:
            self.fault("xml-repeated", f"{name} stands once here.", here, node)
        elif primitive:
            value, extra = self._primitive(node, element, here, depth)
            if value is not None:
                out[name] = value
            if extra:
                out["_" + name] = extra
        else:
            out[name] = self._value(node, element, here, depth)

    def _value(self, node: etree._Element, element: Element, place: Place, depth: int) -> Any:
        if element.kind is Kind.XHTML:
            return xhtml.as_spelt(node, next(self.narratives, None))
        if element.kind is Kind.RESOURCE:
            return self._held_resource(node, place, depth)
        out: dict[str, Any] = {}
        self._content(node, type_table(element.type), out, place, depth + 1)
        return out

    def _held_resource(self, node: etree._Element, place: Place, depth: int) -> dict[str, Any]:
        """The resource inside contained, entry.resource and their like."""
        faults = len(self.issues)
        self._attributes(node, _NOTHING, {}, place, "")
        self._no_text(node.text, place, node)
        children = [child for child in node if isinstance(child.tag, str)]
        for child in node:
            self._no_text(child.tail, place, child)
        name = _resource_name(children[0]) if len(children) == 1 else None
        if name is None:
            if len(self.issues) == faults:
                self.fault("xml-resource", "Exactly one R4 resource belongs in here.", place, node)
            return {}
        return self._resource(children[0], name, place, depth + 2)

    def _primitive(
        self, node: etree._Element, element: Element, place: Place, depth: int
    ) -> tuple[Any, dict[str, Any]]:
        """The value (None if there is none) and the id and extensions of a primitive."""
        text = node.attrib.get("value")
        extra: dict[str, Any] = {}
        faults = len(self.issues)
        if len(node) or len(node.attrib) != (text is not None) or node.text:
            self._content(node, type_table("Element"), extra, place, depth + 1, "value")
        value = None if text is None else _convert(element.kind, str(text))
        if text is not None and value is None:
            form = FORMS[element.type]
            self.fault("xml-value", f"{element.label} must be {form} (type {element.type}).", place, node)
        elif value is None and not extra and len(self.issues) == faults:
            text = f"{element.name} needs an attribute value or an extension."
            self.fault("xml-empty", text, place, node)
        return value, extra

    def _attributes(
        self, node: etree._Element, table: TypeTable, out: dict[str, Any], place: Place, known: str
    ) -> None:
        if len(node.attrib) > _MAX_ATTRIBUTES:
            text = f"An element has more than {_MAX_ATTRIBUTES} attributes; R4 has two at most."
            self.fault("xml-attribute-unknown", text, place, node)
            return
        for key, content in node.attrib.items():
            name = str(key)
            element = table.elements.get(name)
            if element is not None and element.attribute:
                out[name] = str(content)
            elif name != known:
                shown = f"attribute {name}" if _NAME(name) else "attribute of this name"
                hint = "; write it as an element" if element is not None else ""
                self.fault("xml-attribute-unknown", f"R4 has no {shown} here{hint}.", place, node)

    def _no_text(self, text: str | None, place: Place, node: etree._Element) -> None:
        if text and text.strip(" \t\r\n"):
            hint = "Text stands between elements; FHIR puts values in the attribute value."
            self.fault("xml-text", hint, place, node)

    def _unknown(self, node: etree._Element, table: TypeTable, place: Place) -> None:
        """A child that is none of the table's elements; comments and processing instructions are nothing."""
        if not isinstance(node.tag, str):
            return
        tag = etree.QName(node)
        name = tag.localname
        shown = name if _NAME(name) else "an element"
        here: Place = (place, name, None) if _NAME(name) else place
        wanted = table.elements.get(name)
        if wanted is not None and not wanted.attribute:
            space = xhtml.NAMESPACE if wanted.kind is Kind.XHTML else NAMESPACE
            self.fault("xml-namespace", f"{name} must be in the namespace {space}.", here, node)
        elif wanted is not None:
            self.fault("xml-element-unknown", f"Write {name} as an attribute.", here, node)
        elif tag.namespace != NAMESPACE:
            self.fault("xml-namespace", f"{shown} is not in the namespace {NAMESPACE}.", here, node)
        else:
            self.fault("xml-element-unknown", f"R4 has no element {shown} in {table.name}.", here, node)


@cache
def _by_tag(type_name: str) -> dict[Any, Element]:
    """The elements of a type by their tag as lxml writes it."""
    return {
        xhtml.DIV if e.kind is Kind.XHTML else _FHIR + e.name: e
        for e in type_table(type_name).elements.values()
        if not e.attribute
    }


def _resource_name(node: etree._Element) -> str | None:
    tag = str(node.tag)
    name = tag.removeprefix(_FHIR)
    return name if name != tag and name in resource_types() else None


def _spread(name: str, out: dict[str, Any]) -> None:
    """A list of pairs as the two lists that JSON has, each only if something stands in it."""
    pairs = out[name]
    values = [value for value, _ in pairs]
    extras = [extra or None for _, extra in pairs]
    if any(value is not None for value in values):
        out[name] = values
    else:
        del out[name]
    if any(extras):
        out["_" + name] = extras


def _convert(kind: Kind, text: str) -> Any:
    """The value that JSON would give for this text, None if it is not of the kind."""
    if kind is Kind.STRING:
        return text
    text = text.strip(" \t\r\n")
    if kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text)
    try:
        if _INTEGER(text):
            return int(text)
        return Decimal(text) if kind is Kind.DECIMAL and _DECIMAL(text) else None
    except (ValueError, ArithmeticError):  # more digits, or a greater exponent, than Python reads
        return None
