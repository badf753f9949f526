"""What the decision needs to know, loaded under the lock; the sandbox fills what a roster would hold."""

from datetime import datetime

from fhirpa.store import Unit
from fhirpa.um.context import DecisionContext, Enrolment, Provider
from fhirpa.um.exempt import holders_of
from fhirpa.um.npi import is_valid_npi
from fhirpa.um.request import AuthorizationRequest, Span
from fhirpa.workflow.services import Services

SANDBOX_PLAN = "SANDBOX-COM"


def load_context(
    services: Services, unit: Unit, request: AuthorizationRequest, received_at: datetime
) -> DecisionContext:
    """Enrolments, providers, other cases and benefit use for one request.

    Holds the member until the transaction ends, so that two requests for one member follow each other.
    """
    member_ids = member_ids_of(request)
    unit.lock_member(*member_ids)
    enrolments = unit.find_enrolments(member_ids, request.patient.birth_date)
    if services.sandbox and member_ids and request.coverage.active:
        enrolments = _brought_along(services, unit, request, member_ids[0], received_at, enrolments)
    member_key = enrolments[0].member_key if enrolments else None
    if member_key is not None:
        unit.lock_member(member_key)
    subscriber_id = request.coverage.subscriber_id
    return DecisionContext(
        received_at=received_at,
        enrolments=enrolments,
        providers=_providers(services, unit, request),
        prior_lines=unit.prior_lines(member_key) if member_key else (),
        benefit_use=unit.benefit_use(member_key) if member_key else (),
        subscriber_known=not enrolments
        and subscriber_id is not None
        and unit.subscriber_known(subscriber_id),
        exemptions=unit.exemptions(holders_of(request, services.rules)),
    )


def member_ids_of(request: AuthorizationRequest) -> tuple[str, ...]:
    """The member ids to look for, most specific first."""
    ids = (request.patient.member_id, request.coverage.member_id)
    return tuple(dict.fromkeys(i for i in ids if i))


def npis_of(request: AuthorizationRequest) -> tuple[str, ...]:
    """All NPIs of requesting and rendering providers."""
    parties = (request.requester, *request.providers, *(x.rendering for x in request.lines if x.rendering))
    return tuple(dict.fromkeys(p.npi for p in parties if p.npi))


def _brought_along(
    services: Services,
    unit: Unit,
    request: AuthorizationRequest,
    member_id: str,
    received_at: datetime,
    known: tuple[Enrolment, ...],
) -> tuple[Enrolment, ...]:
    """The sandbox's enrolment of a member whom the tester brings: what the Coverage of this request says.

    A member of the roster stays as the roster says.
    """
    if any(not e.brought_along for e in known):
        return known
    born = request.patient.birth_date
    person = next((e.member_key for e in known if e.birth_date == born or not (born and e.birth_date)), None)
    plan = request.coverage.plan_code
    enrolment = Enrolment(
        member_key=person or services.ids.uuid4(),
        member_id=member_id,
        plan_code=plan if plan is not None and plan in services.rules.plans else SANDBOX_PLAN,
        period=request.coverage.period or Span(request.service_start or received_at.date(), None),
        birth_date=born,
        subscriber_id=request.coverage.subscriber_id,
        brought_along=True,
    )
    unit.enrol(enrolment)
    return (enrolment,)


def _providers(services: Services, unit: Unit, request: AuthorizationRequest) -> dict[str, Provider]:
    npis = npis_of(request)
    ordering = (x.ordering_npi for x in request.evidence.orders)
    known = unit.find_providers(tuple(dict.fromkeys((*npis, *(npi for npi in ordering if npi)))))
    if services.sandbox:
        for npi in npis:
            if npi not in known and is_valid_npi(npi):
                known[npi] = Provider(npi=npi, name=None, in_network=True)
    return known
