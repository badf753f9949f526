"""Resources against profiles: compile packages to tables, load the tables, validate. See README.md.

The validator is imported when it is asked for: who only reads tables does not load it.
"""

from typing import TYPE_CHECKING, Any

from fhirpa.validation.finding import Finding, Kind, Placed, Report
from fhirpa.validation.tables import TableSet, available_sets, load_set

if TYPE_CHECKING:
    from fhirpa.validation.validator import Validator

__all__ = ["Finding", "Kind", "Placed", "Report", "TableSet", "Validator", "available_sets", "load_set"]


def __getattr__(name: str) -> Any:
    if name != "Validator":
        raise AttributeError(f"module {__name__} has no {name}")
    from fhirpa.validation.validator import Validator

    return Validator
