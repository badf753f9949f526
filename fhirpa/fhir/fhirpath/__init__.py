"""FHIRPath over plain dicts: expressions are compiled once to closures. See README.md."""

from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import (
    EvaluationError,
    FhirPathError,
    FhirPathSyntaxError,
    UnknownFunction,
)
from fhirpa.fhir.fhirpath.expression import Expression, compile_expression
from fhirpa.fhir.fhirpath.mended import mended
from fhirpa.fhir.fhirpath.model import Node
from fhirpa.fhir.fhirpath.quantity import Quantity
from fhirpa.fhir.fhirpath.temporal import Temporal

__all__ = [
    "Environment",
    "EvaluationError",
    "Expression",
    "FhirPathError",
    "FhirPathSyntaxError",
    "Node",
    "Quantity",
    "Temporal",
    "UnknownFunction",
    "compile_expression",
    "mended",
]
