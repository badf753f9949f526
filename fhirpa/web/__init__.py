"""HTTP: the two FHIR endpoints, operations endpoints and the front page. Thin: parse, call, render."""

from fhirpa.web.app import create_app
from fhirpa.web.use_cases import Definitions, UseCases

__all__ = ["Definitions", "UseCases", "create_app"]
