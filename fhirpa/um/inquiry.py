"""An inquiry: by whom, about whom, and what narrows it (query by example)."""

from dataclasses import dataclass
from datetime import date

from fhirpa.um.request import ExternalId, Span


@dataclass(frozen=True, slots=True)
class Inquiry:
    """Search keys and narrowing values. Empty tuples and None do not narrow.

    `member_ids` and `provider_npis` are always required to match (PAS spec-53); the numbers are search
    keys that lead straight to a case; the rest narrows.
    """

    member_ids: tuple[str, ...]
    provider_npis: tuple[str, ...]
    authorization_numbers: tuple[str, ...] = ()
    administrative_reference_numbers: tuple[str, ...] = ()
    trace_numbers: tuple[ExternalId, ...] = ()  # item trace numbers of the original request
    service_codes: tuple[str, ...] = ()
    review_action_codes: tuple[str, ...] = ()  # X12 306
    diagnoses: tuple[str, ...] = ()
    service_period: Span | None = None
    issued: Span | None = None
    effective: Span | None = None
    expires: Span | None = None
    patient_birth_date: date | None = None
    patient_family: str | None = None
