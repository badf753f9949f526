"""Use cases in process, on a database of their own, with a clock that stands still until it is moved."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fhirpa.config import Clock, Settings
from fhirpa.fhir.codec import decode, encode
from fhirpa.policies.load import load_rules
from fhirpa.um.rules import RuleSet
from fhirpa.workflow.answer_check import answer_findings
from fhirpa.workflow.inquire import inquire
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from fhirpa.workflow.validators import Validators

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


@cache
def validators() -> Validators:
    """One for all tests: compiling the profiles takes longer than most of them."""
    return Validators(lambda: NOW)


@cache
def rules() -> RuleSet:
    """Those of the package: they are frozen, and reading them takes longer than most tests."""
    return load_rules()


def open_services(
    folder: Path,
    mode: str = "sandbox",
    url: str | None = None,
    wanted: Mapping[str, Any] = MappingProxyType({}),
    **more: Any,
) -> Services:
    """`wanted`: further settings by name."""
    settings = Settings(database_url=url or f"sqlite:///{folder}/test.db", mode=mode, **wanted)
    known = {"validators": validators(), "rules": rules()}
    return Services.open(settings, clock=StoppedClock(), **{**known, **more})


def incoming(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> Incoming:
    return Incoming(encode(bundle, form), form, version, None, services.clock.now(), answer_format=form)


def post(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> tuple[int, Json]:
    """Submit a bundle; status and the decoded answer, which must be valid."""
    answer = submit(services, incoming(services, bundle, version, form))
    assert_valid(services, "submit", version, answer)
    return _decoded(answer)


def ask(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> tuple[int, Json]:
    """Inquire; status and the decoded answer, which must be valid."""
    answer = inquire(services, incoming(services, bundle, version, form))
    assert_valid(services, "inquire", version, answer)
    return _decoded(answer)


def assert_valid(services: Services, operation: str, version: str, answer: Answer) -> None:
    """Every answer that a test gets is held against the profiles, as the server does by sample."""
    assert [f for f in answer_findings(services, operation, version, answer) if f.is_error] == []


def _decoded(answer: Answer) -> tuple[int, Json]:
    return answer.status, decode(answer.body, answer.format)
