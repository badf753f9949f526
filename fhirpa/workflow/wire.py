"""What submit and inquire share around the transaction: the exchange as it was on the wire, addresses."""

from collections.abc import Iterator
from contextlib import contextmanager

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.codec import decode
from fhirpa.pas.versions import PasVersion
from fhirpa.store import Exchange, StoreUnavailable, Unit
from fhirpa.workflow.admit import unwrap
from fhirpa.workflow.ports import Answer, Incoming, Unavailable
from fhirpa.workflow.services import Services


@contextmanager
def transaction(services: Services) -> Iterator[Unit]:
    """The one writing transaction of a use case. Raises Unavailable when the store is busy or away."""
    with _available(), services.store.write() as unit:
        yield unit


@contextmanager
def snapshot(services: Services) -> Iterator[Unit]:
    """One state of the data to read from. Raises Unavailable when the store is busy or away."""
    with _available(), services.store.read() as unit:
        yield unit


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        raise Unavailable from error


def exchange_of(
    services: Services,
    incoming: Incoming,
    answer: Answer,
    operation: str,
    report: bytes,
    *,
    exchange_id: str | None = None,
    case_id: str | None = None,
) -> Exchange:
    """The record of one request and its answer; `report` as RequestReport.to_json makes it."""
    return Exchange(
        exchange_id=exchange_id or services.ids.uuid4(),
        received_at=incoming.received_at,
        finished_at=services.clock.now(),
        guide_version=incoming.version,
        operation=operation,
        client=incoming.client,
        status=answer.status,
        media=incoming.format,
        request=incoming.body,
        response=answer.body,
        case_id=case_id,
        request_id=incoming.request_id,
        report=report,
    )


def payer_url(services: Services, version: PasVersion) -> str:
    """Where additional information is sent to."""
    return f"{services.settings.base_url}/fhir/{version.label}"


def submitted_graph(unit: Unit, case_id: str) -> BundleGraph | None:
    """The Bundle that the case was opened or last updated with; None once it has been purged."""
    stored = unit.submitted_body(case_id)
    return None if stored is None else BundleGraph(unwrap(decode(stored.body, stored.media)))
