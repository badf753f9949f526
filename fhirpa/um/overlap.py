"""Other cases of the member that a line may duplicate, and the authorization that a renewal goes on from."""

from datetime import date

from fhirpa.um.context import DecisionContext, PriorLine
from fhirpa.um.request import AuthorizationRequest, Span
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import LineState, ReviewType

_COUNTS = frozenset(
    {
        LineState.CERTIFIED,
        LineState.MODIFIED,
        LineState.PENDED_INFORMATION,
        LineState.PENDED_CLINICAL,
        LineState.PENDED_DIRECTOR,
    }
)


def duplicate_of(
    line: TherapyLine, start: date, request: AuthorizationRequest, context: DecisionContext
) -> PriorLine | None:
    """A line of another case for the same discipline on overlapping dates, if there is one.

    Without a last day the course is taken to run on. A renewal, revision or a line that names its
    authorization may overlap what it goes on from, if it ends after it.
    """
    period = line.line.period
    end = period.end if period else None
    span = Span((period.start if period else None) or start, end if end is not None and end > start else None)
    for prior in context.prior_lines:
        if prior.state not in _COUNTS or prior.is_evaluation or prior.discipline is not line.discipline:
            continue
        if prior.period.overlaps(span) and not _goes_on(line, prior, request):
            return prior
    return None


def is_own(prior: PriorLine, request: AuthorizationRequest) -> bool:
    """True if the same requester sent the other case."""
    return prior.requester_npi is not None and prior.requester_npi == request.requester.npi


def current_end(line: TherapyLine, context: DecisionContext) -> date | None:
    """The last day of the authorization that a renewal follows: the one named, else the latest."""
    own = [
        x
        for x in context.prior_lines
        if x.discipline is line.discipline and x.authorization_number and x.period.end and not x.is_evaluation
    ]
    named = [x for x in own if x.authorization_number == line.line.authorization_number]
    return max((x.period.end for x in named or own if x.period.end), default=None)


def repeated_evaluation(
    line: TherapyLine, since: date, start: date, request: AuthorizationRequest, context: DecisionContext
) -> PriorLine | None:
    """An earlier evaluation of the discipline by the same requester since a day."""
    span = Span(since, start)
    return next(
        (
            x
            for x in context.prior_lines
            if x.is_evaluation
            and x.discipline is line.discipline
            and x.state is not LineState.CANCELLED
            and is_own(x, request)
            and x.period.overlaps(span)
        ),
        None,
    )


def _goes_on(line: TherapyLine, prior: PriorLine, request: AuthorizationRequest) -> bool:
    number = line.line.authorization_number
    if number is not None and number == prior.authorization_number:
        return True
    if line.line.review_type not in (ReviewType.RENEWAL, ReviewType.REVISED):
        return False
    period = line.line.period
    ends_within = (
        period is not None and period.end is not None and (prior.period.end or date.max) >= period.end
    )
    return is_own(prior, request) and not ends_within
