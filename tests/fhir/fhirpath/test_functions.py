"""Functions, by the text of http://hl7.org/fhirpath/N1/ and http://hl7.org/fhir/R4/fhirpath.html."""

from decimal import Decimal
from typing import Any

import pytest

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Node, Quantity, compile_expression
from tests.fhir.fhirpath.cases import environment, result

CASES: list[tuple[str, list[Any]]] = [
    # existence
    ("{}.empty()", [True]),
    ("status.exists()", [True]),
    ("issued.exists()", [True]),
    ("component.exists(value = 3)", [True]),
    ("component.exists($index = 5)", [False]),
    ("component.all(code.exists())", [True]),
    ("component.all($index < 2)", [False]),
    ("{}.all(false)", [True]),
    ("true.not()", [False]),
    ("{}.not()", []),
    ("1.not()", [False]),
    ("(true | false).allTrue()", [False]),
    ("{}.allTrue()", [True]),
    ("(true | false).anyTrue()", [True]),
    ("(true | false).allFalse()", [False]),
    ("(true | false).anyFalse()", [True]),
    ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
    ("(1 | 2).supersetOf(1 | 3)", [False]),
    ("(1.combine(1)).isDistinct()", [False]),
    ("(1.combine(1.0)).distinct()", [1]),
    ("code.coding.isDistinct()", [True]),
    ("component.count()", [3]),
    # filtering, projection, subsetting
    ("(1 | 2 | 3).where($this > 1)", [2, 3]),
    ("(3 | 2).where($index = 0)", [3]),
    ("(1 | 2).select($this + 1)", [2, 3]),
    ("contained.repeat(children()).count()", [2]),
    ("component.value.ofType(integer)", [3]),
    ("component.value.ofType(System.Integer)", []),
    ("(1 | 2 | 3).first()", [1]),
    ("(1 | 2 | 3).last()", [3]),
    ("(1 | 2 | 3).tail()", [2, 3]),
    ("(1 | 2 | 3).skip(2)", [3]),
    ("(1 | 2 | 3).skip(-1)", [1, 2, 3]),
    ("(1 | 2 | 3).take(2)", [1, 2]),
    ("(1 | 2 | 3).take(0)", []),
    ("1.single()", [1]),
    ("{}.single()", []),
    ("(1 | 2).union(2 | 3)", [1, 2, 3]),
    ("(1 | 2).combine(2 | 3)", [1, 2, 2, 3]),
    ("(1 | 2).intersect(2 | 3)", [2]),
    ("(1 | 2 | 2).exclude(2)", [1]),
    ("iif(true, 1, 1 + 'a')", [1]),
    ("iif({}, 1, 2)", [2]),
    ("iif(false, 1)", []),
    ("(1 | 2).iif(count() = 2, last())", [2]),
    ("(1 | 2 | 3).aggregate($this + $total, 0)", [6]),
    ("(1 | 2 | 3).aggregate(iif($total.empty(), $this, $this + $total))", [6]),
    ("children().count() = descendants().count()", [False]),
    ("contained.children().count()", [2]),
    ("status.children().count()", [2]),
    ("status.trace('x', 1 + 'a')", ["final"]),
    # texts
    ("'abcabc'.indexOf('c')", [2]),
    ("'abc'.indexOf('x')", [-1]),
    ("'abc'.substring(1)", ["bc"]),
    ("'abc'.substring(1, 1)", ["b"]),
    ("'abc'.substring(3)", []),
    ("'abc'.substring(-1)", []),
    ("'abc'.substring(1, 9)", ["bc"]),
    ("'abc'.startsWith('ab')", [True]),
    ("'abc'.startsWith('')", [True]),
    ("'abc'.endsWith('bc')", [True]),
    ("'abc'.contains('b')", [True]),
    ("{}.contains('b')", []),
    ("'aB'.upper()", ["AB"]),
    ("'aB'.lower()", ["ab"]),
    ("'aba'.replace('a', 'x')", ["xbx"]),
    ("'ab'.replace('', 'x')", ["xaxbx"]),
    ("'11/30/1972'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$3-$1-$2')", ["1972-11-30"]),
    ("'abc'.matches('^a.c$')", [True]),
    ("'xabcx'.matches('abc')", [True]),
    ("'abc'.matches('^b')", [False]),
    ("'[a]'.matches('^[[]a]$')", [True]),
    ("'a-b-c'.matches('^a(-[a-z]+)*$')", [True]),
    ("'x'.matches(status)", [False]),
    ("'abc'.length()", [3]),
    ("''.length()", [0]),
    ("' a '.trim()", ["a"]),
    ("'a,b'.split(',')", ["a", "b"]),
    ("('a' | 'b').join('-')", ["a-b"]),
    ("('a' | 'b').join()", ["ab"]),
    ("effective.substring(0, 4)", ["2026"]),
    # conversion
    ("'12'.toInteger()", [12]),
    ("'1.2'.toInteger()", []),
    ("true.toInteger()", [1]),
    ("'1.20'.toDecimal()", [Decimal("1.20")]),
    ("1.toDecimal()", [Decimal(1)]),
    ("'x'.toDecimal()", []),
    ("1.50.toString()", ["1.50"]),
    ("effective.toInteger()", []),
    ("effective.toTime()", []),
    ("value.toQuantity()", [Quantity(Decimal("1.50"), "kg")]),
    ("true.toString()", ["true"]),
    ("(5 'mg').toString()", ["5 'mg'"]),
    ("(2 days).toString()", ["2 day"]),
    ("effective.toString()", ["2026-03-01T10:00:00Z"]),
    ("code.toString()", []),
    ("'T'.toBoolean()", [True]),
    ("'no'.toBoolean()", [False]),
    ("1.0.toBoolean()", [True]),
    ("5.toBoolean()", []),
    ("'2020-02'.toDate().toString()", ["2020-02"]),
    ("'2020-02-30'.toDate()", []),
    ("effective.toDate().toString()", ["2026-03-01"]),
    ("@2020-01-01.toDateTime() = @2020-01-01", [True]),
    ("'10:30'.toTime() = @T10:30", [True]),
    ("'5 \\'mg\\''.toQuantity()", [Quantity(Decimal(5), "mg")]),
    ("'3 days'.toQuantity()", [Quantity(Decimal(3), "day")]),
    ("4.toQuantity()", [Quantity(Decimal(4), "1")]),
    ("'1'.convertsToInteger()", [True]),
    ("'x'.convertsToInteger()", [False]),
    ("{}.convertsToInteger()", []),
    ("'x'.convertsToDecimal()", [False]),
    ("1.convertsToString()", [True]),
    ("'yes'.convertsToBoolean()", [True]),
    ("'2020'.convertsToDate()", [True]),
    ("'2020-01-01T10:00:00Z'.convertsToDateTime()", [True]),
    ("'25:00'.convertsToTime()", [False]),
    ("'5 parsecs'.convertsToQuantity()", [False]),
    # FHIR
    ("status.hasValue()", [True]),
    ("issued.hasValue()", [False]),
    ("code.hasValue()", [False]),
    ("{}.hasValue()", [False]),
    ("status.getValue()", ["final"]),
    ("issued.getValue()", []),
    ("status.extension('http://example.org/e').value", ["beside"]),
    ("issued.extension.value", ["unknown"]),
    ("status.id", ["s"]),
    ("extension('http://example.org/e')", []),
    ("subject.resolve().id", ["p"]),
    ("'#'.resolve().id", ["o1"]),
    ("subject.resolve() is Patient", [True]),
    ("conformsTo('http://hl7.org/fhir/StructureDefinition/Observation')", [True]),
    ("conformsTo('http://example.org/profile')", []),
    ("code.memberOf('http://example.org/vs')", []),
    ("today() = @2026-03-01", [True]),
    ("now() > @2026-03-01T12:29:00Z", [True]),
    ("timeOfDay() > @T12:29", [True]),
    ("status.is(code)", [True]),
    ("value.as(Quantity).unit", ["kg"]),
]
ERRORS = [
    "(1 | 2).single()", "(1 | 2).not()", "(1 | 'a').allTrue()", "(1 | 2).length()",
    "1.length()", "('a' | 'b').length()", "'a'.substring('b')", "(1 | 2).skip('a')", "(1 | 2).join()",
    "code.coding.memberOf('x')", "'a'.matches(status & '(')", "(1 | 2).toInteger()", "(1 | 2).is(Integer)",
    "'a'.replaceMatches('a', '$7')",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_functions(text: str, expected: list[Any]) -> None:
    assert result(text) == expected


@pytest.mark.parametrize("text", ERRORS)
def test_what_has_no_meaning_is_an_error(text: str) -> None:
    with pytest.raises(EvaluationError):
        result(text)


def test_long_texts_are_not_searched() -> None:
    node = Node.of("a" * 10_000, "string")
    with pytest.raises(EvaluationError):
        compile_expression("matches('b')").evaluate(node, environment())


def test_texts_do_not_grow_without_limit() -> None:
    node = Node.of("a" * 10_000, "string")
    with pytest.raises(EvaluationError):
        compile_expression("replace('a', $this)").evaluate(node, environment())


def test_trace_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    result("status.trace('name')")
    assert capfd.readouterr() == ("", "")


def test_the_environment_resolves_decides_membership_and_conformance() -> None:
    other = Node.of_resource({"resourceType": "Patient", "id": "elsewhere"})
    asked: list[tuple[str, str]] = []

    def member_of(node: Node, url: str) -> bool:
        asked.append((node.type_name, url))
        return True

    more: dict[str, Any] = {
        "resolve": lambda reference: other if reference == "Patient/1" else None,
        "member_of": member_of,
        "conforms_to": lambda node, url: url.endswith("good"),
    }
    assert result("'Patient/1'.resolve().id", **more) == ["elsewhere"]
    assert result("'Patient/2'.resolve()", **more) == []
    assert result("code.memberOf('http://vs')", **more) == [True]
    assert asked == [("CodeableConcept", "http://vs")]
    assert result("conformsTo('http://good')", **more) == [True]
    assert result("conformsTo('http://bad')", **more) == [False]


def test_the_engine_has_no_clock_of_its_own() -> None:
    with pytest.raises(EvaluationError):
        compile_expression("now()").evaluate(Node.of("x", "string"), Environment())


@pytest.mark.parametrize(
    ("div", "expected"),
    [
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">Text</p></div>', True),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><img src="a.png" alt=""/></div>', True),
        ('<div xmlns="http://www.w3.org/1999/xhtml"> <p/> </div>', True),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><script>1</script></div>', False),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x">a</p></div>', False),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><a href="#x">a</a></div>', True),
        ("<div>no namespace</div>", False),
        ('<div xmlns="http://www.w3.org/1999/xhtml">', False),
        ("", False),
    ],
)
def test_html_checks(div: str, expected: bool) -> None:
    assert compile_expression("htmlChecks()").evaluate(Node.of(div, "xhtml"), environment()) == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [("text", True), ('<img src="a.png"/>', True), (" <p/> ", False), ("<!-- text -->", False)],
)
def test_a_narrative_holds_a_text_or_an_image(content: str, expected: bool) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'
    assert compile_expression("htmlChecks2()").evaluate(Node.of(div, "xhtml"), environment()) == [expected]


def test_an_invariant_without_result_is_not_kept() -> None:
    node, env = Node.of("x", "string"), environment()
    assert not compile_expression("nothing").holds(node, env)
    assert compile_expression("'a'").holds(node, env)
    assert not compile_expression("1 = 2").holds(node, env)
    with pytest.raises(EvaluationError):
        compile_expression("1 | 2").holds(node, env)
