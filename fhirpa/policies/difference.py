"""What differs between two sets of policies, in words that a medical director reads.

Policies are compared as their files write them, each criterion with all of its values, so that a change in
`criteria.yaml` or in a text shows at every policy that it reaches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fhirpa.policies.build_criteria import entries, merged
from fhirpa.policies.overrides import DayPolicies, criterion_id

Json = Mapping[str, Any]
_BLOCKS = {"first": "first block", "further": "further block"}
_WORDS = {
    "most_per_week": "visits a week, at most",
    "total": "visits of an episode",
    "repeat_within_days": "a second one within (days)",
    "renews_as": "renewed under",
}
_FLAGS = {"intensive": "an intensive programme", "unit_exception": "whatever the plan's units a day"}
_BESIDE = ("criteria", "education")  # shown at the policies that use them


@dataclass(frozen=True, slots=True)
class Side:
    """The rules of one day: the policies, and the files that stand once."""

    policies: DayPolicies
    single: Json
    plans: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that differs; None: it is not there on that side."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs at one policy (in one plan), or in one other file."""

    heading: str
    lines: tuple[Line, ...]


def compare(before: Side, after: Side, only: str | None = None) -> list[Difference]:
    """Every difference, policy by policy, then what holds in single plans, then the other files.

    `only`: the id of the one policy to look at.
    """
    found = [*_policies(before, after, None, only)]
    for plan in sorted(before.policies.by_plan.keys() | after.policies.by_plan.keys()):
        found += _policies(before, after, plan, only)
    if only is None:
        found += _others(before, after)
    return [x for x in found if x.lines]


def _policies(before: Side, after: Side, plan: str | None, only: str | None) -> Iterator[Difference]:
    sides = (before.policies, after.policies)
    old, new = (s.of(plan) for s in sides)
    keys = old.keys() | new.keys() if plan is None else {k for s in sides for k in s.by_plan.get(plan, {})}
    for key in sorted(keys if only is None else keys & {only}):
        one, other = old.get(key), new.get(key)
        facts = (_facts(one, before) if one else {}), (_facts(other, after) if other else {})
        where = f" in plan {plan}" if plan else ""
        shown = other or one or {}
        if one is None or other is None:
            sign = "new" if one is None else "no longer in force"
            yield Difference(f"{key}{where}: {shown['title']} ({sign})", _lines(*facts))
        else:
            numbers = [f"{x['version']} ({x['effective']})" for x in (one, other)]
            versions = " -> ".join(dict.fromkeys(numbers))
            yield Difference(f"{key}{where}: {shown['title']}, version {versions}", _lines(*facts))


def _others(before: Side, after: Side) -> Iterator[Difference]:
    for name in before.single:
        if name not in _BESIDE:
            facts = (dict(_flat(side.single[name])) for side in (before, after))
            yield Difference(f"{name}.yaml", _lines(*facts))
    yield Difference("plans", _lines(*(dict(_flat(dict(side.plans))) for side in (before, after))))


def _lines(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Line, ...]:
    """What differs; of a criterion that is new or gone as a whole only its question ('criterion C09')."""
    keys = dict.fromkeys((*before, *after))
    whole = {key for key in keys if (key in before) != (key in after)}
    pairs = (
        (key, before.get(key), after.get(key)) for key in keys if key.partition(",")[0] not in whole - {key}
    )
    return tuple(Line(key, old, new) for key, old, new in pairs if old != new)


def _facts(policy: Json, side: Side) -> dict[str, str]:
    """Everything that a policy says, by what it is about."""
    facts: dict[str, str] = {}
    for key, value in policy.items():
        if key in ("id", "version", "effective", "criteria", "education"):
            continue
        if key in _BLOCKS:
            for number, block in enumerate(value, start=1):
                facts[f"{_BLOCKS[key]} {number}"] = block_text(block)
        elif key == "impairment":
            facts["limits of function, any of"] = "; ".join(map(cut_text, value))
        else:
            facts[_WORDS.get(key, key)] = _text(value)
    for entry in entries(dict(policy), side.single["criteria"]):
        facts.update(_criterion(entry, side.single["criteria"]))
    if "education" in policy:
        for language, text in side.single["education"][policy["education"]].items():
            facts[f"education text, {language}"] = text
    return facts


def _criterion(entry: Any, criteria: Json) -> Iterator[tuple[str, str]]:
    key = criterion_id(entry)
    values = merged(entry, dict(criteria))
    yield f"criterion {key}", values["question"]
    for name, value in values.items():
        if name == "parameters":
            for inner, number in value.items():
                yield f"criterion {key}, {inner.replace('_', ' ')}", _text(number)
        elif name not in ("id", "question"):
            yield f"criterion {key}, {name.replace('_', ' ')}", " ".join(_text(value).split())


def block_text(block: Json) -> str:
    """'8 visits in 6 weeks, up to 4 units a visit (MCD)'."""
    conditions = [_text(block[k]) for k in ("lines_of_business", "diagnoses") if k in block]
    if "onset_within_days" in block:
        conditions.append(f"onset within {block['onset_within_days']} days")
    if "number" in block:
        conditions.append(f"block {block['number']}")
    conditions += [words for key, words in _FLAGS.items() if block.get(key)]
    rest = f" ({'; '.join(conditions)})" if conditions else ""
    visits, weeks, units = (_text(block[k]) for k in ("visits", "weeks", "units_per_visit"))
    return f"{visits} visits in {weeks} weeks, up to {units} units a visit{rest}"


def cut_text(cut: Json) -> str:
    """'ODI at least 20'; a measure alone counts with any score."""
    names = [k for k in cut if k != "measure"]
    told = ", ".join(f"{k.replace('_', ' ')} {_text(cut[k])}" for k in names)
    return f"{cut.get('measure', '')} {told or '(any score)'}".strip()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a file by their place; items that have an id, a code or a bucket go by it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and any(isinstance(x, dict) for x in value):
        for index, inner in enumerate(value):
            name = next((str(inner[k]) for k in ("id", "code", "bucket") if k in inner), str(index + 1))
            yield from _flat(inner, f"{path}.{name}".lstrip("."))
    else:
        yield path, _text(value)
