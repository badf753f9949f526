"""Facts of the payer's documentation questionnaires, by linkId: the general one and those of the policies.

A linkId means the same in all of them (policies/questionnaire.yaml), so an answer is read in whichever
version and nesting it comes. `measure.ODI` and `measure.GRIP.left` are scores in a policy's own form.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from fhirpa.pas.access import Json, codings, day, rows, text, value_of
from fhirpa.pas.answer_group import Group
from fhirpa.pas.answered_form import answered
from fhirpa.pas.codes import QUESTIONNAIRE_LOINC
from fhirpa.pas.evidence_facts import Facts, intervention_of, measure_of, score_of, side_of
from fhirpa.pas.evidence_measures import measured, weight_bearing_of, word_of
from fhirpa.pas.measure_names import is_known_measure, measure_name
from fhirpa.pas.measure_scales import own_unit
from fhirpa.um.evidence import (
    Clinician,
    Document,
    Evaluation,
    Goal,
    Order,
    PlanOfCare,
    PriorTherapy,
    Protocol,
    Source,
    Surgery,
)
from fhirpa.um.terms import Discipline

_DISCIPLINES: Final = MappingProxyType(
    {
        "PT": Discipline.PT,
        "OT": Discipline.OT,
        "PHYSICAL THERAPY": Discipline.PT,
        "OCCUPATIONAL THERAPY": Discipline.OT,
    }
)
_GOAL_STATES: Final = ("met", "advanced", "not_advanced")
_SCORES, _SCORE_PARTS = "measures", frozenset({"name", "score", "date", "sd", "side"})
_SIDES: Final = ("left", "right", "both")
_DEEPEST: Final = 12  # nested groups beyond this are not ours


_Read = Callable[[Group, str], Any]
_SINGLE: Final[MappingProxyType[str, tuple[str, _Read]]] = MappingProxyType(
    {  # linkId -> field of Evidence
        "onset.date": ("onset", Group.day),
        "red-flags": ("red_flags", Group.flag),
        "red-flags.cleared": ("red_flags_cleared", Group.flag),
        "positional-test": ("positional_test", Group.flag),
        "falls": ("falls", Group.number),
        "lymphedema.stage": ("lymphedema_stage", Group.number),
        "garment-plan": ("garment_plan", Group.flag),
        "visits.attended": ("visits_attended", Group.number),
        "visits.scheduled": ("visits_scheduled", Group.number),
        "visits.missed-reason": ("attendance_reason", Group.text),
        "visits.used": ("visits_used", Group.number),
        "home-programme.followed": ("home_programme_followed", Group.flag),
        "setback": ("regression_or_setback", Group.flag),
        "plateau": ("plateau", Group.flag),
        "therapist-recommends": ("therapist_recommends", Group.code),
        "maintenance": ("maintenance", Group.flag),
        "maintenance.reason": ("maintenance_reason", Group.text),
        "caregiver-programme": ("caregiver_programme", Group.flag),
        "poc.decreasing": ("decreasing_frequency", Group.flag),
        "intensive": ("intensive_programme", Group.flag),
        "exceptional": ("exceptional_situations", Group.texts),
        "home.reason": ("setting_reason", Group.text),
        "home.homebound": ("homebound", Group.flag),
        "screening.date": ("screening_date", Group.day),
        "gestational-age": ("gestational_age_weeks", Group.weeks),
        "untestable.reason": ("untestable_reason", Group.text),
        "function.description": ("functional_description", Group.text),
    }
)


def read_response(response: Json, path: str, facts: Facts) -> None:
    """Add the facts of one QuestionnaireResponse."""
    authored = day(response.get("authored"))
    facts.documents.append(
        Document(Source("QuestionnaireResponse", path, authored), QUESTIONNAIRE_LOINC, day=authored)
    )
    if text(response.get("questionnaire")) and answered(response) is None:
        return
    loose = Group(path)
    groups: list[tuple[str, Group]] = []
    _gather(response.get("item"), path, loose, groups, 0)
    _single_facts([loose, *(g for _, g in groups)], authored, facts)
    groups += _implied_groups(loose, groups)
    goals: list[Goal] = []
    plans: list[Group] = []
    for name, group in groups:
        source = Source("QuestionnaireResponse", group.path, authored)
        if name == "poc":
            plans.append(group)
        elif name == "goal":
            goals.append(_goal(group, source))
        else:
            _READERS[name](group, source, facts)
    _plans(plans, tuple(goals), path, authored, facts)


def _gather(items: Any, path: str, into: Group, groups: list[tuple[str, Group]], depth: int) -> None:
    if depth > _DEEPEST:
        return
    for index, item in rows(items):
        at = f"{path}.item[{index}]"
        link = text(item.get("linkId"))
        target = into
        if link in _GROUPS:
            target = Group(at)
            groups.append((link, target))
        for number, answer in rows(item.get("answer")):
            value = value_of(answer)
            if link and value is not None:
                target.answers.setdefault(link, []).append(value)
            _gather(answer.get("item"), f"{at}.answer[{number}]", target, groups, depth + 1)
        _gather(item.get("item"), at, target, groups, depth + 1)


def _implied_groups(loose: Group, groups: list[tuple[str, Group]]) -> Iterator[tuple[str, Group]]:
    """Answers of a group that were sent without the group around them."""
    present = {name for name, _ in groups}
    for name in _GROUPS:
        begins = f"{name.removesuffix('s') if name == _SCORES else name}."
        if name not in present and any(link.startswith(begins) for link in loose.answers):
            yield name, loose


def _single_facts(groups: list[Group], authored: date | None, facts: Facts) -> None:
    for group in groups:
        source = Source("QuestionnaireResponse", group.path, authored)
        for link, (fact, read) in _SINGLE.items():
            if link in group.answers:
                facts.tell(fact, read(group, link), source)


def _discipline(group: Group, link: str) -> Discipline | None:
    first = group.first(link)
    words = [word_of(first), *(c.code for c in codings(first))]
    return next((_DISCIPLINES[w.upper()] for w in words if w and w.upper() in _DISCIPLINES), None)


def _evaluation(group: Group, source: Source, facts: Facts) -> None:
    discipline, done = _discipline(group, "evaluation.discipline"), group.day("evaluation.date")
    if done or discipline:
        facts.evaluations.append(Evaluation(source, done, discipline))


def _surgery(group: Group, source: Source, facts: Facts) -> None:
    done, what = group.day("surgery.date"), group.text("surgery.procedure")
    if done or what:
        facts.surgeries.append(Surgery(source, done, text=what))


def _protocol(group: Group, source: Source, facts: Facts) -> None:
    told = group.code("protocol.weight-bearing")
    found = Protocol(
        source,
        weight_bearing=weight_bearing_of(told) if told else None,
        precautions=group.text("protocol.precautions"),
        therapy_from_week=group.weeks("protocol.from-week"),
        immobilised_until=group.day("protocol.immobilised-until"),
    )
    if found != Protocol(source):
        facts.protocols.append(found)


def _order(group: Group, source: Source, facts: Facts) -> None:
    given, npi = group.day("order.date"), group.text("order.npi")
    if given or npi:
        facts.orders.append(Order(source, given, npi, Clinician(npi=npi) if npi else None))


def _prior(group: Group, source: Source, facts: Facts) -> None:
    found = PriorTherapy(
        source,
        discipline=_discipline(group, "prior.discipline"),
        start=group.day("prior.start"),
        end=group.day("prior.end"),
        visits=group.number("prior.visits"),
        text=group.text("prior.text"),
    )
    if found != PriorTherapy(source):
        facts.prior_therapy.append(found)


def _measure(group: Group, source: Source, facts: Facts) -> None:
    """One score of a measure that an answer names."""
    first = group.first("measure.name")
    name = measure_of(first) if isinstance(first, dict) else text(first)
    score = measured(measure_name(name), group.first("measure.score"), source) if name else None
    if score is not None:
        facts.measures.append(
            replace(
                score,
                day=group.day("measure.date"),
                sd_from_mean=score_of(group.first("measure.sd")),
                side=side_of(group.first("measure.side")),
            )
        )


def _scores(group: Group, source: Source, facts: Facts) -> None:
    """The scores of one day, each under a linkId of its own: measure.<id>, or measure.<id>.<side>.

    The question states the range, so a number without a unit is on the measure's own scale.
    """
    on = group.day("measure.date")
    for link, answers in group.answers.items():
        name, side = _measure_of_link(link)
        for value in answers if name else ():
            score = measured(name, value, source)
            if score is not None:
                unit = score.unit or own_unit(score.measure)
                facts.measures.append(replace(score, day=on, side=side, unit=unit))


def _measure_of_link(link: str) -> tuple[str, str | None]:
    """(measure, side) of a linkId such as measure.GRIP.left; '' where it is none."""
    head, _, rest = link.partition(".")
    name, _, side = rest.rpartition(".")
    name, own_side = (name, side) if side in _SIDES and name else (rest, None)
    if head != "measure" or rest in _SCORE_PARTS or not is_known_measure(measure_name(name)):
        return "", None
    return measure_name(name), own_side


_READERS: Final = MappingProxyType(
    {
        "evaluation": _evaluation,
        "surgery": _surgery,
        "protocol": _protocol,
        "order": _order,
        "prior": _prior,
        "measure": _measure,
        _SCORES: _scores,
    }
)
_GROUPS: Final = (*_READERS, "poc", "goal")


def _goal(group: Group, source: Source) -> Goal:
    first = group.first("goal.status")
    words = [*(c.code for c in codings(first)), word_of(first) or ""]
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
    plans: list[Group], goals: tuple[Goal, ...], path: str, authored: date | None, facts: Facts
) -> None:
    for index, group in enumerate(plans or ([Group(path)] if goals else [])):
        facts.plans_of_care.append(
            PlanOfCare(
                Source("QuestionnaireResponse", group.path, authored),
                day=group.day("poc.date"),
                start=group.day("poc.start"),
                end=group.day("poc.end"),
                visits_per_week=group.number("poc.visits-per-week", "/wk"),
                weeks=group.weeks("poc.weeks"),
                goals=goals if index == 0 else (),
                interventions=_interventions(group),
                home_programme=group.flag("poc.home-programme"),
                signed=group.flag("poc.signed"),
                discharge_plan=group.flag("poc.discharge-plan"),
            )
        )


def _interventions(group: Group) -> tuple[str, ...]:
    return tuple(t for t in map(intervention_of, group.answers.get("poc.interventions", ())) if t)
