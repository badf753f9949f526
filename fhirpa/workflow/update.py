"""Claim/$submit of an update: the case that it names changes, nothing new is opened.

http://hl7.org/fhir/us/davinci-pas specification#updating-authorization-requests (spec-63 ... spec-72). The
case is looked for among those of the same sender and member only, so that nobody learns of others.
"""

from collections.abc import Callable

from fhirpa.store import NewDetermination, Submission, Unit
from fhirpa.um.case import Case
from fhirpa.um.context import DecisionContext
from fhirpa.um.determination import BusinessError
from fhirpa.um.lineage import choose_case, names_of_predecessor, update_errors
from fhirpa.um.opening import determination_kind
from fhirpa.um.replay import DecisionInput, update_decision
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.terms import ActorRole
from fhirpa.um.updating import ChangedLine, apply_update, changed_lines, propose_update
from fhirpa.workflow.clock_log import clock_events
from fhirpa.workflow.clocks import caught_up
from fhirpa.workflow.history import decided_event, update_events
from fhirpa.workflow.ports import Incoming
from fhirpa.workflow.services import Services

_RELATED = "Bundle.entry[0].resource.related"


def find_predecessor(
    unit: Unit, request: AuthorizationRequest, context: DecisionContext, sender: str
) -> Case | None:
    """The case that an update names; None if the sender has none of that name for the member."""
    names = names_of_predecessor(request)
    if not context.enrolments or not names:
        return None
    found = unit.find_named_cases(context.enrolments[0].member_key, sender, names)
    return choose_case(request, [unit.load_case(x) for x in found])


def update(
    services: Services,
    unit: Unit,
    incoming: Incoming,
    request: AuthorizationRequest,
    context: DecisionContext,
    case: Case | None,
    submission: Submission,
    number: Callable[[str], str],
) -> Case | tuple[BusinessError, ...]:
    """Change the case and write its next version; or the business errors, and nothing is changed.

    The case is read on against the rules of the day on which it was received. Raises StaleCase if somebody
    else changed it in the meantime.
    """
    rules = services.rules_at(case.received_at if case else incoming.received_at)
    errors = update_errors(case, request, rules, _RELATED)
    if errors or case is None:
        return errors
    now = services.clock.now()
    case = caught_up(rules, unit, case, incoming.received_at)
    proposal = propose_update(case, request, context, rules)
    changed = apply_update(case, proposal, context, rules, now=now, number=number)
    if not isinstance(changed, Case):
        return changed
    decision, decided = update_decision(proposal), None
    if decision is not None:
        decided = decided_event(changed, DecisionInput(request, context, case), decision, rules)
    lines = changed_lines(case, changed)
    unit.change_case(
        changed,
        case.version,
        [*update_events(changed, lines, incoming, decided), *clock_events(case, changed, rules)],
        [d for d in (_determination(changed, x) for x in lines) if d is not None],
        submission,
    )
    return changed


def _determination(case: Case, line: ChangedLine) -> NewDetermination | None:
    """What was decided of a line by this version: by the provider who cancels, else by the engine."""
    kind = determination_kind(line.after)
    if kind is None or not line.was_decided:
        return None
    by_provider = line.was_cancelled
    return NewDetermination(
        sequence=line.after.line.sequence,
        kind=kind,
        actor_role=ActorRole.PROVIDER if by_provider else ActorRole.ENGINE,
        actor_id=(case.request.requester.npi or "") if by_provider else "",
        decided_at=case.updated_at,
        rule_id=line.after.policy_id,
        criteria=() if by_provider else line.after.criteria,
    )
