"""FHIR R4 mechanics, payer-agnostic: codec, base tables, bundle graph, OperationOutcome."""
