"""is, as and ofType, as operators and as functions: http://hl7.org/fhirpath/N1/#types."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Code, items_code, truth_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.model import is_type
from fhirpa.fhir.fhirpath.syntax import TypeName


def is_of_type(source: Code, wanted: TypeName) -> Code:
    """True if the one item is of the type or of one derived from it; nothing for nothing."""
    items_of = source.items()

    def run(this: Any, env: Environment) -> bool | None:
        items = items_of(this, env)
        if not items:
            return None
        if len(items) > 1:
            raise EvaluationError("several items where the type of one is asked")
        return is_type(items[0], wanted)

    return truth_code(run)


def as_type(source: Code, wanted: TypeName) -> Code:
    """The items that are of the type.

    The specification wants an error for several items; R4's own invariants (dom-3) use `as` on many.
    """
    items_of = source.items()

    def run(this: Any, env: Environment) -> list[Any]:
        return [item for item in items_of(this, env) if is_type(item, wanted)]

    return items_code(run)


TYPE_FUNCTIONS: Final[Mapping[str, Callable[[Code, TypeName], Code]]] = MappingProxyType(
    {"is": is_of_type, "as": as_type, "ofType": as_type}
)
