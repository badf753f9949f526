"""The two versions of the guide as values: every difference that code branches on stands here."""

from dataclasses import dataclass

from fhirpa.pas.codes import SD


@dataclass(frozen=True, slots=True)
class PasVersion:
    """One published version of the guide and what is particular to it (ig digest: branch table)."""

    label: str
    max_claims: int  # Claim entries allowed in a request bundle
    inquiry_items_required: bool
    inquiry_as_parameters: bool  # $inquire answers Parameters with one Bundle per match
    adjudicated_add_item: bool  # addItem carries adjudication, period and number
    request_reference_required: bool  # ClaimResponse.request 1..1
    response_identifier_required: bool
    complex_error_element: bool  # errorElement {processNote, error} instead of a string
    full_url_provider_type: bool  # itemAuthorizedProvider.providerType is a nested full-URL extension
    line_number_on_request: bool  # serviceLineNumber on CommunicationRequest, else on its payload
    attachment_code_in_payload: bool  # payload.contentString is a LOINC attachment code
    single_communication_parts: bool  # CommunicationRequest.identifier, category, ... at most once
    task_line_extension: str  # extension on Task.input that holds the line number
    task_line_type: str  # its value[x]
    task_questionnaire_input: str  # input type for a questionnaire
    task_questionnaire_value: str  # its value[x]
    reviewer_extension: bool  # claimResponseReviewer exists
    revenue_system: str
    strict_requests: bool = False  # request and certification type, place, documentInformation ... 1..1
    update_names_predecessor: bool = False  # Claim.related: exactly one prior Claim, in the bundle
    identifier_system_required: bool = False  # PASIdentifier: system and value 1..1
    event_level: bool = False  # ClaimResponse has adjudication, transmission ids and providers of its own
    detail_is_requested: bool = False  # item's itemAuthorizedDetail tells what was requested, not authorized
    foreign_extensions: frozenset[str] = frozenset()  # the other version's own: never echoed into this one


V201 = PasVersion(
    label="2.0.1",
    max_claims=1,
    inquiry_items_required=True,
    inquiry_as_parameters=False,
    adjudicated_add_item=False,
    request_reference_required=False,
    response_identifier_required=False,
    complex_error_element=False,
    full_url_provider_type=False,
    line_number_on_request=False,
    attachment_code_in_payload=False,
    single_communication_parts=False,
    task_line_extension=SD + "extension-paLineNumber",
    task_line_type="valueInteger",
    task_questionnaire_input="questionnaires-needed",
    task_questionnaire_value="valueIdentifier",
    reviewer_extension=False,
    revenue_system="https://www.nubc.org/revenue-code",
    foreign_extensions=frozenset(
        SD + name
        for name in (
            "extension-TransmissionIdentifiers",
            "extension-admissionDates",
            "extension-authorizedProviderType",
            "extension-claimResponseReviewer",
            "extension-dischargeDate",
            "extension-documentInformation",
            "extension-itemCategory",
            "extension-revenueCode",
        )
    ),
)

V221 = PasVersion(
    label="2.2.1",
    max_claims=2,
    inquiry_items_required=False,
    inquiry_as_parameters=True,
    adjudicated_add_item=True,
    request_reference_required=True,
    response_identifier_required=True,
    complex_error_element=True,
    full_url_provider_type=True,
    line_number_on_request=True,
    attachment_code_in_payload=True,
    single_communication_parts=True,
    task_line_extension=SD + "extension-serviceLineNumber",
    task_line_type="valuePositiveInt",
    task_questionnaire_input="questionnaire-context",
    task_questionnaire_value="valueString",
    reviewer_extension=True,
    revenue_system="https://www.nubc.org/CodeSystem/RevenueCodes",
    strict_requests=True,
    update_names_predecessor=True,
    identifier_system_required=True,
    event_level=True,
    detail_is_requested=True,
    foreign_extensions=frozenset({SD + "extension-paLineNumber"}),
)

VERSIONS = {v.label: v for v in (V201, V221)}
