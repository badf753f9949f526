"""Code systems that a request uses, and the three shapes that every resource is made of.

Single codes stand in the files that use them; descriptors of CPT, X12 and others stand nowhere.
"""

from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

Json = dict[str, Any]

PAS: Final = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
US_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"
TEMP_CODES: Final = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"

X12: Final = "https://codesystem.x12.org/005010/"
X12_RELATIONSHIP: Final = X12 + "1069"
X12_CERTIFICATION_TYPE: Final = X12 + "1322"
X12_LEVEL_OF_SERVICE: Final = X12 + "1338"
X12_PROVIDER_CODE: Final = X12 + "127"
X12_QUANTITY_UNIT: Final = X12 + "673"
X12_REPORT_TYPE: Final = X12 + "755"
X12_REQUEST_TYPE: Final = X12 + "1525"
X12_ROLE: Final = X12 + "98"
X12_SERVICE_TYPE: Final = X12 + "1365"
X12_TRANSMISSION: Final = X12 + "756"

CPT: Final = "http://www.ama-assn.org/go/cpt"
EIN: Final = "http://terminology.hl7.org/NamingSystem/USEIN"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC: Final = "http://loinc.org"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
NUCC: Final = "http://nucc.org/provider-taxonomy"
POS: Final = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
UCUM: Final = "http://unitsofmeasure.org"
HL7: Final = "http://terminology.hl7.org/CodeSystem/"
IDENTIFIER_TYPE: Final = HL7 + "v2-0203"
COVERAGE_CLASS: Final = HL7 + "coverage-class"

# The payer's documentation questionnaire, as its public pages name it.
QUESTIONNAIRE: Final = "http://fhirpa.example/fhir/Questionnaire/therapy-documentation"


def concept(system: str, code: str, **more: str) -> Json:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code, **more}]}


def extension(name: str, **value: Any) -> Json:
    """An extension of the guide by its short name, or of anyone by its full URL."""
    return {"url": name if ":" in name else PAS + name, **value}


def reference(resource: Json) -> Json:
    """A relative reference to a resource that has an id."""
    return {"reference": f"{resource['resourceType']}/{resource['id']}"}


def identifier(system: str, value: str, kind: str | None = None) -> Json:
    """An Identifier; `kind` is a code of HL7 table 0203 (MB: member number, MR: record number)."""
    typed: Json = {"type": concept(IDENTIFIER_TYPE, kind)} if kind else {}
    return {**typed, "system": system, "value": value}


def procedure_system(code: str) -> str:
    """CPT for five digits, HCPCS level II for a letter and four digits (and for two-letter modifiers)."""
    return HCPCS if code[0].isalpha() else CPT


def moment(day: date, clock: str) -> str:
    """An instant of a day in Texas, with the offset that holds there on that day."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo("America/Chicago")).isoformat()


def npi(first_nine: str) -> str:
    """The NPI that these nine digits and their check digit make (45 CFR 162.406: Luhn with 80840)."""
    total = 0
    for place, digit in enumerate(reversed("80840" + first_nine)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return first_nine + str(-total % 10)
