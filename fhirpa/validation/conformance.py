"""Resources against profiles: those they declare, and those that references and Bundles demand of them."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.place import Place
from fhirpa.validation.finding import Kind, Notes, TooManyFindings
from fhirpa.validation.fitness import Demands, Fitness, Key
from fhirpa.validation.guide_checks import run_check
from fhirpa.validation.links import wrong_target
from fhirpa.validation.plans import ProfilePlan
from fhirpa.validation.profile_walk import ProfileWalk
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Obligation, Session

_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one profile says of one resource: what breaks it, and what its references must meet."""

    notes: Notes
    due: list[Obligation]


class Conformance:
    """Each resource is held against a profile once, however many ways lead to it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._verdicts: dict[tuple[int, str], Verdict] = {}
        self._accepted: set[tuple[int, str]] = set()
        self._fitness = Fitness(self._demands)
        self._depth = 0

    def declared(self, scope: Scope) -> None:
        """All profiles in meta.profile."""
        for index, canonical in enumerate(_declared(scope.node.value)):
            self.hold(scope, canonical, ((scope.place, "meta", None), "profile", index))

    def hold(self, scope: Scope, canonical: str, place: Place) -> None:
        """Hold a resource against a profile, or a type of R4, that `place` names."""
        plans = self._session.plans
        wanted = plans.tables.type_for(canonical)
        if wanted is None:
            text = "The profile is not known here, and nothing was checked against it: is its url right?"
            self._session.notes.add(Kind.PROFILE, "information", place, text, cause="unknown")
        elif wanted not in scope.node.shape.lineage:
            text = f"The profile is for {wanted}, this is a {scope.type}: declare another."
            url = canonical.partition("|")[0]
            self._session.notes.add(
                Kind.PROFILE, "error", place, text, cause="type", profile=url, code="structure"
            )
        elif plan := plans.profile(canonical):
            self.accept(scope, plan)

    def accept(self, scope: Scope, plan: ProfilePlan) -> None:
        """Hold a resource against a profile, and keep all that comes of it."""
        key = self._key(scope, plan)
        if key not in self._accepted:
            self._accepted.add(key)
            verdict = self._verdict(scope, plan)
            self._session.notes.take(verdict.notes)
            self._session.due.extend(verdict.due)

    def conforms(self, node: Node, canonical: str, around: Scope) -> bool | None:
        """Whether a resource, or an element of the resource `around`, meets a profile; None: not known.

        What the references of the resource lead to does not count here. A profile that is asked about while
        it is being checked counts as met, and what is asked too deep inside is not known.
        """
        plan = self._session.plans.profile(canonical)
        if plan is None:
            return None
        if plan.profile.type not in node.shape.lineage:
            return False
        scope = self._session.scopes.get(id(node.value))
        if self._depth >= _DEEPEST or (scope is None and "Resource" in node.shape.lineage):
            return None
        self._depth += 1
        try:
            if scope is not None:
                return not self._verdict(scope, plan).notes.errors
            notes = Notes()
            walk = ProfileWalk(self._session, around, notes, [], plan.url)
            with suppress(TooManyFindings):
                walk.item(node, plan.root, (None, node.shape.name, None))
            return not notes.errors
        finally:
            self._depth -= 1

    def settle(self, obligation: Obligation) -> None:
        """See to it that a resource meets one of the targets; else say what the nearest lacks."""
        scope = self._session.scopes.get(id(obligation.resource))
        if scope is None:
            return
        plans = self._session.plans.candidates(obligation.targets, scope.node.shape)
        if plans is None:
            return
        if not plans:
            text = wrong_target(scope.type, obligation.targets)
            self._session.notes.add(
                Kind.REFERENCE, "error", obligation.place, text, cause="target", profile=obligation.profile
            )
            return
        self._nearest(scope, plans)

    def _nearest(self, scope: Scope, plans: tuple[ProfilePlan, ...]) -> None:
        """Hold the resource against the one profile that is meant: the first that fits, else the nearest."""
        meant = self._meant(scope, plans)
        fitting = (p for p in meant if len(meant) == 1 or self._fitness.fits(self._key(scope, p)))
        plan = next(fitting, None)
        # What its references must lead to is followed from there; min takes the first of equals.
        self.accept(scope, plan or min(meant, key=lambda p: self._verdict(scope, p).notes.errors))

    def _meant(self, scope: Scope, plans: tuple[ProfilePlan, ...]) -> tuple[ProfilePlan, ...]:
        """Of several profiles that are allowed the one that the resource declares, if it does."""
        if len(plans) < 2:
            return plans
        declared = {c.partition("|")[0] for c in _declared(scope.node.value)}
        return tuple(p for p in plans if p.url in declared)[:1] or plans

    def _demands(self, key: Key) -> Demands:
        identity, canonical = key
        scope, plan = self._session.scopes[identity], self._session.plans.profile(canonical)
        assert plan is not None
        verdict = self._verdict(scope, plan)
        if verdict.notes.errors:
            return Demands(False, ())
        options: list[list[Key]] = []
        for obligation in verdict.due:
            target = self._session.scopes.get(id(obligation.resource))
            if target is None:
                continue
            plans = self._session.plans.candidates(obligation.targets, target.node.shape)
            if plans is not None:
                options.append([self._key(target, p) for p in self._meant(target, plans)])
        return Demands(True, options)

    def _key(self, scope: Scope, plan: ProfilePlan) -> Key:
        return id(scope.node.value), plan.canonical

    def _verdict(self, scope: Scope, plan: ProfilePlan) -> Verdict:
        key = self._key(scope, plan)
        if key not in self._verdicts:
            verdict = self._verdicts[key] = Verdict(Notes(), [])
            walk = ProfileWalk(self._session, scope, verdict.notes, verdict.due, plan.url)
            # So many errors are enough for a verdict; if it is the one that counts, they end the report.
            with suppress(TooManyFindings):
                walk.item(scope.node, plan.root, scope.place)
                for check in plan.profile.checks:
                    run_check(check, self._session, scope, verdict.notes, plan.url)
        return self._verdicts[key]


def _declared(resource: dict[str, Any]) -> list[str]:
    meta = resource.get("meta")
    profiles = meta.get("profile") if type(meta) is dict else None
    return [p for p in profiles if type(p) is str] if type(profiles) is list else []
