"""A payer's overrides: numbers of policies that differ for some plans, laid over the policies of a day.

`overrides/NAME.yaml` says from when, for which plans or lines of business (neither: all), why, and the
numbers. The narrower one counts: a plan before its line of business, that before all plans.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from fhirpa.policies.build_criteria import criterion_faults, entries, merged
from fhirpa.policies.dated import Dated
from fhirpa.policies.schema_check import schema_faults

Json = dict[str, Any]
Policies = Mapping[str, Json]
_BLOCKS = ("first", "further")
_EVERYWHERE, _LINE, _PLAN = range(3)


@dataclass(frozen=True, slots=True)
class Change:
    """One number that an override gives: the steps to it within the policy, its value, whence it comes."""

    policy: str
    steps: tuple[str, ...]
    value: Any
    file: str
    breadth: int  # how narrow the override is: every plan, a line of business, a plan

    @property
    def place(self) -> str:
        """Where it stands in the override file."""
        return ".".join(("policies", self.policy, *self.steps))


@dataclass(frozen=True, slots=True)
class DayPolicies:
    """The policies of one day: those of every plan, and of each plan those that differ from them."""

    common: Policies
    by_plan: Mapping[str, Policies]
    changes: Mapping[str | None, tuple[Change, ...]]  # what was laid over, by plan; None: for every plan

    def of(self, plan: str | None) -> Policies:
        """The policies as they hold in a plan; None: without what holds in one only."""
        return {**self.common, **self.by_plan.get(plan or "", {})}


def lay_over(
    policies: Policies, overrides: Iterable[Dated], plans: Iterable[Json], criteria: Json
) -> tuple[DayPolicies, list[str]]:
    """The policies of a day under the overrides in force, and every fault ('file: place: what is wrong')."""
    held = list(overrides)
    faults: list[str] = []
    everywhere = [c for o in held for c in _changes_of(o.file, o.content, None)]
    faults += _twice(everywhere)
    common, wrong = _changed(policies, everywhere, criteria)
    faults += wrong
    by_plan: dict[str, Policies] = {}
    shown: dict[str | None, tuple[Change, ...]] = {None: tuple(everywhere)}
    for plan in plans:
        own = [c for o in held for c in _changes_of(o.file, o.content, plan)]
        if not own:
            continue
        faults += _twice(own)
        changed, wrong = _changed(common, sorted(own, key=lambda c: c.breadth), criteria)
        faults += wrong
        by_plan[plan["code"]] = {k: v for k, v in changed.items() if v is not common[k]}
        shown[plan["code"]] = tuple(own)
    return DayPolicies(common, by_plan, shown), list(dict.fromkeys(faults))


def target_faults(
    overrides: Iterable[Dated], plans: Iterable[Json], policies: Iterable[str]
) -> Iterator[str]:
    """Plans and policies that an override names and no file defines."""
    codes, known = {p["code"] for p in plans}, set(policies)
    for override in overrides:
        for plan in override.content.get("plans", ()):
            if plan not in codes:
                yield f"{override.file}: plans.{plan}: there is no plan '{plan}'"
        for policy in override.content["policies"]:
            if policy not in known:
                yield f"{override.file}: policies.{policy}: there is no policy '{policy}'"
        if override.ends is not None and override.ends < override.effective:
            yield f"{override.file}: ends: {override.ends} is before {override.effective}"


def _changes_of(file: str, content: Mapping[str, Any], plan: Json | None) -> Iterator[Change]:
    """The numbers of an override for one plan, or (None) those that hold in every plan."""
    if "plans" in content:
        breadth, fits = _PLAN, plan is not None and plan["code"] in content["plans"]
    elif "lines_of_business" in content:
        breadth = _LINE
        fits = plan is not None and plan["line_of_business"] in content["lines_of_business"]
    else:
        breadth, fits = _EVERYWHERE, plan is None
    if fits:
        for policy, numbers in content["policies"].items():
            for steps, value in _numbers(numbers):
                yield Change(policy, steps, value, file, breadth)


def _numbers(numbers: Json) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in numbers.items():
        if key in _BLOCKS or key == "criteria":
            for inner, fields in value.items():
                yield from (((key, inner, name), x) for name, x in fields.items())
        else:
            yield (key,), value


def _twice(changes: Iterable[Change]) -> Iterator[str]:
    """Two overrides of the same breadth that give one number at the same time."""
    seen: dict[tuple[str, tuple[str, ...], int], Change] = {}
    for change in changes:
        other = seen.setdefault((change.policy, change.steps, change.breadth), change)
        if other is not change:
            yield f"{change.file}: {change.place}: {other.file} gives this number too, at the same time"


def _changed(policies: Policies, changes: Iterable[Change], criteria: Json) -> tuple[Policies, list[str]]:
    """The policies with the changes; a policy without one stays the same object."""
    out = dict(policies)
    faults: list[str] = []
    for change in changes:
        before = out.get(change.policy)
        if before is None:
            continue  # not in force on this day
        after = deepcopy(before)
        lack = _put(after, change, criteria)
        if lack is None:
            wrong = [f.partition(": ")[2] for f in schema_faults("", after, "policy")]
            lack = wrong[0].rpartition(": ")[2] if wrong else None
        if lack is None:
            out[change.policy] = after
        else:
            faults.append(f"{change.file}: {change.place}: {lack}")
    return out, faults


def _put(policy: Json, change: Change, criteria: Json) -> str | None:
    """Put a number into a policy; a text says what the policy lacks for it."""
    first, *rest = change.steps
    if first == "criteria":
        return _put_parameter(policy, *rest, value=change.value, criteria=criteria)
    if first not in _BLOCKS:
        if first not in policy:
            return f"{policy['id']} names no '{first}'"
        policy[first] = change.value
        return None
    number, name = rest
    blocks = policy.get(first, [])
    if int(number) > len(blocks):
        return f"{policy['id']} has {len(blocks)} blocks of this kind"
    if name not in blocks[int(number) - 1]:
        return f"block {number} of {policy['id']} names no '{name}'"
    blocks[int(number) - 1][name] = change.value
    return None


def _put_parameter(policy: Json, criterion: str, name: str, *, value: Any, criteria: Json) -> str | None:
    found = entries(policy, criteria)
    index = next((i for i, e in enumerate(found) if criterion_id(e) == criterion), None)
    if index is None:
        return f"{policy['id']} has no criterion '{criterion}'"
    known = merged(found[index], criteria).get("parameters", {})
    if name not in known:
        return f"{criterion} has no parameter '{name}' ({', '.join(known) or 'it has none'})"
    entry = found[index]
    own: Json = {"id": entry} if isinstance(entry, str) else entry
    parameters = {**own.get("parameters", {}), name: _laid(known[name], value)}
    changed = {**own, "parameters": parameters}
    policy["criteria"] = [*found[:index], changed, *found[index + 1 :]]
    fault = next(criterion_faults(changed, criteria), None)
    return None if fault is None else fault.partition(": ")[2]


def _laid(known: Any, value: Any) -> Any:
    """A value for all lines of business replaces those by line; one for some lines joins them."""
    if not isinstance(value, dict):
        return value
    return {**(known if isinstance(known, dict) else {"default": known}), **value}


def criterion_id(entry: str | Json) -> str:
    """The id of a criterion as a policy names it."""
    return entry if isinstance(entry, str) else str(entry["id"])
