"""Utilization management, pure: no FHIR, no HTTP, no SQL, no clock of its own."""
