"""All versions of the rules. Which of them decides follows from the day of receipt in the plan's time zone.

Receipt, not the day of the decision or of the service: a request that waits, or that is updated, is read
against the criteria that were published when it came (Tex. Ins. Code 1301.1352: changes are announced before
they take effect; 42 CFR 422.101(b)(6): internal criteria are public). A case keeps the version it had.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fhirpa.policies.build import build_rules
from fhirpa.policies.build_appeals import build_after
from fhirpa.policies.build_policy import PolicyBuilder
from fhirpa.policies.content import CLOCKS, OWN, SINGLE, Content
from fhirpa.policies.overrides import DayPolicies, Json
from fhirpa.um.rules import Policy, RuleSet, RuleSource

_HASH_LENGTH = 12


class Rulebook:
    """The rule sets by day. Each is built when a day of it is first asked for, and kept."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.changes: tuple[date, ...] = content.changes
        self._built: dict[date, RuleSet] = {}
        self.zone = ZoneInfo(content.single["programme"]["zone"])

    def at(self, instant: datetime) -> RuleSet:
        """The rules for what was received at this instant."""
        return self.on(instant.astimezone(self.zone).date())

    def on(self, day: date) -> RuleSet:
        """The rules for what is received on this day."""
        index = bisect_right(self.changes, day)
        since = self.changes[index - 1] if index else date.min
        if since not in self._built:
            self._built[since] = self._build(since)
        return self._built[since]

    def until(self, instant: datetime) -> tuple[RuleSet, ...]:
        """The rules in force at an instant and all before them, oldest first."""
        day = instant.astimezone(self.zone).date()
        return (*(self.on(x) for x in self.changes if x < day), self.on(day))

    def newest(self) -> RuleSet:
        """The rules of the last day on which something changes."""
        return self.on(self.changes[-1])

    def policies_on(self, day: date) -> DayPolicies:
        """The policies of a day as the files write them, with what each plan has otherwise."""
        return self.content.on(day)[0]

    def _build(self, since: date) -> RuleSet:
        content, policies = self.content, self.policies_on(since)
        source = self._source(since)
        single = {**content.single, "diagnosis_groups": _groups(content.single, policies)}
        plans = [plan for _, plan in content.plans]
        version = f"{source.digest[:_HASH_LENGTH]}@{since}"
        rules = build_rules(single, plans, list(policies.common.values()), version)
        own = _by_plan(policies, content, rules)
        after = build_after(single["appeals"], content.turnaround)
        return replace(rules, turnaround=content.turnaround, after=after, source=source, plan_policies=own)

    def _source(self, since: date) -> RuleSource:
        """The files that make the rules of a day, by path, and the digest over all."""
        kept = {f"{name}.yaml" for name in (*SINGLE, *CLOCKS)} | {
            x.file for x in self.content.in_force(since)
        }
        kept |= {name for name, _ in self.content.plans}
        return source_of({p: d for p, d in self.content.files.items() if p in kept or _is_own_single(p)})


class FixedRules:
    """One rule set for every day, where a Rulebook is expected: a trial, a test."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.zone = rules.programme.zone

    def at(self, instant: datetime) -> RuleSet:
        """The rules, whatever the instant."""
        return self._rules

    def until(self, instant: datetime) -> tuple[RuleSet, ...]:
        """The rules: there were none before them."""
        return (self._rules,)


def source_of(content: Mapping[str, bytes]) -> RuleSource:
    """Files by path, in the order of their paths, with the digest over all."""
    ordered = dict(sorted(content.items()))
    digest = hashlib.sha256()
    for path, data in ordered.items():
        digest.update(f"{path}\n{len(data)}\n".encode())
        digest.update(data)
    return RuleSource(digest.hexdigest(), ordered)


def _is_own_single(path: str) -> bool:
    return path.startswith(OWN) and path.removeprefix(OWN).removesuffix(".yaml") in SINGLE


def _by_plan(policies: DayPolicies, content: Content, rules: RuleSet) -> dict[str, dict[str, Policy]]:
    """The policies that a plan has otherwise, by plan."""
    if not policies.by_plan:
        return {}
    builder = PolicyBuilder(content.single["criteria"], rules.information)
    return {
        plan: {key: builder.policy(x) for key, x in changed.items()}
        for plan, changed in policies.by_plan.items()
    }


def _groups(single: Mapping[str, Any], policies: DayPolicies) -> list[Json]:
    """The diagnosis groups; one whose policy is not in force that day is read by a clinician."""
    known = policies.common
    out = []
    for group in single["diagnosis_groups"]:
        by_discipline = {d: p for d, p in group.get("policy_by_discipline", {}).items() if p in known}
        policy = group.get("policy") if group.get("policy") in known else None
        out.append({**group, "policy": policy, "policy_by_discipline": by_discipline})
    return out
