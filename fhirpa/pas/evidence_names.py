"""Names by which charts tell single facts of the evidence."""

import re
from typing import Any, Final

from fhirpa.pas.access import codings, obj, text
from fhirpa.pas.codes import LOINC

# field of um.evidence.Evidence -> names; compared without case, blanks and marks.
_NAMES: Final = {
    "onset": ("Onset date", "Date of onset", "Illness or injury onset date and time"),
    "red_flags": ("Red flag screening", "Red flags"),
    "red_flags_cleared": ("Red flags cleared by physician",),
    "setting_reason": ("Reason for home therapy", "Reason for therapy at home"),
    "visits_attended": ("Visits attended", "Therapy visits attended"),
    "visits_scheduled": ("Visits scheduled", "Therapy visits scheduled"),
    "visits_used": ("Visits used", "Therapy visits used"),
    "screening_date": ("Developmental screening date", "THSteps checkup date"),
    "regression_or_setback": ("Setback", "Regression"),
    "attendance_reason": ("Reason for missed visits",),
    "plateau": ("Plateau", "Progress plateau"),
    "home_programme_followed": (
        "Home exercise program followed",
        "Home exercise program compliance",
        "Home exercise programme adherence",
    ),
    "homebound": ("Homebound", "Homebound status"),
    "falls": ("Falls in the last 12 months", "Falls in the past year", "Number of falls"),
    "positional_test": ("Dix-Hallpike", "Dix-Hallpike test", "Positional test", "Supine roll test"),
    "lymphedema_stage": ("Lymphedema stage", "ISL stage"),
    "gestational_age_weeks": ("Gestational age at birth", "Gestational age"),
    "functional_description": ("Functional description",),
    "untestable_reason": ("Reason not testable",),
    "maintenance_reason": ("Reason for maintenance therapy",),
    "caregiver_programme": ("Caregiver training",),
    "garment_plan": ("Compression garment plan",),
}
_LOINC: Final = {"11368-8": "onset", "18185-9": "gestational_age_weeks"}
_DAYS: Final = {"onset", "screening_date"}
_NUMBERS: Final = {
    *("visits_attended", "visits_scheduled", "visits_used", "falls", "lymphedema_stage"),
    "gestational_age_weeks",
}
_TEXTS: Final = {
    *("setting_reason", "attendance_reason", "functional_description", "untestable_reason"),
    "maintenance_reason",
}


def squashed(name: str) -> str:
    """A name without case, blanks and marks."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


_BY_NAME: Final = {squashed(name): fact for fact, names in _NAMES.items() for name in names}


def fact_of(concept: Any) -> str | None:
    """The single fact that a code or its text names."""
    found = codings(concept)
    by_code = next((_LOINC[c.code] for c in found if c.system == LOINC and c.code in _LOINC), None)
    names = [text(obj(concept).get("text")), *(c.display for c in found)]
    return by_code or next((f for f in (_BY_NAME.get(squashed(n)) for n in names if n) if f), None)


def kind_of(fact: str) -> str:
    """What a single fact is: 'day', 'number', 'text' or 'flag'."""
    if fact in _DAYS:
        return "day"
    return "number" if fact in _NUMBERS else "text" if fact in _TEXTS else "flag"
