"""Codes of public systems: what a rule says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.validation import load_set
from fhirpa.validation.terminology.computed import SYSTEMS
from fhirpa.validation.terminology.membership import Membership

R4 = "http://hl7.org/fhir/ValueSet/"
TABLES = load_set("pas-2.2.1")
MEMBERSHIP = Membership(TABLES)

LANGUAGES, MEDIA, UNITS = "urn:ietf:bcp:47", "urn:ietf:bcp:13", "http://unitsofmeasure.org"
COUNTRIES, PARTS, MONEY = "urn:iso:std:iso:3166", "urn:iso:std:iso:3166:-2", "urn:iso:std:iso:4217"
STATES, ZONES = "https://www.usps.com/", "https://www.iana.org/time-zones"


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        (
            LANGUAGES,
            "en en-US EN-us es-419 zh-Hans-CN zh-yue de-CH-1996 i-klingon x-own en-x-own qaa sl-rozaj",
        ),
        (LANGUAGES, "sgn-BE-FR en-u-ca-gregory"),
        (MEDIA, "application/fhir+json text/html;charset=utf-8 application/vnd.ms-excel image/jpeg"),
        (
            UNITS,
            "mg kg/m2 {visit} 10*3/uL mm[Hg] [in_i'Hg] mL/min/{1.73_m2} /min 1 (8.h) m[IU]/mL g/(8.h){a}",
        ),
        (COUNTRIES, "US USA 840 DE"),
        (PARTS, "US-TX US-PR US-DC"),
        (MONEY, "USD EUR XXX ZWG"),
        (STATES, "TX PR AE DC"),
        (ZONES, "America/Chicago UTC"),
    ],
)
def test_a_code_that_exists_is_known(system: str, codes: str) -> None:
    assert {code: MEMBERSHIP.exists(system, code) for code in codes.split()} == dict.fromkeys(
        codes.split(), True
    )


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        (LANGUAGES, ["english", "e", "en_US", "xx", "en-", "de-1996-1996", "en-a-bbb-a-ccc", "zh-Hanss", ""]),
        (MEDIA, ["pdf", "application/", "/pdf", "text/html;", "a b/c", ""]),
        (UNITS, ["", "mg//dL", "(mg", "mg)", "min ", "µg", "H2O", "{visit", "kg{a}{b}", "mg/", "()"]),
        (COUNTRIES, ["us", "USAA", "UK", "000", ""]),
        (PARTS, ["US-ZZ", "TX", "U-TX", "YY-TX"]),
        (MONEY, ["usd", "DOLLAR", ""]),
        (STATES, ["tx", "Texas", "XX"]),
        (ZONES, ["Texas/Austin", ""]),
    ],
)
def test_a_code_that_cannot_exist_is_known_too(system: str, codes: list[str]) -> None:
    assert {code: MEMBERSHIP.exists(system, code) for code in codes} == dict.fromkeys(codes, False)


@pytest.mark.parametrize(
    ("system", "code"),
    [(UNITS, "mcg"), (UNITS, "visits"), (COUNTRIES, "XK"), (PARTS, "DE-BY"), (MEDIA, "json")],
)
def test_what_no_rule_can_decide_stays_unknown(system: str, code: str) -> None:
    assert MEMBERSHIP.exists(system, code) is None


@pytest.mark.parametrize(
    ("value_set", "system", "code", "expected"),
    [
        (R4 + "all-languages", LANGUAGES, "en-US", True),
        (R4 + "all-languages|4.0.1", LANGUAGES, "english", False),
        (R4 + "all-languages", UNITS, "mg", False),
        (R4 + "currencies", MONEY, "USD", True),
        (R4 + "currencies", MONEY, "US$", False),
        (R4 + "ucum-units", UNITS, "10*3/uL", True),
        (R4 + "ucum-units", UNITS, "mg//dL", False),
        (R4 + "ucum-units", UNITS, "mcg", None),
        (R4 + "all-time-units", UNITS, "(", False),
        (R4 + "all-time-units", UNITS, "h", None),
        (R4 + "timezones", ZONES, "America/Chicago", True),
        (R4 + "iso3166-1-3", COUNTRIES, "USA", True),
        (R4 + "iso3166-1-3", COUNTRIES, "US", False),
        (R4 + "iso3166-1-2", COUNTRIES, "US", True),
        (R4 + "iso3166-1-N", COUNTRIES, "840", True),
        (R4 + "iso3166-1-N", COUNTRIES, "USA", False),
        (R4 + "jurisdiction", COUNTRIES, "US", True),
        (R4 + "jurisdiction", PARTS, "US-TX", True),
        (R4 + "jurisdiction", PARTS, "US-ZZ", False),
        ("http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state|7.0.0", STATES, "TX", True),
        ("http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state|7.0.0", STATES, "XX", False),
        ("http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state|3.1.1", STATES, "AE", False),
        ("http://hl7.org/fhir/us/core/ValueSet/simple-language", LANGUAGES, "en-US", True),
        ("http://hl7.org/fhir/us/core/ValueSet/simple-language", LANGUAGES, "zh-Hans", False),
    ],
)
def test_value_sets_of_such_systems_answer(
    value_set: str, system: str, code: str, expected: bool | None
) -> None:
    assert MEMBERSHIP.has(value_set, system, code) is expected


@pytest.mark.parametrize(
    ("value_set", "code", "expected"),
    [
        (R4 + "mimetypes|4.0.1", "application/pdf", True),
        (R4 + "mimetypes|4.0.1", "pdf", False),
        (R4 + "all-languages", "en", True),
        (R4 + "all-languages", "english", False),
        (R4 + "currencies", "usd", False),
    ],
)
def test_elements_of_type_code_name_no_system(value_set: str, code: str, expected: bool) -> None:
    assert MEMBERSHIP.has_code(value_set, code) is expected


def test_every_unit_of_the_common_list_is_valid() -> None:
    common = TABLES.value_set(R4 + "ucum-common")
    assert common is not None
    codes = common.codes[UNITS]
    assert len(codes) > 1000
    assert [code for code in sorted(codes) if MEMBERSHIP.exists(UNITS, code) is not True] == []


@given(st.text(alphabet="mgkL10*^/.()[]'_ %-+x", max_size=14))
def test_a_unit_with_an_unclosed_bracket_is_never_valid(code: str) -> None:
    if any(code.count(opening) != code.count(closing) for opening, closing in ("()", "[]")):
        assert MEMBERSHIP.exists(UNITS, code) is not True


@given(st.sampled_from(sorted(SYSTEMS)), st.text(max_size=40))
def test_no_text_makes_a_rule_fail(system: str, code: str) -> None:
    assert MEMBERSHIP.exists(system, code) in (True, False, None)


def test_a_long_text_takes_no_long_time() -> None:
    for system in SYSTEMS:
        for text in ("a-" * 50_000, "(" * 100_000, "a" * 100_000, "a/b;c=d" * 20_000, "1.2-" * 25_000):
            assert MEMBERSHIP.exists(system, text) is not True
