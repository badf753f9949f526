"""Facts of the therapy documentation questionnaire (codes.QUESTIONNAIRE), by linkId."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.pas.access import Json, codings, day, label_of, obj, rows, text, value_of
from fhirpa.pas.codes import QUESTIONNAIRE, QUESTIONNAIRE_LOINC
from fhirpa.pas.evidence_facts import Facts, intervention_of, measure_of, score_of, side_of
from fhirpa.pas.evidence_measures import measured
from fhirpa.pas.measure_names import measure_name
from fhirpa.um.evidence import (
    Clinician,
    Document,
    Evaluation,
    Goal,
    Order,
    PlanOfCare,
    Source,
    Surgery,
)
from fhirpa.um.terms import Discipline

_GROUPS = ("evaluation", "surgery", "poc", "goal", "measure", "order")
_DISCIPLINES = {
    "PT": Discipline.PT,
    "OT": Discipline.OT,
    "PHYSICAL THERAPY": Discipline.PT,
    "OCCUPATIONAL THERAPY": Discipline.OT,
}
_GOAL_STATES = ("met", "advanced", "not_advanced")
_YES, _NO = ("Y", "YES", "TRUE"), ("N", "NO", "FALSE")
_DEEPEST = 12  # nested groups beyond this are not ours


@dataclass(slots=True)
class _Group:
    """Answers of one group by linkId, and where the group stands."""

    path: str
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def first(self, link: str) -> Any:
        return next(iter(self.answers.get(link, ())), None)

    def day(self, link: str) -> date | None:
        return day(self.first(link))

    def number(self, link: str) -> Decimal | None:
        return score_of(self.first(link))

    def flag(self, link: str) -> bool | None:
        return _flag(self.first(link))

    def text(self, link: str) -> str | None:
        return _text(self.first(link))


def is_ours(response: Json) -> bool:
    """True if the response answers our questionnaire, from whichever base it was fetched."""
    canonical = text(response.get("questionnaire"))
    if canonical is None:
        return True
    tail = QUESTIONNAIRE.rsplit("/", 1)[1]
    return canonical.split("|")[0].rstrip("/").rsplit("/", 1)[-1] == tail


def read_response(response: Json, path: str, facts: Facts) -> None:
    """Add the facts of one QuestionnaireResponse."""
    authored = day(response.get("authored"))
    facts.documents.append(
        Document(Source("QuestionnaireResponse", path, authored), QUESTIONNAIRE_LOINC, day=authored)
    )
    if not is_ours(response):
        return
    loose = _Group(path)
    groups: list[tuple[str, _Group]] = []
    _gather(response.get("item"), path, loose, groups, 0)
    groups += _implied_groups(loose, groups)
    _single_facts(loose, authored, facts)
    goals: list[Goal] = []
    plans: list[_Group] = []
    for name, group in groups:
        source = Source("QuestionnaireResponse", group.path, authored)
        if name == "poc":
            plans.append(group)
        elif name == "goal":
            goals.append(_goal(group, source))
        else:
            _READERS[name](group, source, facts)
    _plans(plans, tuple(goals), path, authored, facts)


def _gather(items: Any, path: str, into: _Group, groups: list[tuple[str, _Group]], depth: int) -> None:
    if depth > _DEEPEST:
        return
    for index, item in rows(items):
        at = f"{path}.item[{index}]"
        link = text(item.get("linkId"))
        target = into
        if link in _GROUPS:
            target = _Group(at)
            groups.append((link, target))
        for number, answer in rows(item.get("answer")):
            value = value_of(answer)
            if link and value is not None:
                target.answers.setdefault(link, []).append(value)
            _gather(answer.get("item"), f"{at}.answer[{number}]", target, groups, depth + 1)
        _gather(item.get("item"), at, target, groups, depth + 1)


def _implied_groups(loose: _Group, groups: list[tuple[str, _Group]]) -> Iterator[tuple[str, _Group]]:
    """Answers of a group that were sent without the group around them."""
    present = {name for name, _ in groups}
    for name in _GROUPS:
        if name not in present and any(link.startswith(f"{name}.") for link in loose.answers):
            yield name, loose


def _single_facts(answers: _Group, authored: date | None, facts: Facts) -> None:
    found: dict[str, Any] = {
        "onset": answers.day("onset.date"),
        "red_flags": answers.flag("red-flags"),
        "red_flags_cleared": answers.flag("red-flags.cleared"),
        "setting_reason": answers.text("home.reason"),
        "visits_attended": answers.number("visits.attended"),
        "visits_scheduled": answers.number("visits.scheduled"),
        "screening_date": answers.day("screening.date"),
        "regression_or_setback": answers.flag("setback"),
    }
    for name, value in found.items():
        facts.tell(name, value, Source("QuestionnaireResponse", answers.path, authored))


def _evaluation(group: _Group, source: Source, facts: Facts) -> None:
    first = group.first("evaluation.discipline")
    words = [_text(first), *(c.code for c in codings(first))]
    discipline = next((_DISCIPLINES[w.upper()] for w in words if w and w.upper() in _DISCIPLINES), None)
    done = group.day("evaluation.date")
    if done or discipline:
        facts.evaluations.append(Evaluation(source, done, discipline))


def _surgery(group: _Group, source: Source, facts: Facts) -> None:
    done, what = group.day("surgery.date"), group.text("surgery.procedure")
    if done or what:
        facts.surgeries.append(Surgery(source, done, text=what))


def _order(group: _Group, source: Source, facts: Facts) -> None:
    given, npi = group.day("order.date"), group.text("order.npi")
    if given or npi:
        facts.orders.append(Order(source, given, npi, Clinician(npi=npi) if npi else None))


def _measure(group: _Group, source: Source, facts: Facts) -> None:
    first = group.first("measure.name")
    name = measure_of(first) if isinstance(first, dict) else text(first)
    score = measured(measure_name(name), group.first("measure.score"), source) if name else None
    if score is not None:
        facts.measures.append(
            replace(
                score,
                day=group.day("measure.date"),
                sd_from_mean=group.number("measure.sd"),
                side=side_of(group.first("measure.side")),
            )
        )


_READERS = {"evaluation": _evaluation, "surgery": _surgery, "order": _order, "measure": _measure}


def _goal(group: _Group, source: Source) -> Goal:
    first = group.first("goal.status")
    words = [*(c.code for c in codings(first)), _text(first) or ""]
    states = (w.lower().replace(" ", "_").replace("-", "_") for w in words)
    return Goal(
        text=group.text("goal.text"),
        baseline=group.text("goal.baseline"),
        target=group.text("goal.target"),
        target_date=group.day("goal.target-date"),
        current=group.text("goal.current"),
        status=next((s for s in states if s in _GOAL_STATES), None),
        source=source,
    )


def _plans(
    plans: list[_Group], goals: tuple[Goal, ...], path: str, authored: date | None, facts: Facts
) -> None:
    for index, group in enumerate(plans or ([_Group(path)] if goals else [])):
        facts.plans_of_care.append(
            PlanOfCare(
                Source("QuestionnaireResponse", group.path, authored),
                day=group.day("poc.date"),
                start=group.day("poc.start"),
                end=group.day("poc.end"),
                visits_per_week=group.number("poc.visits-per-week"),
                weeks=group.number("poc.weeks"),
                goals=goals if index == 0 else (),
                interventions=_interventions(group),
                home_programme=group.flag("poc.home-programme"),
                signed=group.flag("poc.signed"),
                discharge_plan=group.flag("poc.discharge-plan"),
            )
        )


def _interventions(group: _Group) -> tuple[str, ...]:
    return tuple(t for t in map(intervention_of, group.answers.get("poc.interventions", ())) if t)


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return label_of(value) or next((c.code for c in codings(value)), None)
    return text(value)


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    words = [text(value), *(c.code for c in codings(obj(value)))]
    for word in (w.upper() for w in words if w):
        if word in _YES or word in _NO:
            return word in _YES
    return None
