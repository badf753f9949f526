"""The EHR played against any PAS server: a stranger to the server that knows FHIR and the guide only."""
