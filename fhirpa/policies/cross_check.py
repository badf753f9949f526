"""Checks between the files: whatever a rule names must be defined somewhere."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fhirpa.policies.build_criteria import criterion_faults
from fhirpa.policies.build_gold_card import gold_card_faults
from fhirpa.policies.build_questionnaire import links_of
from fhirpa.policies.check_texts import key_faults, placeholder_faults, voice_faults
from fhirpa.um import text_keys
from fhirpa.um.rules import PolicyRole

Named = tuple[str, Any]


def cross_check(single: dict[str, Any], plans: list[Named], policies: list[Named]) -> list[str]:
    """Every name that leads nowhere, and every text that cannot be used, as 'file: place: what is wrong'."""
    return [
        *_twice("plans", "code", plans),
        *_criteria(single),
        *_groups(single, policies),
        *_attention(single, policies),
        *_plans(single, plans),
        *_policies(single, policies),
        *_dates((*plans, *policies)),
        *_texts(single),
        *_values(single, {content["id"] for _, content in policies}),
        *_questions(single),
        *gold_card_faults(single["gold_card"], single["services"]["codes"]),
    ]


def _twice(folder: str, key: str, contents: Iterable[Named]) -> Iterator[str]:
    seen: set[str] = set()
    for name, content in contents:
        if content[key] in seen:
            yield f"{name}: {key}: '{content[key]}' stands in two files of {folder}/"
        seen.add(content[key])


def _asked(ask: Any) -> list[str]:
    return list(ask.values()) if isinstance(ask, dict) else [ask] if ask else []


def _criteria(single: dict[str, Any]) -> Iterator[str]:
    for criterion, content in single["criteria"].items():
        for key in _asked(content.get("ask")):
            if key not in single["information"]:
                yield f"criteria.yaml: {criterion}.ask: information.yaml has no item '{key}'"
        yield from _education(f"criteria.yaml: {criterion}", content, single)
        for fault in criterion_faults(criterion, single["criteria"]):
            yield f"criteria.yaml: {criterion}.{fault}"


def _questions(single: dict[str, Any]) -> Iterator[str]:
    links = list(links_of(single["questionnaire"]["questions"]))
    for link in sorted({x for x in links if links.count(x) > 1}):
        yield f"questionnaire.yaml: the question '{link}' stands there twice"
    for key, item in single["information"].items():
        for link in (*item.get("questionnaire", ()), *item.get("also", ())):
            if link not in links:
                yield f"information.yaml: {key}: questionnaire.yaml has no question '{link}'"
    for key, criterion in single["criteria"].items():
        for link in (x for part in criterion.get("parts", {}).values() for x in part):
            if link not in links:
                yield f"criteria.yaml: {key}.parts: questionnaire.yaml has no question '{link}'"


def _groups(single: dict[str, Any], policies: list[Named]) -> Iterator[str]:
    known = {content["id"] for _, content in policies}
    seen: set[str] = set()
    for group in single["diagnosis_groups"]:
        if group["id"] in seen:
            yield f"diagnosis_groups.yaml: group '{group['id']}' stands there twice"
        seen.add(group["id"])
        named = [group.get("policy"), *group.get("policy_by_discipline", {}).values()]
        for policy in named:
            if policy is not None and policy not in known:
                yield f"diagnosis_groups.yaml: {group['id']}: there is no policy '{policy}'"
    for group in single["diagnosis_groups"]:
        for other in group.get("yields_to", ()):
            if other not in seen:
                yield f"diagnosis_groups.yaml: {group['id']}: yields_to: there is no group '{other}'"


def _attention(single: dict[str, Any], policies: list[Named]) -> Iterator[str]:
    known = {content["id"] for _, content in policies}
    for name, word in single["attention"]["words"].items():
        for policy in word.get("policies", ()):
            if policy not in known:
                yield f"attention.yaml: words.{name}: there is no policy '{policy}'"


def _plans(single: dict[str, Any], plans: list[Named]) -> Iterator[str]:
    groups = {g["id"] for g in single["diagnosis_groups"]}
    for name, plan in plans:
        if not _is_yearly_day(plan["year_starts"]):
            yield f"{name}: year_starts: '{plan['year_starts']}' is not a day of every year (MM-DD)"
        for place, codes in (
            ("no_authorization", plan["no_authorization"]),
            ("free_visits.never_codes", plan.get("free_visits", {}).get("never_codes", ())),
        ):
            for code in codes:
                if code not in single["services"]["codes"]:
                    yield f"{name}: {place}: services.yaml has no code '{code}'"
        for limit in plan["limits"]:
            if plan["line_of_business"] == "QHP" and "habilitative" not in limit:
                yield (
                    f"{name}: limits.{limit['bucket']}: a marketplace plan counts habilitative and "
                    "rehabilitative visits apart (45 CFR 156.115(a)(5)); say which by 'habilitative'"
                )
            young = limit.get("exempt_young", {}).get("groups", ())
            for group in (*limit.get("exempt_groups", ()), *limit.get("exempt_members", ()), *young):
                if group not in groups:
                    yield f"{name}: limits.{limit['bucket']}: there is no diagnosis group '{group}'"


def _is_yearly_day(text: str) -> bool:
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        return False
    return True


def _policies(single: dict[str, Any], policies: list[Named]) -> Iterator[str]:
    known = {content["id"] for _, content in policies}
    for name, policy in policies:
        for entry in policy.get("criteria", ()):
            overrides = {} if isinstance(entry, str) else entry
            criterion = entry if isinstance(entry, str) else entry["id"]
            if not isinstance(entry, str) or criterion not in single["criteria"]:
                for fault in criterion_faults(entry, single["criteria"]):
                    yield f"{name}: criteria.{criterion}.{fault}"
            for key in _asked(overrides.get("ask")):
                if key not in single["information"]:
                    yield f"{name}: criteria.{criterion}.ask: information.yaml has no item '{key}'"
        cuts = [c["measure"] for c in policy.get("impairment", ()) if "measure" in c]
        for measure in (*cuts, *policy.get("measures", ())):
            if measure not in single["measures"]:
                part = "impairment" if measure in cuts else "measures"
                yield f"{name}: {part}.{measure}: measures.yaml has no measure '{measure}'"
        if policy.get("renews_as", policy["id"]) not in known:
            yield f"{name}: renews_as: there is no policy '{policy['renews_as']}'"
        yield from _education(name, policy, single)


def _education(where: str, content: Any, single: dict[str, Any]) -> Iterator[str]:
    key = content.get("education")
    if key is not None and key not in single["education"]:
        yield f"{where}: education: education.yaml has no text '{key}'"


def _texts(single: dict[str, Any]) -> Iterator[str]:
    yield from voice_faults(single)
    reasons = {key: content["text"] for key, content in single["reasons"].items()}
    used_by_codes = {s["review"] for s in single["services"]["codes"].values() if "review" in s}
    yield from key_faults("reasons.yaml", reasons.keys() - used_by_codes, text_keys.REASONS)
    for key in reasons.keys() & text_keys.REASONS.keys():
        yield from placeholder_faults(f"reasons.yaml: {key}", reasons[key], text_keys.REASONS[key])
    for code, service in single["services"]["codes"].items():
        if service.get("review", "clinical-review") not in single["reasons"]:
            yield f"services.yaml: {code}.review: reasons.yaml has no reason '{service['review']}'"
    yield from key_faults("errors.yaml", single["errors"], text_keys.ERRORS)
    for key, error in single["errors"].items():
        allowed = text_keys.ERROR_VALUES.get(key, frozenset())
        yield from placeholder_faults(f"errors.yaml: {key}", error["text"], allowed)
    for key in sorted(text_keys.INFORMATION - single["information"].keys()):
        yield f"information.yaml: the item '{key}' is missing"


def _values(single: dict[str, Any], policies: set[str]) -> Iterator[str]:
    zone = single["programme"]["zone"]
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        yield f"programme.yaml: zone: '{zone}' is not a time zone"
    for key, measure in single["measures"].items():
        lowest, highest = measure["range"]
        if lowest >= highest:
            yield f"measures.yaml: {key}: range: {lowest} is not below {highest}"
        youngest, oldest = measure.get("normed_months", (0, 1))
        if youngest >= oldest:
            yield f"measures.yaml: {key}: normed_months: {youngest} is not below {oldest}"
        for policy in sorted(measure.get("change_in", {}).keys() - policies):
            yield f"measures.yaml: {key}: change_in: there is no policy '{policy}'"


def _dates(contents: Iterable[Named]) -> Iterator[str]:
    for name, content in contents:
        dated = [(key, content) for key in ("effective", "ends")]
        dated += [(key, limit) for limit in content.get("limits", ()) for key in ("from", "until")]
        for key, holder in dated:
            try:
                date.fromisoformat(holder.get(key, "2000-01-01"))
            except ValueError:
                yield f"{name}: {key}: '{holder[key]}' is not a date"


def role_faults(policies: list[Any], day: date) -> Iterator[str]:
    """Faults of the policies in force on one day: a role that none has, a renewal that leads nowhere."""
    roles = [content["role"] for content in policies]
    for role in sorted(set(PolicyRole) - {PolicyRole.DIAGNOSIS}):
        if roles.count(role) != 1:
            yield (
                f"policies/: one policy must have the role '{role}', from {day} {roles.count(role)} have it"
            )
    known = {content["id"] for content in policies}
    for content in policies:
        if content.get("renews_as", content["id"]) not in known:
            yield (
                f"policies/: {content['id']}: renews_as: '{content['renews_as']}' is not in force from {day}"
            )
