"""Resources against profiles: compile packages to tables, load the tables, validate. See README.md."""

from fhirpa.validation.finding import Finding, Kind, Report
from fhirpa.validation.tables import TableSet, available_sets, load_set
from fhirpa.validation.validator import Validator

__all__ = ["Finding", "Kind", "Report", "TableSet", "Validator", "available_sets", "load_set"]
