"""All functions by name: how many arguments they take and how their code is made."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.functions_collections import COLLECTION_FUNCTIONS
from fhirpa.fhir.fhirpath.functions_conversion import CONVERSION_FUNCTIONS
from fhirpa.fhir.fhirpath.functions_existence import EXISTENCE_FUNCTIONS
from fhirpa.fhir.fhirpath.functions_fhir import FHIR_FUNCTIONS
from fhirpa.fhir.fhirpath.functions_text import TEXT_FUNCTIONS

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        **EXISTENCE_FUNCTIONS,
        **COLLECTION_FUNCTIONS,
        **TEXT_FUNCTIONS,
        **CONVERSION_FUNCTIONS,
        **FHIR_FUNCTIONS,
    }
)
