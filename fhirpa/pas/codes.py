"""Canonical URLs and code systems of the PAS guide (facts of both versions; see capability and profiles)."""

from typing import Final

PAS: Final = "http://hl7.org/fhir/us/davinci-pas"
SD: Final = f"{PAS}/StructureDefinition/"
TEMP_CODES: Final = f"{PAS}/CodeSystem/PASTempCodes"

X12: Final = "https://codesystem.x12.org/005010/"
X12_REVIEW_ACTION: Final = X12 + "306"
X12_DECISION_REASON: Final = "https://codesystem.x12.org/external/886"
X12_REJECT_REASON: Final = X12 + "901"
X12_FOLLOW_UP: Final = X12 + "889"
X12_CERTIFICATION_TYPE: Final = X12 + "1322"
X12_REQUEST_TYPE: Final = X12 + "1525"
X12_LEVEL_OF_SERVICE: Final = X12 + "1338"
X12_SERVICE_TYPE: Final = X12 + "1365"
X12_QUANTITY_UNIT: Final = X12 + "673"
X12_REPORT_TYPE: Final = X12 + "755"
X12_ENTITY: Final = X12 + "98"
X12_RELATIONSHIP: Final = X12 + "1069"

CPT: Final = "http://www.ama-assn.org/go/cpt"
HCPCS: Final = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC: Final = "http://loinc.org"
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
EIN: Final = "http://terminology.hl7.org/NamingSystem/USEIN"
NUCC: Final = "http://nucc.org/provider-taxonomy"
POS: Final = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
DATA_ABSENT: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ADJUDICATION: Final = "http://terminology.hl7.org/CodeSystem/adjudication"
OBSERVATION_VALUE: Final = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
IDENTIFIER_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
COVERAGE_CLASS: Final = "http://terminology.hl7.org/CodeSystem/coverage-class"
DATA_ABSENT_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CLAIM_ENCOUNTER: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Claim.encounter"

CLAIM_TYPE: Final = "http://terminology.hl7.org/CodeSystem/claim-type"
URI: Final = "urn:ietf:rfc:3986"  # system of an identifier whose value is a URI
BASE: Final = "http://hl7.org/fhir/StructureDefinition/"  # profiles of plain R4
TRACKING: Final = "urn:fhirpa:tracking"  # our tracking numbers of what was asked for

TOPIC: Final = f"{PAS}/SubscriptionTopic/PASSubscriptionTopic"

# Our documentation questionnaires (served under /fhir/<version>/Questionnaire): the id of the general one.
# That of a policy adds the policy's id to it.
QUESTIONNAIRE_ID: Final = "therapy-documentation"
QUESTIONNAIRE_LOINC: Final = "102089-0"  # 'payer specific questionnaire' in an information request
QUESTIONNAIRE_PROFILE: Final = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/dtr-std-questionnaire"
ANSWERS: Final = "http://fhirpa.example/fhir/CodeSystem/therapy-documentation"  # codes to choose from
SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
SDC_TEMP: Final = "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
VERSION_ALGORITHM: Final = (
    "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.versionAlgorithm[x]"
)
UCUM: Final = "http://unitsofmeasure.org"
