"""The validator: one resource against R4, the profiles it declares and those that lead to it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from fhirpa.fhir import structure
from fhirpa.fhir.outcome import Issue
from fhirpa.validation.bundle_check import check_bundle
from fhirpa.validation.conformance import Conformance
from fhirpa.validation.finding import Finding, Kind, Report, TooManyFindings, of_issue
from fhirpa.validation.id_check import check_ids
from fhirpa.validation.plans import Plans
from fhirpa.validation.resource_walk import ResourceWalk
from fhirpa.validation.session import Session
from fhirpa.validation.tables import TableSet

# With one of these no walk by types makes sense.
_HOPELESS: Final = frozenset({"resource-expected", "resource-type-missing", "resource-type-unknown"})


class Validator:
    """Validates against one set of tables. It keeps what it compiled: make one, use it from any thread."""

    def __init__(self, tables: TableSet, now: Callable[[], datetime] | None = None) -> None:
        self._plans = Plans(tables)
        self._now = now or (lambda: datetime.now(UTC))

    def knows(self, profile: str) -> bool:
        """True for a canonical (with or without version) that the tables have: a profile, or a type of R4."""
        return self._plans.tables.type_for(profile) is not None

    def validate(self, resource: Any, profile: str | None = None) -> Report:
        """Everything that is wrong with a resource (a dict as decode or json.loads gives it).

        `profile` is a canonical to hold it against, beside those in meta.profile. Raises KeyError where the
        tables have no such profile, and nothing else, whatever `resource` is.
        """
        if profile and not self.knows(profile):
            raise KeyError(f"the tables have no profile {profile}")
        faults = structure.check(resource)
        form = tuple(map(of_issue, faults))
        if any(f.key == "nested-too-deep" or (f.key in _HOPELESS and not _is_below(f)) for f in faults):
            return Report(form)
        session = Session(self._plans, self._now())
        with suppress(TooManyFindings):
            self._walk(session, resource, profile)
        if session.notes.is_cut:
            form += (_MORE,)
        return Report((*form, *_apart_from(faults, session)))

    def _walk(self, session: Session, resource: dict[str, Any], profile: str | None) -> None:
        conformance = Conformance(session)
        session.conforms = conformance.conforms
        ResourceWalk(session).resource(resource, None, None, None)
        scopes = list(session.scopes.values())
        for scope in scopes:
            check_ids(scope.node.value, scope.place, session.notes)
            if scope.bundle is not None:
                check_bundle(scope.node.value, scope.place, session.notes)
        if profile:
            conformance.hold(scopes[0], profile, scopes[0].place)
        for scope in scopes:
            conformance.declared(scope)
        while session.due:
            conformance.settle(session.due.popleft())
        session.close()


_MORE: Final = Finding(
    "information", "incomplete", Kind.STRUCTURE, "There are more findings than are listed.", key="more-faults"
)


def _is_below(issue: Issue) -> bool:
    return issue.expression is not None and "." in issue.expression


def _apart_from(faults: list[Issue], session: Session) -> list[Finding]:
    """The findings, without those at or below a place whose form is wrong already."""
    wrong = {f.expression for f in faults if f.expression}
    if not wrong:
        return list(session.notes.findings())
    return [f for f in session.notes.findings() if not _is_inside(f.expression, wrong)]


def _is_inside(expression: str | None, wrong: set[str]) -> bool:
    at = expression or ""
    while at:
        if at in wrong or (at.partition("[")[0] == at and any(w.startswith(at + "[") for w in wrong)):
            return True
        if at.endswith("]") and at.rpartition("[")[0] in wrong:
            return True
        at = at.rpartition(".")[0]
    return False
