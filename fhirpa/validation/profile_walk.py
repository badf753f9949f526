"""One resource or element against one profile."""

from decimal import Decimal
from typing import Any

from fhirpa.fhir.fhirpath import Node, Temporal, temporal
from fhirpa.fhir.fhirpath.model import add_children
from fhirpa.fhir.place import Place
from fhirpa.validation.finding import Kind, Notes, TooManyFindings
from fhirpa.validation.links import check_link
from fhirpa.validation.plans import ElementPlan
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Obligation, Session
from fhirpa.validation.slice_walk import check_slices
from fhirpa.validation.terms import codings, shown
from fhirpa.validation.wording import wanted


class ProfileWalk:
    """Gathers what breaks a profile in `notes`, and what its references must meet in `due`."""

    def __init__(
        self, session: Session, scope: Scope, notes: Notes, due: list[Obligation], profile: str
    ) -> None:
        self.session = session
        self.scope = scope
        self.notes = notes
        self.due = due
        self.profile = profile
        self.slice: str | None = None

    def say(self, kind: Kind, place: Place, text: str, cause: str, code: str | None = None) -> None:
        """Note an error against the profile; the text says in which slice it was found."""
        if self.slice:
            text = f"{text} (In slice {self.slice}.)"
        self.notes.add(kind, "error", place, text, cause=cause, profile=self.profile, code=code)

    def item(self, node: Node, plan: ElementPlan, place: Place) -> None:
        """One element against what the profile says of it."""
        if plan.types is not None and node.shape.name not in plan.types:
            allowed = ", ".join(sorted(plan.types))
            text = f"{plan.label} is of type {node.shape.name} here: send {allowed}."
            self.say(Kind.TYPE, place, text, "type")
            return
        is_right = not plan.has_limits or self._value(node, plan, place)
        if plan.binding and is_right:
            self.session.binding(plan.binding, node, self.notes, place, self.profile)
        if plan.rules:
            self.session.rules(plan.rules, node, self.scope.env, self.notes, place, self.profile)
        if plan.profiles:
            self._profiles(node, plan, place)
        if plan.targets is not None:
            check_link(self, node, plan.targets, place)
        if plan.children:
            self._children(node, plan, place)

    def _value(self, node: Node, plan: ElementPlan, place: Place) -> bool:
        """Fixed value, pattern and limits of the value; False if one of the first two is missed."""
        if plan.fixed is not None and not plan.is_same(node.value):
            text = f"{_found(node)}{plan.label} must be exactly {wanted(plan.fixed)}: send that."
            self.say(Kind.FIXED, place, text, "value")
            return False
        if plan.pattern is not None and not plan.fits(node.value):
            text = f"{_found(node)}{plan.label} must hold {wanted(plan.pattern)}: send that."
            self.say(Kind.PATTERN, place, text, "value")
            return False
        if plan.max_length and type(node.value) is str and len(node.value) > plan.max_length:
            text = f"{plan.label} has {len(node.value)} characters: shorten it to {plan.max_length}."
            self.say(Kind.TYPE, place, text, "length", "too-long")
        if plan.min_value is not None or plan.max_value is not None:
            self._range(node, plan, place)
        return True

    def _range(self, node: Node, plan: ElementPlan, place: Place) -> None:
        low, high = _compare(node.value, plan.min_value), _compare(node.value, plan.max_value)
        if low is not None and low < 0:
            self.say(
                Kind.TYPE, place, f"{plan.label} must be {plan.min_value} or more: mend it.", "range", "value"
            )
        if high is not None and high > 0:
            self.say(
                Kind.TYPE, place, f"{plan.label} must be {plan.max_value} or less: mend it.", "range", "value"
            )

    def _children(self, node: Node, plan: ElementPlan, place: Place) -> None:
        by_name = node.shape.children
        source = node.beside if node.shape.is_primitive else node.value
        if type(source) is not dict:
            source = {}
        for child in plan.children:
            places = by_name[child.label]
            only = places.only
            items: list[Node] = []
            if only is None or only.shape is None or only.beside in source:
                add_children(node, places, items)
            elif only.name in source:
                # As add_children does, without a call.
                value = source[only.name]
                if type(value) is list:
                    items = [Node(item, only.shape) for item in value if item is not None]
                elif value is not None:
                    items = [Node(value, only.shape)]
            if not child.is_deep and child.slicing is None:
                if len(items) < child.min or (child.max is not None and len(items) > child.max):
                    self._count(len(items), child, (place, child.label, None), False)
            elif items or child.is_missed:
                is_list = type(source.get(child.label)) is list or type(source.get(child.beside)) is list
                self._items(items, is_list, child, place)

    def _items(self, items: list[Node], is_list: bool, plan: ElementPlan, owner: Place) -> None:
        """All that stands in one element of an owner."""
        found, label = len(items), plan.label
        places: list[Place] = [(owner, label, None)]
        if is_list or found != 1:
            places = [(owner, label, n if is_list else None) for n in range(found)]
        if plan.is_deep:
            for item, at in zip(items, places, strict=True):
                self.item(item, plan, at)
        is_said = False
        if plan.slicing is not None:
            is_said = check_slices(self, plan, plan.slicing, items, places, (owner, label, None))
        if found < plan.min or (plan.max is not None and found > plan.max):
            self._count(found, plan, (owner, label, None), is_said)

    def _count(self, found: int, plan: ElementPlan, place: Place, said: bool) -> None:
        if found < plan.min and not said:
            text = (
                f"{plan.label} is missing: send it."
                if plan.min == 1
                else f"Found {found} of {plan.label}: send at least {plan.min}."
            )
            self.say(Kind.CARDINALITY, place, text, "min", "required")
        elif plan.max is not None and found > plan.max:
            text = (
                f"{plan.label} is not allowed here: leave it out."
                if plan.max == 0
                else f"Found {found} of {plan.label}; leave out what is more than {plan.max}."
            )
            self.say(Kind.CARDINALITY, place, text, "max")

    def _profiles(self, node: Node, plan: ElementPlan, place: Place) -> None:
        """The profiles of the item's type, of which it must meet one."""
        for code, profiles in plan.profiles.items():
            if code not in node.shape.lineage:
                continue
            if "Resource" in node.shape.lineage:
                self.owe(place, profiles, node.value)
            else:
                self._one_of(node, profiles, place)

    def _one_of(self, node: Node, profiles: tuple[str, ...], place: Place) -> None:
        nearest: tuple[Notes, list[Obligation]] | None = None
        for canonical in profiles:
            plan = self.session.plans.profile(canonical)
            if plan is None:
                return
            notes, due = Notes(), list[Obligation]()
            try:  # noqa: SIM105 (a context manager here costs more than many a profile)
                ProfileWalk(self.session, self.scope, notes, due, plan.url).item(node, plan.root, place)
            except TooManyFindings:
                pass
            if nearest is None or notes.errors < nearest[0].errors:
                nearest = notes, due
            if not notes.errors:
                break
        if nearest is not None:
            self.notes.take(nearest[0])
            self.due.extend(nearest[1])

    def owe(self, place: Place, targets: tuple[str, ...], resource: dict[str, Any]) -> None:
        """Note that a resource must meet one of the targets, since `place` leads to it."""
        self.due.append(Obligation(place, targets, resource, self.profile))


def _found(node: Node) -> str:
    """What stands there instead, where it is a code or a boolean; nothing else is repeated."""
    name = node.shape.name
    if name == "boolean" and type(node.value) is bool:
        return f"Found {wanted(node.value)}; "
    codes = [node.value] if name == "code" and type(node.value) is str else [c for _, c in codings(node)]
    return f"Found {', '.join(map(shown, codes[:3]))}; " if codes else ""


def _compare(found: Any, limit: Any) -> int | None:
    """-1, 0 or 1 as `found` is below, at or above the limit; None if they cannot be compared."""
    if limit is None:
        return None
    if isinstance(found, int | float | Decimal) and isinstance(limit, int | float | Decimal):
        return (found > limit) - (found < limit)
    if type(found) is str and type(limit) is str:
        one, other = temporal.parse(found), temporal.parse(limit)
        if isinstance(one, Temporal) and isinstance(other, Temporal):
            return temporal.compare(one, other)
    return None
