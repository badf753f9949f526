"""The closed vocabularies of utilization management, one name per concept."""

from enum import StrEnum


class Discipline(StrEnum):
    """Therapy discipline of a service line (modifier GP or GO on a claim)."""

    PT = "PT"
    OT = "OT"


class LineOfBusiness(StrEnum):
    """Which law and contract binds a case; fixed from coverage at the time of receipt."""

    COM = "COM"
    QHP = "QHP"
    MCD = "MCD"
    CHIP = "CHIP"
    MA = "MA"
    SF = "SF"


class ReviewType(StrEnum):
    """What kind of review is asked for (X12 1322 certification type on the wire)."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    REVISED = "revised"
    CANCEL = "cancel"
    APPEAL = "appeal"


class Change(StrEnum):
    """How the sender flags an entry of an update against the version before it."""

    ADDED = "added"
    CHANGED = "changed"


class UpdateSign(StrEnum):
    """What a request says of itself: is it an update of an earlier one?"""

    NONE = "none"
    POSSIBLE = "possible"  # it withdraws lines, which an update does; it may still be a first request
    CERTAIN = "certain"


class LevelOfService(StrEnum):
    """Standard or expedited handling."""

    STANDARD = "standard"
    EXPEDITED = "expedited"


class QuantityUnit(StrEnum):
    """What a requested or certified quantity counts."""

    VISITS = "visits"
    UNITS = "units"
    OTHER = "other"


class Counting(StrEnum):
    """What a limit of the plan counts."""

    VISITS = "visits"  # a member's day with one discipline
    DAYS = "days"  # a member's day, also with several disciplines
    UNITS = "units"  # units of time
    DOLLARS = "dollars"


class CountedPer(StrEnum):
    """What a count of visits is kept for."""

    YEAR = "year"  # a benefit year
    CONDITION = "condition"  # a condition in a benefit year
    EPISODE = "episode"  # a condition, until an operation begins another episode


class Setting(StrEnum):
    """Where therapy takes place, from the place of service code."""

    OUTPATIENT = "outpatient"
    HOME = "home"
    TELEHEALTH = "telehealth"
    FACILITY = "facility"  # a nursing facility, whose resident has outpatient therapy
    OTHER = "other"
    UNKNOWN = "unknown"


class CodeKind(StrEnum):
    """The code set a requested service comes from, as far as the decision cares."""

    PROCEDURE = "procedure"  # CPT or HCPCS level II
    SERVICE_TYPE = "service_type"  # X12 1365, a whole service type
    OTHER = "other"  # ICD-10-PCS, NDC, anything else
    NONE = "none"  # 'not-applicable' or absent


class CriterionStatus(StrEnum):
    """Result of one criterion. NOT_MET stays inside um and the audit record."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"


class EngineResult(StrEnum):
    """All that the rules engine can propose for a line. No value means deny (Tex. Ins. Code 4201.156)."""

    CERTIFY = "certify"
    CERTIFY_BLOCK = "certify_block"  # a block now, the rest pended to a person
    PEND_INFORMATION = "pend_information"
    PEND_CLINICAL = "pend_clinical"
    NOT_REQUIRED = "not_required"
    CONTACT_PAYER = "contact_payer"


class ReviewKind(StrEnum):
    """What a person is to look at when a line is pended: the clinical question, or benefit and coverage.

    An administrative review never says a word on necessity (domain: notices).
    """

    CLINICAL = "clinical"
    ADMINISTRATIVE = "administrative"


class LineState(StrEnum):
    """State of a service line in the payer's case (domain: case lifecycle)."""

    PENDED_INFORMATION = "pended_information"
    PENDED_CLINICAL = "pended_clinical"
    PENDED_DIRECTOR = "pended_director"
    CERTIFIED = "certified"
    MODIFIED = "modified"  # certified otherwise than asked, the rest closed
    NOT_REQUIRED = "not_required"
    CONTACT_PAYER = "contact_payer"
    DENIED_MEDICAL = "denied_medical"
    DENIED_ADMINISTRATIVE = "denied_administrative"
    CANCELLED = "cancelled"

    @property
    def is_pended(self) -> bool:
        """True while somebody still has to act on the line."""
        return self in _PENDED


_PENDED = frozenset({LineState.PENDED_INFORMATION, LineState.PENDED_CLINICAL, LineState.PENDED_DIRECTOR})


class ActorRole(StrEnum):
    """Who acted on a case."""

    ENGINE = "engine"
    SYSTEM = "system"
    PROVIDER = "provider"
    INTAKE = "intake"
    THERAPIST = "therapist"
    MEDICAL_DIRECTOR = "medical_director"
    EXTERNAL = "external"  # a reviewer outside the plan, whose decision binds it


class AppealStage(StrEnum):
    """How far the objection to a line's determination has come; the line's state says what stands."""

    APPEALED = "appealed"
    UPHELD = "upheld"
    EXTERNAL_REVIEW = "external_review"


class DeterminationKind(StrEnum):
    """What was decided for a line."""

    CERTIFIED = "certified"
    CERTIFIED_IN_PART = "certified_in_part"
    REDUCED = "reduced"
    DENIED_MEDICAL = "denied_medical"
    DENIED_ADMINISTRATIVE = "denied_administrative"
    NOT_REQUIRED = "not_required"
    CONTACT_PAYER = "contact_payer"
    CANCELLED = "cancelled"
    UPHELD = "upheld"  # on appeal: what was decided stands
