"""Facts that single resources tell: licence, signature, scale, norms, timing, and what does not count."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.pas.codes import CPT, HCPCS, LOINC, NPI, NUCC
from fhirpa.pas.evidence_names import kind_of
from fhirpa.pas.measure_scales import scaled
from fhirpa.pas.read_amounts import read_frequency
from fhirpa.pas.timing_text import repeat_of
from fhirpa.um.evidence import Clinician, Evidence, LicenceKind
from fhirpa.um.request import Frequency
from fhirpa.um.terms import Discipline
from tests.pas.request_builder import Json, claim, concept, entry, ext, ref, with_support
from tests.pas.test_evidence import HERE, document, observation, read, supported


def practitioner(**more: Any) -> Json:
    return {"resourceType": "Practitioner", "id": "who", **more}


def with_others(resource: Json, *others: Json) -> Evidence:
    whole = with_support(resource)
    whole["entry"] += [entry(x) for x in others]
    return read(whole)


def procedure(code: Json, **more: Any) -> Json:
    return {
        "resourceType": "Procedure",
        "id": "s",
        "status": "completed",
        "code": code,
        "performedDateTime": "2026-02-20",
        **more,
    }


@pytest.mark.parametrize(
    ("qualification", "licence"),
    [
        (concept(NUCC, "225100000X"), LicenceKind.PT),
        (concept(NUCC, "2251X0800X"), LicenceKind.PT),
        (concept(NUCC, "225200000X"), LicenceKind.PTA),
        (concept(NUCC, "225XP0200X"), LicenceKind.OT),
        (concept(NUCC, "224Z00000X"), LicenceKind.OTA),
        (concept(NUCC, "207X00000X"), LicenceKind.PHYSICIAN),
        (concept(NUCC, "363LF0000X"), LicenceKind.APRN),
        (concept("http://terminology.hl7.org/CodeSystem/v2-0360", "MD"), LicenceKind.PHYSICIAN),
        ({"text": "PT, DPT"}, LicenceKind.PT),
        ({"text": "OTR/L"}, LicenceKind.OT),
        (concept(NUCC, "101Y00000X"), LicenceKind.OTHER),
    ],
)
def test_an_evaluation_tells_who_performed_it(qualification: Json, licence: LicenceKind | None) -> None:
    who = practitioner(
        identifier=[{"system": NPI, "value": "1245319599"}], qualification=[{"code": qualification}]
    )
    done = procedure(concept(CPT, "97162"), performer=[{"actor": ref("Practitioner/who")}])
    (found,) = with_others(done, who).evaluations
    assert (found.day, found.discipline, found.re_evaluation) == (date(2026, 2, 20), Discipline.PT, False)
    assert found.performer == Clinician(licence, "1245319599")
    assert with_others(done, who).surgeries == ()


def test_the_licence_may_stand_in_the_role() -> None:
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": ref("Practitioner/who"),
        "specialty": [concept(NUCC, "224Z00000X")],
    }
    done = procedure(concept(CPT, "97168"), performer=[{"actor": ref("PractitionerRole/r")}])
    (found,) = with_others(done, role, practitioner()).evaluations
    assert (found.re_evaluation, found.performer) == (True, Clinician(LicenceKind.OTA))
    assert LicenceKind.OTA.is_assistant
    assert LicenceKind.OTA.discipline is Discipline.OT


@pytest.mark.parametrize(
    ("code", "evaluations", "earlier"),
    [
        (concept(CPT, "97110"), 0, [None]),
        (concept(HCPCS, "G0157"), 0, [None]),
        ({"text": "Occupational therapy"}, 0, [Discipline.OT]),
        ({"text": "PT re-evaluation"}, 1, []),
        ({"text": "Repair of PT tendon"}, 0, []),
        (concept(CPT, "27447"), 0, []),
    ],
)
def test_therapy_is_no_operation(code: Json, evaluations: int, earlier: list[Discipline | None]) -> None:
    facts = supported(procedure(code))
    assert len(facts.evaluations) == evaluations
    assert [p.discipline for p in facts.prior_therapy] == earlier
    assert len(facts.surgeries) == (not evaluations and not earlier)


def test_an_operation_keeps_its_side_and_complications() -> None:
    done = procedure(
        concept(CPT, "27447"),
        bodySite=[{"text": "Right knee"}],
        complication=[{"text": "wound infection"}],
    )
    (found,) = supported(done).surgeries
    assert (found.side, found.complications) == ("right", ("wound infection",))


def test_the_claims_own_procedures_are_operations() -> None:
    whole = with_support()
    whole["entry"][0]["resource"]["procedure"] = [
        {"sequence": 1, "date": "2026-01-20", "procedureCodeableConcept": concept(CPT, "29827")}
    ]
    (found,) = read(whole).surgeries
    assert (found.code, found.day) == ("29827", date(2026, 1, 20))
    assert found.source.path == "Bundle.entry[0].resource.procedure[0]"


def test_a_plan_is_signed_by_who_signs_it_and_not_by_its_author() -> None:
    plan = {"resourceType": "CarePlan", "id": "cp", "status": "active", "author": ref("Practitioner/who")}
    who = practitioner(qualification=[{"code": concept(NUCC, "225100000X")}])
    surgeon = {
        **practitioner(qualification=[{"code": concept(NUCC, "207X00000X")}]),
        "id": "surgeon",
    }
    signed = {
        "resourceType": "Provenance",
        "id": "pv",
        "target": [ref("CarePlan/cp")],
        "signature": [{"when": "2026-02-28T08:00:00Z", "who": ref("Practitioner/surgeon")}],
    }
    (bare,) = with_others(plan, who).plans_of_care
    assert (bare.signed, bare.author) == (None, Clinician(LicenceKind.PT))
    assert bare.discipline is Discipline.PT
    (found,) = with_others(plan, who, surgeon, signed).plans_of_care
    assert (found.signed, found.signed_on) == (True, date(2026, 2, 28))
    assert found.signed_by == Clinician(LicenceKind.PHYSICIAN)


@pytest.mark.parametrize(
    ("measure", "score", "unit", "expected"),
    [
        ("ODI", "38", "%", ("ODI", "38", "%")),
        ("ODI", "19", "{points}", ("ODI", "38", "%")),
        ("ODI", "38", None, ("ODI", "38", None)),
        ("ODI", "38", "{score}", ("ODI", "38", None)),
        ("NDI", "40", "%", ("NDI", "20", "points")),
        ("NDI", "20", "points", ("NDI", "20", "points")),
        ("NDI", "20", None, ("NDI", "20", None)),
        ("LEFS", "40", None, ("LEFS", "40", "points")),
        ("SPADI", "55", "%", ("SPADI", "55", "points")),
        ("TUG", "14", None, ("TUG", "14", "s")),
        ("TUG", "0.5", "min", ("TUG", "30", "s")),
        ("TUG", "14", "m", ("TUG (M)", "14", "m")),
        ("6MWT", "1000", "[ft_i]", ("6MWT", "304.8", "m")),
        ("6MWT", "1000", None, ("6MWT", "1000", None)),
        ("10MWT", "80", "cm/s", ("10MWT", "0.8", "m/s")),
        ("GRIP", "100", "lbs", ("GRIP", "45.359237", "kg")),
        ("ROM", "90", "deg", ("ROM", "90", "deg")),
        ("PDMS-3", "7", "percentile", ("PDMS-3 (PERCENTILE)", "7", "percentile")),
    ],
)
def test_the_unit_decides_the_scale(
    measure: str, score: str, unit: str | None, expected: tuple[str, str, str | None]
) -> None:
    found = scaled(measure, Decimal(score), unit)
    assert found == (expected[0], Decimal(expected[1]), expected[2])


@given(st.decimals(0, 100, places=1), st.sampled_from(["ODI", "NDI", "6MWT", "GRIP", "10MWT"]))
def test_a_score_without_a_scale_is_never_multiplied(score: Decimal, measure: str) -> None:
    assert scaled(measure, score, None) == (measure, score, None)
    assert scaled(measure, score, "{score}") == (measure, score, None)


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ({"text": "NDI"}, {"valueString": "20/50"}, [("NDI", 20, "points")]),
        ({"text": "ODI"}, {"valueString": "20/50"}, [("ODI", 40, "%")]),
        ({"text": "ODI"}, {"valueString": "40 %"}, [("ODI", 40, "%")]),
        ({"text": "LEFS"}, {"valueString": "40 out of 80"}, [("LEFS", 40, "points")]),
        ({"text": "LEFS"}, {"valueString": "40/100"}, []),
        (
            {"text": "ODI"},
            {"valueRatio": {"numerator": {"value": 15}, "denominator": {"value": 50}}},
            [("ODI", 30, "%")],
        ),
        (concept(LOINC, "97909-6"), {"valueQuantity": {"value": 38, "code": "{score}"}}, [("ODI", 38, "%")]),
        (
            {"text": "Grip strength, right"},
            {"valueQuantity": {"value": 20, "unit": "kg"}},
            [("GRIP", 20, "kg")],
        ),
    ],
)
def test_a_maximum_or_the_code_tells_the_scale(code: Json, value: Json, expected: list[Any]) -> None:
    found = supported(observation(code=code, **value)).measures
    assert [(m.measure, m.score, m.unit) for m in found] == expected


def test_a_side_may_stand_in_the_name() -> None:
    (found,) = supported(observation(code={"text": "Grip strength - left hand"}, valueInteger=20)).measures
    assert (found.measure, found.side) == ("GRIP", "left")


def test_a_body_site_tells_the_side_and_the_joint() -> None:
    said = observation(code={"text": "ROM"}, valueInteger=95, bodySite={"text": "Right knee"})
    (found,) = supported(said).measures
    assert (found.side, found.part, found.unit) == ("right", "knee", "deg")


def test_a_norm_referenced_test_is_one_score_with_its_norms() -> None:
    parts = [
        {"code": {"text": "Raw score"}, "valueInteger": 88},
        {"code": {"text": "Standard score"}, "valueInteger": 74},
        {"code": {"text": "Percentile rank"}, "valueInteger": 4},
        {"code": {"text": "Z-score"}, "valueQuantity": {"value": Decimal("-1.73")}},
        {"code": {"text": "Age equivalent"}, "valueQuantity": {"value": 2, "unit": "years"}},
    ]
    (found,) = supported(
        observation(code={"text": "Peabody Developmental Motor Scales"}, component=parts)
    ).measures
    assert (found.measure, found.score, found.percentile) == ("PDMS-3", 74, 4)
    assert (found.sd_from_mean, found.age_equivalent_months) == (Decimal("-1.73"), 24)


def test_a_percentile_alone_is_never_taken_for_a_score() -> None:
    parts = [{"code": {"text": "Percentile"}, "valueInteger": 50}]
    (found,) = supported(observation(code={"text": "PDMS-2"}, component=parts)).measures
    assert (found.measure, found.percentile) == ("PDMS-3 (PERCENTILE)", 50)


@pytest.mark.parametrize(
    ("name", "value", "fact", "expected"),
    [
        ("Falls in the past year", {"valueInteger": 2}, "falls", 2),
        ("Homebound status", {"valueBoolean": True}, "homebound", True),
        ("Homebound", {"valueCodeableConcept": {"text": "No"}}, "homebound", False),
        ("Dix-Hallpike", {"valueString": "positive"}, "positional_test", True),
        ("Reason for missed visits", {"valueString": "transport"}, "attendance_reason", "transport"),
        ("Plateau", {"valueCodeableConcept": {"text": "unclear"}}, "plateau", None),
        ("Gestational age", {"valueQuantity": {"value": 31, "unit": "wk"}}, "gestational_age_weeks", 31),
    ],
)
def test_an_observation_may_tell_a_single_fact(name: str, value: Json, fact: str, expected: Any) -> None:
    facts = supported(observation(code={"text": name}, **value))
    assert getattr(facts, fact) == expected
    assert facts.measures == ()
    source = facts.source_of(fact)
    assert (source is None) is (expected is None)
    if source:
        assert (source.resource, source.path, source.day) == ("Observation", HERE, date(2026, 2, 25))
        assert kind_of(fact) in ("flag", "number", "text")


def test_the_weight_bearing_status_is_told() -> None:
    said = observation(
        code={"text": "Weight bearing status"}, valueCodeableConcept={"text": "Partial weight-bearing"}
    )
    assert [p.weight_bearing for p in supported(said).protocols] == ["PWB"]


@pytest.mark.parametrize(
    ("kind", "setting"), [("HH", ["home"]), ("IMP", ["inpatient"]), ("AMB", ["outpatient"]), ("FLD", [])]
)
def test_an_encounter_tells_where_the_member_was(kind: str, setting: list[str]) -> None:
    stay = {
        "resourceType": "Encounter",
        "id": "en",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind},
        "period": {"start": "2026-02-01", "end": "2026-02-04"},
    }
    assert [s.setting for s in supported(stay).stays] == setting
    assert supported({**stay, "status": "planned"}).stays == ()
    assert supported(stay).setting_reason is None


def test_a_device_is_equipment_and_an_order_only_where_an_item_asks_for_it() -> None:
    device = {
        "resourceType": "DeviceRequest",
        "id": "dr",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-02-10",
        "codeCodeableConcept": {"text": "resting hand orthosis"},
    }
    facts = supported(device)
    assert ([e.text for e in facts.equipment], facts.orders) == (["resting hand orthosis"], ())
    asking = claim()
    service = ext("extension-requestedService", valueReference=ref("DeviceRequest/dr"))
    asking["item"][0]["extension"].append(service)
    whole = with_support(device)
    whole["entry"][0]["resource"]["item"] = asking["item"]
    whole["entry"][0]["resource"]["supportingInfo"] = []
    assert [o.day for o in read(whole).orders] == [date(2026, 2, 10)]


def test_an_order_tells_how_much_it_asks_for() -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "sr",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-02-10",
        "quantityQuantity": {"value": 12},
        "occurrenceTiming": {"code": {"text": "2x/week for 6 weeks"}},
    }
    (found,) = supported(order).orders
    assert (found.visits, found.visits_per_week, found.weeks) == (12, 2, 6)
    assert supported({**order, "doNotPerform": True}).orders == ()


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Goal", "lifecycleStatus": "cancelled", "description": {"text": "walk"}},
        {"resourceType": "Goal", "lifecycleStatus": "rejected", "description": {"text": "walk"}},
        {"resourceType": "CarePlan", "status": "revoked"},
        procedure({"text": "knee repair"}, status="not-done"),
        {
            "resourceType": "Condition",
            "code": concept("http://hl7.org/fhir/sid/icd-10-cm", "C79.51"),
            "verificationStatus": {"coding": [{"code": "refuted"}]},
        },
        observation(code={"text": "ODI"}, valueInteger=4, status="cancelled"),
    ],
)
def test_what_was_called_off_or_refuted_is_no_fact(resource: Json) -> None:
    facts = supported({"id": "x", **resource})
    assert [d.code for d in facts.diagnoses] == ["M5450"]
    assert facts.plans_of_care == facts.surgeries == facts.measures == ()


def test_a_day_in_the_future_stays_as_it_was_sent() -> None:
    late = observation(code={"text": "LEFS"}, valueInteger=40, effectiveDateTime="2031-01-01")
    assert supported(late).measures[0].day == date(2031, 1, 1)


def test_a_goal_keeps_its_term_measure_and_current_value() -> None:
    goal = {
        "resourceType": "Goal",
        "id": "g",
        "lifecycleStatus": "active",
        "startDate": "2026-02-01",
        "category": [{"text": "Short-term goal"}],
        "description": {"text": "less disability"},
        "target": [
            {
                "measure": concept(LOINC, "97909-6"),
                "detailRange": {"high": {"value": 20, "unit": "%"}},
                "dueDuration": {"value": 4, "code": "wk"},
            }
        ],
        "outcomeReference": [ref("Observation/o")],
    }
    whole = with_support(goal)
    whole["entry"].append(entry(observation(code={"text": "ODI"}, valueQuantity={"value": 30, "unit": "%"})))
    ((found,),) = (p.goals for p in read(whole).plans_of_care)
    assert (found.term, found.measure, found.target, found.current) == ("short", "ODI", "20 %", "30 %")
    assert found.target_date == date(2026, 3, 1)


def test_a_document_type_may_stand_in_words() -> None:
    kind = {"coding": [{"system": "urn:local", "code": "77"}], "text": "Operative note"}
    assert supported(document("x", type=kind)).documents[0].loinc == "11504-8"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2x/week for 6 weeks", Frequency(Decimal(2), Decimal(6))),
        ("twice a week x 8 wks.", Frequency(Decimal(2), Decimal(8))),
        ("2-3 times per week for six weeks", Frequency(Decimal(3), Decimal(6))),
        ("every other week", Frequency(Decimal("0.5"))),
        ("Three visits weekly", Frequency(Decimal(3))),
        ("2x/week for 6 weeks, then as needed", None),
        ("as needed", None),
    ],
)
def test_a_frequency_in_words_is_read_whole_or_not_at_all(words: str, expected: Frequency | None) -> None:
    assert read_frequency({"code": {"text": words}}) == expected


@given(st.text(max_size=40))
def test_any_words_are_survived(words: str) -> None:
    assert isinstance(repeat_of(words), dict)
