"""Notices: which letters an act on a case makes due, and the data that their texts are rendered from.

The texts and their delivery are elsewhere; a notice is a row that is queued with the decision. What each must
hold: domain §3; Tex. Ins. Code 4201.303, 42 CFR 422.568(e), 438.404(b), 29 CFR 2560.503-1(g).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from fhirpa.um.terms import DeterminationKind


class NoticeKind(StrEnum):
    """What a letter is about."""

    APPROVAL = "approval"
    PARTIAL = "partial"  # certified otherwise than asked, with the provider's agreement or the rest open
    DENIAL = "denial"  # for medical necessity
    REDUCTION = "reduction"  # less than asked, or an approved course cut short
    ADMINISTRATIVE_DENIAL = "administrative-denial"
    INFORMATION_REQUEST = "information-request"
    NOT_REQUIRED = "not-required"
    CONTACT_PAYER = "contact-payer"
    CANCELLED = "cancelled"
    PENDED = "pended"
    CORRECTION = "correction"
    TIME_EXTENDED = "time-extended"  # of the decision
    NOT_EXPEDITED = "not-expedited"
    DATES_EXTENDED = "dates-extended"
    APPEAL_RECEIVED = "appeal-received"
    APPEAL_TIME = "appeal-time"  # it became urgent, or takes longer
    APPEAL_UPHELD = "appeal-upheld"
    APPEAL_OVERTURNED = "appeal-overturned"
    EXTERNAL_REVIEW = "external-review"  # the file goes to an independent reviewer
    EXTERNAL_OUTCOME = "external-outcome"


class Recipient(StrEnum):
    """Who gets a notice; the topics of the outbox."""

    PROVIDER = "provider"
    MEMBER = "member"


_BY_DETERMINATION = {
    DeterminationKind.CERTIFIED: NoticeKind.APPROVAL,
    DeterminationKind.CERTIFIED_IN_PART: NoticeKind.PARTIAL,
    DeterminationKind.REDUCED: NoticeKind.REDUCTION,
    DeterminationKind.DENIED_MEDICAL: NoticeKind.DENIAL,
    DeterminationKind.DENIED_ADMINISTRATIVE: NoticeKind.ADMINISTRATIVE_DENIAL,
    DeterminationKind.NOT_REQUIRED: NoticeKind.NOT_REQUIRED,
    DeterminationKind.CONTACT_PAYER: NoticeKind.CONTACT_PAYER,
    DeterminationKind.CANCELLED: NoticeKind.CANCELLED,
    DeterminationKind.UPHELD: NoticeKind.APPEAL_UPHELD,
}
_FIRST = (  # of several lines decided at once, the letter is about the gravest
    NoticeKind.APPEAL_UPHELD,
    NoticeKind.DENIAL,
    NoticeKind.REDUCTION,
    NoticeKind.ADMINISTRATIVE_DENIAL,
    NoticeKind.PARTIAL,
    NoticeKind.INFORMATION_REQUEST,
    NoticeKind.PENDED,
    NoticeKind.APPROVAL,
)
_WITH_APPEAL = frozenset(
    {NoticeKind.DENIAL, NoticeKind.REDUCTION, NoticeKind.ADMINISTRATIVE_DENIAL, NoticeKind.APPEAL_UPHELD}
)
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class AppealRights:
    """What a letter says of how to object: with the plan, and outside of it.

    `continue_until`: last day on which the member may ask that a cut-short service goes on meanwhile.
    """

    file_by: date | None
    rule: str  # citation of the time limit
    decided_within: str  # plain text of the clock of a standard appeal
    expedited_within: str
    external: str | None = None  # who reviews from outside
    external_by: date | None = None
    external_is_automatic: bool = False
    continue_until: date | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One letter, to one reader."""

    kind: NoticeKind
    recipient: Recipient
    language: str  # BCP 47; from enrolment data
    template: str
    template_version: str
    lines: tuple[tuple[int, str], ...] = ()  # sequence and what became of it
    rights: AppealRights | None = None
    act: str = ""

    @property
    def is_adverse(self) -> bool:
        """True if the letter gives appeal rights."""
        return self.rights is not None

    def payload(self, version: int) -> dict[str, Any]:
        """Plain values for the outbox; `version` is the case's."""
        rights = self.rights
        return {
            "version": version,
            "kind": self.kind.value,
            "act": self.act,
            "language": self.language,
            "template": self.template,
            "template_version": self.template_version,
            "lines": [{"sequence": n, "kind": kind} for n, kind in self.lines],
            "adverse": self.is_adverse,
            "rights": rights
            and {
                "file_by": _day(rights.file_by),
                "rule": rights.rule,
                "decided_within": rights.decided_within,
                "expedited_within": rights.expedited_within,
                "external": rights.external,
                "external_by": _day(rights.external_by),
                "external_is_automatic": rights.external_is_automatic,
                "continue_until": _day(rights.continue_until),
            },
        }


def gravest(kinds: "tuple[NoticeKind, ...]") -> NoticeKind:
    """What one letter about several lines is about."""
    return next((k for k in _FIRST if k in kinds), kinds[0])


def gives_rights(kind: NoticeKind) -> bool:
    """True for letters that tell how to object."""
    return kind in _WITH_APPEAL


def kind_of(decided: DeterminationKind) -> NoticeKind:
    """The letter about one determination."""
    return _BY_DETERMINATION[decided]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
