"""A course of therapy: the lines of one discipline in a request, which share their visits."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhirpa.um.context import DecisionContext, PriorLine
from fhirpa.um.days import add_days, years_old
from fhirpa.um.diagnosis import (
    all_diagnoses,
    diagnoses_of,
    find_group,
    groups_of,
    operations_of,
    policy_of,
)
from fhirpa.um.eligibility import Eligibility, first_day
from fhirpa.um.evidence import Evidence
from fhirpa.um.providers import in_network
from fhirpa.um.request import AuthorizationRequest, Span
from fhirpa.um.rules import DiagnosisGroup, Plan, Policy, PolicyRole, RuleSet, SurgeryNeed
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import Discipline, LineOfBusiness, LineState, ReviewType, Setting


@dataclass(frozen=True, slots=True)
class Course:
    """Lines that are judged together, and what they are judged by.

    `block_number` is 0 for the first block of an episode, 1 for the first renewal. `earlier_visits` are
    those certified for the same condition and discipline within the episode.
    """

    lines: tuple[TherapyLine, ...]
    discipline: Discipline
    start: date
    diagnoses: tuple[str, ...]
    group: DiagnosisGroup | None
    policy: Policy | None
    habilitative: bool
    plan: Plan
    birth_date: date | None
    evidence: Evidence
    request: AuthorizationRequest
    received: date  # the day of receipt, in the zone of the programme
    block_number: int
    earlier_visits: Decimal
    previous_start: date | None = None  # first day of the authorization that a renewal follows
    running_until: date | None = None  # last day of an authorization that still runs on the first day
    member_groups: frozenset[str] = frozenset()  # ids of the groups of all diagnoses, also beside the course
    out_of_network: bool = False  # somebody renders a line whom the roster has outside, or not at all

    @property
    def line_of_business(self) -> LineOfBusiness:
        """The plan's line of business."""
        return self.plan.line_of_business

    @property
    def age(self) -> int | None:
        """Completed years on the first day of service."""
        return None if self.birth_date is None else years_old(self.birth_date, self.start)

    @property
    def is_home(self) -> bool:
        """True if a line takes place at home."""
        return any(x.setting is Setting.HOME for x in self.lines)

    @property
    def is_renewal(self) -> bool:
        """True if the course goes on from an earlier block."""
        return self.block_number > 0

    @property
    def began(self) -> date | None:
        """When what is treated began: the onset, or a later operation that the group is about."""
        days = [d.onset for d in self.evidence.diagnoses if d.code in self.diagnoses]
        days.append(self.evidence.onset)
        if self.group is not None and self.group.surgery is not SurgeryNeed.NONE:
            days += [s.day for s in operations_of(self.group, self.evidence.surgeries)]
        return max((d for d in days if d is not None and d <= self.start), default=None)

    @property
    def group_id(self) -> str | None:
        """Id of the diagnosis group."""
        return self.group.id if self.group else None


def make_courses(
    lines: tuple[TherapyLine, ...],
    request: AuthorizationRequest,
    context: DecisionContext,
    eligibility: Eligibility,
    rules: RuleSet,
) -> list[Course]:
    """The courses of a request: one per discipline, habilitative and rehabilitative lines apart.

    A line that says neither belongs to the others of its discipline, where these agree: they share visits.
    """
    told: dict[Discipline, set[bool]] = {}
    for line in lines:
        if line.habilitative is not None:
            told.setdefault(line.discipline, set()).add(line.habilitative)
    parts: dict[tuple[Discipline, bool | None], list[TherapyLine]] = {}
    for line in lines:
        others = told.get(line.discipline, set())
        flag = next(iter(others)) if len(others) == 1 else line.habilitative
        parts.setdefault((line.discipline, flag), []).append(line)
    return [
        _course(discipline, flag, tuple(part), request, context, eligibility, rules)
        for (discipline, flag), part in parts.items()
    ]


def _course(
    discipline: Discipline,
    habilitative: bool | None,
    lines: tuple[TherapyLine, ...],
    request: AuthorizationRequest,
    context: DecisionContext,
    eligibility: Eligibility,
    rules: RuleSet,
) -> Course:
    starts = [x.line.period.start for x in lines if x.line.period and x.line.period.start]
    start = min(starts, default=first_day(request, context, rules))
    diagnoses = diagnoses_of(tuple(x.line for x in lines), request)
    group = find_group(diagnoses, request.evidence.surgeries, start, rules)
    policy, maintenance = policy_of(group, discipline, rules), None
    if group is not None and _for_maintenance(lines, request):
        maintenance = rules.policy_for_role(PolicyRole.MAINTENANCE)
        policy = maintenance or policy
    earlier = _episode(discipline, group, _episode_start(group, request, start, rules), start, context)
    if maintenance is not None:
        earlier = [x for x in earlier if x.policy_id == maintenance.id]
    block = _block_number(lines, earlier, start, rules)
    if block and policy and policy.renews_as:
        policy = rules.policies.get(policy.renews_as, policy)
    return Course(
        lines=lines,
        discipline=discipline,
        start=start,
        diagnoses=diagnoses,
        group=group,
        policy=policy,
        habilitative=habilitative if habilitative is not None else bool(policy and policy.habilitative),
        plan=eligibility.plan,
        birth_date=eligibility.birth_date,
        evidence=request.evidence,
        request=request,
        received=context.received_at.astimezone(rules.programme.zone).date(),
        block_number=block,
        earlier_visits=_visits(earlier),
        previous_start=max((x.period.start for x in earlier if x.period.start), default=None),
        running_until=_running_until(discipline, Span(start, _last_asked(lines)), context),
        member_groups=frozenset(g.id for g in groups_of(all_diagnoses(request), (), rules)),
        out_of_network=not all(in_network(x.line, request, context) for x in lines),
    )


def _for_maintenance(lines: tuple[TherapyLine, ...], request: AuthorizationRequest) -> bool:
    """True if the request says so, or every treatment code does (the set-up of a maintenance programme)."""
    codes = [x.code for x in lines if not x.is_re_evaluation]
    by_code = bool(codes) and all(c is not None and c.maintenance for c in codes)
    return by_code or request.evidence.maintenance is True


def _episode_start(
    group: DiagnosisGroup | None, request: AuthorizationRequest, start: date, rules: RuleSet
) -> date:
    """The first day of the episode: that of the last operation, where the group is about one."""
    longest = add_days(start, -rules.programme.episode_days)
    if group is None or group.surgery is SurgeryNeed.NONE:
        return longest
    days = [s.day for s in operations_of(group, request.evidence.surgeries) if s.day and s.day <= start]
    return max([*days, longest])


def _episode(
    discipline: Discipline,
    group: DiagnosisGroup | None,
    since: date,
    start: date,
    context: DecisionContext,
) -> list[PriorLine]:
    """Certified lines for the same condition and discipline in the time that makes one episode."""
    span = Span(since, start)
    return [
        x
        for x in context.prior_lines
        if x.discipline is discipline
        and not x.is_evaluation
        and x.certified_visits is not None
        and x.state is not LineState.CANCELLED
        and group is not None
        and x.diagnosis_group == group.id
        and x.period.overlaps(span)
    ]


def _last_asked(lines: tuple[TherapyLine, ...]) -> date | None:
    ends = [x.line.period.end if x.line.period else None for x in lines]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _running_until(discipline: Discipline, asked: Span, context: DecisionContext) -> date | None:
    """The last day of what is certified in the time that is asked, for whatever condition.

    Whoever asks for a course beside it has been stopped before (`overlap`): what comes here goes on from it.
    """
    running = [
        x.period.end
        for x in context.prior_lines
        if x.discipline is discipline
        and not x.is_evaluation
        and x.certified_visits is not None
        and x.state is not LineState.CANCELLED
        and x.period.overlaps(asked)
    ]
    return max((end for end in running if end is not None), default=None)


def _visits(earlier: list[PriorLine]) -> Decimal:
    """Visits of earlier cases; the lines of one case share theirs."""
    by_case: dict[str, Decimal] = {}
    for line in earlier:
        visits = line.certified_visits or Decimal(0)
        by_case[line.case_number] = max(visits, by_case.get(line.case_number, Decimal(0)))
    return sum(by_case.values(), Decimal(0))


def _block_number(
    lines: tuple[TherapyLine, ...], earlier: list[PriorLine], start: date, rules: RuleSet
) -> int:
    cases = {x.case_number for x in earlier}
    if any(x.line.review_type is ReviewType.RENEWAL for x in lines):
        return max(1, len(cases))
    since = add_days(start, -rules.programme.continuation_days)
    goes_on = any(x.period.end is None or x.period.end >= since for x in earlier)
    return len(cases) if goes_on else 0


def criteria_policies(course: Course, rules: RuleSet) -> tuple[Policy, ...]:
    """The policies whose criteria a course is read against, each once."""
    policy = course.policy
    if policy is None:
        return ()
    found = [policy]
    if course.is_renewal and policy.renews_as is None:
        found = [rules.policy_for_role(PolicyRole.RENEWAL) or policy]
    home = rules.policy_for_role(PolicyRole.HOME)
    if course.is_home and home is not None:
        found.append(home)
    return tuple(found)
