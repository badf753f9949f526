"""Terminology beside the tables: rules for codes, lists that a payer loads, a service to ask. See docs/terminology.md."""

from fhirpa.validation.terminology.opened import Terminology, open_terminology

__all__ = ["Terminology", "open_terminology"]
