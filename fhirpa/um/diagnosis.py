"""From diagnoses to the group and the policy that judge a course of therapy."""

from collections.abc import Iterable
from datetime import date

from fhirpa.um.criterion import Operations
from fhirpa.um.days import add_days, months_old
from fhirpa.um.evidence import Surgery
from fhirpa.um.request import AuthorizationRequest, ServiceLine
from fhirpa.um.rules import DiagnosisGroup, Policy, PolicyRole, RuleSet
from fhirpa.um.terms import Discipline


def diagnoses_of(lines: tuple[ServiceLine, ...], request: AuthorizationRequest) -> tuple[str, ...]:
    """The diagnoses that the lines point at, else all; a principal one comes first."""
    pointed = dict.fromkeys(code for x in lines for code in x.diagnoses)
    codes = tuple(pointed) or request.diagnoses or tuple(d.code for d in request.evidence.diagnoses)
    principal = {d.code for d in request.evidence.diagnoses if d.principal}
    return tuple(sorted(codes, key=lambda code: code not in principal))


def all_diagnoses(request: AuthorizationRequest) -> frozenset[str]:
    """Every diagnosis of the request, also one that no line points at."""
    return frozenset((*request.diagnoses, *(d.code for d in request.evidence.diagnoses)))


def find_group(
    diagnoses: tuple[str, ...], surgeries: tuple[Surgery, ...], start: date, rules: RuleSet
) -> DiagnosisGroup | None:
    """The group that leads: care after a recent operation first, else that of the first diagnosis known.

    A sign (weakness, gait) gives way to the condition that explains it. None where no diagnosis falls into
    a group.
    """
    for group in rules.surgical_groups:
        if any(
            code.startswith(group.prefixes)
            and _fits(group, code, surgeries)
            and _recent(group, surgeries, start)
            for code in diagnoses
        ):
            return group
    found = groups_of(diagnoses, surgeries, rules)
    ids = {g.id for g in found}
    return next((g for g in found if not g.yields_to & ids), None)


def groups_of(
    diagnoses: Iterable[str], surgeries: tuple[Surgery, ...], rules: RuleSet
) -> list[DiagnosisGroup]:
    """The group of each diagnosis that has one without a recent operation, in their order."""
    found = (
        next(
            (g for g in rules.plain_groups if code.startswith(g.prefixes) and _fits(g, code, surgeries)), None
        )
        for code in diagnoses
    )
    return [g for g in found if g is not None]


def operations_of(group: DiagnosisGroup | None, surgeries: tuple[Surgery, ...]) -> tuple[Surgery, ...]:
    """The operations that the group is about; one of which only the date was told counts."""
    if group is None or group.operations is None:
        return surgeries
    kind = group.operations
    return tuple(s for s in surgeries if kind.include(s) or not (s.code or s.text))


def _fits(group: DiagnosisGroup, code: str, surgeries: tuple[Surgery, ...]) -> bool:
    """If the code, which begins with one of the group's prefixes, is the group's."""
    return any(
        pattern.matches_code(code)
        and (not pattern.needs_operation or any(map(_kind(group).include, surgeries)))
        for pattern in group.patterns
    )


def _kind(group: DiagnosisGroup) -> Operations:
    return group.operations or Operations()


def _recent(group: DiagnosisGroup, surgeries: tuple[Surgery, ...], start: date) -> bool:
    earliest = add_days(start, -group.surgery_within_days)
    own = operations_of(group, surgeries)
    return any(s.day is not None and earliest <= s.day <= start for s in own)


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
