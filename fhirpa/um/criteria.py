"""Reading a course against its criteria: what is settled, what is asked, what a clinician reads."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fhirpa.um import criteria_documents as documents
from fhirpa.um import criteria_function as function
from fhirpa.um.course import Course, criteria_policies
from fhirpa.um.criterion import Criterion, CriterionKind, Road
from fhirpa.um.determination import CriterionResult, InformationItem
from fhirpa.um.finding import Finding
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus
from fhirpa.um.wording import note

_PLAIN: dict[CriterionKind, Callable[[Criterion, Course], Finding]] = {
    CriterionKind.ORDER: documents.order,
    CriterionKind.ORDER_DATE: documents.order_date,
    CriterionKind.EVALUATION: documents.evaluation,
    CriterionKind.PLAN_OF_CARE: documents.plan_of_care,
    CriterionKind.SURGERY: documents.surgery,
    CriterionKind.NO_SURGERY: documents.no_surgery,
    CriterionKind.ONSET: documents.onset,
    CriterionKind.SCREENING: documents.screening,
    CriterionKind.HOME_PROGRAMME: documents.home_programme,
    CriterionKind.TRANSITION: documents.transition,
    CriterionKind.HOME_REASON: documents.home_reason,
    CriterionKind.DISTINCT_GOALS: documents.distinct_goals,
    CriterionKind.RED_FLAGS: function.red_flags,
    CriterionKind.ATTENDANCE: function.attendance,
    CriterionKind.FREQUENCY: function.frequency,
    CriterionKind.ACTIVE_SHARE: function.active_share,
    CriterionKind.PASSIVE_SHARE: function.passive_share,
    CriterionKind.NO_DIAGNOSIS: function.no_diagnosis,
    CriterionKind.NO_OPERATION: function.no_operation,
}
_WITH_MEASURES: dict[CriterionKind, Callable[[Criterion, Course, RuleSet], Finding]] = {
    CriterionKind.IMPAIRMENT: function.impairment,
    CriterionKind.PROGRESS: function.progress,
    CriterionKind.NORM_SCORE: function.norm_score,
}


@dataclass(frozen=True, slots=True)
class Review:
    """What the criteria came to. A course may be certified at once if it is `settled`."""

    results: tuple[CriterionResult, ...] = ()
    information: tuple[InformationItem, ...] = ()  # asked for; the course waits
    remarks: tuple[InformationItem, ...] = ()  # asked for; the course does not wait
    questions: tuple[str, ...] = ()  # for a clinician, neutral
    urgent: bool = False  # a clinician goes first, before anything is asked
    education: tuple[str, ...] = ()  # keys of texts to pass on

    @property
    def settled(self) -> bool:
        """True if nothing is asked and no clinician is needed."""
        return not self.information and not self.questions


def review(course: Course, rules: RuleSet) -> Review:
    """Apply every criterion of the course's policies, each id once."""
    results: list[CriterionResult] = []
    information: dict[str, InformationItem] = {}
    remarks: dict[str, InformationItem] = {}
    questions: list[str] = []
    education: list[str] = []
    urgent = False
    for criterion in applicable(course, rules):
        finding = look(criterion, course, rules)
        results.append(_result(criterion, finding))
        if finding.status is CriterionStatus.MET or _road(criterion, finding) is Road.NOBODY:
            continue
        on_file = finding.status is CriterionStatus.UNDETERMINED and _on_file(criterion, course)
        item = _item(criterion, finding, course, rules)
        if not criterion.holds:
            if item and not on_file:
                remarks.setdefault(item.key, item)
        elif on_file:
            questions.append(note(rules, "on-file", question=criterion.question))
        elif item and _road(criterion, finding) is Road.INFORMATION:
            information[item.key] = _joined(information.get(item.key), item)
        else:
            questions.append(_question(criterion, finding, rules))
            urgent = urgent or (criterion.urgent and finding.status is CriterionStatus.NOT_MET)
            education += [criterion.education] if criterion.education else []
    return Review(
        tuple(results),
        tuple(information.values()),
        tuple(item for key, item in remarks.items() if key not in information),
        tuple(questions),
        urgent,
        tuple(education),
    )


def _question(criterion: Criterion, finding: Finding, rules: RuleSet) -> str:
    """The neutral question, with the facts that it is about."""
    if finding.status is CriterionStatus.UNDETERMINED or not finding.facts:
        return note(rules, "question", question=criterion.question)
    return note(rules, "question-facts", question=criterion.question, facts="; ".join(finding.facts))


def applicable(course: Course, rules: RuleSet) -> tuple[Criterion, ...]:
    """The criteria that apply to the course's line of business, age and block."""
    found: dict[str, Criterion] = {}
    policies = criteria_policies(course, rules)
    criteria = [c for policy in policies for c in policy.criteria]
    if course.policy is not None and course.policy not in policies:  # a renewal under another policy
        criteria += [c for c in course.policy.criteria if c.on_renewal]
    for criterion in criteria:
        if _applies(criterion, course):
            found.setdefault(criterion.id, criterion)
    return tuple(found.values())


def _applies(criterion: Criterion, course: Course) -> bool:
    if criterion.lines_of_business and course.line_of_business not in criterion.lines_of_business:
        return False
    if criterion.age_below is not None and course.age is not None and course.age >= criterion.age_below:
        return False
    return course.block_number >= criterion.from_block


def look(criterion: Criterion, course: Course, rules: RuleSet) -> Finding:
    """What the data says to one criterion."""
    plain = _PLAIN.get(criterion.kind)
    if plain is not None:
        return plain(criterion, course)
    return _WITH_MEASURES[criterion.kind](criterion, course, rules)


def _result(criterion: Criterion, finding: Finding) -> CriterionResult:
    return CriterionResult(
        criterion.id,
        finding.status,
        criterion.question,
        criterion.citation,
        finding.facts,
        finding.sources,
    )


def _road(criterion: Criterion, finding: Finding) -> Road:
    if finding.status is CriterionStatus.NOT_MET:
        return criterion.when_not_met
    return criterion.when_undetermined


def _on_file(criterion: Criterion, course: Course) -> bool:
    """A document that may tell is on file: a person reads it, and nothing is asked twice."""
    return any(d.loinc in criterion.on_file for d in course.evidence.documents if d.loinc)


def _item(criterion: Criterion, finding: Finding, course: Course, rules: RuleSet) -> InformationItem | None:
    item = criterion.ask.get(course.discipline)
    if item is not None and criterion.kind in _WITH_MEASURES and (names := _measures(criterion, course)):
        return replace(item, text=note(rules, "measures-wanted", text=item.text, measures=", ".join(names)))
    if item is not None and finding.status is CriterionStatus.NOT_MET and criterion.days is not None:
        days, found = criterion.days.of(course.line_of_business), ", ".join(finding.facts)
        return replace(item, text=note(rules, "out-of-time", text=item.text, found=found, days=days))
    if item is None or not finding.missing:
        return item
    links = tuple(dict.fromkeys(x for part in finding.missing for x in criterion.parts[part]))
    text = note(rules, "missing-parts", text=item.text, parts=", ".join(finding.missing))
    return replace(item, text=text, questionnaire_items=links)


def _measures(criterion: Criterion, course: Course) -> tuple[str, ...]:
    """The measures that would tell, for those who are asked."""
    if course.policy is None:
        return ()
    if criterion.kind is CriterionKind.IMPAIRMENT:
        return tuple(c.measure for c in course.policy.impairment if c.measure)
    return course.policy.measures


def _joined(known: InformationItem | None, item: InformationItem) -> InformationItem:
    if known is None:
        return item
    links = tuple(dict.fromkeys((*known.questionnaire_items, *item.questionnaire_items)))
    return replace(known, questionnaire_items=links)
