"""Ids inside one resource: http://hl7.org/fhir/R4/element.html and references.html#contained."""

from collections.abc import Iterator
from typing import Any

from fhirpa.fhir.place import Place
from fhirpa.validation.finding import Kind, Notes

_Json = dict[str, Any]


def check_ids(resource: _Json, place: Place, notes: Notes) -> None:
    """Each element id once in a resource; each contained resource with an id that no other one has."""
    # The snapshot of a StructureDefinition repeats the ids of its differential: that is how R4 wants it.
    if resource.get("resourceType") != "StructureDefinition" and _repeats_an_id(resource):
        _say_repeated(resource, place, notes)
    contained = resource.get("contained")
    if type(contained) is list:
        _check_contained(contained, place, notes)


def _repeats_an_id(resource: _Json) -> bool:
    """Whether it is worth while to look where: hardly anybody sends ids of elements."""
    seen: set[str] = set()
    owners = [resource]
    for owner in owners:  # grows while it is gone through
        for item in owner.values():
            if type(item) is not dict and type(item) is not list:
                continue
            for inner in item if type(item) is list else (item,):
                if type(inner) is dict and "resourceType" not in inner:
                    owners.append(inner)
                    identity = inner.get("id")
                    if type(identity) is str:
                        if identity in seen:
                            return True
                        seen.add(identity)
    return False


def _say_repeated(resource: _Json, place: Place, notes: Notes) -> None:
    seen: set[str] = set()
    for identity, at in _element_ids(resource, place):
        if identity in seen:
            text = "Another element of this resource has the same id: make them differ."
            notes.add(Kind.STRUCTURE, "error", at, text, cause="id", key="id-repeated")
        seen.add(identity)


def _check_contained(contained: list[Any], place: Place, notes: Notes) -> None:
    seen: set[str] = set()
    for index, inner in enumerate(contained):
        if type(inner) is not dict:
            continue
        at, identity = (place, "contained", index), inner.get("id")
        if identity is None:
            text = "A contained resource needs an id: nothing can refer to it without."
            notes.add(Kind.STRUCTURE, "error", at, text, cause="id", key="contained-id")
        elif type(identity) is str:
            if identity in seen:
                text = "Another contained resource has the same id: make them differ."
                notes.add(Kind.STRUCTURE, "error", at, text, cause="id", key="contained-id")
            seen.add(identity)


def _element_ids(owner: _Json, place: Place) -> Iterator[tuple[str, Place]]:
    """The ids of all elements, without those of the resource itself and of resources inside."""
    for name, item in owner.items():
        label = name.removeprefix("_")
        if type(item) is dict:
            yield from _ids_from(item, (place, label, None))
        elif type(item) is list:
            for index, inner in enumerate(item):
                if type(inner) is dict:
                    yield from _ids_from(inner, (place, label, index))


def _ids_from(element: _Json, place: Place) -> Iterator[tuple[str, Place]]:
    if "resourceType" in element:
        return
    identity = element.get("id")
    if type(identity) is str:
        yield identity, place
    yield from _element_ids(element, place)
