"""Breaking the rules of extensions: unknown modifiers, places where none may stand, wrong urls inside."""

import copy
from collections.abc import Iterator
from typing import Any, Final

from fhirpa.fhir.tables import type_names, type_table
from fhirpa.validation.elements import Context
from fhirpa.validation.tables import TableSet
from tests.validation.mutation.edits import Edit
from tests.validation.mutation.mutant import Mutant, Said
from tests.validation.mutation.specimens import SAMPLES
from tests.validation.mutation.walk import Typed, objects

Json = dict[str, Any]

_WIDE: Final = frozenset({"Element", "*", "Resource", "DomainResource"})
_UNKNOWN: Final = {"url": "http://example.org/no-such-extension", "valueBoolean": True}
_RELATIVE: Final = {"url": "no-such-extension", "valueBoolean": True}


def extension_mutants(tables: TableSet, resource: Json) -> Iterator[Mutant]:
    """Mutants of the extensions of a resource, and of the places where it could have some."""
    for at in objects(resource):
        elements = type_table(at.type).elements
        if "modifierExtension" in elements:
            said = Said("extension", _next(at, "modifierExtension"))
            edit = _added(at, "modifierExtension", _UNKNOWN)
            yield Mutant("unknown modifier", at.type, (said,), (edit,))
        if "extension" in elements and at.type not in ("Extension", "Element") and at.value:
            said = Said("extension", _next(at, "extension"))
            yield Mutant("relative url", at.type, (said,), (_added(at, "extension", _RELATIVE),))
        if at.type == "Extension":
            yield from _of_extension(tables, at, resource)


def _of_extension(tables: TableSet, at: Typed, resource: Json) -> Iterator[Mutant]:
    found = tables.extension(at.value.get("url", ""))
    if found is None:
        return
    if isinstance(at.value.get("extension"), list):
        said = Said("extension", _next(at, "extension"))
        yield Mutant("url inside", found.url, (said,), (_added(at, "extension", _RELATIVE),))
    if found.context and all(_is_elsewhere(c) for c in found.context):
        meta = Typed(resource.get("meta", {}), "Meta", f"{resource['resourceType']}.meta")
        another = copy.deepcopy(at.value)
        own = {**meta.value, "extension": [*meta.value.get("extension", ()), another]}
        said = Said("extension", _next(meta, "extension"))
        yield Mutant("context", found.url, (said,), (Edit(resource, "meta", own),))


def _is_elsewhere(context: Context) -> bool:
    """True for a context that the meta of a resource is none of."""
    first, _, rest = context.expression.partition(".")
    is_known = first in type_names() or first in SAMPLES  # contexts of other versions and of patterns are not
    return context.kind == "element" and is_known and first not in (*_WIDE, "Meta") and rest != "meta"


def _added(at: Typed, name: str, extension: Json) -> Edit:
    return Edit(at.value, name, [*at.value.get(name, ()), extension])


def _next(at: Typed, name: str) -> str:
    return f"{at.place}.{name}[{len(at.value.get(name, ()))}]"
