"""Use cases in process, on a database of their own, with a clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fhirpa.fhir.codec import decode, encode

from fhirpa.config import Clock, Settings
from fhirpa.workflow.inquire import inquire
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit

NOW = datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
Json = dict[str, Any]


class StoppedClock(Clock):
    """Time that moves by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def open_services(folder: Path, mode: str = "sandbox", url: str | None = None, **more: Any) -> Services:
    settings = Settings(database_url=url or f"sqlite:///{folder}/test.db", mode=mode)
    return Services.open(settings, clock=StoppedClock(), **more)


def incoming(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> Incoming:
    return Incoming(encode(bundle, form), form, version, None, services.clock.now(), answer_format=form)


def post(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> tuple[int, Json]:
    """Submit a bundle; status and the decoded answer."""
    return _decoded(submit(services, incoming(services, bundle, version, form)))


def ask(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> tuple[int, Json]:
    """Inquire; status and the decoded answer."""
    return _decoded(inquire(services, incoming(services, bundle, version, form)))


def _decoded(answer: Answer) -> tuple[int, Json]:
    return answer.status, decode(answer.body, answer.format)
