"""Criteria on function: impairment, progress, norm-referenced scores, what treatment consists of."""

from datetime import date
from decimal import Decimal

from fhirpa.um.amounts import line_visits, planned_weeks, weekly_visits
from fhirpa.um.course import Course
from fhirpa.um.criterion import Criterion, ImpairmentCut
from fhirpa.um.days import add_days, months_old
from fhirpa.um.development import agree, deviations
from fhirpa.um.diagnosis import all_diagnoses
from fhirpa.um.evidence import MeasureScore
from fhirpa.um.finding import Finding, in_window, met, open_question, unknown, was_in_window
from fhirpa.um.rules import Measure, RuleSet


def usable_scores(course: Course, rules: RuleSet) -> list[MeasureScore]:
    """Scores of known measures within their range, oldest first; those without a date come last."""
    usable = [x for x in course.evidence.measures if _in_range(x, rules.measures.get(x.measure))]
    return sorted(usable, key=lambda x: (x.day is None, x.day or course.start))


def _in_range(score: MeasureScore, measure: Measure | None) -> bool:
    return measure is not None and measure.lowest <= score.score <= measure.highest


def impairment(criterion: Criterion, course: Course, rules: RuleSet) -> Finding:
    """One score beyond its cut (or a diagnosis that shows the limitation)."""
    cuts = course.policy.impairment if course.policy else ()
    if any(_diagnoses(course, c.diagnoses) for c in cuts):
        return met("a diagnosis that shows the limitation")
    scores = usable_scores(course, rules)
    recent = [x for x in scores if x.day is not None and was_in_window(x.day, criterion, course)]
    latest = {(x.measure, x.side): x for x in recent}
    by_value = [c for c in cuts if c.measure and not c.compares_sides]
    compared = [(x, _beyond(x, c)) for x in latest.values() for c in by_value if c.measure == x.measure]
    for cut in cuts:
        left, right = (latest.get((cut.measure or "", side)) for side in ("left", "right"))
        if cut.compares_sides and left and right:
            apart = _apart(left.score, right.score, cut)
            compared += [(left, apart), (right, apart)]
    if not compared:
        return unknown("no dated score of a measure for this condition")
    facts = tuple(dict.fromkeys(_said(x) for x, _ in compared))
    sources = tuple(x.source for x, _ in compared)
    if any(beyond for _, beyond in compared):
        return met(*facts, sources=sources)
    return open_question(*facts, sources=sources)


def _beyond(score: MeasureScore, cut: ImpairmentCut) -> bool:
    return (cut.at_least is None or score.score >= cut.at_least) and (
        cut.at_most is None or score.score <= cut.at_most
    )


def _apart(left: Decimal, right: Decimal, cut: ImpairmentCut) -> bool:
    """True if the worse side lies far enough below the better one (measures where more is better)."""
    worse, better = min(left, right), max(left, right)
    if cut.below_other_side is not None and better - worse < cut.below_other_side:
        return False
    return cut.share_of_other_side is None or worse < cut.share_of_other_side * better


def _said(score: MeasureScore) -> str:
    side = f" {score.side}" if score.side else ""
    return f"{score.measure}{side} {score.score} on {score.day or 'no date'}"


def _diagnoses(
    course: Course, prefixes: tuple[str, ...], sevenths: frozenset[str] = frozenset()
) -> list[str]:
    """Diagnoses of the request that begin so, also those that the lines do not point at."""
    codes = {*course.diagnoses, *all_diagnoses(course.request)}
    found = (c for c in codes if prefixes and c.startswith(prefixes))
    return sorted(c for c in found if not sevenths or c[6:7] in sevenths)


def no_diagnosis(criterion: Criterion, course: Course) -> Finding:
    """No diagnosis that calls for a clinician's eye.

    Where the criterion has days: none so recently that no physician has cleared therapy since.
    """
    seen = _diagnoses(course, criterion.prefixes, criterion.sevenths)
    if seen and criterion.days is not None:
        day = course.evidence.onset
        if course.evidence.red_flags_cleared:
            return met("cleared by a physician")
        if day is None:
            return unknown("no date of the event")
        if not in_window(day, criterion, course):
            return met(f"onset on {day}")
    return open_question(*(f"diagnosis {code}" for code in seen)) if seen else met("no such diagnosis")


def no_operation(criterion: Criterion, course: Course) -> Finding:
    """No operation that calls for a clinician's eye."""
    kind = criterion.operations
    seen = [x for x in course.evidence.surgeries if kind is not None and kind.include(x)]
    if seen:
        facts = tuple(f"operation on {x.day or 'an unknown day'}" for x in seen)
        return open_question(*facts, sources=tuple(x.source for x in seen))
    return met("no such operation among what was sent")


def progress(criterion: Criterion, course: Course, rules: RuleSet) -> Finding:
    """Progress since the last certification: by a measure, by goals, or a setback with its reason."""
    if course.evidence.regression_or_setback:
        return met("a setback is documented")
    changes = _changes(criterion, course, rules)
    goals = [g.status for p in course.evidence.plans_of_care for g in p.goals if g.status]
    forward = sum(1 for status in goals if status in ("met", "advanced"))
    facts = tuple(
        f"{first.measure} {first.score} to {last.score} ({first.day} to {last.day})"
        for first, last, _ in changes
    )
    facts += (f"{forward} of {len(goals)} goals met or moved forward",) if goals else ()
    sources = tuple(last.source for _, last, _ in changes)
    by_goals = bool(goals) and Decimal(forward) >= (criterion.share or Decimal(1)) * len(goals)
    if by_goals or any(enough for _, _, enough in changes):
        return met(*facts, sources=sources)
    if not changes and not goals:
        return unknown("no two dated scores of one measure, no state of goals")
    return open_question(*facts, sources=sources)


def _changes(
    criterion: Criterion, course: Course, rules: RuleSet
) -> list[tuple[MeasureScore, MeasureScore, bool]]:
    """(baseline, last, large enough) per measure and side; the last must be recent on the start."""
    wanted = course.policy.measures if course.policy else ()
    series: dict[tuple[str, str | None], list[MeasureScore]] = {}
    for score in usable_scores(course, rules):
        if score.day is not None and score.day <= course.received and score.measure in wanted:
            series.setdefault((score.measure, score.side), []).append(score)
    out = []
    for scores in series.values():
        first, last = _baseline(scores, criterion, course), scores[-1]
        if first.day == last.day or last.day is None or not was_in_window(last.day, criterion, course):
            continue
        out.append((first, last, _enough(first, last, rules.measures[first.measure])))
    return out


def _baseline(scores: list[MeasureScore], criterion: Criterion, course: Course) -> MeasureScore:
    """The score of the last certification: the latest near the start of its period, else the first of all."""
    if course.previous_start is None:
        return scores[0]
    until = add_days(course.previous_start, criterion.days_after)
    return next((x for x in reversed(scores) if x.day is not None and x.day <= until), scores[0])


def _enough(first: MeasureScore, last: MeasureScore, measure: Measure) -> bool:
    gain = last.score - first.score if measure.higher_is_better else first.score - last.score
    by_points = measure.change is not None and gain >= measure.change
    by_share = measure.change_share is not None and gain >= measure.change_share * first.score > 0
    return by_points or by_share


def norm_score(criterion: Criterion, course: Course, rules: RuleSet) -> Finding:
    """A norm-referenced score far enough below the mean, of a test with norms for the child's age.

    Where the score and the distance that was told with it contradict each other, a person looks.
    """
    told: list[tuple[MeasureScore, tuple[Decimal, ...]]] = []
    for score in course.evidence.measures:
        measure = rules.measures.get(score.measure)
        ways = deviations(score, measure)
        if ways and score.day is not None and was_in_window(score.day, criterion, course):
            if not _normed(measure, course, score.day):
                return open_question(f"{score.measure} has no norms for this age", sources=(score.source,))
            told.append((score, ways))
    if not told:
        return unknown("no dated norm-referenced score")
    facts = tuple(f"{x.measure} {ways[0].quantize(Decimal('0.01'))} SD" for x, ways in told)
    sources = tuple(x.source for x, _ in told)
    if not all(agree(ways) for _, ways in told):
        return open_question(*facts, "a score and its distance from the mean differ", sources=sources)
    cut = criterion.at_most or Decimal(0)
    if any(ways[0] <= cut for _, ways in told):
        return met(*facts, sources=sources)
    return open_question(*facts, sources=sources)


def _normed(measure: Measure | None, course: Course, day: date) -> bool:
    """True unless the test is known to have no norms for the age on the day."""
    if measure is None or measure.normed_months is None or course.birth_date is None:
        return True
    youngest, oldest = measure.normed_months
    return youngest <= months_old(course.birth_date, day) <= oldest


def red_flags(criterion: Criterion, course: Course) -> Finding:
    """No red flag, or cleared by a physician."""
    if course.evidence.red_flags is None:
        return unknown("red flag screening not told")
    if course.evidence.red_flags and not course.evidence.red_flags_cleared:
        return open_question("a red flag is recorded, no clearance told")
    return met("no red flag open")


def attendance(criterion: Criterion, course: Course) -> Finding:
    """Enough of the scheduled visits were attended."""
    attended, scheduled = course.evidence.visits_attended, course.evidence.visits_scheduled
    if attended is None or not scheduled or scheduled < 0:
        return unknown("attendance not told")
    fact = f"attended {attended} of {scheduled} visits"
    return met(fact) if attended >= (criterion.share or 0) * scheduled else open_question(fact)


def frequency(criterion: Criterion, course: Course) -> Finding:
    """Not more visits a week than the policy names, or not for longer than it names."""
    weekly, weeks = weekly_visits(course), planned_weeks(course)
    if weekly is None or criterion.at_most is None or weekly <= criterion.at_most:
        return met("frequency within the policy")
    if criterion.weeks is not None and weeks is not None and weeks <= criterion.weeks:
        return met("a higher frequency for a short time")
    return open_question(f"{weekly.quantize(Decimal('0.1'))} visits a week")


def active_share(criterion: Criterion, course: Course) -> Finding:
    """Enough of the requested treatment needs a therapist's skill."""
    amounts = _amounts(course)
    total = sum((a for a, _ in amounts), Decimal(0))
    active = sum((a for a, passive in amounts if not passive), Decimal(0))
    if active >= (criterion.share or Decimal(0)) * total:
        return met("skilled codes lead")
    return open_question("most of the requested codes are passive modalities")


def passive_share(criterion: Criterion, course: Course) -> Finding:
    """After the first weeks passive modalities take a small part."""
    free = (criterion.weeks or Decimal(0)) * (weekly_visits(course) or Decimal(0))
    amounts = [(max(a - free, Decimal(0)), passive) for a, passive in _amounts(course)]
    total = sum((a for a, _ in amounts), Decimal(0))
    passive_part = sum((a for a, passive in amounts if passive), Decimal(0))
    if passive_part <= (criterion.share or Decimal(0)) * total:
        return met("passive modalities take a small part")
    return open_question("passive modalities take a large part after the first weeks")


def _amounts(course: Course) -> list[tuple[Decimal, bool]]:
    """(visits, passive) per treatment line; a line without a quantity counts as one visit."""
    return [
        (line_visits(x, course) or Decimal(1), x.is_passive) for x in course.lines if not x.is_re_evaluation
    ]
