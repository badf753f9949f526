"""Whose code lists may not travel with the project: membership is unknown until a payer loads them.

A list of prefixes, compared without regard to case. Where a system is licensed, neither its codes nor a
selection of them (a value set's explicit list or filter) goes into a table.
"""

import re
from typing import Final

_THO: Final = "http://terminology.hl7.org/codesystem/"
_HL7: Final = "http://hl7.org/fhir/sid/"

LICENSED_SYSTEMS: Final[dict[str, tuple[str, ...]]] = {
    "X12": (
        "https://codesystem.x12.org",
        "http://codesystem.x12.org",
        "https://x12.org",
        "http://x12.org",
        "http://www.x12.org",
        "https://www.x12.org",
        _THO + "x12",
        "urn:oid:2.16.840.1.113883.6.255",
    ),
    "CPT (AMA)": (
        "http://www.ama-assn.org",
        "https://www.ama-assn.org",
        _THO + "cpt",
        "urn:oid:2.16.840.1.113883.6.12",
    ),
    "NUBC (AHA)": (
        "https://www.nubc.org",
        "http://www.nubc.org",
        "http://nubc.org",
        _THO + "nubc",
        "https://nubc.org",
        _THO + "ex-revenue-center",
        _THO + "ex-diagnosis-on-admission",
    ),
    "NUCC (AMA)": (
        "http://nucc.org",
        "http://www.nucc.org",
        "https://nucc.org",
        "https://www.nucc.org",
        _THO + "nucc",
    ),
    "SNOMED CT": ("http://snomed.info", "https://snomed.info"),
    "LOINC": ("http://loinc.org", "https://loinc.org"),
    "ICD": (
        _HL7 + "icd",
        _HL7 + "ex-icd",
        "http://www.cms.gov/medicare/coding/icd",
        "https://www.cms.gov/medicare/coding/icd",
        "http://id.who.int/icd",
        _THO + "icd",
        "urn:oid:2.16.840.1.113883.6.90",
        "urn:oid:2.16.840.1.113883.6.103",
        "urn:oid:2.16.840.1.113883.6.104",
    ),
    "CDT (ADA)": ("http://www.ada.org", "http://ada.org", _THO + "cdt", "urn:oid:2.16.840.1.113883.6.13"),
    "RxNorm (NLM)": ("http://www.nlm.nih.gov/research/umls/rxnorm",),
    "DICOM (NEMA)": ("http://dicom.nema.org",),
    "ASTM": ("urn:iso-astm:",),
    "NEHTA": ("urn:oid:1.2.36.",),
    "3M DRG": ("http://uri.hddaccess.com", "https://apps.3mhis.com", _THO + "ap-drg", _THO + "apr-drg"),
    "MDC (IEEE)": ("urn:iso:std:iso:11073",),
    "NCPDP": ("http://www.ncpdp.org", "https://www.ncpdp.org", "http://terminology.hl7.org/codesystem/ncpdp"),
    "MedDRA": ("http://www.meddra.org", "https://www.meddra.org"),
    "Gold Standard, First Databank, Multum and Medi-Span": (
        "http://www.nddf",
        "http://www.fdbhealth.com",
        "http://www.wolterskluwer",
        _THO + "nddf",
        _THO + "multum",
    ),
}
LICENSED_VALUE_SETS: Final = (
    "http://cts.nlm.nih.gov/",
    "https://cts.nlm.nih.gov/",
    "https://valueset.x12.org/",
    "http://valueset.x12.org/",
)

# Whoever else than HL7 a system's notice of copyright names.
_OTHERS: Final = re.compile(
    r"SNOMED|LOINC|DICOM|NEMA|ASTM|\bISO\b|\bIHE\b|\bAHA\b|\bAMA\b|UB04|All Rights Reserved"
)
_PREFIXES: Final = tuple(p for prefixes in LICENSED_SYSTEMS.values() for p in prefixes)


def is_licensed_system(url: str) -> bool:
    """True for a code system whose codes may not be listed."""
    return url.lower().startswith(_PREFIXES)


def names_others(copyright_notice: str) -> bool:
    """True where somebody else than HL7 has a right in the texts of a system."""
    return _OTHERS.search(copyright_notice) is not None


def is_licensed_value_set(url: str) -> bool:
    """True for a value set whose selection itself is licensed."""
    return url.lower().startswith(LICENSED_VALUE_SETS)
