"""Reading a course against its criteria: what is settled, what is asked, what a clinician reads."""

from dataclasses import dataclass, replace

from fhirpa.um.course import Course, criteria_policies
from fhirpa.um.criterion import Criterion, Road
from fhirpa.um.determination import CriterionResult, InformationItem
from fhirpa.um.expression.facts import VOCABULARY
from fhirpa.um.expression.facts_base import Judged
from fhirpa.um.expression.values import Duration
from fhirpa.um.expression.vocabulary import Subject
from fhirpa.um.finding import Finding, finding_of
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus
from fhirpa.um.wording import note, number

_MEASURES_OF_POLICY = frozenset({"score_changes", "norm_scores"})
_AGE_LIMIT = "max_age"  # the parameter that says how old a fact may be


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
    subject = subject_of(course, rules)
    for criterion in applicable(course, rules, subject):
        finding = finding_of(criterion.met_when.of(subject))
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


def subject_of(course: Course, rules: RuleSet) -> Subject:
    """What the expressions of a course's criteria are read from; it keeps the facts that were read."""
    return Subject(Judged(course, rules), course.line_of_business.value, {})


def applicable(course: Course, rules: RuleSet, subject: Subject | None = None) -> tuple[Criterion, ...]:
    """The criteria that apply to the course's block and by what they say themselves."""
    found: dict[str, Criterion] = {}
    policies = criteria_policies(course, rules)
    criteria = [c for policy in policies for c in policy.criteria]
    if course.policy is not None and course.policy not in policies:  # a renewal under another policy
        criteria += [c for c in course.policy.criteria if c.on_renewal]
    of = subject or subject_of(course, rules)
    for criterion in criteria:
        if criterion.id not in found and _applies(criterion, course, of):
            found[criterion.id] = criterion
    return tuple(found.values())


def _applies(criterion: Criterion, course: Course, subject: Subject) -> bool:
    if course.block_number < criterion.from_block:
        return False
    return criterion.applies_when is None or criterion.applies_when.of(subject).known is not False


def look(criterion: Criterion, course: Course, rules: RuleSet) -> Finding:
    """What the data says to one criterion."""
    return finding_of(criterion.met_when.of(subject_of(course, rules)))


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
    if item is None:
        return None
    if names := _measures(criterion, course):
        return replace(item, text=note(rules, "measures-wanted", text=item.text, measures=", ".join(names)))
    limit = criterion.parameters.get(_AGE_LIMIT)
    if finding.status is CriterionStatus.NOT_MET and limit is not None:
        longest = limit.of(course.line_of_business.value)
        days = number(longest.in_days) if isinstance(longest, Duration) else longest
        found = ", ".join(finding.facts)
        return replace(item, text=note(rules, "out-of-time", text=item.text, found=found, days=days))
    missing = [fact for fact in finding.missing if fact in criterion.parts]
    if not missing:
        return item
    links = tuple(dict.fromkeys(x for fact in missing for x in criterion.parts[fact]))
    labels = ", ".join(VOCABULARY[fact].label for fact in missing)
    return replace(
        item, text=note(rules, "missing-parts", text=item.text, parts=labels), questionnaire_items=links
    )


def _measures(criterion: Criterion, course: Course) -> tuple[str, ...]:
    """The measures that would tell, for those who are asked."""
    if course.policy is None:
        return ()
    if "impairment.scores" in criterion.met_when.names:
        return tuple(c.measure for c in course.policy.impairment if c.measure)
    return course.policy.measures if criterion.met_when.names & _MEASURES_OF_POLICY else ()


def _joined(known: InformationItem | None, item: InformationItem) -> InformationItem:
    if known is None:
        return item
    links = tuple(dict.fromkeys((*known.questionnaire_items, *item.questionnaire_items)))
    return replace(known, questionnaire_items=links)
