"""The plan of care: CarePlan, Goal, and the signatures under them (Provenance)."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from fhirpa.pas.access import Json, codings, day, first_text, label_of, number, obj, objects, period, text
from fhirpa.pas.evidence_facts import Facts, Signature, intervention_of, measure_of, score_of
from fhirpa.pas.evidence_found import Found, clinician_of
from fhirpa.pas.evidence_measures import word_of
from fhirpa.pas.evidence_names import squashed
from fhirpa.pas.measure_names import is_known_measure
from fhirpa.pas.read_amounts import read_count, read_frequency, read_quantity
from fhirpa.um.days import add_days
from fhirpa.um.evidence import Goal, PlanOfCare
from fhirpa.um.request import Frequency

_STATES: Final = {  # FHIR goal-achievement, and how charts say it
    **dict.fromkeys(("ACHIEVED", "SUSTAINING", "GOALMET", "MET", "GOALACHIEVED"), "met"),
    **dict.fromkeys(("IMPROVING", "PARTIALLYMET", "PROGRESSING", "ADVANCED"), "advanced"),
    **dict.fromkeys(
        (
            *("NOTACHIEVED", "NOCHANGE", "WORSENING", "NOPROGRESS", "NOTATTAINABLE"),
            *("NOTMET", "GOALNOTMET", "NOTADVANCED"),
        ),
        "not_advanced",
    ),
}
_HOME_PROGRAMME: Final = re.compile(r"(?i)\bhome (exercise )?program(me)?\b|\bHEP\b")
_DISCHARGE: Final = re.compile(r"(?i)\bdischarge plan(ning)?\b|\btransition to (independent|self)")
_SAID_IN_NOTE: Final = re.compile(r"(?i)\s*(baseline|current)\s*[:=]\s*(.+?)\s*").fullmatch
_OVER: Final = ("cancelled", "stopped", "entered-in-error")
_MINUTES: Final = {"min": 1, "h": 60}
_DAYS: Final = {"d": 1, "wk": 7, "mo": 30, "a": 365}


def read_care_plan(found: Found, facts: Facts) -> None:
    """A plan of care: period, frequency of the first timed activity, interventions and goals."""
    resource = found.resource
    span = period(resource.get("period"))
    details = list(_activities(found))
    timings = [t for t in (_timing(d) for d in details) if t]
    frequency = next((f for f in map(read_frequency, timings) if f), Frequency(Decimal(0)))
    names = [(intervention_of(d.get("code")) or text(d.get("description"))) for d in details]
    said = [n for n in names if n]
    said += [n for n in (label_of(d.get("code")) for d in details) if n and n not in said]
    author = clinician_of(found, resource.get("author"))
    on = found.first_day("created")
    facts.plans_of_care.append(
        PlanOfCare(
            found.source(on),
            day=on,
            start=span.start if span else None,
            end=span.end if span else None,
            visits_per_week=frequency.visits_per_week or None,
            weeks=frequency.weeks,
            goals=tuple(_goals(found, details)),
            interventions=tuple(dict.fromkeys(n for n in names if n and not _is_about_plan(n))),
            home_programme=True if any(_HOME_PROGRAMME.search(n) for n in said) else None,
            discharge_plan=True if any(_DISCHARGE.search(n) for n in said) else None,
            discipline=author.licence.discipline if author and author.licence else None,
            visits=_visits(details, timings),
            minutes_per_visit=next((m for m in map(_minutes, timings) if m), None),
            author=author,
        )
    )


def _activities(found: Found) -> list[Json]:
    """What is planned: details, and requests that stand in their place, unless they are called off."""
    out = []
    for activity in objects(found.resource.get("activity")):
        detail = obj(activity.get("detail"))
        target = None if detail else found.find(activity.get("reference"))
        detail = detail or (target.resource if target else {})
        if detail and detail.get("status") not in _OVER and detail.get("doNotPerform") is not True:
            out.append(detail)
    return out


def _timing(detail: Json) -> Json:
    """The Timing of an activity; one that is told in words has them as the text of its code."""
    timing = obj(detail.get("scheduledTiming")) or obj(detail.get("occurrenceTiming"))
    words = text(detail.get("scheduledString"))
    return timing or ({"code": {"text": words}} if words else {})


def _visits(details: list[Json], timings: list[Json]) -> Decimal | None:
    counts = [read_count(t) for t in timings]
    counts += [read_quantity(d.get(n))[0] for d in details for n in ("quantity", "quantityQuantity")]
    return next((c for c in counts if c), None)


def _minutes(timing: Json) -> Decimal | None:
    repeat = obj(timing.get("repeat"))
    length, unit = number(repeat.get("duration")), text(repeat.get("durationUnit"))
    factor = _MINUTES.get(unit or "")
    return length * factor if length is not None and length > 0 and factor else None


def _is_about_plan(name: str) -> bool:
    return bool(_HOME_PROGRAMME.search(name) or _DISCHARGE.search(name))


def _goals(found: Found, details: list[Json]) -> list[Goal]:
    references = objects(found.resource.get("goal"))
    references += [r for d in details for r in objects(d.get("goal"))]
    seen: dict[str, Goal] = {}
    for target in (found.find(r) for r in references):
        if target and target.resource.get("resourceType") == "Goal" and counts(target.resource):
            seen.setdefault(target.path, goal_of(found.at(target)))
    return list(seen.values())


def counts(goal: Json) -> bool:
    """False for a goal that was called off or never agreed."""
    return goal.get("lifecycleStatus") not in ("cancelled", "entered-in-error", "rejected")


def read_goal(found: Found, facts: Facts) -> None:
    """A goal; one that no care plan holds becomes part of a plan that says nothing else."""
    facts.loose_goals.append((found.source(found.first_day("startDate")), goal_of(found)))


def goal_of(found: Found) -> Goal:
    """A Goal resource as a goal of the plan of care; the first target counts."""
    resource = found.resource
    target = next(iter(objects(resource.get("target"))), {})
    measure = measure_of(target.get("measure"))
    notes = (_SAID_IN_NOTE(n.get("text") or "") for n in objects(resource.get("note")) if _short(n))
    noted = {m[1].lower(): m[2] for m in notes if m}
    return Goal(
        text=label_of(resource.get("description")),
        baseline=noted.get("baseline"),
        target=_wanted(target),
        target_date=_due(target, resource),
        current=_outcome(found) or noted.get("current"),
        status=goal_status(resource.get("achievementStatus")),
        term=_term(resource),
        measure=measure if measure and is_known_measure(measure) else None,
        source=found.source(found.first_day("statusDate", "startDate")),
    )


def goal_status(concept: Any) -> str | None:
    """'met', 'advanced' or 'not_advanced' from an achievement status or a text; None if it says neither."""
    words = [*(c.code for c in codings(concept)), word_of(concept)]
    return next((_STATES[squashed(w)] for w in words if w and squashed(w) in _STATES), None)


def _short(note: Json) -> bool:
    return len(text(note.get("text")) or "") <= 200


def _wanted(target: Json) -> str | None:
    spread = obj(target.get("detailRange"))
    whole = number(target.get("detailInteger"))
    return first_text(
        target.get("detailString"),
        amount_text(target.get("detailQuantity")),
        amount_text(spread.get("low") or spread.get("high")),
        label_of(target.get("detailCodeableConcept")),
        str(whole) if whole is not None else None,
    )


def amount_text(quantity: Any) -> str | None:
    """A Quantity as a text: the number and its unit."""
    amount = score_of(quantity) if isinstance(quantity, dict) else None
    unit = text(obj(quantity).get("unit")) or text(obj(quantity).get("code")) or ""
    return f"{amount} {unit}".strip() if amount is not None else None


def _due(target: Json, goal: Json) -> date | None:
    """The due date, or so long after the start."""
    due, start = day(target.get("dueDate")), day(goal.get("startDate"))
    length = obj(target.get("dueDuration"))
    days = _DAYS.get(text(length.get("code")) or "")
    amount = number(length.get("value"))
    if due is None and start and days and amount is not None and 0 < amount < 1000:
        return add_days(start, int(amount * days))
    return due


def _outcome(found: Found) -> str | None:
    """The latest value that the goal names as its outcome."""
    targets = (found.find(r) for r in objects(found.resource.get("outcomeReference")))
    said = [amount_text(t.resource.get("valueQuantity")) for t in targets if t]
    return next((s for s in reversed(said) if s), None)


def _term(goal: Json) -> str | None:
    words = [label_of(c) or "" for c in objects(goal.get("category"))]
    words += [c.code for k in objects(goal.get("category")) for c in codings(k)]
    words.append((label_of(goal.get("description")) or "")[:16])
    for word in map(str.lower, words):
        if re.search(r"\bshort[ -]term|\bstg\b", word):
            return "short"
        if re.search(r"\blong[ -]term|\bltg\b", word):
            return "long"
    return None


def read_provenance(found: Found, facts: Facts) -> None:
    """Signatures under the resources that a Provenance is about."""
    for signature in objects(found.resource.get("signature")):
        by = clinician_of(found, signature.get("who"))
        on = day(signature.get("when"))
        for target in (found.find(r) for r in objects(found.resource.get("target"))):
            if target:
                facts.signatures.append(Signature(found.at(target).path, by, on))
