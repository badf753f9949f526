"""The records of a vignette as what a therapist documents, and what of them goes in words only."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from fhirpa.testkit.builder_evidence import (
    Documentation,
    Exhibit,
    Finding,
    Goal,
    Measurement,
    Note,
    Operation,
    PlanOfCare,
    Protocol,
    Score,
)
from tests.clinical.blind_labels import Values

_SCALES: Final = {
    "ODI": "%",
    "NDI": "{points}",
    "6MWT": "m",
    "10MWT": "m/s",
    "GRIP": "kg",
}  # as the reference counts
_UCUM: Final = {"percentile": "{percentile}"}
_WEIGHT_BEARING: Final = {  # how the text of a vignette begins -> answer of the questionnaire
    "As tolerated": "WBAT",
    "Full": "FWB",
    "Toe touch": "TTWB",
    "None": "NWB",
}
_KINDS_BY_UNIT: Final = frozenset({"%", "percentile"})  # the unit tells what kind of score it is
_NO_GARMENT: Final = "none"
_OF_JOINTS: Final = "ROM"  # what such a score is about is a motion; of others a subscale or a kind of score
_DIFFERENCE: Final = "difference"  # of the two sides: neither side's own score is among the facts


def exhibits(facts: Values, day: date, start: date, ordered: date | None) -> Iterator[Exhibit]:
    """What is sent in support: the answers of each discipline, and what no question asks for beside them."""
    onset = on_day(day, facts["diagnoses"][0].get("onset")) if facts["diagnoses"] else None
    for discipline, record in facts["records"].items():
        if not record:
            continue
        scores = [_score(m, day) for m in record.get("measures") or ()]
        plan, described = record.get("plan_of_care") or {}, record.get("functional_description")
        yield Documentation(
            discipline=discipline,
            authored=day,
            evaluated=on_day(day, record.get("evaluation")),
            onset=onset,
            surgery=_surgery(record, day),
            plan=_plan(record.get("plan_of_care"), day, start),
            scores=tuple(s for s in scores if not _is_apart(s)),
            ordered=ordered,
            screening=on_day(day, record.get("screening")),
            protocol=_protocol(record.get("surgery") or {}, day),
            positional_test=_positive(record.get("positional_test")),
            lymphedema_stage=record.get("stage"),
            garment_plan=_is_planned(plan.get("garment_plan")),
            untestable_reason=None if scores else described,
            recommends=plan.get("recommends"),
            maintenance=True if facts["request"].get("course") == "maintenance" else None,
            maintenance_reason=plan.get("maintenance_reason"),
            caregiver_programme=True if plan.get("caregiver_plan") else None,
            **{
                name: record.get(name)
                for name in (
                    *("red_flags", "red_flags_cleared", "home_reason", "homebound", "falls"),
                    *("attended", "scheduled", "attendance_reason", "setback", "functional_description"),
                )
            },
        )
        yield from (Measurement(s) for s in scores if _is_apart(s))
        yield from _weight_bearing_in_words(record, day)
        yield from _operation(record, day)


def _positive(found: str | None) -> bool | None:
    return None if found is None else found == "positive"


def _is_planned(garment: str | None) -> bool | None:
    return None if garment is None else garment != _NO_GARMENT


def _is_apart(score: Score) -> bool:
    """True for a score with a unit or a joint: the questionnaire has neither, an Observation both."""
    return score.sd is None and (score.unit is not None or score.part is not None)


def _score(measure: Values, day: date) -> Score:
    unit = measure.get("unit", _SCALES.get(measure["name"]))
    return Score(
        measure=measure["name"],
        value=Decimal(str(measure["score"])),
        day=on(day, measure["day"]),
        unit=_UCUM.get(unit, unit),
        sd=Decimal(str(measure["sd"])) if "sd" in measure else None,
        side=measure.get("side"),
        part=measure.get("about") if measure["name"] == _OF_JOINTS else None,
    )


def _plan(plan: Values | None, day: date, start: date) -> PlanOfCare | None:
    if plan is None:
        return None
    weeks, weekly = plan.get("weeks"), plan.get("per_week")
    return PlanOfCare(
        day=on_day(day, plan.get("day")),
        start=start,
        end=None if weeks is None else start + timedelta(days=7 * weeks - 1),
        per_week=None if weekly is None else Decimal(str(weekly)),
        weeks=weeks,
        goals=tuple(
            Goal(
                g["text"],
                g.get("baseline"),
                g.get("target"),
                on_day(day, g.get("due")),
                g.get("current"),
                g.get("status"),
            )
            for g in plan.get("goals") or ()
        ),
        interventions=tuple(plan.get("interventions") or ()),
        home_programme=plan.get("home_programme"),
        signed=plan.get("signed"),
        discharge_plan=plan.get("discharge_plan"),
        decreasing=plan.get("decreasing_frequency"),
        intensive=plan.get("intensive_programme"),
        exceptional=tuple(plan.get("exceptional_situations") or ()),
    )


def _surgery(record: Values, day: date) -> tuple[date | None, str | None] | None:
    surgery = record.get("surgery")
    return (on_day(day, surgery.get("day")), surgery.get("procedure")) if surgery else None


def _protocol(surgery: Values, day: date) -> Protocol | None:
    found = Protocol(
        weight_bearing=_weight_bearing(surgery.get("weight_bearing")),
        precautions=surgery.get("precautions"),
        immobilised_until=on_day(day, surgery.get("cast_or_fixation")),
    )
    return None if found == Protocol() else found


def _weight_bearing(told: str | None) -> str | None:
    """The answer that the questionnaire offers for it; None if it offers none."""
    return next((code for words, code in _WEIGHT_BEARING.items() if told and told.startswith(words)), None)


def _weight_bearing_in_words(record: Values, day: date) -> Iterator[Exhibit]:
    """As an Observation what the questionnaire offers no answer for ('Through the forearm only')."""
    told = (record.get("surgery") or {}).get("weight_bearing")
    if told and _weight_bearing(told) is None:
        yield Finding("Weight bearing status", told, on_day(day, record.get("evaluation")) or day)


def _operation(record: Values, day: date) -> Iterator[Exhibit]:
    """With code and day the operation itself, and the surgeon's note."""
    surgery = record.get("surgery") or {}
    when, text = on_day(day, surgery.get("day")), _note(surgery)
    if surgery.get("code") and when is not None:
        yield Operation(surgery["code"], surgery.get("procedure") or surgery["code"], when)
        if text:
            yield Note("11504-8", "Operative note", when, text + "\n")


def _note(surgery: Values) -> str:
    parts = (
        surgery.get("procedure"),
        f"Precautions: {surgery['precautions']}" if surgery.get("precautions") else None,
        f"Weight bearing: {surgery['weight_bearing']}" if surgery.get("weight_bearing") else None,
    )
    return "; ".join(p for p in parts if p)


def words_only(facts: Values) -> Iterator[str]:
    """What no field holds, in words."""
    for discipline, record in facts["records"].items():
        for measure in (record or {}).get("measures") or ():
            about = measure.get("about")
            if about and not _is_said(measure):
                yield f"{discipline} {measure['name']} {measure['score']}: {about}"


def _is_said(measure: Values) -> bool:
    """True if what a score is about stands in a field: a joint's motion, or a kind that its unit names."""
    if measure["name"] == _OF_JOINTS:
        return not measure["about"].startswith(_DIFFERENCE)
    return measure.get("unit") in _KINDS_BY_UNIT


def on(day: date, offset: int) -> date:
    """The day so many days after the request's."""
    return day + timedelta(days=offset)


def on_day(day: date, offset: int | None) -> date | None:
    """The same of what may be left out."""
    return None if offset is None else on(day, offset)
