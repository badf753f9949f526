"""A vignette's facts as a request of the builder, and the facts that no request can hold today.

The table of fixtures/vignettes/README.md ("Facts, and how they become a request") is what this file and
blind_records.py do.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from fhirpa.testkit import builder_people as cast
from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis
from fhirpa.testkit.builder_people import Clinician, Person
from fhirpa.testkit.builder_terms import npi
from tests.clinical.blind_labels import Values, Vignette
from tests.clinical.blind_records import exhibits, on, on_day, words_only

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
    start = on(day, asked["start"])
    length = asked["days"] if "days" in asked else 7 * asked["weeks"]
    therapists = _therapists(facts)
    words = tuple(words_only(facts))
    ordered = on_day(day, order["day"]) if order else None
    covered = facts["member"].get("covered") or {}
    said = [asked["message"]] if asked.get("message") else []
    request = Request(
        person=Person(facts["member"]["sex"], born(facts["member"], day)),
        therapists=tuple(therapists.values()),
        diagnoses=tuple(Diagnosis(d["code"], onset=on_day(day, d.get("onset"))) for d in facts["diagnoses"]),
        lines=tuple(_line(x, facts, day, list(therapists)) for x in facts["lines"]),
        start=start,
        end=start + timedelta(days=length - 1),
        created=day,
        exhibits=tuple(exhibits(facts, day, start, ordered)),
        orderer=_WHOSE[order["by"]] if order else None,
        ordered=ordered,
        plan=f"SANDBOX-{facts['member']['line_of_business']}",
        covered_from=on_day(day, covered.get("from")),
        covered_to=on_day(day, covered.get("to")),
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
    period = (on(day, line["from"]), on(day, line["to"])) if "from" in line else None
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
