"""Review actions (X12 306): what a line's state is on the wire, and what the event as a whole is.

DESIGN "Review actions on the wire"; guide: specification#prior-authorization-response, spec-36.
"""

from collections.abc import Sequence
from typing import Final

from fhirpa.um.case import Authorization, CaseLine
from fhirpa.um.terms import LineState

CERTIFIED: Final = "A1"
CERTIFIED_IN_PART: Final = "A2"  # the event as a whole only, never a line
NOT_CERTIFIED: Final = "A3"
PENDED: Final = "A4"
MODIFIED: Final = "A6"
CANCELLED: Final = "C"
CONTACT_PAYER: Final = "CT"
NOT_REQUIRED: Final = "NA"

_ACTION: Final = {
    LineState.PENDED_INFORMATION: PENDED,
    LineState.PENDED_CLINICAL: PENDED,
    LineState.PENDED_DIRECTOR: PENDED,
    LineState.CERTIFIED: CERTIFIED,
    LineState.MODIFIED: MODIFIED,
    LineState.NOT_REQUIRED: NOT_REQUIRED,
    LineState.CONTACT_PAYER: CONTACT_PAYER,
    LineState.DENIED_MEDICAL: NOT_CERTIFIED,
    LineState.DENIED_ADMINISTRATIVE: NOT_CERTIFIED,
    LineState.CANCELLED: CANCELLED,
}
_NO_AUTHORIZATION: Final = (CANCELLED, CONTACT_PAYER, NOT_REQUIRED)


def review_action(line: CaseLine) -> str:
    """The X12 306 code of a line: A1, A3, A4, A6, NA, CT or C."""
    return _ACTION[line.state]


def standing_authorization(line: CaseLine) -> Authorization | None:
    """The authorization that the line carries now; a cancelled line carries none any more."""
    return None if review_action(line) in _NO_AUTHORIZATION else line.authorization


def event_action(lines: Sequence[CaseLine]) -> str | None:
    """The X12 306 code of the event as a whole; None if there are no lines.

    Cancelled lines do not count unless all are. Something open: A4. Something certified: A1 if every
    other line needs no authorization, else A2. Nothing certified: A3, then CT, then NA.
    """
    if not lines:
        return None
    live = [x for x in lines if review_action(x) != CANCELLED]
    actions = {review_action(x) for x in live}
    if not live:
        return CANCELLED
    if PENDED in actions:
        return PENDED
    if actions & {CERTIFIED, MODIFIED} or any(standing_authorization(x) for x in live):
        return CERTIFIED if actions <= {CERTIFIED, NOT_REQUIRED} else CERTIFIED_IN_PART
    return next(a for a in (NOT_CERTIFIED, CONTACT_PAYER, NOT_REQUIRED) if a in actions)
