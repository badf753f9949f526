"""The same clinical facts in every legal shape that an EHR may choose, for tests of the reader.

`record()` draws facts, `bundles(facts)` draws a shape for each of them. Two bundles of one record have to
give equal evidence apart from where it was found.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fhirpa.pas.codes import CPT, ICD10CM, LOINC, NPI, QUESTIONNAIRE_ID
from tests.pas.request_builder import BASE, Json, bundle, claim, concept, ref, support

PCS = "http://hl7.org/fhir/sid/icd-10-pcs"
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
NAMES = {  # measure -> (unit, ways to name it)
    "ODI": ("%", ["ODI", "Oswestry Disability Index", "Modified Oswestry"]),
    "TUG": ("s", ["TUG", "Timed Up and Go", "Timed Up & Go test"]),
    "LEFS": ("{points}", ["lefs", "Lower Extremity Functional Scale"]),
    "BBS": ("{points}", ["BBS", "Berg Balance Scale", "Berg Balance Scale total score"]),
    "GRIP": ("kg", ["GRIP", "Grip strength"]),
    "6MWT": ("m", ["6MWT", "Six minute walk test"]),
    "NDI": ("{points}", ["NDI", "Neck Disability Index"]),
    "10MWT": ("m/s", ["10MWT"]),
    "ROM": ("deg", ["ROM"]),
    **{
        name: ("{points}", [name])
        for name in ("PSFS", "RMDQ", "KOOS", "DASH", "COPM", "PDMS-3", "DHI", "SPADI")
    },
}
BARE_IS_OPEN = {"ODI", "NDI", "6MWT", "10MWT", "GRIP"}  # a number without a unit does not tell the scale
CODES = {"ODI": "97909-6", "TUG": "89423-8", "6MWT": "64098-7"}
SIDES = {"left": "7771000", "right": "24028007"}
STATES = {"met": "achieved", "advanced": "improving", "not_advanced": "no-progress"}
COUNTS = {"visits.attended": "Visits attended", "visits.scheduled": "Visits scheduled"}
DAYS = st.dates(date(2025, 6, 1), date(2026, 12, 31))  # some lie after the request
WORDS = st.sampled_from(["cannot drive", "lives alone on the second floor"])
SINGLES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {  # linkId -> name in charts, values
    "red-flags": ("Red flag screening", st.booleans()),
    "red-flags.cleared": ("Red flags cleared by physician", st.booleans()),
    "positional-test": ("Dix-Hallpike", st.booleans()),
    "falls": ("Number of falls", st.integers(0, 9)),
    "lymphedema.stage": ("ISL stage", st.integers(0, 3)),
    "garment-plan": ("Compression garment plan", st.booleans()),
    "visits.missed-reason": ("Reason for missed visits", WORDS),
    "visits.used": ("Visits used", st.integers(0, 40)),
    "home-programme.followed": ("Home exercise program followed", st.booleans()),
    "setback": ("Setback", st.booleans()),
    "plateau": ("Plateau", st.booleans()),
    "maintenance.reason": ("Reason for maintenance therapy", WORDS),
    "caregiver-programme": ("Caregiver training", st.booleans()),
    "home.reason": ("Reason for home therapy", WORDS),
    "home.homebound": ("Homebound", st.booleans()),
    "screening.date": ("Developmental screening date", DAYS),
    "gestational-age": ("Gestational age", st.integers(24, 42)),
    "untestable.reason": ("Reason not testable", WORDS),
    "function.description": ("Functional description", WORDS),
}


@dataclass(frozen=True)
class Score:
    measure: str
    value: int
    day: date
    side: str | None


@dataclass(frozen=True)
class Aim:
    text: str
    target: str
    due: date
    status: str | None
    baseline: str | None


@dataclass(frozen=True)
class Plan:
    day: date | None
    start: date
    weekly: int
    weeks: int
    interventions: tuple[str, ...]
    goals: tuple[Aim, ...]
    home_programme: bool


@dataclass(frozen=True)
class Record:
    """What is known of a patient; None and empty are not said."""

    diagnoses: tuple[tuple[str, date | None], ...]
    onset: date | None
    operation: tuple[str, str, date] | None
    evaluated: date | None
    scores: tuple[Score, ...]
    plan: Plan | None
    ordered: tuple[date, str] | None
    attended: tuple[int, int] | None
    singles: tuple[tuple[str, Any], ...]  # linkId -> value


def record() -> st.SearchStrategy[Record]:
    """Any record; the scores of one have different measures or sides."""
    codes = st.lists(
        st.sampled_from(["M5450", "S72001D", "R2689", "G20"]), min_size=1, max_size=3, unique=True
    )
    scores = st.builds(
        Score, st.sampled_from(sorted(NAMES)), st.integers(1, 60), DAYS, st.sampled_from([None, *SIDES])
    )
    aims = st.builds(
        Aim,
        st.sampled_from(["walk to the shop", "climb a flight of stairs", "dress alone"]),
        st.sampled_from(["500 m", "independent"]),
        DAYS,
        st.sampled_from([None, *STATES]),
        st.sampled_from([None, "100 m"]),
    )
    plans = st.builds(
        Plan,
        st.none() | DAYS,
        DAYS,
        st.integers(1, 5),
        st.integers(2, 16),
        st.lists(st.sampled_from(["97110", "97140", "gait training"]), max_size=3, unique=True).map(tuple),
        st.lists(aims, max_size=3, unique_by=lambda a: a.text).map(tuple),
        st.booleans(),
    )
    operations = st.tuples(st.sampled_from([(CPT, "27447"), (PCS, "0SRC0J9")]), DAYS).map(
        lambda x: (*x[0], x[1])
    )
    return st.builds(
        Record,
        st.tuples(codes, st.lists(st.none() | DAYS, min_size=3, max_size=3)).map(
            lambda x: tuple(zip(x[0], x[1], strict=False))
        ),
        st.none() | DAYS,
        st.none() | operations,
        st.none() | DAYS,
        st.lists(scores, max_size=4, unique_by=lambda s: (s.measure, s.side)).map(tuple),
        st.none() | plans,
        st.none() | st.tuples(DAYS, st.sampled_from(["1245319599", "1679576722"])),
        st.none() | st.tuples(st.integers(0, 30), st.integers(1, 30)),
        st.lists(st.sampled_from(sorted(SINGLES)), max_size=4, unique=True).flatmap(
            lambda links: st.tuples(*(st.tuples(st.just(link), SINGLES[link][1]) for link in links))
        ),
    )


class _Writer:
    """Resources of one bundle as they are written; `choose` picks among the legal shapes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.asking = claim()
        self.asking["diagnosis"], self.asking["supportingInfo"] = [], []
        self.resources: list[Json] = []
        self.answers: list[Json] = []

    def choose(self, *ways: Any) -> Any:
        return self._draw(st.sampled_from(ways))

    def add(self, resource: Json, pointed: bool = True) -> Json:
        """A reference to a resource that becomes an entry of the bundle: relative or by full URL."""
        resource = {"id": f"e{len(self.resources)}", "subject": ref("Patient/p1"), **resource}
        self.resources.append(resource)
        at = f"{resource['resourceType']}/{resource['id']}"
        way = self.choose(at, BASE + at)
        if pointed:
            self.asking["supportingInfo"].append(support(len(self.asking["supportingInfo"]) + 1, way))
        return ref(way)

    def within(self, holder: Json, resource: Json) -> Json:
        """A reference to a resource that is contained in its holder, or an entry of its own."""
        if self.choose(True, False):
            return self.add(resource, pointed=False)
        contained = holder.setdefault("contained", [])
        contained.append({"id": f"c{len(contained)}", **resource})
        return ref(f"#c{len(contained) - 1}")

    def coded(self, text: str, system: str | None = None, code: str | None = None) -> Json:
        """A concept by its code, by its text, or by its text beside a code that nobody knows."""
        ways: list[Json] = [{"text": text}, {**concept("urn:local", "X-17"), "text": text}]
        return self.choose(*ways, *([concept(system, code)] if system and code else []))

    def group(self, name: str, /, **answers: Json) -> None:
        items = [{"linkId": f"{name}.{k.replace('_', '-')}", "answer": [v]} for k, v in answers.items()]
        item = {"linkId": name, "item": items}
        self.answers.append(
            self.choose(item, {"linkId": "page", "item": [{"linkId": "box", "item": [item]}]})
        )

    def finish(self) -> Json:
        if self.answers:
            self.add(
                {
                    "resourceType": "QuestionnaireResponse",
                    "questionnaire": f"{BASE}Questionnaire/{QUESTIONNAIRE_ID}",
                    "status": "completed",
                    "item": self.answers,
                }
            )
        return bundle(*self.resources, of=self.asking)


@st.composite
def bundles(draw: st.DrawFn, of: Record) -> Json:
    """The record as a request Bundle, every fact in a shape of its own choice."""
    w = _Writer(draw)
    _diagnoses(w, of)
    _onset(w, of.onset)
    _operation(w, of)
    _evaluation(w, of.evaluated)
    _scores(w, of.scores)
    if of.plan:
        _plan(w, of.plan)
    _order(w, of.ordered)
    _counts(w, of.attended)
    _singles(w, of.singles)
    return w.finish()


def _diagnoses(w: _Writer, of: Record) -> None:
    for n, (code, onset) in enumerate(of.diagnoses, 1):
        written = w.choose(code, f"{code[:3]}.{code[3:]}" if len(code) > 3 else code, code.lower())
        element: Json = {"sequence": n}
        condition = {"resourceType": "Condition", "code": concept(ICD10CM, written)}
        if onset:
            condition |= w.choose(
                {"onsetDateTime": onset.isoformat()}, {"onsetPeriod": {"start": onset.isoformat()}}
            )
        if w.choose(True, False):
            element["diagnosisReference"] = w.add(condition, pointed=False)
        else:
            element["diagnosisCodeableConcept"] = concept(ICD10CM, written)
            if onset:
                w.add(condition, pointed=w.choose(True, False))
        w.asking["diagnosis"].append(element)


def _onset(w: _Writer, onset: date | None) -> None:
    if onset is None:
        return
    value = onset.isoformat()
    if w.choose(True, False):
        w.answers.append({"linkId": "onset.date", "answer": [{"valueDate": value}]})
    else:
        code = w.coded("Date of onset", LOINC, "11368-8")
        w.add({"resourceType": "Observation", "status": "final", "code": code, "valueDateTime": value})


def _operation(w: _Writer, of: Record) -> None:
    if of.operation is None:
        return
    system, code, on = of.operation
    what = concept(system, code)
    done = w.choose({"performedDateTime": on.isoformat()}, {"performedPeriod": {"start": on.isoformat()}})
    procedure = {"resourceType": "Procedure", "status": "completed", "code": what, **done}
    way = w.choose("entry", "claim", "reference")
    if way == "claim":
        w.asking["procedure"] = [{"sequence": 1, "date": on.isoformat(), "procedureCodeableConcept": what}]
    elif way == "reference":
        w.asking["procedure"] = [{"sequence": 1, "procedureReference": w.within(w.asking, procedure)}]
    else:
        w.add(procedure, pointed=w.choose(True, False))


def _evaluation(w: _Writer, on: date | None) -> None:
    if on is None:
        return
    if w.choose(True, False):
        w.group("evaluation", date={"valueDate": on.isoformat()}, discipline={"valueCoding": {"code": "PT"}})
    else:
        code = w.coded("Physical therapy evaluation")
        done = {"resourceType": "Procedure", "status": "completed", "code": code}
        w.add({**done, "performedDateTime": on.isoformat()})


def _scores(w: _Writer, scores: tuple[Score, ...]) -> None:
    for score in scores:
        unit, names = NAMES[score.measure]
        quantity: Json = {"valueQuantity": {"value": score.value, "unit": unit}}
        if w.choose(True, False):
            side = {"side": {"valueCoding": {"code": score.side}}} if score.side else {}
            w.group(
                "measure",
                name=w.choose({"valueString": w.choose(*names)}, {"valueCoding": {"code": score.measure}}),
                score=quantity,
                date={"valueDate": score.day.isoformat()},
                **side,
            )
            continue
        name = w.coded(w.choose(*names), LOINC, CODES.get(score.measure))
        value = quantity
        if score.measure not in BARE_IS_OPEN:
            ordinal = {"extension": [{"url": ORDINAL, "valueDecimal": score.value}], "code": "LA1-1"}
            coded = {"valueCodeableConcept": {"coding": [{"system": LOINC, **ordinal}]}}
            value = w.choose(
                quantity, {"valueInteger": score.value}, coded, {"valueString": str(score.value)}
            )
        _observed(w, score, {"code": name, **value})


def _observed(w: _Writer, score: Score, part: Json) -> None:
    about: Json = {"resourceType": "Observation", "status": "final"}
    about |= w.choose(
        {"effectiveDateTime": f"{score.day}T10:00:00-06:00"},
        {"effectivePeriod": {"end": score.day.isoformat()}},
    )
    if score.side:
        about["bodySite"] = w.choose(
            concept("http://snomed.info/sct", SIDES[score.side]), {"text": score.side}
        )
    way = w.choose("plain", "component", "member", "report")
    if way == "plain":
        w.add({**about, **part})
    elif way == "component":
        w.add({**about, "code": {"text": "therapy panel"}, "component": [part]})
    elif way == "member":
        panel: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "panel"}}
        panel["hasMember"] = [w.within(panel, {**about, **part})]
        w.add(panel)
    else:
        report: Json = {"resourceType": "DiagnosticReport", "status": "final"}
        report["result"] = [w.within(report, {**about, **part})]
        w.add(report)


def _plan(w: _Writer, plan: Plan) -> None:
    end = plan.start + timedelta(days=7 * plan.weeks - 1)
    if w.choose(True, False):
        what = [
            {"valueCoding": {"system": CPT, "code": c}} if c.isdigit() else {"valueString": c}
            for c in plan.interventions
        ]
        items = {
            "poc.date": [{"valueDate": plan.day.isoformat()}] if plan.day else [],
            "poc.start": [{"valueDate": plan.start.isoformat()}],
            "poc.end": [{"valueDate": end.isoformat()}],
            "poc.visits-per-week": [{"valueDecimal": Decimal(plan.weekly)}],
            "poc.weeks": [{"valueInteger": plan.weeks}],
            "poc.interventions": what,
            "poc.home-programme": [{"valueBoolean": True}] if plan.home_programme else [],
        }
        w.answers.append(
            {"linkId": "poc", "item": [{"linkId": k, "answer": v} for k, v in items.items() if v]}
        )
        for aim in plan.goals:
            _goal_answers(w, aim)
        return
    care: Json = {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        **({"created": plan.day.isoformat()} if plan.day else {}),
        "period": {"start": plan.start.isoformat(), "end": end.isoformat()},
    }
    care["goal"] = [w.within(care, _goal(w, aim)) for aim in plan.goals]
    details: list[Json] = [
        {"status": "scheduled", "code": concept(CPT, c) if c.isdigit() else {"text": c}}
        for c in plan.interventions
    ]
    if plan.home_programme:
        details.append({"status": "scheduled", "description": "Home exercise program"})
    care["activity"] = [{"detail": d} for d in details]
    _timed(w, care, plan, end)
    w.add(care)


def _timed(w: _Writer, care: Json, plan: Plan, end: date) -> None:
    """Visits a week: as a Timing, in words, or in a request that stands for the activity."""
    words = w.choose(
        f"{plan.weekly}x/week for {plan.weeks} weeks", f"{plan.weekly} times per week x {plan.weeks} wks"
    )
    bounds = w.choose(
        {"boundsDuration": {"value": plan.weeks, "code": "wk"}},
        {"boundsPeriod": {"start": plan.start.isoformat(), "end": end.isoformat()}},
    )
    timing = w.choose(
        {"repeat": {**bounds, "frequency": plan.weekly, "period": 1, "periodUnit": "wk"}},
        {"repeat": {**bounds, "count": plan.weekly * plan.weeks}},
        {"code": {"text": words}},
    )
    # A total in a Timing is a fact of its own, so the other shapes say it as well.
    total = {"value": plan.weekly * plan.weeks}
    if care["activity"] and w.choose(True, False):
        detail = care["activity"][0]["detail"]
        detail |= w.choose({"scheduledTiming": timing}, {"scheduledString": words})
        detail["quantity"] = total
        return
    asked = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "plan",
        "occurrenceTiming": timing,
        "quantityQuantity": total,
    }
    care["activity"].append({"reference": w.within(care, asked)})


def _goal_answers(w: _Writer, aim: Aim) -> None:
    told = {
        "text": {"valueString": aim.text},
        "target": {"valueString": aim.target},
        "target_date": {"valueDate": aim.due.isoformat()},
    }
    if aim.status:
        told["status"] = {"valueCoding": {"code": aim.status}}
    if aim.baseline:
        told["baseline"] = {"valueString": aim.baseline}
    w.group("goal", **told)


def _goal(w: _Writer, aim: Aim) -> Json:
    number, _, unit = aim.target.partition(" ")
    exact: Json = {"detailString": aim.target}
    if unit:
        exact = w.choose(exact, {"detailQuantity": {"value": int(number), "unit": unit}})
    goal: Json = {
        "resourceType": "Goal",
        "lifecycleStatus": "active",
        "description": w.coded(aim.text),
        "target": [{**exact, "dueDate": aim.due.isoformat()}],
    }
    if aim.status:
        code = STATES[aim.status]
        goal["achievementStatus"] = w.choose(
            concept(ACHIEVEMENT, code), {"text": aim.status.replace("_", " ")}
        )
    if aim.baseline:
        goal["note"] = [{"text": f"Baseline: {aim.baseline}"}]
    return goal


def _order(w: _Writer, order: tuple[date, str] | None) -> None:
    if order is None:
        return
    on, npi = order
    way = w.choose("answer", "request", "document")
    who = {"identifier": {"system": NPI, "value": npi}}
    if way == "answer":
        w.group("order", date={"valueDate": on.isoformat()}, npi={"valueString": npi})
    elif way == "request":
        w.add(
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "authoredOn": on.isoformat(),
                "requester": who,
            }
        )
    else:
        w.add(
            {
                "resourceType": "DocumentReference",
                "status": "current",
                "type": concept(LOINC, "57154-7"),
                "date": f"{on}T09:00:00-06:00",
                "author": [who],
            }
        )


def _counts(w: _Writer, attended: tuple[int, int] | None) -> None:
    for (link, name), count in zip(COUNTS.items(), attended or (), strict=False):
        value = {"valueInteger": count}
        if w.choose(True, False):
            w.answers.append({"linkId": link, "answer": [w.choose(value, {"valueDecimal": Decimal(count)})]})
        else:
            w.add({"resourceType": "Observation", "status": "final", "code": {"text": name}, **value})


def _singles(w: _Writer, singles: tuple[tuple[str, Any], ...]) -> None:
    for link, value in singles:
        answer = typed(value)
        if w.choose(True, False):
            w.answers.append({"linkId": link, "answer": [answer]})
            continue
        if isinstance(value, date):
            answer = {"valueDateTime": value.isoformat()}
        elif isinstance(value, bool):
            answer = w.choose(answer, {"valueCodeableConcept": {"text": "yes" if value else "no"}})
        w.add(
            {"resourceType": "Observation", "status": "final", "code": {"text": SINGLES[link][0]}, **answer}
        )


def typed(value: bool | int | str | date) -> Json:
    """value[x] of an answer."""
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    return {"valueString": value} if isinstance(value, str) else {"valueDate": value.isoformat()}
