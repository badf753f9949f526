"""Is a parsed resource R4? Every place where it is not, by the base tables: one fault per cause.

Only what FHIR itself says of each type: names, shapes, lexical forms, mandatory elements and choices.
Invariants, value sets and profiles are others' work. JSON rules: http://hl7.org/fhir/R4/json.html.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.json_codec import MAX_DEPTH
from fhirpa.fhir.outcome import Issue
from fhirpa.fhir.place import Place, fhirpath
from fhirpa.fhir.primitives import FORMS
from fhirpa.fhir.structure_plan import Plan, Slot, plan
from fhirpa.fhir.tables import resource_types

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "resource-expected": "Something that is not a resource stands where a resource belongs.",
        "resource-type-missing": "A resource has no resourceType.",
        "resource-type-unknown": "resourceType names no resource of FHIR R4.",
        "element-unknown": "FHIR R4 has no element of this name here.",
        "element-missing": "An element that FHIR R4 makes mandatory is missing.",
        "list-expected": "An element that may repeat is not sent as a JSON list.",
        "list-unexpected": "An element that stands once is sent as a JSON list.",
        "object-expected": "A plain value stands where a JSON object belongs.",
        "value-type": "A value has the wrong JSON type.",
        "value-form": "A value does not have the form that its type prescribes.",
        "null-value": "A null stands where no extension explains it.",
        "empty-value": "An object, list or text is empty.",
        "date-not-real": "A date has a day that its month does not have.",
        "number-range": "A whole number is outside the range of its type.",
        "text-too-long": "A text is longer than 1048576 characters.",
        "text-character": "A text holds a control character or something else that is no character.",
        "choice-repeated": "Two types of one choice element are sent at once.",
        "lists-misaligned": "A list of values and the list of their extensions differ in length.",
        "extension-without-content": "An extension has neither a value nor extensions inside.",
        "extension-with-both": "An extension has a value and extensions inside.",
        "nested-too-deep": "Elements are nested deeper than this server reads.",
        "more-faults": "There are more faults than are listed.",
    }
)
MAX_ISSUES = 200

_CODES = {"element-missing": "required", "nested-too-deep": "too-long", "text-too-long": "too-long"}
_VALUE_CODES = frozenset({"value-form", "date-not-real", "number-range", "text-character", "value-type"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}").fullmatch

_Json = dict[str, Any]


def check(resource: Any) -> list[Issue]:
    """All structural faults of `resource` (a dict as decode gives it), in document order, at most MAX_ISSUES.

    Never raises. A last issue of severity information says that there are more. Texts repeat no values.
    """
    walk = _Walk()
    try:
        walk.resource(resource, None, 1)
    except _Full:
        text = f"Only the first {MAX_ISSUES} faults are listed; send again when they are mended."
        walk.issues.append(Issue("information", "incomplete", text, None, "more-faults"))
    return walk.issues


class _Full(Exception):
    pass


class _Walk:
    """One pass over a resource."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def fault(self, key: str, text: str, place: Place | None) -> None:
        """Keep one fault; stop the walk when there are enough."""
        if len(self.issues) == MAX_ISSUES:
            raise _Full
        code = _CODES.get(key) or ("value" if key in _VALUE_CODES else "structure")
        self.issues.append(Issue("error", code, text, fhirpath(place) if place else None, key))

    def resource(self, value: Any, place: Place | None, depth: int) -> None:
        """A resource at `place`, or the root (None)."""
        if type(value) is not dict:
            self.fault("resource-expected", "A resource belongs here: a JSON object.", place)
            return
        kind = value.get("resourceType")
        if type(kind) is str and kind in resource_types():
            self.object(value, plan(kind), place or (None, kind, None), depth)
        elif kind is None:
            self.fault("resource-type-missing", "resourceType is missing: name the resource type.", place)
        else:
            text = "resourceType must be the name of an R4 resource, in its upper and lower case."
            self.fault("resource-type-unknown", text, place)

    def object(self, value: _Json, shape: Plan, place: Place, depth: int) -> None:
        """The elements of an object of a known type."""
        if not value:
            self.fault("empty-value", "An empty object says nothing: fill it or leave it out.", place)
            return
        if depth > MAX_DEPTH:
            text = f"Elements are nested deeper than {MAX_DEPTH} levels: send them flatter."
            self.fault("nested-too-deep", text, place)
            return
        slots = shape.slots
        chosen: dict[str, str] = {}  # choice -> the name that holds it, '' once that was reported
        meant: set[str] = set()
        for name, item in value.items():
            slot = slots.get(name)
            if slot is None:
                self._other_name(value, name, shape, place, depth, chosen, meant)
                continue
            if slot.choice and chosen.setdefault(slot.choice, name) != name:
                self._choose(slot.choice, name, chosen, place)
            if slot.many:
                self._list(value, name, slot, place, depth)
            elif slot.check is not None:
                key = slot.check(item)
                if key is not None:
                    self._value(key, item, slot, (place, slot.label, None))
            elif type(item) is dict and not slot.is_resource:
                self.object(item, plan(slot.type), (place, slot.label, None), depth + 1)
            else:
                self._child(item, slot, (place, slot.label, None), depth)
        for label, names in shape.required:
            if names[0] not in value and label not in meant and not any(n in value for n in names):
                text = f"{label} is missing: {shape.type} must have it."
                self.fault("element-missing", text, (place, label, None))
        if shape.is_extension:
            self._extension(value, "value" in chosen or "value" in meant, place)

    def _list(self, owner: _Json, name: str, slot: Slot, place: Place, depth: int) -> None:
        items = owner[name]
        label = slot.label
        if type(items) is not list:
            text = f"{label} may repeat: send a JSON list, also for one."
            self.fault("list-expected", text, (place, label, None))
        elif not items:
            text = "An empty list says nothing: fill it or leave it out."
            self.fault("empty-value", text, (place, label, None))
        elif slot.check is None:
            shape = None if slot.is_resource else plan(slot.type)
            for index, item in enumerate(items):
                if shape is not None and type(item) is dict:
                    self.object(item, shape, (place, label, index), depth + 1)
                else:
                    self._child(item, slot, (place, label, index), depth)
        else:
            extras = owner.get("_" + name) if slot.has_sibling else None
            for index, item in enumerate(items):
                key = slot.check(item)
                if key is not None and not (item is None and _explains(extras, index)):
                    self._value(key, item, slot, (place, label, index))

    def _child(self, item: Any, slot: Slot, place: Place, depth: int) -> None:
        if type(item) is dict:
            if slot.is_resource:
                self.resource(item, place, depth + 1)
            else:
                self.object(item, plan(slot.type), place, depth + 1)
        elif item is None:
            self.fault("null-value", "A null says nothing: leave it out.", place)
        elif type(item) is list:
            self.fault("list-unexpected", f"{slot.label} stands once here: send no list.", place)
        else:
            key = "resource-expected" if slot.is_resource else "object-expected"
            self.fault(key, f"{slot.label} is a {_shown(slot.type)}: send a JSON object.", place)

    def _value(self, key: str, item: Any, slot: Slot, place: Place) -> None:
        """Say what is wrong with a primitive value."""
        if item is None:
            text = "A null is allowed only in a list, with an extension at the same place."
            self.fault("null-value", text, place)
        elif type(item) is list:
            self.fault("list-unexpected", f"{slot.label} stands once here: send no list.", place)
        elif key == "empty-value":
            self.fault(key, "An empty text says nothing: fill it or leave it out.", place)
        elif key == "date-not-real":
            self.fault(key, f"{slot.label} is no day of the calendar: mend it.", place)
        elif key in ("text-character", "text-too-long"):
            self.fault(key, f"{slot.label} is refused: mend it. {KEYS[key]}", place)
        else:
            self.fault(key, f"{slot.label} must be {FORMS[slot.type]} (type {slot.type}).", place)

    def _choose(self, choice: str, name: str, chosen: dict[str, str], place: Place) -> None:
        before = chosen.setdefault(choice, name)
        if before and before != name:
            text = f"{choice} is given as {before} and as {name}: send one of them."
            self.fault("choice-repeated", text, (place, choice, None))
            chosen[choice] = ""

    def _other_name(
        self,
        owner: _Json,
        name: Any,
        shape: Plan,
        place: Place,
        depth: int,
        chosen: dict[str, str],
        meant: set[str],
    ) -> None:
        """A name that is no element: resourceType, the extensions of a primitive, or a fault."""
        if name == "resourceType" and shape.is_resource:
            return
        base = name[1:] if type(name) is str and name[:1] == "_" else ""
        slot = shape.slots.get(base)
        if slot is not None and slot.has_sibling:
            if slot.choice:
                self._choose(slot.choice, base, chosen, place)
            self._sibling(owner, base, slot, place, depth)
            return
        if type(name) is not str or not _NAME(name):
            text = f"A property of this {_shown(shape.type)} has a name that no FHIR element can have."
            self.fault("element-unknown", text, place)
            return
        label, hint = _guess(name, shape)
        meant.add(label)
        self.fault("element-unknown", hint, (place, name, None))

    def _sibling(self, owner: _Json, name: str, slot: Slot, place: Place, depth: int) -> None:
        """The ids and extensions of a primitive: `_name` beside `name`."""
        extras = owner["_" + name]
        if not slot.many:
            self._extra(extras, name, (place, slot.label, None), depth)
            return
        here = (place, slot.label, None)
        if type(extras) is not list:
            self.fault("list-expected", f"_{name} belongs to a list: send a JSON list with nulls.", here)
            return
        if all(e is None for e in extras):
            self.fault("empty-value", f"_{name} holds no extension: leave it out.", here)
            return
        values = owner.get(name)
        if type(values) is list and values and len(values) != len(extras):
            text = f"{name} and _{name} must have the same length; fill the gaps with null."
            self.fault("lists-misaligned", text, here)
            return
        for index, extra in enumerate(extras):
            if extra is not None:
                self._extra(extra, name, (place, slot.label, index), depth)
            elif values is None:
                text = (
                    f"_{name} holds a null without a value in {name}: send the value, or leave the null out."
                )
                self.fault("null-value", text, (place, slot.label, index))

    def _extra(self, extra: Any, name: str, place: Place, depth: int) -> None:
        if type(extra) is dict:
            self.object(extra, plan("Element"), place, depth + 1)
        else:
            text = f"_{name} holds the id and extensions of {name}: send a JSON object."
            self.fault("object-expected", text, place)

    def _extension(self, value: _Json, has_value: bool, place: Place) -> None:
        if has_value and "extension" in value:
            text = "An extension has a value or extensions inside, not both: leave one out."
            self.fault("extension-with-both", text, place)
        elif not has_value and "extension" not in value:
            text = "An extension needs a value or extensions inside: add what it says, or leave it out."
            self.fault("extension-without-content", text, place)


def _explains(extras: Any, index: int) -> bool:
    """True if something stands at this place of the `_name` list (whether it is right is seen there)."""
    if type(extras) is list and index < len(extras):
        return extras[index] is not None
    return extras is not None


def _guess(name: str, shape: Plan) -> tuple[str, str]:
    """The label of the element that was meant ('' if none is near), and the text of the fault."""
    shown = _shown(shape.type)
    if name == "resourceType":
        return "", f"resourceType names resources only; {shown} is none: leave it out."
    bare = name.removeprefix("_")
    if bare != name and bare in shape.slots:
        return "", f"Only primitive elements have ids and extensions beside them; {bare} holds its own."
    for right, slot in shape.slots.items():
        if right.lower() == name.lower():
            return slot.label, f"R4 spells this element {right}."
    for slot in shape.slots.values():
        rest = name[len(slot.choice) :]
        if slot.choice and name.startswith(slot.choice) and (not rest or rest[0].isupper()):
            types = sorted(s.type for s in shape.slots.values() if s.choice == slot.choice)
            some = f"one of {', '.join(types)}" if len(types) < 9 else "a type of the R4 list"
            return (
                slot.choice,
                f"{slot.choice} of {shown} takes {some}, as in {slot.choice}{_upper(types[0])}.",
            )
    return "", f"R4 has no element {name} in {shown}: remove it, or send its content in an extension."


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]


def _shown(type_name: str) -> str:
    """A type for a text: backbone paths have no better name than their path."""
    return "resource" if type_name == "Resource" else type_name
