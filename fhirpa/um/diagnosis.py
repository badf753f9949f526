"""From diagnoses to the group and the policy that judge a course of therapy."""

from datetime import date

from fhirpa.um.days import add_days, months_old
from fhirpa.um.evidence import Surgery
from fhirpa.um.request import AuthorizationRequest, ServiceLine
from fhirpa.um.rules import DiagnosisGroup, Policy, PolicyRole, RuleSet, SurgeryNeed
from fhirpa.um.terms import Discipline


def diagnoses_of(lines: tuple[ServiceLine, ...], request: AuthorizationRequest) -> tuple[str, ...]:
    """The diagnoses that the lines point at, else all; a principal one comes first."""
    pointed = dict.fromkeys(code for x in lines for code in x.diagnoses)
    codes = tuple(pointed) or request.diagnoses or tuple(d.code for d in request.evidence.diagnoses)
    principal = {d.code for d in request.evidence.diagnoses if d.principal}
    return tuple(sorted(codes, key=lambda code: code not in principal))


def find_group(
    diagnoses: tuple[str, ...], surgeries: tuple[Surgery, ...], start: date, rules: RuleSet
) -> DiagnosisGroup | None:
    """The group that leads: care after a recent operation first, else that of the first diagnosis known.

    None where no diagnosis falls into a group.
    """
    for group in rules.groups:
        if group.surgery is not SurgeryNeed.NONE and any(
            _fits(group, code, surgeries) and _recent(group, surgeries, start) for code in diagnoses
        ):
            return group
    for code in diagnoses:
        for group in rules.groups:
            if group.surgery is not SurgeryNeed.REQUIRED and _fits(group, code, surgeries):
                return group
    return None


def _fits(group: DiagnosisGroup, code: str, surgeries: tuple[Surgery, ...]) -> bool:
    for pattern in group.patterns:
        if not pattern.matches_code(code):
            continue
        if not (pattern.surgery_words or pattern.surgery_codes):
            return True
        if any(_names(s, pattern.surgery_words, pattern.surgery_codes) for s in surgeries):
            return True
    return False


def _names(surgery: Surgery, words: tuple[str, ...], codes: frozenset[str]) -> bool:
    text = (surgery.text or "").lower()
    return surgery.code in codes or any(w in text for w in words)


def _recent(group: DiagnosisGroup, surgeries: tuple[Surgery, ...], start: date) -> bool:
    earliest = add_days(start, -group.surgery_within_days)
    return any(s.day is not None and earliest <= s.day <= start for s in surgeries)


def policy_of(group: DiagnosisGroup | None, discipline: Discipline, rules: RuleSet) -> Policy | None:
    """The policy of a group for a discipline, else the one for all others (a clinician reads)."""
    name = group.policy_by_discipline.get(discipline, group.policy) if group else None
    return rules.policies.get(name) if name else rules.policy_for_role(PolicyRole.OTHER)


def fits_age(policy: Policy, birth_date: date | None, on: date) -> bool:
    """True if the policy is written for the member's age; an unknown age fits."""
    if birth_date is None:
        return True
    months = months_old(birth_date, on)
    return (policy.age_from_months is None or months >= policy.age_from_months) and (
        policy.age_below_months is None or months < policy.age_below_months
    )
