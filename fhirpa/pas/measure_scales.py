"""On which scale a score was sent, and the score on the measure's own scale.

The unit decides (domain: outcome measures). Where neither the unit nor the measure settles the scale, the
score stays as it was sent and its unit is unknown; nothing is multiplied by guess. A unit that the measure
cannot have makes the score one of a measure that this server does not know, visible and never compared.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from fhirpa.pas.measure_names import is_known_measure

POINTS: Final = "points"
PERCENT: Final = "%"
PERCENTILE: Final = "percentile"
_ONE: Final = Decimal(1)


class Scaled(NamedTuple):
    """A score on the measure's own scale; `measure` differs from what was given if the unit does not fit."""

    measure: str
    score: Decimal
    unit: str | None


@dataclass(frozen=True, slots=True)
class _Scale:
    """Own unit, factors from other units, and whether a score without a unit can be meant otherwise."""

    unit: str
    factors: dict[str, Decimal] = field(default_factory=dict)
    ambiguous: bool = False
    out_of: dict[Decimal, str] = field(default_factory=dict)  # maximum as written ('20/50') -> unit


_FEET: Final = {"ft": Decimal("0.3048"), "yd": Decimal("0.9144"), "km": Decimal(1000), "cm": Decimal("0.01")}
_SECONDS: Final = _Scale("s", {"min": Decimal(60)})
_POINTS_OR_PERCENT: Final = _Scale(POINTS, {PERCENT: _ONE}, out_of={Decimal(100): POINTS})
_SCALES: Final = {
    "ODI": _Scale(
        PERCENT, {POINTS: Decimal(2)}, ambiguous=True, out_of={Decimal(50): POINTS, Decimal(100): PERCENT}
    ),
    "NDI": _Scale(
        POINTS, {PERCENT: Decimal("0.5")}, ambiguous=True, out_of={Decimal(50): POINTS, Decimal(100): PERCENT}
    ),
    "ABC": _Scale(PERCENT, out_of={Decimal(100): PERCENT}),
    **dict.fromkeys(
        ("DASH", "QUICKDASH", "SPADI", "KOOS", "HOOS", "DHI", "GMFM-66", "GMFM-88"), _POINTS_OR_PERCENT
    ),
    "TUG": _SECONDS,
    "5XSTS": _SECONDS,
    "6MWT": _Scale("m", _FEET, ambiguous=True),
    "10MWT": _Scale("m/s", {"cm/s": Decimal("0.01"), "ft/s": Decimal("0.3048")}, ambiguous=True),
    "GRIP": _Scale("kg", {"lb": Decimal("0.45359237")}, ambiguous=True),
    "ROM": _Scale("deg"),
    "LIMB-VOLUME": _Scale(PERCENT, ambiguous=True),
}
_LARGEST: Final = {  # of measures in points, to read '40/80'
    **{"RMDQ": 24, "PSFS": 10, "NPRS": 10, "LEFS": 80, "UEFI": 80, "BBS": 56, "MINI-BESTEST": 28, "FGA": 30},
    **{"FIM": 126, "FMA-UE": 66, "ARAT": 57, "COPM": 10, "ICIQ-UI": 21, "PFDI-20": 300},
}
_WORDS: Final = {  # UCUM codes and what charts write
    **dict.fromkeys(("%", "percent", "pct"), PERCENT),
    **dict.fromkeys(("{points}", "{point}", "points", "point", "pts", "pt"), POINTS),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "m"),
    **dict.fromkeys(("[ft_i]", "[ft_us]", "ft", "foot", "feet"), "ft"),
    **dict.fromkeys(("[yd_i]", "yd", "yard", "yards"), "yd"),
    **dict.fromkeys(("m/s", "m/sec", "meters/second", "meters per second", "metres per second"), "m/s"),
    **dict.fromkeys(("cm/s", "cm/sec"), "cm/s"),
    **dict.fromkeys(("[ft_i]/s", "ft/s", "ft/sec", "feet per second"), "ft/s"),
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kgf"), "kg"),
    **dict.fromkeys(("[lb_av]", "lb", "lbs", "pound", "pounds", "lbf", "[lbf_av]"), "lb"),
    **dict.fromkeys(("deg", "degree", "degrees", "°"), "deg"),
    **dict.fromkeys(("%{percentile}", "{percentile}", "percentile"), PERCENTILE),
    **dict.fromkeys(("mo", "month", "months"), "mo"),
    **dict.fromkeys(("a", "year", "years", "yr", "yrs"), "a"),
}
# Say only that a number is a score, not of which scale. LOINC's example unit of such scores is {score}.
_NO_UNIT: Final = {"{score}", "score", "1", "{tscore}", "{t-score}", "t-score", "{ratio}", "{index}"}
_UNIT_BY_LOINC: Final = {"97909-6": PERCENT}  # the term itself says that it is reported in percent


def unit_name(word: str | None) -> str | None:
    """One name per unit; the sender's own word where it is not in the table; None where it says nothing."""
    if word is None or word.lower() in _NO_UNIT:
        return None
    return _WORDS.get(word.lower(), word)


def scaled(
    measure: str, score: Decimal, unit: str | None = None, *, loinc: str | None = None, known: bool = True
) -> Scaled:
    """A score on the measure's own scale. `unit` is as sent; `loinc` may settle it where it is absent."""
    name = unit_name(unit) or _UNIT_BY_LOINC.get(loinc or "")
    if not known:
        return Scaled(measure, score, name)
    scale = _SCALES.get(measure, _Scale(POINTS))
    if name is None:
        return Scaled(measure, score, None if scale.ambiguous else scale.unit)
    if name == scale.unit:
        return Scaled(measure, score, name)
    factor = scale.factors.get(name)
    if factor is not None:
        return Scaled(measure, score * factor, scale.unit)
    return Scaled(f"{measure} ({name.upper()})"[:60], score, name)


def own_unit(measure: str) -> str | None:
    """The unit of a measure's own scale; None for what is none of our measures."""
    return _SCALES.get(measure, _Scale(POINTS)).unit if is_known_measure(measure) else None


def unit_of_maximum(measure: str, most: Decimal) -> str | None:
    """The unit that a maximum tells ('20/50' of NDI: points); None if the measure has no such maximum."""
    scale = _SCALES.get(measure)
    if scale is not None:
        return scale.out_of.get(most)
    return POINTS if _LARGEST.get(measure) == most else None
