"""Outcome measures and single facts out of Observations, their components and panels.

A component is a score of its own, unless it tells more of the score that it stands under: the standard
score, percentile, standard deviations from the mean or age equivalent of a norm-referenced test.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from fhirpa.pas.access import (
    Json,
    boolean,
    code_of,
    codings,
    date_or_period,
    day,
    label_of,
    obj,
    objects,
    rows,
    text,
    value_of,
)
from fhirpa.pas.codes import LOINC
from fhirpa.pas.evidence_facts import Facts, measure_of, score_of, score_of_most, side_of, unit_of
from fhirpa.pas.evidence_found import Found
from fhirpa.pas.evidence_names import fact_of, kind_of, squashed
from fhirpa.pas.measure_names import is_known_measure, measure_name
from fhirpa.pas.measure_scales import PERCENTILE, scaled, unit_name, unit_of_maximum
from fhirpa.um.evidence import MeasureScore, Protocol, Source

_NO_MEASURE: Final = ("vital-signs", "laboratory", "social-history", "imaging")
_NORMS: Final = {
    **dict.fromkeys(("STANDARDSCORE", "SCALEDSCORE", "TSCORE", "QUOTIENT", "COMPOSITESCORE"), "score"),
    **dict.fromkeys(("PERCENTILE", "PERCENTILERANK"), "percentile"),
    **dict.fromkeys(
        ("ZSCORE", "SDFROMMEAN", "STANDARDDEVIATIONSFROMMEAN", "STANDARDDEVIATIONFROMMEAN"), "sd_from_mean"
    ),
    **dict.fromkeys(("AGEEQUIVALENT", "AGEEQUIVALENTMONTHS"), "age_equivalent_months"),
    **dict.fromkeys(("PERCENTDELAY", "DELAYPERCENT"), "percent_delay"),
    "RAWSCORE": "raw",
}
_WEIGHT_BEARING: Final = {
    **dict.fromkeys(("NWB", "NONWEIGHTBEARING"), "NWB"),
    **dict.fromkeys(("TTWB", "TDWB", "TOETOUCHWEIGHTBEARING", "TOUCHDOWNWEIGHTBEARING"), "TTWB"),
    **dict.fromkeys(("PWB", "PARTIALWEIGHTBEARING"), "PWB"),
    **dict.fromkeys(("WBAT", "WEIGHTBEARINGASTOLERATED"), "WBAT"),
    **dict.fromkeys(("FWB", "FULLWEIGHTBEARING"), "FWB"),
}
_SIDE_WORDS: Final = re.compile(r"(?i)[,\-]?\s*\b(left|right|bilateral|hand)\b")


@dataclass(slots=True)
class _Part:
    """An Observation or component, with what it is about."""

    path: str
    content: Json
    norms: dict[str, Any] = field(default_factory=dict)


def read_observation(found: Found, facts: Facts) -> None:
    """A measure score, and one per component; or a single fact that the Observation names."""
    resource = found.resource
    on = _day_of(found)
    kinds = {c.code for k in objects(resource.get("category")) for c in codings(k)}
    plain = not kinds & set(_NO_MEASURE)
    where = resource.get("bodySite")
    whole = _Part(found.path, resource)
    parts = [whole]
    for index, component in rows(resource.get("component")):
        norm = _norm_of(component)
        value = value_of(component)
        if norm is None:
            parts.append(_Part(f"{found.path}.component[{index}]", component))
        elif norm != "raw":
            whole.norms.setdefault(norm, value)
    for part in parts:
        source = Source(found.type, part.path, on)
        if not _single_fact(part, source, facts):
            _score(part, source, where, plain, facts)


def _day_of(found: Found) -> date | None:
    span = date_or_period(found.resource, "effective")
    return (span.end or span.start if span else None) or found.first_day("effectiveInstant", "issued")


def _norm_of(component: Json) -> str | None:
    concept = component.get("code")
    names = [label_of(concept), *(c.display for c in codings(concept)), *(c.code for c in codings(concept))]
    return next((_NORMS[squashed(n)] for n in names if n and squashed(n) in _NORMS), None)


def _single_fact(part: _Part, source: Source, facts: Facts) -> bool:
    """True if the part names a single fact (which is then told, if its value can be read)."""
    value, concept = value_of(part.content), part.content.get("code")
    fact = fact_of(concept)
    if fact is not None:
        facts.tell(fact, value_as(kind_of(fact), value), source)
        return True
    if squashed(label_of(concept) or "") in ("WEIGHTBEARINGSTATUS", "WEIGHTBEARING"):
        told = word_of(value)
        if told:
            facts.protocols.append(Protocol(source, weight_bearing=weight_bearing_of(told)))
        return True
    return False


def weight_bearing_of(told: str) -> str:
    """The usual abbreviation (NWB, TTWB, PWB, WBAT, FWB), else what was told."""
    return _WEIGHT_BEARING.get(squashed(told), told)


def value_as(kind: str, value: Any) -> Any:
    """A value as a day, a number, a text or a yes/no; None if it cannot be one."""
    if kind == "day":
        return day(value)
    if kind == "number":
        return score_of(value)
    return word_of(value) if kind == "text" else flag_of(value)


def word_of(value: Any) -> str | None:
    """A text, or that of a coded value."""
    if isinstance(value, dict):
        return label_of(value) or next((c.code for c in codings(value)), None)
    return text(value)


def flag_of(value: Any) -> bool | None:
    """Yes or no from a boolean, a coded yes/no (v2-0136, SNOMED CT, LOINC answers) or its text."""
    if boolean(value) is not None:
        return boolean(value)
    words = [text(value), text(obj(value).get("text")), *(c.code for c in codings(value))]
    words += [c.display for c in codings(value)]
    for word in (squashed(w) for w in words if w):
        if word in ("Y", "YES", "TRUE", "POSITIVE", "373066001", "10828004", "LA336"):
            return True
        if word in ("N", "NO", "FALSE", "NEGATIVE", "373067005", "260385009", "LA328"):
            return False
    return None


def _score(part: _Part, source: Source, where: Any, plain: bool, facts: Facts) -> None:
    name, own_side = _named(part.content.get("code"))
    if name is None or not (plain or is_known_measure(name)):
        return
    value = part.norms.get("score", value_of(part.content))
    found = measured(name, value, source, loinc=code_of(part.content.get("code"), LOINC))
    percentile = score_of(part.norms.get("percentile"))
    if found is None and percentile is not None:  # never compared: a percentile is no score of the test
        found = MeasureScore(f"{name} (PERCENTILE)", percentile, source, unit=PERCENTILE)
    if found is not None:
        facts.measures.append(
            replace(
                found,
                day=source.day,
                side=own_side or side_of(where),
                part=_part_of(where),
                sd_from_mean=score_of(part.norms.get("sd_from_mean")),
                percentile=percentile if percentile is not None else found.percentile,
                age_equivalent_months=_months(part.norms.get("age_equivalent_months")),
                percent_delay=score_of(part.norms.get("percent_delay")),
            )
        )


def _named(concept: Any) -> tuple[str | None, str | None]:
    """The measure that a code names and the side in its name ('Grip strength, right')."""
    name = measure_of(concept)
    if name is None or is_known_measure(name):
        return name, None
    label = label_of(concept) or ""
    bare = measure_name(_SIDE_WORDS.sub("", label))
    return (bare, side_of(label)) if is_known_measure(bare) else (name, None)


def measured(name: str, value: Any, source: Source, loinc: str | None = None) -> MeasureScore | None:
    """A score of a measure from whatever value holds it; None if there is no number in it."""
    known = is_known_measure(name)
    of_most = score_of_most(value)
    if of_most is not None:
        score, unit = of_most[0], unit_of_maximum(name, of_most[1])
        if known and unit is None:
            return None  # of another maximum than the measure has
    else:
        number, unit = score_of(value), unit_of(value)
        if number is None:
            return None
        score = number
    percentile = score if unit_name(unit) == PERCENTILE else None
    name, score, unit = scaled(name, score, unit, loinc=loinc, known=known)
    return MeasureScore(name, score, source, unit=unit, percentile=percentile)


def _part_of(where: Any) -> str | None:
    """The joint or region that a body site names, beside its side."""
    return text(_SIDE_WORDS.sub("", label_of(where) or "").lower())


def _months(value: Any) -> Decimal | None:
    amount = score_of(value)
    return amount * 12 if amount is not None and unit_name(unit_of(value)) == "a" else amount
