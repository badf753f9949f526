"""Terminology beside the tables: rules, lists that a payer loads, a service. See docs/terminology.md."""

from fhirpa.validation.terminology.opened import Terminology, open_terminology

__all__ = ["Terminology", "open_terminology"]
