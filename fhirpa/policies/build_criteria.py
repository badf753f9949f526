"""Criteria from YAML: their expressions are read and checked here, once."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from fhirpa.um.criterion import Criterion, Road
from fhirpa.um.determination import InformationItem
from fhirpa.um.expression.errors import ExpressionError, did_you_mean
from fhirpa.um.expression.evaluate import constant
from fhirpa.um.expression.facts import VOCABULARY, compile_criterion
from fhirpa.um.expression.nodes import Items, Quantity, Text
from fhirpa.um.expression.parser import parse_literal
from fhirpa.um.expression.tokens import KEYWORDS
from fhirpa.um.expression.types import literal_type
from fhirpa.um.expression.vocabulary import LITERAL, Kind, Parameter, Type
from fhirpa.um.rules import PolicyRole
from fhirpa.um.terms import Discipline

Json = dict[str, Any]


def entries(policy: Json, criteria: Json) -> list[str | Json]:
    """The criteria of a policy; those that stand in every policy join the ones it names for a diagnosis."""
    own: list[str | Json] = list(policy.get("criteria", ()))
    if policy["role"] != PolicyRole.DIAGNOSIS:
        return own
    named = {e if isinstance(e, str) else e["id"] for e in own}
    return own + [key for key, c in criteria.items() if c.get("in_every_policy") and key not in named]


def merged(entry: str | Json, criteria: Json) -> Json:
    """A criterion as a policy names it: the common one under the values that the policy gives."""
    own: Json = {"id": entry} if isinstance(entry, str) else entry
    common: Json = criteria.get(own["id"], {})
    parameters = {**common.get("parameters", {}), **own.get("parameters", {})}
    values: Json = {**common, **own}
    return {**values, "parameters": parameters} if parameters else values


def build_criterion(
    entry: str | Json, criteria: Json, information: Mapping[str, InformationItem]
) -> Criterion:
    """One criterion of a policy. Raises ExpressionError for what `criterion_faults` would have named."""
    values = merged(entry, criteria)
    written = values.get("parameters", {})
    parameters = {name: _parameter(x) for name, x in written.items()}
    applies = values.get("applies_when")
    return Criterion(
        id=values["id"],
        question=values["question"],
        citation=values["citation"],
        met_when=compile_criterion(values["met_when"], parameters),
        applies_when=compile_criterion(applies, parameters) if applies else None,
        parameters=parameters,
        ask=_ask(values.get("ask"), information),
        on_file=frozenset(values.get("on_file", ())),
        parts={fact: tuple(links) for fact, links in values.get("parts", {}).items()},
        when_not_met=Road(values.get("when_not_met", Road.CLINICAL)),
        when_undetermined=Road(values.get("when_undetermined", Road.INFORMATION)),
        holds=values.get("holds", True),
        urgent=values.get("urgent", False),
        from_block=values.get("from_block", 0),
        on_renewal=values.get("on_renewal", False),
        education=values.get("education"),
    )


def criterion_faults(entry: str | Json, criteria: Json) -> Iterator[str]:
    """Everything wrong with the expressions and parameters of a criterion, each as 'place: fault'."""
    values = merged(entry, criteria)
    for need in ("met_when", "question", "citation"):
        if need not in values:
            yield f"{need}: is missing, and criteria.yaml has no criterion '{values['id']}'"
    own = {} if isinstance(entry, str) else entry
    common = criteria.get(values["id"], {}).get("parameters", {})
    parameters: dict[str, Parameter] = {}
    broken = False
    for name, written in values.get("parameters", {}).items():
        faults = list(_parameter_faults(name, written, common.get(name)))
        broken = broken or bool(faults)
        yield from faults
        if not faults:
            parameters[name] = _parameter(written)
    for name in own.get("parameters", {}):
        if common and name not in common and "met_when" not in own:
            yield f"parameters.{name}: the criterion has no such parameter{did_you_mean(name, common)}"
    used: frozenset[str] = frozenset()
    for place in ("met_when", "applies_when"):
        if place in values and not broken:
            try:
                used |= compile_criterion(values[place], parameters).names
            except ExpressionError as error:
                yield f"{place}: {error}"
                broken = True
    if not broken:
        yield from _unused(values, parameters, used)


def _unused(values: Json, parameters: Mapping[str, Parameter], used: frozenset[str]) -> Iterator[str]:
    for name in sorted(parameters.keys() - used):
        yield f"parameters.{name}: no expression uses it"
    for fact in values.get("parts", {}):
        if fact not in used:
            yield f"parts.{fact}: no expression uses this fact"
        elif not VOCABULARY[fact].label:
            yield f"parts.{fact}: this fact has no label to be asked by"


def _parameter_faults(name: str, written: Any, common: Any) -> Iterator[str]:
    place = f"parameters.{name}"
    if name in VOCABULARY or name in KEYWORDS:
        yield f"{place}: the language has this word already; give the parameter another name"
        return
    try:
        kinds = {key: _type(x) for key, x in _each(written)}
    except ExpressionError as error:
        yield f"{place}: {error}"
        return
    expected = kinds["default"] if common is None else _type(_default(common))
    for key, kind in kinds.items():
        if not _alike(kind, expected):
            where = place if key == "default" else f"{place}.{key}"
            yield f"{where}: must be a {expected}, this is a {kind}"


def _alike(kind: Type, expected: Type) -> bool:
    both_lists = kind.kind is expected.kind is Kind.LIST
    return kind == expected or (both_lists and LITERAL in (kind.item, expected.item))


def _each(written: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(written, dict):
        yield from written.items()
    else:
        yield "default", written


def _default(written: Any) -> Any:
    return written["default"] if isinstance(written, dict) else written


def _parameter(written: Any) -> Parameter:
    node = _node(_default(written))
    by_line = {line: constant(_node(x)) for line, x in _each(written) if line != "default"}
    return Parameter(literal_type(node), constant(node), by_line)


def _type(written: Any) -> Type:
    return literal_type(_node(written))


def _node(written: Any) -> Any:
    """The value of a parameter as a part of an expression. Raises ExpressionError."""
    if isinstance(written, list):
        return Items(tuple(Text(x) if isinstance(x, str) else Quantity(Decimal(x)) for x in written))
    return parse_literal(written) if isinstance(written, str) else Quantity(Decimal(written))


def _ask(ask: Any, information: Mapping[str, InformationItem]) -> dict[Discipline, InformationItem]:
    if ask is None:
        return {}
    keys = ask if isinstance(ask, dict) else dict.fromkeys(Discipline, ask)
    return {Discipline(discipline): information[key] for discipline, key in keys.items()}
