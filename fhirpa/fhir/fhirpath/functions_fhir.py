"""FHIR's own functions and those of time: http://hl7.org/fhir/R4/fhirpath.html#functions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.code import Code, items_code, truth_code, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.functions_text import text_of
from fhirpa.fhir.fhirpath.model import Node, add_children, unwrap
from fhirpa.fhir.fhirpath.narrative import has_content, is_basic_html

_CONTAINERS: Final = (dict, list)
_BASE_PROFILE: Final = "http://hl7.org/fhir/StructureDefinition/"


def _has_value(source: Code) -> Code:
    items_of, raw = source.items(), source.raw

    def run(this: Any, env: Environment) -> bool:
        if raw is not None and raw(this, env) is not None:
            return True
        items = items_of(this, env)
        return len(items) == 1 and has_value(items[0])

    return truth_code(run)


def has_value(item: Any) -> bool:
    """True for a system value and for a primitive element with a value."""
    if type(item) is not Node:
        return True
    return item.shape.is_primitive and item.value is not None and type(item.value) not in _CONTAINERS


def _get_value(source: Code) -> Code:
    items_of = source.items()

    def run(this: Any, env: Environment) -> Any:
        items = items_of(this, env)
        return unwrap(items[0]) if len(items) == 1 and has_value(items[0]) else None

    return value_code(run)


def _extension(source: Code, url: Code) -> Code:
    items_of, url_of = source.items(), text_of(url)

    def run(this: Any, env: Environment) -> list[Any]:
        wanted = url_of(this, env)
        if wanted is None:
            return []
        found: list[Any] = []
        for item in items_of(this, env):
            if type(item) is Node:
                add_children(item, item.shape.children["extension"], found)
        return [item for item in found if type(item.value) is dict and item.value.get("url") == wanted]

    return items_code(run)


def _resolve(source: Code) -> Code:
    items_of = source.items()

    def run(this: Any, env: Environment) -> list[Any]:
        found = []
        for item in items_of(this, env):
            target = _target(item, env)
            if target is not None:
                found.append(target)
        return found

    return items_code(run)


def _target(item: Any, env: Environment) -> Node | None:
    value = item.value if type(item) is Node else item
    reference = value.get("reference") if type(value) is dict else value
    if type(reference) is not str:
        return None
    if reference.startswith("#"):
        if env.contained is not None and reference != "#":
            return env.contained(reference[1:])
        return _contained(reference[1:], env.root_resource)
    return env.resolve(reference) if env.resolve is not None else None


def _contained(identifier: str, root: Node | None) -> Node | None:
    """The resource that # and its id mean inside `root`; a bare # means `root`."""
    if root is None or not identifier:
        return root
    contained: list[Any] = []
    add_children(root, root.shape.children["contained"], contained)
    for node in contained:
        if type(node.value) is dict and node.value.get("id") == identifier:
            return node if isinstance(node, Node) else None
    return None


def _asking(ask: Callable[[Environment, Node, str], bool | None], name: str) -> Callable[[Code, Code], Code]:
    """A function that the environment answers about the one item and the URL that is its argument."""

    def build(source: Code, url: Code) -> Code:
        items_of, url_of = source.items(), text_of(url)

        def run(this: Any, env: Environment) -> bool | None:
            items, wanted = items_of(this, env), url_of(this, env)
            if not items or wanted is None:
                return None
            if len(items) > 1:
                raise EvaluationError(f"{name}() of several items")
            item = items[0]
            return ask(env, item if type(item) is Node else Node.of(item, "string"), wanted)

        return truth_code(run)

    return build


def _member_of(env: Environment, node: Node, url: str) -> bool | None:
    return None if env.member_of is None else env.member_of(node, url)


def _conforms_to(env: Environment, node: Node, url: str) -> bool | None:
    if url.startswith(_BASE_PROFILE) and url.removeprefix(_BASE_PROFILE) in node.shape.lineage:
        return True
    return None if env.conforms_to is None else env.conforms_to(node, url)


def _of_narrative(is_right: Callable[[Any], bool]) -> Callable[[Code], Code]:
    """A function that holds where every item is a text that is right."""

    def build(source: Code) -> Code:
        items_of = source.items()

        def run(this: Any, env: Environment) -> bool | None:
            items = items_of(this, env)
            if not items:
                return None
            return all(type(item) is Node and is_right(item.value) for item in items)

        return truth_code(run)

    return build


def _time_function(part: Callable[[datetime], str]) -> Callable[[Code], Code]:
    def build(source: Code) -> Code:
        def run(this: Any, env: Environment) -> Any:
            if env.now is None:
                raise EvaluationError("the time is not known here")
            return temporal.parse(part(env.now))

        return value_code(run)

    return build


FHIR_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "hasValue": Function(0, 0, _has_value),
        "getValue": Function(0, 0, _get_value),
        "extension": Function(1, 1, _extension),
        "resolve": Function(0, 0, _resolve),
        "memberOf": Function(1, 1, _asking(_member_of, "memberOf")),
        "conformsTo": Function(1, 1, _asking(_conforms_to, "conformsTo")),
        "htmlChecks": Function(0, 0, _of_narrative(is_basic_html)),
        "htmlChecks2": Function(0, 0, _of_narrative(has_content)),
        "now": Function(0, 0, _time_function(lambda now: now.isoformat(timespec="milliseconds"))),
        "today": Function(0, 0, _time_function(lambda now: now.date().isoformat())),
        "timeOfDay": Function(0, 0, _time_function(lambda now: "T" + now.time().isoformat("milliseconds"))),
    }
)
