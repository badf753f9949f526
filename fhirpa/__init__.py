"""fhirpa: a payer-side HL7 Da Vinci PAS server for physical and occupational therapy."""

__version__ = "0.1.0"
