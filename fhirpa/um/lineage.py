"""Which case an update is about: the names of a request's versions, and which of them is the latest.

PAS names what is updated by the identifier or the URL of the earlier Claim (spec-65). Senders use one
identifier for several requests and one URL for several versions, so that both are looked at.
"""

from collections.abc import Iterable

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import BusinessError
from fhirpa.um.eligibility import business_error
from fhirpa.um.request import AuthorizationRequest, ExternalId
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineState, UpdateSign

_URI = "urn:ietf:rfc:3986"  # the system of an identifier whose value is a URI
_DENIED = (LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE)


def names_of(request: AuthorizationRequest) -> tuple[ExternalId, ...]:
    """All names by which a later update may call this request."""
    return (*request.trace_numbers, *_as_name(request.claim_url))


def names_of_predecessor(request: AuthorizationRequest) -> tuple[ExternalId, ...]:
    """The names by which an update calls the request that it changes."""
    named = (request.related_claim,) if request.related_claim else ()
    return (*named, *_as_name(request.related_url))


def _as_name(url: str | None) -> tuple[ExternalId, ...]:
    return (ExternalId(_URI, url),) if url else ()


def choose_case(request: AuthorizationRequest, candidates: Iterable[Case]) -> Case | None:
    """The case that an update is about, of those of the same sender and member that have its name.

    One identifier may name several cases. The URL of the earlier Claim leads then, after it that the name
    is that of the latest version, that something of the case is still asked for, how many lines agree, and
    which case changed last.
    """

    def rank(case: Case) -> tuple[bool, bool, bool, int, str]:
        return (
            _knows_url(case, request.related_url),
            is_latest(case, request),
            not _all(case, LineState.CANCELLED),
            _common_lines(case, request),
            case.updated_at.isoformat(),
        )

    return max(candidates, key=rank, default=None)


def is_latest(case: Case, request: AuthorizationRequest) -> bool:
    """True unless one of the names belongs to an earlier version of the case only."""
    latest = names_of(case.request)
    named = names_of_predecessor(request)
    return all(name in latest or name not in case.earlier_names for name in named)


def _knows_url(case: Case, url: str | None) -> bool:
    known = (*names_of(case.request), *case.earlier_names)
    return any(name in known for name in _as_name(url))


def _common_lines(case: Case, request: AuthorizationRequest) -> int:
    asked = {(x.line.sequence, x.line.service.code) for x in case.lines}
    return sum((x.sequence, x.service.code) in asked for x in request.lines)


def update_errors(
    case: Case | None, request: AuthorizationRequest, rules: RuleSet, path: str
) -> tuple[BusinessError, ...]:
    """Why an update cannot be made. A line that is cancelled twice is no reason.

    A denied request is not updated (guide: specification#additional-notes): its way is the appeal. `path` is
    where the predecessor is named.
    """
    if case is None:
        return (business_error(rules, "update-unknown", path),)
    if not is_latest(case, request):
        return (business_error(rules, "update-stale", path, latest=_latest_name(case)),)
    if _all(case, LineState.CANCELLED) and not _only_cancels(request):
        return (business_error(rules, "update-cancelled", path),)
    live = [x for x in case.lines if x.state is not LineState.CANCELLED]
    if live and all(x.state in _DENIED for x in live):
        return (business_error(rules, "update-decided", path),)
    return ()


def is_final(line: CaseLine) -> bool:
    """True for a line that no update changes: it was denied or cancelled, or somebody objects to it."""
    return line.state in (*_DENIED, LineState.CANCELLED) or line.appeal is not None


def is_settled(line: CaseLine) -> bool:
    """True for a line that the engine does not decide again: final, or closed by a person with a part."""
    return is_final(line) or line.state is LineState.MODIFIED


def is_new_request(request: AuthorizationRequest, case: Case | None) -> bool:
    """True for a first request: one that is no update, or only looks like one and has no predecessor."""
    if request.update is UpdateSign.CERTAIN:
        return False
    return request.update is UpdateSign.NONE or case is None


def _latest_name(case: Case) -> str:
    names = names_of(case.request)
    fresh = [n for n in names if n not in case.earlier_names]
    return next((n.value for n in (*fresh, *names)), case.case_number)


def _all(case: Case, state: LineState) -> bool:
    return all(x.state is state for x in case.lines)


def _only_cancels(request: AuthorizationRequest) -> bool:
    return request.cancels_all or all(x.cancelled for x in request.lines)
