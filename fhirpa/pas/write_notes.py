"""Process notes: what became of a line, who has it, by when, in plain and neutral words.

Guide: ClaimResponse.item.noteNumber -> processNote. A note never says more than what was decided by
whoever may decide it: an open line waits, it is not "likely" anything.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from fhirpa.pas.access import Json
from fhirpa.pas.review_action import standing_authorization
from fhirpa.pas.write_context import Writing
from fhirpa.pas.write_values import certified_amount
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.determination import CertifiedService
from fhirpa.um.terms import Discipline, LineState, QuantityUnit, ReviewKind

_WITH: Final = {
    LineState.PENDED_INFORMATION: "waits for information from the provider",
    LineState.PENDED_CLINICAL: "is in clinical review",
    LineState.PENDED_DIRECTOR: "is in review by a medical director",
}
_CLOSED: Final = {
    LineState.NOT_REQUIRED: "No authorization is required for this service.",
    LineState.CONTACT_PAYER: "This service is not handled here. Please contact the health plan about it.",
    LineState.DENIED_MEDICAL: "Not certified. The written notice gives the reasons and the right to appeal.",
    LineState.DENIED_ADMINISTRATIVE: "Not certified for an administrative reason. The written notice names "
    "it and says how to ask for another review.",
    LineState.CANCELLED: "Cancelled.",
}
_EXPLAINED: Final = (LineState.NOT_REQUIRED, LineState.CONTACT_PAYER)  # own notes say more than ours
_DISCIPLINES: Final = {Discipline.PT: "physical therapy", Discipline.OT: "occupational therapy"}
_UNIT_NAMES: Final = {QuantityUnit.VISITS: "visit", QuantityUnit.UNITS: "unit"}


class Notes:
    """The process notes of one response; the same text is there once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, note: str) -> int:
        """The number of the note, which is added if it is new."""
        return self._numbers.setdefault(note, len(self._numbers) + 1)

    def numbers(self, notes: list[str]) -> list[int]:
        """The numbers of several notes, each once."""
        return list(dict.fromkeys(self.number(n) for n in notes if n.strip()))

    def listed(self) -> list[Json]:
        """ClaimResponse.processNote."""
        return [{"number": n, "type": "display", "text": t} for t, n in self._numbers.items()]


def line_notes(w: Writing, case: Case, line: CaseLine) -> list[str]:
    """All notes of one line: its state, what is certified, then what the decision itself remarked."""
    if line.state in _EXPLAINED and line.notes:
        return list(line.notes)
    return [*state_notes(w, case, line), *certified_notes(line), *line.notes]


def certified_notes(line: CaseLine) -> list[str]:
    """What is certified, if anything is."""
    authorization = standing_authorization(line)
    return [_certified(authorization, line)] if authorization else []


def state_notes(w: Writing, case: Case, line: CaseLine) -> list[str]:
    """Who has an open line and by when; how a line was closed."""
    if not line.state.is_pended:
        closed = _CLOSED.get(line.state)
        return [closed] if closed else []
    what = "What was requested beyond the certified part" if line.authorization else "This service"
    sentences = [f"{what} {_with(line)}."]
    if line.information:
        wanted = "; ".join(i.text.strip().rstrip(".") for i in line.information)
        by = f" by {when(w, case.information_due.at)}" if case.information_due else ""
        sentences.append(f"Wanted{by}: {wanted}.")
    if case.due:
        sentences.append(f"A decision is due by {when(w, case.due.at)}.")
    return [" ".join(sentences)]


def _with(line: CaseLine) -> str:
    administrative = line.review is ReviewKind.ADMINISTRATIVE
    if line.state is LineState.PENDED_CLINICAL and administrative:
        return "is with a person who reviews benefit and coverage"
    return _WITH[line.state]


def when(w: Writing, at: datetime) -> str:
    """A moment as people read it, with its zone: 2026-03-05 17:00 CST."""
    return w.local(at).strftime("%Y-%m-%d %H:%M %Z").strip()


def _certified(authorization: Authorization, line: CaseLine) -> str:
    certified = authorization.certified
    lead = "Certified otherwise than requested" if line.state is LineState.MODIFIED else "Certified"
    words = _amounts(certified)
    if words and line.discipline:
        words.append(f"of {_DISCIPLINES[line.discipline]}")
    if certified.period.start:
        words.append(f"from {certified.period.start.isoformat()}")
    if certified.period.end:
        words.append(f"through {certified.period.end.isoformat()}")
    detail = f": {' '.join(words)}" if words else ""
    return f"{lead}{detail}. Authorization number {authorization.number}."


def _amounts(certified: CertifiedService) -> list[str]:
    """The quantity, and the visits behind it where it counts something else."""
    amount, unit = certified_amount(certified)
    if amount is None:
        return []
    words = [_amount(amount, unit)]
    if certified.visits is not None and unit is not QuantityUnit.VISITS:
        words.append(f"({_amount(certified.visits, QuantityUnit.VISITS)})")
    return words


def _amount(quantity: Decimal, unit: QuantityUnit | None) -> str:
    name = _UNIT_NAMES.get(unit) if unit else None
    shown = f"{quantity:f}"
    if name is None:
        return f"quantity {shown}"
    return f"{shown} {name}" if quantity == 1 else f"{shown} {name}s"
