"""A therapist's answers to the payer's documentation questionnaire as a QuestionnaireResponse."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from fhirpa.testkit.builder_evidence import (
    Documentation,
    Goal,
    PlanOfCare,
    PriorTherapy,
    Protocol,
    Score,
)
from fhirpa.testkit.builder_terms import QUESTIONNAIRE, Json, moment, procedure_system, reference
from fhirpa.testkit.guide import Guide

_Answer = Callable[[Any], Json]


def response(
    record: Documentation, patient: Json, author: Json, npi: str | None, guide: Guide, at: str
) -> Json:
    """The QuestionnaireResponse; `npi` is the ordering practitioner's, `at` the resource id."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": at,
        **guide.meta("QuestionnaireResponse"),
        "questionnaire": QUESTIONNAIRE,
        "status": "completed",
        "subject": reference(patient),
        "authored": moment(record.authored, "16:20"),
        "author": reference(author),
        "item": _items(record, npi),
    }


def _items(record: Documentation, npi: str | None) -> list[Json]:
    groups = [
        *_group("evaluation", _evaluation(record)),
        *_one("onset.date", record.onset, _day),
        *_group("surgery", _surgery(record)),
        *(_group("protocol", _protocol(record.protocol)) if record.protocol else ()),
        *(item for score in record.scores for item in _group("measure", _score(score))),
        *_group("order", _order(record, npi)),
        *(item for earlier in record.prior for item in _group("prior", _prior(earlier))),
        *_red_flags(record),
        *(item for link, fact, answer in _SINGLE for item in _one(link, getattr(record, fact), answer)),
    ]
    if record.plan:
        groups += _group("poc", _plan(record.plan))
        groups += _one("intensive", record.plan.intensive, _flag)
        groups += _several("exceptional", map(_text, record.plan.exceptional))
        groups += [item for goal in record.plan.goals for item in _group("goal", _goal(goal))]
    return groups


def _evaluation(record: Documentation) -> list[Json]:
    if record.evaluated is None:
        return []
    return [
        *_one("evaluation.discipline", record.discipline, _code),
        *_one("evaluation.date", record.evaluated, _day),
    ]


def _surgery(record: Documentation) -> list[Json]:
    if record.surgery is None:
        return []
    day, what = record.surgery
    return [*_one("surgery.date", day, _day), *_one("surgery.procedure", what, _text)]


def _protocol(protocol: Protocol) -> list[Json]:
    return [
        *_one("protocol.weight-bearing", protocol.weight_bearing, _code),
        *_one("protocol.precautions", protocol.precautions, _text),
        *_one("protocol.from-week", protocol.from_week, _number),
        *_one("protocol.immobilised-until", protocol.immobilised_until, _day),
    ]


def _prior(earlier: PriorTherapy) -> list[Json]:
    return [
        *_one("prior.discipline", earlier.discipline, _code),
        *_one("prior.start", earlier.start, _day),
        *_one("prior.end", earlier.end, _day),
        *_one("prior.visits", earlier.visits, _whole),
        *_one("prior.text", earlier.text, _text),
    ]


def _order(record: Documentation, npi: str | None) -> list[Json]:
    if record.ordered is None:
        return []
    return [*_one("order.date", record.ordered, _day), *_one("order.npi", npi, _text)]


def _red_flags(record: Documentation) -> list[Json]:
    """The question whether a physician has cleared them stands under the answer that there are some."""
    cleared = _one("red-flags.cleared", record.red_flags_cleared, _flag)
    if record.red_flags is None:
        return cleared
    under: Json = {"item": cleared} if cleared else {}
    return [{"linkId": "red-flags", "answer": [_flag(record.red_flags) | under]}]


def _score(score: Score) -> list[Json]:
    return [
        *_one("measure.name", score.measure, _code),
        *_one("measure.score", score.value, _number),
        *_one("measure.date", score.day, _day),
        *_one("measure.sd", score.sd, _number),
        *_one("measure.side", score.side, _code),
    ]


def _plan(plan: PlanOfCare) -> list[Json]:
    codes = ({"valueCoding": {"system": procedure_system(c), "code": c}} for c in plan.interventions)
    return [
        *_one("poc.date", plan.day, _day),
        *_one("poc.start", plan.start, _day),
        *_one("poc.end", plan.end, _day),
        *_one("poc.visits-per-week", plan.per_week, _number),
        *_one("poc.weeks", plan.weeks, _whole),
        *_several("poc.interventions", codes),
        *_one("poc.home-programme", plan.home_programme, _flag),
        *_one("poc.signed", plan.signed, _flag),
        *_one("poc.decreasing", plan.decreasing, _flag),
        *_one("poc.discharge-plan", plan.discharge_plan, _flag),
    ]


def _goal(goal: Goal) -> list[Json]:
    return [
        *_one("goal.text", goal.text, _text),
        *_one("goal.baseline", goal.baseline, _text),
        *_one("goal.target", goal.target, _text),
        *_one("goal.target-date", goal.due, _day),
        *_one("goal.current", goal.current, _text),
        *_one("goal.status", goal.status, _code),
    ]


def _group(link: str, items: list[Json]) -> list[Json]:
    return [{"linkId": link, "item": items}] if items else []


def _one(link: str, value: Any, answer: _Answer) -> list[Json]:
    return [] if value is None else [{"linkId": link, "answer": [answer(value)]}]


def _several(link: str, answers: Iterable[Json]) -> list[Json]:
    given = list(answers)
    return [{"linkId": link, "answer": given}] if given else []


def _day(value: date) -> Json:
    return {"valueDate": value.isoformat()}


def _text(value: str) -> Json:
    return {"valueString": value}


def _flag(value: bool) -> Json:
    return {"valueBoolean": value}


def _whole(value: int) -> Json:
    return {"valueInteger": value}


def _number(value: Decimal) -> Json:
    return {"valueDecimal": value}


def _code(value: str) -> Json:
    return {"valueCoding": {"code": value}}


def _grade(value: int) -> Json:
    return _code(str(value))


_SINGLE: Final[tuple[tuple[str, str, _Answer], ...]] = (  # linkId, field of Documentation, kind of answer
    ("home.reason", "home_reason", _text),
    ("visits.attended", "attended", _whole),
    ("visits.scheduled", "scheduled", _whole),
    ("screening.date", "screening", _day),
    ("setback", "setback", _flag),
    ("positional-test", "positional_test", _flag),
    ("falls", "falls", _whole),
    ("lymphedema.stage", "lymphedema_stage", _grade),
    ("garment-plan", "garment_plan", _flag),
    ("untestable.reason", "untestable_reason", _text),
    ("function.description", "functional_description", _text),
    ("gestational-age", "gestational_age", _number),
    ("visits.missed-reason", "attendance_reason", _text),
    ("visits.used", "visits_used", _whole),
    ("home-programme.followed", "home_programme_followed", _flag),
    ("plateau", "plateau", _flag),
    ("therapist-recommends", "recommends", _code),
    ("maintenance", "maintenance", _flag),
    ("maintenance.reason", "maintenance_reason", _text),
    ("caregiver-programme", "caregiver_programme", _flag),
    ("home.homebound", "homebound", _flag),
)
