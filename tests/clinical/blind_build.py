"""A vignette's facts as a request of the builder, and the facts that no request can hold today.

The table of fixtures/vignettes/README.md ("Facts, and how they become a request") is what this file does.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from fhirpa.testkit import builder_people as cast
from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import (
    Diagnosis,
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
from fhirpa.testkit.builder_people import Clinician, Person
from fhirpa.testkit.builder_terms import npi
from tests.clinical.blind_labels import Values, Vignette

MONDAY: Final = date(2026, 11, 23)
ADULT: Final = 18
_WHOSE: Final = {  # by what the order says; NUCC codes of those whom the cast lacks
    "MD": cast.FAMILY_DOCTOR,
    "PA": cast.PHYSICIAN_ASSISTANT,
    "DO": replace(cast.FAMILY_DOCTOR, slug="blind-do", npi=npi("199990901"), taxonomy="207Q00000X"),
    "APRN": replace(cast.FAMILY_DOCTOR, slug="blind-np", npi=npi("199990902"), taxonomy="363L00000X"),
    "DPM": replace(cast.FAMILY_DOCTOR, slug="blind-dpm", npi=npi("199990903"), taxonomy="213E00000X"),
    "DDS": replace(cast.FAMILY_DOCTOR, slug="blind-dds", npi=npi("199990904"), taxonomy="122300000X"),
    "DC": replace(cast.FAMILY_DOCTOR, slug="blind-dc", npi=npi("199990905"), taxonomy="111N00000X"),
    "PT": replace(cast.FAMILY_DOCTOR, slug="blind-ptref", npi=npi("199990906"), taxonomy="225100000X"),
}
_ASSISTANTS: Final = {
    "PTA": replace(cast.PT_ORTHO, slug="blind-pta", npi=npi("199990907"), taxonomy="225200000X"),
    "OTA": replace(cast.OT_NEURO, slug="blind-ota", npi=npi("199990908"), taxonomy="224Z00000X"),
}
_SERVICE_TYPES: Final = {"GP": "PT", "GO": "AD", "GN": "AF"}  # X12 1365 by modifier
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


@dataclass(frozen=True, slots=True)
class Built:
    """A request, and what of the facts it says in words only (sent as the Claim's message) or not at all."""

    request: Request
    in_words: tuple[str, ...]
    day: date


def build_request(case: Vignette) -> Built:
    """The request of a vignette. Raises KeyError or ValueError for facts that the table does not know."""
    facts = case.facts
    day = date.fromisoformat(str(facts["request"].get("day", MONDAY)))
    asked, order = facts["request"], facts["order"]
    start = _on(day, asked["start"])
    length = asked["days"] if "days" in asked else 7 * asked["weeks"]
    therapists = _therapists(facts)
    words = tuple(_words(facts))
    ordered = _day(day, order["day"]) if order else None
    covered = facts["member"].get("covered") or {}
    said = [asked["message"]] if asked.get("message") else []
    request = Request(
        person=Person(facts["member"]["sex"], born(facts["member"], day)),
        therapists=tuple(therapists.values()),
        diagnoses=tuple(Diagnosis(d["code"], onset=_day(day, d.get("onset"))) for d in facts["diagnoses"]),
        lines=tuple(_line(x, facts, day, list(therapists)) for x in facts["lines"]),
        start=start,
        end=start + timedelta(days=length - 1),
        created=day,
        exhibits=tuple(_exhibits(facts, day, start, ordered)),
        orderer=_WHOSE[order["by"]] if order else None,
        ordered=ordered,
        plan=f"SANDBOX-{facts['member']['line_of_business']}",
        covered_from=_day(day, covered.get("from")),
        covered_to=_day(day, covered.get("to")),
        expedited=bool(asked.get("expedited")),
        renewal=asked["kind"] == "recertification",
        message=". ".join([*said, *words]) or None,
        contained=any(t in _ASSISTANTS.values() for t in therapists.values()),  # they ask in their own name
    )
    return Built(request, words, day)


def born(member: Mapping[str, Any], day: date) -> date:
    """A birthday half a year off for an age in years; months are counted back to the day."""
    months = member.get("age_months")
    if months is not None:
        years, month = divmod(day.year * 12 + day.month - 1 - int(months), 12)
        return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
    before = day - timedelta(days=183)
    return before.replace(year=before.year - int(member["age"]), day=min(before.day, 28))


def discipline_of(line: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """By modifier; without one, that of the records."""
    if "GO" in line["modifiers"]:
        return "OT"
    records = {d for d, r in facts["records"].items() if r}
    return "OT" if "GP" not in line["modifiers"] and records == {"OT"} else "PT"


def _therapists(facts: Values) -> dict[str, Clinician]:
    """One per discipline asked for, in the order of the lines."""
    practice = facts.get("practice") or {}
    child = (facts["member"].get("age_months") or 12 * (facts["member"].get("age") or 0)) < 12 * ADULT
    of = {
        "PT": cast.PT_PAEDIATRIC if child else cast.PT_ORTHO,
        "OT": cast.OT_PAEDIATRIC if child else cast.OT_NEURO,
    }
    if practice.get("npi_valid") is False:
        of["PT"] = cast.PT_WRONG_NPI
    if practice.get("known") is False:
        of["PT"] = cast.PT_UNLISTED
    if practice.get("therapist") in _ASSISTANTS:
        of[practice["therapist"][:2]] = _ASSISTANTS[practice["therapist"]]
    return {d: of[d] for d in dict.fromkeys(discipline_of(x, facts) for x in facts["lines"])}


def _line(line: Values, facts: Values, day: date, disciplines: list[str]) -> Line:
    kinds = (_SERVICE_TYPES[m] for m in line["modifiers"] if m in _SERVICE_TYPES)
    period = (_on(day, line["from"]), _on(day, line["to"])) if "from" in line else None
    return Line(
        code=line["code"],
        quantity=line["visits"] if "visits" in line else line["units"],
        modifiers=tuple(line["modifiers"]),
        service_type=next(kinds, "1"),  # medical care: says nothing of the discipline
        unit="VS" if "visits" in line else "UN",
        place=line.get("place") or facts.get("place") or "11",
        period=period,
        epsdt=line.get("epsdt"),
        therapist=disciplines.index(discipline_of(line, facts)),
    )


def _exhibits(facts: Values, day: date, start: date, ordered: date | None) -> Iterator[Exhibit]:
    onset = _day(day, facts["diagnoses"][0].get("onset")) if facts["diagnoses"] else None
    for discipline, record in facts["records"].items():
        if not record:
            continue
        scores = [_score(m, day) for m in record.get("measures") or ()]
        plan, described = record.get("plan_of_care") or {}, record.get("functional_description")
        yield Documentation(
            discipline=discipline,
            authored=day,
            evaluated=_day(day, record.get("evaluation")),
            onset=onset,
            surgery=_surgery(record, day),
            plan=_plan(record.get("plan_of_care"), day, start),
            scores=tuple(s for s in scores if not _is_apart(s)),
            ordered=ordered,
            screening=_day(day, record.get("screening")),
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
        day=_on(day, measure["day"]),
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
        day=_day(day, plan.get("day")),
        start=start,
        end=None if weeks is None else start + timedelta(days=7 * weeks - 1),
        per_week=None if weekly is None else Decimal(str(weekly)),
        weeks=weeks,
        goals=tuple(
            Goal(
                g["text"],
                g.get("baseline"),
                g.get("target"),
                _day(day, g.get("due")),
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
    return (_day(day, surgery.get("day")), surgery.get("procedure")) if surgery else None


def _protocol(surgery: Values, day: date) -> Protocol | None:
    found = Protocol(
        weight_bearing=_weight_bearing(surgery.get("weight_bearing")),
        precautions=surgery.get("precautions"),
        immobilised_until=_day(day, surgery.get("cast_or_fixation")),
    )
    return None if found == Protocol() else found


def _weight_bearing(told: str | None) -> str | None:
    """The answer that the questionnaire offers for it; None if it offers none."""
    return next((code for words, code in _WEIGHT_BEARING.items() if told and told.startswith(words)), None)


def _weight_bearing_in_words(record: Values, day: date) -> Iterator[Exhibit]:
    """As an Observation what the questionnaire offers no answer for ('Through the forearm only')."""
    told = (record.get("surgery") or {}).get("weight_bearing")
    if told and _weight_bearing(told) is None:
        yield Finding("Weight bearing status", told, _day(day, record.get("evaluation")) or day)


def _operation(record: Values, day: date) -> Iterator[Exhibit]:
    """With code and day the operation itself, and the surgeon's note."""
    surgery = record.get("surgery") or {}
    when, text = _day(day, surgery.get("day")), _note(surgery)
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


def _words(facts: Values) -> Iterator[str]:
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


def _on(day: date, offset: int) -> date:
    return day + timedelta(days=offset)


def _day(day: date, offset: int | None) -> date | None:
    return None if offset is None else _on(day, offset)
