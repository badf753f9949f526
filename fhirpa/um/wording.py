"""Filling the notes that the texts and reasons files hold."""

from datetime import date
from decimal import Decimal

from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline

_DISCIPLINES = {Discipline.PT: "physical therapy", Discipline.OT: "occupational therapy"}


def note(rules: RuleSet, key: str, **values: object) -> str:
    """The text of a key with its {placeholders} filled."""
    return rules.texts[key].format(**{name: _said(value) for name, value in values.items()})


def reason_note(rules: RuleSet, key: str, **values: object) -> str:
    """The neutral text of a reason with its {placeholders} filled."""
    return rules.reasons[key].text.format(**{name: _said(value) for name, value in values.items()})


def _said(value: object) -> str:
    if isinstance(value, Discipline):
        return _DISCIPLINES[value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return number(value)
    return str(value)


def number(value: Decimal) -> str:
    """A number without needless zeros or exponent."""
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}"
    return f"{value.normalize():f}"
