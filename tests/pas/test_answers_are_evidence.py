"""What a questionnaire of ours tells is what other resources tell: every linkId leads to a fact."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.evidence_facts import Facts
from fhirpa.pas.evidence_questionnaire import read_response
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V221
from fhirpa.um.evidence import Evidence, without_sources
from fhirpa.um.questionnaire import AnswerKind, Question, Questionnaire
from tests.pas import forms
from tests.pas.evidence_render import NAMES, ORDINAL, Plan, Record, Score, bundles, record, typed
from tests.pas.request_builder import Json, with_support
from tests.pas.test_evidence_shapes import facts_of

POLICIES = sorted({q.policy_id for q in forms.FORMS.questionnaires.of_policies if q.policy_id})
NO_FACT = {"request.renewal", "request.home"}  # they steer which questions are put


def evidence_of(response: Json) -> Evidence:
    """What is told, without the places in which it stands."""
    return without_sources(read_request(BundleGraph(with_support(response)), V221).evidence)


def told_by(response: Json) -> Evidence:
    """The same of the response alone."""
    facts = Facts()
    read_response(response, "QuestionnaireResponse", facts)
    return without_sources(facts.freeze())


def questions(policy_id: str | None) -> list[Question]:
    return [q for q in forms.form(policy_id).walk() if q.kind is not AnswerKind.GROUP]


@pytest.mark.parametrize("policy_id", [None, *POLICIES])
def test_every_answer_of_the_stated_type_becomes_a_fact(policy_id: str | None) -> None:
    asked = forms.form(policy_id).questions
    whole = told_by(forms.response(forms.answered(asked), policy_id))
    silent = [
        q.link
        for q in questions(policy_id)
        if told_by(forms.response(forms.answered(asked, q.link), policy_id)) == whole
    ]
    assert set(silent) == NO_FACT & {q.link for q in questions(policy_id)}


def test_what_is_not_answered_is_unknown() -> None:
    told = evidence_of(forms.response([]))
    assert told == Evidence(diagnoses=told.diagnoses, documents=told.documents)
    unanswered = [{"linkId": q.link} for q in forms.form("LBP").questions]
    assert evidence_of(forms.response(unanswered)).red_flags is None


def test_every_offered_answer_is_understood_and_differs() -> None:
    for question in questions(None):
        readings = []
        for option in question.options:
            only = replace(question, options=(option,))
            inside = replace(forms.form(), questions=_with(forms.form().questions, only))
            readings.append(repr(told_by(forms.response(forms.answered(inside.questions)))))
        assert len(set(readings)) == len(question.options), question.link


def _with(questions: tuple[Question, ...], own: Question) -> tuple[Question, ...]:
    return tuple(
        own if q.link == own.link else replace(q, questions=_with(q.questions, own)) for q in questions
    )


@st.composite
def twins(draw: st.DrawFn) -> tuple[Record, Json, Json]:
    """A record as answers to a policy's questionnaire, and in any other legal shapes."""
    policy_id = draw(st.sampled_from(POLICIES))
    of = _askable(draw(record()), forms.form(policy_id))
    answers = _Answers(draw, forms.form(policy_id), of)
    bundle = draw(
        bundles(
            replace(
                of, onset=None, evaluated=None, scores=(), plan=None, ordered=None, attended=None, singles=()
            )
        )
    )
    own = with_support(forms.response(answers.items(), policy_id))
    own["entry"][0]["resource"]["diagnosis"] = bundle["entry"][0]["resource"]["diagnosis"]
    return of, _merged(bundle, own), draw(bundles(of))


def _merged(bundle: Json, own: Json) -> Json:
    """The diagnoses' bundle with the response in it."""
    claim = bundle["entry"][0]["resource"]
    more = own["entry"][0]["resource"]["supportingInfo"]
    shift = len(claim["supportingInfo"])
    claim["supportingInfo"] += [{**s, "sequence": s["sequence"] + shift} for s in more]
    answers = [e for e in own["entry"] if e["resource"]["resourceType"] == "QuestionnaireResponse"]
    return {**bundle, "entry": [*bundle["entry"], *answers]}


def _askable(of: Record, form: Questionnaire) -> Record:
    """What of a record the questionnaire asks for; of the rest nothing is known."""
    asked = {q.link for q in form.walk()}

    def score(found: Score) -> Score | None:
        if f"measure.{found.measure}" in asked:
            return replace(found, side=None)
        side = found.side or "left"
        return replace(found, side=side) if f"measure.{found.measure}.{side}" in asked else None

    scores = [s for s in map(score, of.scores) if s]
    plan = of.plan
    if plan:
        goals = plan.goals if "goal.status" in asked else tuple(replace(g, status=None) for g in plan.goals)
        plan = replace(
            plan, day=None, goals=goals, home_programme=plan.home_programme and "poc.home-programme" in asked
        )
    return replace(
        of,
        operation=None,
        onset=of.onset if "onset.date" in asked else None,
        evaluated=of.evaluated if "evaluation.date" in asked else None,
        scores=tuple({(s.measure, s.side): s for s in scores}.values()),
        plan=plan if "poc.weeks" in asked else None,
        ordered=of.ordered if "order.date" in asked else None,
        attended=of.attended if "visits.attended" in asked else None,
        singles=tuple((link, value) for link, value in of.singles if link in asked),
    )


class _Answers:
    """A record as the items of a response, each answer in a type that it may have."""

    def __init__(self, draw: st.DrawFn, form: Questionnaire, of: Record) -> None:
        self._draw, self._of = draw, of
        self._kinds = {q.link: q.kind for q in form.walk()}

    def items(self) -> list[Json]:
        of = self._of
        found = [self._item(link, typed(value)) for link, value in of.singles]
        if of.onset:
            found.append(self._item("onset.date", typed(of.onset)))
        if of.evaluated:
            discipline = self._item("evaluation.discipline", {"valueCoding": {"code": "PT"}})
            found.append(
                self._group("evaluation", self._item("evaluation.date", typed(of.evaluated)), discipline)
            )
        if of.ordered:
            on, npi = map(typed, of.ordered)
            found.append(self._group("order", self._item("order.date", on), self._item("order.npi", npi)))
        for link, count in zip(("visits.attended", "visits.scheduled"), of.attended or (), strict=False):
            found.append(self._item(link, self._any({"valueInteger": count}, self._counted(count))))
        found += [self._scores(list(s)) for _, s in groupby(sorted(of.scores, key=_day), key=_day)]
        return self._boxed([*found, *(self._plan(of.plan) if of.plan else [])])

    def _any(self, *ways: Json) -> Json:
        return self._draw(st.sampled_from(ways))

    def _boxed(self, items: list[Json]) -> list[Json]:
        """As they are, or within a page that is none of our groups."""
        return self._draw(st.sampled_from([items, [{"linkId": "page", "item": items}]])) if items else items

    @staticmethod
    def _item(link: str, *answers: Json) -> Json:
        return {"linkId": link, "answer": list(answers)}

    @staticmethod
    def _group(link: str, *items: Json) -> Json:
        return {"linkId": link, "item": list(items)}

    @staticmethod
    def _counted(count: int) -> Json:
        return {"valueQuantity": {"value": count, "code": "{visits}"}}

    def _scores(self, scores: list[Score]) -> Json:
        items = [self._item("measure.date", typed(scores[0].day))]
        for score in scores:
            side = f".{score.side}" if score.side else ""
            unit = NAMES[score.measure][0]
            ways: list[Json] = [{"valueQuantity": {"value": score.value, "code": unit}}]
            ways.append({"valueDecimal": Decimal(score.value)})
            ordinal = {"extension": [{"url": ORDINAL, "valueDecimal": score.value}], "code": "LA1-1"}
            ways.append({"valueCoding": {"system": "http://loinc.org", **ordinal}})
            items.append(self._item(f"measure.{score.measure}{side}", self._any(*ways)))
        return self._group("measures", *items)

    def _plan(self, plan: Plan) -> list[Json]:
        days = {"valueQuantity": {"value": 7 * plan.weeks, "code": "d"}}
        monthly = {"valueQuantity": {"value": plan.weekly, "unit": "visits per week"}}
        what = [
            {"valueCoding": {"system": "http://www.ama-assn.org/go/cpt", "code": c}}
            if c.isdigit()
            else {"valueString": c}
            for c in plan.interventions
        ]
        end = date.fromordinal(plan.start.toordinal() + 7 * plan.weeks - 1)
        items = [
            self._item("poc.start", typed(plan.start)),
            self._item("poc.end", typed(end)),
            self._item("poc.visits-per-week", self._any({"valueDecimal": Decimal(plan.weekly)}, monthly)),
            self._item("poc.weeks", self._any({"valueInteger": plan.weeks}, days)),
        ]
        items += [self._item("poc.interventions", *what)] if what else []
        items += [self._item("poc.home-programme", typed(True))] if plan.home_programme else []
        goals = []
        for aim in plan.goals:
            told: dict[str, Any] = {"text": typed(aim.text), "target": typed(aim.target)}
            told["target-date"] = typed(aim.due)
            told |= {"status": {"valueCoding": {"code": aim.status}}} if aim.status else {}
            told |= {"baseline": typed(aim.baseline)} if aim.baseline else {}
            goals.append(self._group("goal", *(self._item(f"goal.{k}", v) for k, v in told.items())))
        return [self._group("poc", *items), *goals]


def _day(score: Score) -> date:
    return score.day


@settings(max_examples=40, deadline=None)
@given(twins())
def test_answers_tell_what_other_resources_tell(case: tuple[Record, Json, Json]) -> None:
    of, answered, other = case
    facts = facts_of(answered)
    assert facts == facts_of(other)
    assert len(facts.measures) == len(of.scores)
    assert bool(facts.plans_of_care) is (of.plan is not None)


@pytest.mark.parametrize(
    ("link", "value", "score"),
    [
        ("measure.6MWT", {"value": 1000, "code": "[ft_i]"}, ("304.8000", "m")),
        ("measure.GRIP.left", {"value": 100, "code": "[lb_av]"}, ("45.35923700", "kg")),
        ("measure.TUG", {"value": Decimal("0.5"), "code": "min"}, ("30.0", "s")),
        ("measure.NDI", {"value": 40, "code": "%"}, ("20.0", "points")),
    ],
)
def test_a_score_in_another_unit_is_converted(link: str, value: Json, score: tuple[str, str]) -> None:
    items = [{"linkId": "measures", "item": [{"linkId": link, "answer": [{"valueQuantity": value}]}]}]
    (found,) = evidence_of(forms.response(items)).measures
    assert (found.score, found.unit) == (Decimal(score[0]), score[1])


@pytest.mark.parametrize(
    ("quantity", "weeks"),
    [
        ({"value": 12, "unit": "weeks"}, 12),
        ({"value": 84, "code": "d"}, 12),
        ({"value": 3, "code": "mo"}, Decimal("13.04")),
        ({"value": 12, "code": "kg"}, None),
    ],
)
def test_weeks_in_another_unit_are_weeks_and_what_is_no_time_is_unknown(quantity: Json, weeks: Any) -> None:
    item = {"linkId": "poc", "item": [{"linkId": "poc.weeks", "answer": [{"valueQuantity": quantity}]}]}
    (plan,) = evidence_of(forms.response([item])).plans_of_care
    assert plan.weeks == weeks


def test_an_adaptive_form_that_derives_from_ours_is_read() -> None:
    items = [{"linkId": "setback", "answer": [{"valueBoolean": True}]}]
    canonical = f"{forms.BASE}/fhir/Questionnaire/therapy-documentation-lbp|1.1.0"
    for told, read in (([canonical], True), (["http://other.example/Questionnaire/q"], None)):
        own = {"resourceType": "Questionnaire", "id": "form", "status": "active", "derivedFrom": told}
        response = forms.response(items, questionnaire="#form", contained=[own])
        assert evidence_of(response).regression_or_setback is read
