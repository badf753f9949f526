"""The few expressions that nearly all evaluations are about, by hand.

Each gives what its compiled expression gives, on any data: the tests compare them. `compiled` is the closure
to fall back to.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Run
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.functions_collections import descendants
from fhirpa.fhir.fhirpath.model import Node, add_children
from fhirpa.fhir.fhirpath.native_resources import OF_RESOURCES

Native = Callable[[Run], Run]

_CONTAINERS: Final = (dict, list)


def _ele_1(compiled: Run) -> Run:
    """A value, or a child other than the id."""

    def run(this: Node, env: Environment) -> bool:
        shape, value = this.shape, this.value
        if not shape.is_primitive:
            return type(value) is dict and shape.has_content(value)
        if value is not None and type(value) not in _CONTAINERS:
            return True
        return this.beside is not None and shape.has_content(this.beside)

    return run


def _ext_1(compiled: Run) -> Run:
    """Either extensions or a value."""

    def run(this: Node, env: Environment) -> Any:
        value, children = this.value, this.shape.children
        if type(value) is not dict or this.shape.is_primitive:
            return compiled(this, env)
        return children["extension"].any_filled(value) != children["value"].any_filled(value)

    return run


def _dom_6(compiled: Run) -> Run:
    """A narrative."""

    def run(this: Node, env: Environment) -> Any:
        value = this.value
        text = value.get("text") if type(value) is dict else None
        if type(text) is dict and type(text.get("div")) is str and "DomainResource" in this.shape.lineage:
            return True
        return compiled(this, env)

    return run


def _nothing_contained(compiled: Run) -> Run:
    """dom-2, dom-4, dom-5: kept where nothing is contained."""

    def run(this: Node, env: Environment) -> Any:
        value = this.value
        return True if type(value) is dict and "contained" not in value else compiled(this, env)

    return run


def _dom_3(compiled: Run) -> Run:
    """Every contained resource is referred to, or refers to its container."""

    def run(this: Node, env: Environment) -> bool:
        contained: list[Any] = []
        add_children(this, this.shape.children["contained"], contained)
        if not contained:
            return True
        if env.resource is None:
            raise EvaluationError("%resource is not known here")
        named = _references(descendants([env.resource]))
        unmatched = [node for node in contained if _is_unmatched(node, named)]
        return not unmatched

    return run


def _is_unmatched(node: Node, named: set[str]) -> bool:
    ids: list[Any] = []
    add_children(node, node.shape.children["id"], ids)
    if len(ids) > 1:
        raise EvaluationError("several items where one is expected")
    identifier = ids[0].value if ids else None
    if identifier is not None and type(identifier) is not str:
        raise EvaluationError("arithmetic with what is no number")
    if identifier is None or "#" + identifier in named:
        return False
    below = descendants([node])
    return not any(_is_text(n, "canonical", "#") for n in below) and not any(
        len(found) == 1 and found[0].value == "#" for found in map(_reference, below)
    )


def _is_text(node: Node, ancestor: str, text: str) -> bool:
    return ancestor in node.shape.lineage and node.value == text


def _reference(node: Node) -> list[Any]:
    found: list[Any] = []
    add_children(node, node.shape.children["reference"], found)
    return found


def _references(nodes: list[Any]) -> set[str]:
    """All URIs and all values of elements called reference."""
    found = [n.value for n in nodes if "uri" in n.shape.lineage]
    found += [n.value for node in nodes for n in _reference(node)]
    return {value for value in found if type(value) is str}


def _ref_1(compiled: Run) -> Run:
    """A reference to a contained resource finds it; any other passes, and none at all."""

    def run(this: Node, env: Environment) -> Any:
        value = this.value
        if this.shape.name == "Reference" and type(value) is dict:
            reference = value.get("reference")
            if type(reference) is str and not reference.startswith("#"):
                return True
            if reference is None and "_reference" not in value:
                return True
            if type(reference) is str and reference != "#" and env.contained is not None:
                return env.contained(reference[1:]) is not None
        return compiled(this, env)

    return run


NATIVE: Final[Mapping[str, Native]] = MappingProxyType(
    {
        "hasValue() or (children().count() > id.count())": _ele_1,
        "extension.exists() != value.exists()": _ext_1,
        "contained.contained.empty()": _nothing_contained,
        "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()": _nothing_contained,
        "contained.meta.security.empty()": _nothing_contained,
        "text.`div`.exists()": _dom_6,
        "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants()"
        ".as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or "
        "descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() "
        "or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()": _dom_3,
        "reference.exists() implies (reference.startsWith('#').not() or "
        "(reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids')) or "
        "(reference = '#' and %rootResource != %resource))": _ref_1,
        **OF_RESOURCES,
    }
)
