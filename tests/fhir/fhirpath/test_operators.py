"""Operators, literals and paths, by the text of http://hl7.org/fhirpath/N1/."""

from decimal import Decimal

import pytest

from fhirpa.fhir.fhirpath import EvaluationError, Quantity, Temporal
from tests.fhir.fhirpath.cases import result

TRUE = [
    "true and true", "false or true", "{} or true", "true xor false", "false implies {}", "{} implies true",
    "(false and {}) = false", "1 = 1.0", "1.10 = 1.1", "'a' != 'b'", "'Ab  c' ~ 'aB C'", "1.11 ~ 1.1",
    "(1 | 2) ~ (2 | 1)", "(1 | 2) != (2 | 1)", "{} ~ {}", "1 !~ 2", "'a' < 'b'", "2 >= 2.0", "1 < 1.01",
    "2 in (1 | 2)", "(1 | 2) contains 1", "'a' in ('a' | 'b')", "('a' in {}) = false",
    "@2020-01-01 < @2020-01-02", "@2020 > @2019-12", "@T10:30 < @T10:31",
    "@2020-01-01T10:00:00+02:00 = @2020-01-01T08:00:00Z", "@2020-01-01T23:59:60Z > @2020-01-01T23:59:59Z",
    "@2020-01-05T00:00:00 > @2020-01-01T00:00:00Z", "@2020-01-01T10:00:00.0 = @2020-01-01T10:00:00",
    "3 days = 72 hours", "1 week > 6 days", "7 'd' = 1 week", "1 year ~ 1 'a'", "5 'mg' = 5.0 'mg'",
    "value = 1.5 'kg'", "value is Quantity", "value.value is decimal", "status is code", "status is string",
    "status is FHIR.string", "effective is dateTime", "$this is Observation", "$this is DomainResource",
    "1 is Integer", "'a' is System.String", "@2020 is Date", "@2020T is DateTime", "@T10 is Time",
    "component[1].value is Boolean", "status != 'draft'", "Observation.status = 'final'",
    "Resource.id = 'o1'", "component.where($index = 2).value = 'Text'", "%resource.id = %context.id",
    "%rootResource is Observation", "%ucum = 'http://unitsofmeasure.org'", "%sct = 'http://snomed.info/sct'",
    "%loinc = 'http://loinc.org'", "%`vs-x` = 'http://hl7.org/fhir/ValueSet/x'",
    "%ext-y = 'http://hl7.org/fhir/StructureDefinition/y'", "%\"vs-x\" = %vs-x", "`status` = \"status\"",
    "-1 < +1", "'\\u0041\\t\\'' = 'A\\t\\''", "valueQuantity.unit = 'kg'", "status & {} = 'final'",
    "code ~ code", "code.coding[0] !~ code.coding[1]", "(code | subject) ~ (subject | code)",
    "value ~ 1.5 'kg'",
    "1 'kg' !~ 1 'm'", "@2020 !~ @2020-01", "1 !~ 'a'", "'a' != 1", "@T10 != @2020", "1 'kg' != 'a'",
    "@2020-01-01T00:00:00-05:00 > @2020-01-01T00:00:00Z", "true != 1", "code = code", "subject != code",
    "true // and false", "true /* and false */", "(component.count() > 0) and (component.count() = 3)",
    "(contained.contained.count() = 0) and (component.count() = 0).not()",
]  # fmt: skip
OPEN = [
    "{} and true", "{} or false", "{} xor true", "true implies {}", "{} = 1", "{} > 1", "{} in (1 | 2)",
    "@2020 = @2020-01", "@2020-01 < @2020-01-05", "@T10 = @T10:30", "5 'mg' = 5 'kg'", "1 'mg' < 1 'kg'",
    "1 year = 1 'a'", "@2020-01-01T10:00:00 = @2020-01-01T10:00:00Z", "1 / 0", "1 div 0", "1 mod 0", "1 + {}",
    "issued = @2020", "component[7]", "component[-1]", "nothing.at.all", "status.nothing", "$index",
]  # fmt: skip
VALUES = [
    ("1 + 2", [3]),
    ("1 + 2.50", [Decimal("3.50")]),
    ("'a' + 'b'", ["ab"]),
    ("'a' & {} & 'b'", ["ab"]),
    ("0.1 + 0.2", [Decimal("0.3")]),
    ("3 - 5", [-2]),
    ("2 * 1.5", [Decimal("3.0")]),
    ("1 / 4", [Decimal("0.25")]),
    ("7 div 2", [3]),
    ("-7 div 2", [-3]),
    ("7 mod 3", [1]),
    ("-7 mod 3", [-1]),
    ("2.2 mod 1", [Decimal("0.2")]),
    ("2 + 3 * 4", [14]),
    ("-(2)", [-2]),
    ("-2.5", [Decimal("-2.5")]),
    ("-(3 'kg')", [Quantity(Decimal(-3), "kg")]),
    ("2 'kg' * 3", [Quantity(Decimal(6), "kg")]),
    ("6 'kg' / 3", [Quantity(Decimal(2), "kg")]),
    ("1 'kg' + 2 'kg'", [Quantity(Decimal(3), "kg")]),
    ("1 hour + 30 minutes", [Quantity(Decimal("1.5"), "hour")]),
    ("1 'kg' + 2 'm'", []),
    ("(@2020-01-31 + 1 month).toString()", ["2020-02-29"]),
    ("(@2020-01-01 - 1 day).toString()", ["2019-12-31"]),
    ("(@2020-02 + 1 year).toString()", ["2021-02"]),
    ("(@2020 + 24 months).toString()", ["2022"]),
    ("(@2020-01-01T23:00:00Z + 90 minutes).toString()", ["2020-01-02T00:30:00Z"]),
    ("(@2020-01-01T00:00:00Z - 1.5 seconds).toString()", ["2019-12-31T23:59:58.5Z"]),
    ("(@T23:30 + 1 hour).toString()", ["00:30"]),
    ("@9999-12-31 + 1 day", []),
    ("component.value", [3, False, "Text"]),
    ("component.code.text", ["first", "second", "third"]),
    ("(1 | 2 | 1 | 1.0)", [1, 2]),
    ("component.select($index)", [0, 1, 2]),
    ("component.select(code.text.select($index))", [0, 0, 0]),
    ("component[1].code.text", ["second"]),
    ("value as Quantity", [Quantity(Decimal("1.50"), "kg")]),
    ("value as string", []),
    ("contained.birthDate", [Temporal("Date", (1980, 2, 29), None, "1980-02-29")]),
    ("{}", []),
]
ERRORS = [
    "1 + 'a'", "1 < 'a'", "(1 | 2) + 1", "component and true", "(1 | 2) in (1 | 2)", "'a' * 2", "@2020 < 1",
    "-'a'", "1 & 'a'", "component['a']", "(1 | 2) is Integer", "%nothing", "@2020-01-01 + 1 'kg'",
]  # fmt: skip


@pytest.mark.parametrize("text", TRUE)
def test_what_the_specification_makes_true(text: str) -> None:
    assert result(text) == [True]


@pytest.mark.parametrize("text", OPEN)
def test_what_cannot_be_known_gives_nothing(text: str) -> None:
    assert result(text) == []


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_values(text: str, expected: list[object]) -> None:
    found = result(text)
    assert found == expected
    assert [type(item) for item in found] == [type(item) for item in expected]


@pytest.mark.parametrize("text", ERRORS)
def test_what_has_no_meaning_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError):
        result(text)


def test_a_side_that_decides_spares_the_other() -> None:
    assert result("true or (1 + 'a')") == [True]
    assert result("false and (1 + 'a')") == [False]
    assert result("false implies (1 + 'a')") == [True]


def test_variables_of_the_caller_are_found() -> None:
    assert result("%mine + 1", variables={"mine": [2]}) == [3]
