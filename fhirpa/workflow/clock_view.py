"""What staff see of a line's clock: every rule that binds it, what stopped it, what may be decided when."""

from datetime import datetime
from typing import Any

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_adverse import AdverseTime, earliest_adverse
from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.clock_case import clock_of_line
from fhirpa.um.clock_state import Reckoning, Stop
from fhirpa.um.determination import Due
from fhirpa.um.rules import RuleSet

Json = dict[str, Any]


def clock_data(case: Case, line: CaseLine, now: datetime, rules: RuleSet) -> Json | None:
    """The clock of an open line as plain values; None for a line that waits for nobody.

    `adverse` is None beyond the loaded holidays: nobody can say.
    """
    state = clock_of_line(case, line, rules) if line.state.is_pended else None
    if state is None:
        return None
    try:
        adverse = earliest_adverse(case, line, now, rules)
    except HolidayTableEnds:
        adverse = None
    return {
        "started": state.started_at.isoformat(),
        "level": state.level.value,
        "binding": [due_data(x) for x in state.dues],
        "stops": [_stop(x) for x in state.stops],
        "extended": _extension(state),
        "missed": _shown(state.missed_at),
        "director_by": _shown(state.director_at),
        "adverse": _adverse(adverse) if adverse is not None else None,
    }


def due_data(due: Due) -> Json:
    """A due time with the rule that gave it."""
    return {"at": due.at.isoformat(), "rule": due.rule, "text": due.text, "citation": due.citation}


def _stop(stop: Stop) -> Json:
    return {
        "since": stop.since.isoformat(),
        "until": stop.until.isoformat(),
        "answered": _shown(stop.answered_at),
    }


def _extension(state: Reckoning) -> Json | None:
    event = state.extension
    return {"at": event.at.isoformat(), "ground": event.ground, "by": event.by} if event else None


def _adverse(time: AdverseTime) -> Json:
    return {
        "from": time.at.isoformat(),
        "assumes_offer_now": time.assumes_offer_now,
        "in_time": time.is_in_time,
    }


def _shown(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
