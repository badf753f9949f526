"""The provider's voice: neutral and to be acted on - who has a line, what to send, by when.

These sentences are the process notes of the answer (guide: ClaimResponse.processNote). None says more than
what was decided by whoever may decide it: an open line waits, it is not "likely" anything.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Final

from fhirpa.um.case import Authorization
from fhirpa.um.determination import CertifiedService
from fhirpa.um.explanation import Dues, LineExplained, Situation
from fhirpa.um.terms import Discipline, QuantityUnit

_EXPLAINED: Final = frozenset({Situation.NOT_REQUIRED, Situation.CONTACT_PAYER})  # own notes say more
_DISCIPLINES: Final = {Discipline.PT: "physical therapy", Discipline.OT: "occupational therapy"}
_UNIT_NAMES: Final = {QuantityUnit.VISITS: "visit", QuantityUnit.UNITS: "unit"}


def line_sentences(
    line: LineExplained, dues: Dues, texts: Mapping[str, str], zone: tzinfo | None
) -> list[str]:
    """All sentences on one line: its state, what is certified, then what the decision itself remarked."""
    if line.situation in _EXPLAINED and line.notes:
        return list(line.notes)
    return [*_state(line, dues, texts, zone), *certified_sentences(line, texts), *line.notes]


def certified_sentences(line: LineExplained, texts: Mapping[str, str]) -> list[str]:
    """What is certified, if anything is."""
    given = line.authorization
    if given is None:
        return []
    key = "certified-changed" if line.situation is Situation.CHANGED else "certified"
    return [texts[key].format(what=_certified(given, line.discipline), number=given.number)]


def criterion_sentences(line: LineExplained, texts: Mapping[str, str]) -> list[str]:
    """Every criterion that the line was read against: its question, what is on file, and its source."""
    return [
        texts["criterion-found" if x.facts else "criterion-open"].format(
            question=x.question, facts="; ".join(x.facts), citation=x.citation
        )
        for x in line.criteria
    ]


def when(at: datetime, zone: tzinfo | None) -> str:
    """A moment as people read it, with its zone: 2026-03-05 17:00 CST."""
    local = at.astimezone(zone) if zone else at
    return local.strftime("%Y-%m-%d %H:%M %Z").strip()


def _state(line: LineExplained, dues: Dues, texts: Mapping[str, str], zone: tzinfo | None) -> list[str]:
    """Who has an open line and by when; how a line was closed."""
    if not line.situation.is_open:
        closed = texts.get(f"closed-{line.situation}")
        return [closed] if closed else []
    sentences = [texts[f"{'rest' if line.authorization else 'wait'}-{line.situation}"]]
    if line.wanted:
        items = "; ".join(i.text.strip().rstrip(".") for i in line.wanted)
        if dues.information:
            by = when(dues.information, zone)
            sentences.append(texts["wanted-by"].format(items=items, time=by))
        else:
            sentences.append(texts["wanted"].format(items=items))
    if dues.decision:
        sentences.append(texts["due"].format(time=when(dues.decision, zone)))
    return [" ".join(sentences)]


def _certified(authorization: Authorization, discipline: Discipline | None) -> str:
    certified = authorization.certified
    words = _amounts(certified)
    if words and discipline:
        words.append(f"of {_DISCIPLINES[discipline]}")
    if certified.period.start:
        words.append(f"from {certified.period.start.isoformat()}")
    if certified.period.end:
        words.append(f"through {certified.period.end.isoformat()}")
    return " ".join(words) or "as requested"


def _amounts(certified: CertifiedService) -> list[str]:
    """The quantity, and the visits behind it where it counts something else."""
    amount, unit = certified.amount
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
