"""Every structural fault is found once, with its FHIRPath; what is right is left alone."""

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.outcome import Issue
from fhirpa.fhir.structure import KEYS, MAX_ISSUES, check
from tests.fhir.structure_faults import EXT, FAULTS, bundle, claim, extension, patient

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'


@pytest.mark.parametrize(("resource", "where", "key"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_reported_once_at_its_place(resource: Any, where: str | None, key: str) -> None:
    (issue,) = check(resource)
    assert (issue.expression, issue.key, issue.severity) == (where, key, "error")
    assert issue.text


FORMS: dict[str, tuple[list[Any], list[Any]]] = {
    # type: (right, wrong)
    "valueDate": (
        ["2026", "2026-02", "2026-02-28", "2024-02-29", "0001-01-01"],
        [
            "26",
            "2026-13",
            "2026-00",
            "2026-1-1",
            "20260101",
            "2026-01-01T10:00:00Z",
            " 2026",
            "0000",
            "２０２６",
        ],
    ),
    "valueDateTime": (
        ["2026", "2026-02-28", "2026-02-28T23:59:60Z", "2026-02-28T00:00:00.123456789+14:00"],
        ["2026-02-28T10:00Z", "2026-02-28T10:00:00", "2026-02-28T24:00:00Z", "2026-02-28 10:00:00Z"],
    ),
    "valueInstant": (
        ["2026-02-28T23:59:00Z", "2026-02-28T23:59:00.1-05:00"],
        ["2026-02-28", "2026-02-28T23:59:00", "2026-02-28T23:59:00+14:30", "2026-02-28T23:59:00z"],
    ),
    "valueTime": (["00:00:00", "23:59:60.5"], ["24:00:00", "10:00", "10:00:00Z"]),
    "valueId": (["a", "A-1.b", "x" * 64], ["x" * 65, "a_b", "a b", "é"]),
    "valueCode": (["a", "a b", "é<>"], [" a", "a ", "a  b", "a\tb", "a\u00a0b"]),
    "valueUri": (["urn:x", "a/b#c", "é"], ["a b", " a", "a\n", "a\u00a0b"]),
    "valueUrl": (["http://x"], ["http://x y"]),
    "valueCanonical": (["http://x|1"], ["http://x |1"]),
    "valueOid": (["urn:oid:2.16.0"], ["2.16.0", "urn:oid:3.1", "urn:oid:2.01", "urn:oid:2", "urn:oid:2."]),
    "valueUuid": (
        ["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        ["c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"],
    ),
    "valueBase64Binary": (
        ["QUJD", "QUI=", "QQ==", "QUJD\nQUJD", "+/+/"],
        ["QUJ", "QQ=", "Q=Q=", "QUJD=", "====", "Q-_D", "QUJé", " "],
    ),
    "valueString": ([" ", "a\tb\r\n", "\u00a0"], []),
    "valueMarkdown": (["# a\n\nb"], []),
    "valueDecimal": ([0, 12, Decimal("1.10"), Decimal("1E+3"), 0.5], [Decimal("NaN"), float("inf")]),
}


@pytest.mark.parametrize(("name", "right"), [(n, v) for n, (vs, _) in FORMS.items() for v in vs])
def test_a_value_of_the_right_form_is_accepted(name: str, right: Any) -> None:
    assert check(extension(**{name: right})) == []


@pytest.mark.parametrize(("name", "wrong"), [(n, v) for n, (_, vs) in FORMS.items() for v in vs])
def test_a_value_of_the_wrong_form_is_refused(name: str, wrong: Any) -> None:
    (issue,) = check(extension(**{name: wrong}))
    assert (issue.key, issue.expression) == ("value-form", "Patient.extension[0].value")


@pytest.mark.parametrize("name", ["valueDate", "valueDateTime"])
@pytest.mark.parametrize("day", ["2026-02-29", "2026-02-30", "2100-02-29", "2026-04-31"])
def test_a_day_that_the_calendar_does_not_have_is_refused(name: str, day: str) -> None:
    assert [i.key for i in check(extension(**{name: day}))] == ["date-not-real"]


def test_a_time_on_a_day_that_the_calendar_does_not_have_is_refused() -> None:
    assert [i.key for i in check(extension(valueInstant="2026-02-30T10:00:00Z"))] == ["date-not-real"]


@pytest.mark.parametrize(
    ("name", "lowest"), [("valueInteger", -(2**31)), ("valueUnsignedInt", 0), ("valuePositiveInt", 1)]
)
def test_whole_numbers_have_a_range(name: str, lowest: int) -> None:
    for right in (lowest, 2**31 - 1):
        assert check(extension(**{name: right})) == []
    for wrong in (lowest - 1, 2**31, 10**5000):
        assert [i.key for i in check(extension(**{name: wrong}))] == ["number-range"]


@pytest.mark.parametrize(
    "div",
    [
        "text",
        "<div>no namespace</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        '<div xmlns="http://www.w3.org/1999/xhtml">',
        '<div xmlns="http://www.w3.org/1999/xhtml">&nbsp;</div>',
        DIV + DIV,
        '<!DOCTYPE div [<!ENTITY a "b">]>' + DIV,
        '<?xml version="1.0" encoding="utf-8"?>' + DIV,
    ],
)
def test_a_narrative_must_be_one_well_formed_div(div: str) -> None:
    assert [i.key for i in check(patient(text={"status": "generated", "div": div}))] == ["value-form"]


def test_a_mandatory_value_may_be_given_by_an_extension_alone() -> None:
    assert check({"resourceType": "Bundle", "_type": {"extension": [EXT]}}) == []
    assert check(extension(_valueString={"extension": [EXT]})) == []


def test_gaps_in_a_list_of_values_are_filled_by_extensions() -> None:
    assert check(patient(name=[{"given": [None, "x"], "_given": [{"extension": [EXT]}, None]}])) == []
    assert check(patient(name=[{"_given": [{"extension": [EXT]}]}])) == []


def test_all_faults_are_reported_in_the_order_of_the_document() -> None:
    broken = bundle(claim(created="x", item=[{"sequence": 0, "productOrService": {"text": ""}}], foo=1))
    assert [i.expression for i in check(broken)] == [
        "Bundle.entry[0].resource.created",
        "Bundle.entry[0].resource.item[0].sequence",
        "Bundle.entry[0].resource.item[0].productOrService.text",
        "Bundle.entry[0].resource.foo",
    ]


def test_an_unknown_name_is_answered_with_the_right_one() -> None:
    (capital,) = check(patient(birthdate="2000"))
    assert "birthDate" in capital.text
    (choice,) = check(patient(deceased=True))
    assert "deceasedBoolean" in choice.text


def test_texts_never_repeat_what_was_sent() -> None:
    secret = "Jane.Doe@example.org"
    faulty = patient(gender=secret + " ", birthDate=secret, id=secret, active=secret, **{secret: secret})
    issues = check(faulty)
    assert len(issues) == 5
    assert not any("Jane" in f"{i.text} {i.expression}" for i in issues)


def test_very_many_faults_are_cut_off_with_a_note() -> None:
    issues = check(claim(item=[{}] * 1_000_000))
    assert len(issues) == MAX_ISSUES + 1
    assert (issues[-1].key, issues[-1].severity) == ("more-faults", "information")
    assert len(check(claim(item=[{}] * MAX_ISSUES))) == MAX_ISSUES


def test_deep_nesting_is_one_fault() -> None:
    inner: dict[str, Any] = dict(EXT)
    for _ in range(3000):
        inner = {"url": "x", "extension": [inner]}
    (issue,) = check(patient(extension=[inner]))
    assert issue.key == "nested-too-deep"


LONG = 5_000_000


@pytest.mark.parametrize(
    "content",
    [
        {"valueBase64Binary": "QUJD" * LONG},
        {"valueBase64Binary": "A" * LONG + "!"},
        {"valueCode": "a " * LONG},
        {"valueOid": "urn:oid:1" + ".1" * LONG + "x"},
        {"valueDateTime": "2020-01-01T00:00:00." + "0" * LONG},
        {"valueMarkdown": "a\n" * LONG},
    ],
    ids=lambda c: next(iter(c)),
)
@pytest.mark.deep
def test_no_value_of_megabytes_takes_long(content: dict[str, Any]) -> None:
    started = time.thread_time()
    check(extension(**content))
    assert time.thread_time() - started < 2


def test_every_key_that_is_reported_is_explained_and_every_explained_key_can_be_reported() -> None:
    tried = {f[3] for f in FAULTS}
    elsewhere = {"value-form", "date-not-real", "number-range", "nested-too-deep", "more-faults"}
    assert tried | elsewhere == set(KEYS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.integers()
            | st.sampled_from(
                [
                    "resourceType",
                    "entry",
                    "resource",
                    "id",
                    "_id",
                    "extension",
                    "name",
                    "given",
                    "_given",
                    "text",
                ]
            ),
            inner | st.sampled_from(["Patient", "Bundle", "Parameters"]),
        )
    ),
    max_leaves=25,
)


@given(JSON)
def test_nothing_makes_the_check_fail(anything: Any) -> None:
    assert all(isinstance(i, Issue) for i in check(anything))
    if isinstance(anything, dict):
        assert all(isinstance(i, Issue) for i in check({**anything, "resourceType": "Patient"}))
