"""What becomes of what validation finds in a request: the table, with the reason for every row.

The first row that fits a finding decides. `strict` refuses for every error, unless the row is `settled` (the
guide contradicts itself, or a check of ours has the say). What is no error is noted, whatever it is about.

http://hl7.org/fhir/us/davinci-pas specification#http-responses: a 4xx is one OperationOutcome, a business
error a ClaimResponse in a 200; conformance#mustsupport and #interoperability-expectations (conf-5, conf-10,
conf-12, conf-14): what a payer must not hold against a sender.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fhirpa.validation import Finding, Kind


class Verdict(StrEnum):
    """What becomes of a finding."""

    REFUSED = "refused"  # 4xx
    DECISION = "decision"  # let through; if the decision needs what is wrong, it answers a business error
    NOTED = "noted"  # let through; stands in the report


class Part(StrEnum):
    """Where in the Bundle a finding is."""

    BUNDLE = "bundle"  # the Bundle itself and its entries, outside the resources
    CLAIM = "claim"  # the Claim that asks
    PRIOR_CLAIM = "prior-claim"  # any other Claim
    PARTY = "party"  # who is involved: member, coverage, providers, payer
    EVIDENCE = "evidence"  # everything else that was sent along


@dataclass(frozen=True, slots=True)
class Row:
    """One row. An empty field fits everything.

    `path` is a regular expression for the place inside the resource without indices (item.extension.value),
    `profiles` holds the last part of the canonical that states the rule, `code` an issue type: min is told
    from max by 'required'.
    """

    name: str
    standard: Verdict
    lenient: Verdict
    reason: str
    kinds: frozenset[Kind] = frozenset()
    parts: frozenset[Part] = frozenset()
    keys: frozenset[str] = frozenset()
    code: str = ""
    path: str = ""
    profiles: frozenset[str] = frozenset()
    operation: str = ""
    settled: bool = False

    def fits(self, finding: Finding, part: Part, path: str, operation: str) -> bool:
        """True if the row is about this finding."""
        return (
            (not self.kinds or finding.kind in self.kinds)
            and (not self.parts or part in self.parts)
            and (not self.keys or finding.key in self.keys)
            and (not self.code or finding.code == self.code)
            and (not self.operation or operation == self.operation)
            and (not self.profiles or _last(finding.profile) in self.profiles)
            and (not self.path or re.fullmatch(self.path, path) is not None)
        )


def _last(profile: str | None) -> str:
    return (profile or "").rpartition("/")[2]


_REFUSED, _DECISION, _NOTED = Verdict
_CLAIM: Final = frozenset({Part.CLAIM})
_FRAME: Final = frozenset({Part.BUNDLE, Part.CLAIM})
_MANDATORY: Final = frozenset({Kind.CARDINALITY, Kind.SLICING, Kind.BUNDLE})
_VALUES: Final = frozenset({Kind.FIXED, Kind.PATTERN})
_IN_EXTENSION: Final = r"(.*\.)?extension\..+"

ROWS: Final = (
    Row(
        "form",
        _REFUSED,
        _REFUSED,
        "What breaks the form of FHIR R4 is no FHIR: nobody can say what was meant (a 4xx by spec-35).",
        kinds=frozenset({Kind.STRUCTURE}),
    ),
    Row(
        "guide-cancel-without-items",
        _NOTED,
        _NOTED,
        "A cancellation of the whole request needs no items by the guide's text, though its profile asks "
        "for one; the check claim-item-missing knows the difference.",
        kinds=frozenset({Kind.CARDINALITY}),
        parts=_CLAIM,
        path="item",
        settled=True,
    ),
    Row(
        "declared-profile",
        _NOTED,
        _NOTED,
        "meta.profile is what a sender says of itself; a resource is held against what the operation asks "
        "for.",
        kinds=frozenset({Kind.PROFILE}),
    ),
    Row(
        "prior-claim",
        _NOTED,
        _NOTED,
        "The Claim before an update was answered when it came; the case on file counts, not its copy.",
        parts=frozenset({Part.PRIOR_CLAIM}),
    ),
    Row(
        "evidence",
        _NOTED,
        _NOTED,
        "Evidence that cannot be read does not count, and what lacks then is asked for; to refuse the "
        "whole request for it would keep care from a member.",
        parts=frozenset({Part.EVIDENCE}),
    ),
    Row(
        "party",
        _DECISION,
        _DECISION,
        "X12 278 has reject reasons of its own for a party that cannot be told (901: 43, 51, 67, 71, 72, "
        "75, 95): an answer for the desk that asked, not a 4xx for its engineers.",
        parts=frozenset({Part.PARTY}),
    ),
    Row(
        "update",
        _DECISION,
        _DECISION,
        "How an update fits what it changes is for the decision: what was not sent again stands, flags "
        "that do not fit are told in process notes, an unknown predecessor is a business error (AA).",
        keys=frozenset({"prof-4", "prof-5", "prof-6", "prof-7", "prof-9", "prof-10"}),
    ),
    Row(
        "prose",
        _DECISION,
        _DECISION,
        "Rules that the guide states in prose only have checks of ours where they count (sequences, "
        "fullUrl); its own examples break others: a pointer to nothing and a unit that is not there count "
        "as not sent.",
        keys=frozenset(
            {"prof-1", "prof-2", "prof-3", "pas-item-link", "pas-sequence", "spec-12", "spec-16", "spec-20"}
        ),
    ),
    Row(
        "modifier",
        _REFUSED,
        _REFUSED,
        "A modifier that is not understood may turn the meaning of the request round (spec-25).",
        kinds=frozenset({Kind.EXTENSION}),
        parts=_FRAME,
        path=r"(.*\.)?modifierExtension",
    ),
    Row(
        "code",
        _DECISION,
        _DECISION,
        "What a code means is for the decision: an unknown service is answered CT, an unknown diagnosis "
        "goes to a person. The value sets are licensed to others and often not known here.",
        kinds=frozenset({Kind.BINDING}),
    ),
    Row(
        "reference",
        _DECISION,
        _DECISION,
        "The Claim's patient, insurer, provider and coverage have checks of their own; another reference "
        "matters only if the decision follows it.",
        kinds=frozenset({Kind.REFERENCE}),
    ),
    Row(
        "mandatory-extension",
        _REFUSED,
        _DECISION,
        "2.2.1 makes the extension mandatory on supporting information, so what it must hold is mandatory "
        "too. (The other mandatory extensions have checks of ours; their values are optional.)",
        kinds=_MANDATORY,
        parts=_CLAIM,
        code="required",
        path=_IN_EXTENSION,
        profiles=frozenset({"extension-documentInformation"}),
        operation="submit",
    ),
    Row(
        "misplaced-extension",
        _NOTED,
        _NOTED,
        "An extension that is not known, or that may not stand where it stands, is ignored (spec-25).",
        kinds=frozenset({Kind.EXTENSION}),
        parts=_FRAME,
    ),
    Row(
        "optional-extension",
        _NOTED,
        _NOTED,
        "An extension that the profile leaves optional counts as not sent when it cannot be read "
        "(conf-14). An inquiry is a query by example: what an extension of it lacks narrows nothing.",
        parts=_FRAME,
        path=_IN_EXTENSION,
    ),
    Row(
        "mandatory",
        _REFUSED,
        _DECISION,
        "An element, slice or fullUrl that the profile of the operation makes mandatory (spec-12, spec-16, "
        "spec-23).",
        kinds=_MANDATORY,
        parts=_FRAME,
        code="required",
    ),
    Row(
        "full-url",
        _REFUSED,
        _REFUSED,
        "A fullUrl that no reference can lead to.",
        kinds=frozenset({Kind.BUNDLE}),
    ),
    Row(
        "wrong-value",
        _REFUSED,
        _DECISION,
        "A value that the profile of the operation fixes.",
        kinds=_VALUES,
        parts=_FRAME,
    ),
    Row(
        "invariant",
        _REFUSED,
        _DECISION,
        "An invariant of R4 or of the profile of the operation, on the Bundle or the Claim.",
        kinds=frozenset({Kind.INVARIANT}),
        parts=_FRAME,
    ),
    Row(
        "too-much",
        _NOTED,
        _NOTED,
        "What is sent beyond what the profile has room for is ignored (conf-5, conf-10, spec-25).",
        kinds=_MANDATORY,
        parts=_FRAME,
    ),
    Row(
        "other-type",
        _DECISION,
        _DECISION,
        "A choice of another type than the profile has is not read; if it was mandatory, a check of ours "
        "says so.",
        kinds=frozenset({Kind.TYPE}),
        parts=_FRAME,
    ),
    Row("other", _DECISION, _DECISION, "What no row above names refuses nothing."),
)

# A fault of ours -> what validation calls the same thing, as (kind, key or None, where): the place is the
# same, above or below the one that ours names. Of what is told twice only ours stays: it says more. What
# validation finds at the very place of an error of ours goes too.
SAID_BY_OURS: Final[dict[str, tuple[tuple[Kind, str | None, str], ...]]] = {
    "bundle-empty": ((Kind.INVARIANT, None, "above"),),
    "first-entry-not-claim": (
        (Kind.INVARIANT, "ClaimFirst", "above"),
        (Kind.INVARIANT, "spec-12", "above"),
        (Kind.SLICING, None, "above"),
    ),
    "too-many-claims": ((Kind.SLICING, None, "above"),),
    "full-url-duplicate": ((Kind.INVARIANT, "bdl-7", "above"),),
    "full-url-form": ((Kind.INVARIANT, "spec-16", "above"),),
    "full-url-differs": ((Kind.BUNDLE, None, "same"),),
    "entry-not-plain": ((Kind.CARDINALITY, None, "same"), (Kind.INVARIANT, None, "above")),
    "claim-identifier-repeated": ((Kind.CARDINALITY, None, "same"),),
    "insurance-not-focal": ((Kind.PATTERN, None, "same"), (Kind.FIXED, None, "same")),
    "discharge-not-a-date": ((Kind.TYPE, None, "same"), (Kind.SLICING, None, "same")),
    "date-with-time": ((Kind.INVARIANT, "FullDateRule", "same"),),
    "date-partial": ((Kind.INVARIANT, "FullDateRule", "same"),),
    "quantity-without-unit": ((Kind.INVARIANT, None, "same"),),
    "sequence-duplicate": ((Kind.INVARIANT, "pas-sequence", "above"),),
    "sequence-unknown": ((Kind.INVARIANT, "pas-item-link", "above"),),
    "cancelled-without-certification-type": ((Kind.INVARIANT, "prof-7", "above"),),
    "info-changed-code": ((Kind.BINDING, None, "below"),),
    "modifier-extension-unknown": ((Kind.EXTENSION, None, "below"),),
    "reference-dangling": ((Kind.REFERENCE, None, "same"),),
    "reference-ambiguous": ((Kind.REFERENCE, None, "same"),),
    "claim-item-missing": ((Kind.CARDINALITY, None, "same"),),
}

# Faults of ours that do not keep a lenient reader from reading: the rest makes the request unreadable or
# turns its meaning.
LENIENT_LETS_THROUGH: Final = frozenset(
    {
        "bundle-timestamp-missing",
        "claim-identifier-missing",
        "insurance-not-focal",
        "item-element-missing",
        "item-extension-missing",
        "care-team-element-missing",
        "supporting-info-element-missing",
        "date-invalid",
        "date-partial",
        "period-reversed",
    }
)
