"""What a criterion finds in the data of a course."""

from dataclasses import dataclass
from datetime import date

from fhirpa.um.course import Course
from fhirpa.um.criterion import Criterion
from fhirpa.um.days import add_days
from fhirpa.um.evidence import Source
from fhirpa.um.terms import CriterionStatus


@dataclass(frozen=True, slots=True)
class Finding:
    """Status with the facts behind it; `missing` are parts of Criterion.parts that nothing tells."""

    status: CriterionStatus
    facts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()


def met(*facts: str, sources: tuple[Source, ...] = ()) -> Finding:
    """The data meets the criterion."""
    return Finding(CriterionStatus.MET, facts, sources)


def open_question(*facts: str, sources: tuple[Source, ...] = ()) -> Finding:
    """The data does not meet the criterion: a question for a person."""
    return Finding(CriterionStatus.NOT_MET, facts, sources)


def unknown(*facts: str, missing: tuple[str, ...] = ()) -> Finding:
    """The data does not settle it."""
    return Finding(CriterionStatus.UNDETERMINED, facts, missing=missing)


def in_window(day: date, criterion: Criterion, course: Course) -> bool:
    """True if a day lies close enough to the requested start, also if it is yet to come.

    Without a configured time before the start, any earlier day does.
    """
    latest = add_days(course.start, criterion.days_after)
    if criterion.days is None:
        return day <= latest
    return add_days(course.start, -criterion.days.of(course.line_of_business)) <= day <= latest


def was_in_window(day: date, criterion: Criterion, course: Course) -> bool:
    """The same for what must have happened: a day after receipt is no evaluation, order or score yet."""
    return day <= course.received and in_window(day, criterion, course)
