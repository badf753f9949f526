"""Line and column of what a FHIRPath leads to, in JSON and XML, whole or broken."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.positions import Position, Positions, locate

FIXTURES = Path(__file__).parents[2] / "fixtures" / "2.2.1"

REQUEST = """{
  "resourceType": "Bundle",
  "entry": [
    {"resource": {
      "resourceType": "Patient",
      "name": [
        {"given": ["A", null],
         "_given": [null, {"extension": [{"url": "http://a", "valueString": "x"}]}]}
      ],
      "_birthDate": {"extension": []},
      "deceasedBoolean": false,
      "extension": [
        {"url": "http://b"},
        {"url": "http://c",
         "valueCode": "y"}
      ]
    }}
  ]
}"""


@pytest.mark.parametrize(
    ("expression", "line", "text"),
    [
        ("Bundle", 1, "{"),
        ("Bundle.entry", 3, '"entry"'),
        ("Bundle.entry[0]", 4, '{"resource"'),
        ("Bundle.entry[0].resource", 4, '"resource"'),
        ("Bundle.entry[0].resource.name[0].given[1]", 7, "null]"),
        ("Bundle.entry[0].resource.name[0].given[1].extension[0]", 8, '{"url": "http://a"'),
        ("Bundle.entry[0].resource.name[0].given[1].extension[0].value", 8, '"valueString"'),
        ("Bundle.entry[0].resource.name[0].family", 7, '{"given"'),
        ("Bundle.entry[0].resource.name.given", 7, '"given"'),
        ("Bundle.entry[0].resource.name[7]", 6, '"name"'),
        ("Bundle.entry[0].resource.birthDate", 10, '"_birthDate"'),
        ("Bundle.entry[0].resource.deceased", 11, '"deceasedBoolean"'),
        ("Bundle.entry[0].resource.deceased.ofType(boolean)", 11, '"deceasedBoolean"'),
        ("Bundle.entry[0].resource.ofType(Patient).deceasedBoolean", 11, '"deceasedBoolean"'),
        ("Bundle.entry[0].resource.extension('http://c')", 14, '{"url": "http://c"'),
        ("Bundle.entry[0].resource.extension('http://c').value", 15, '"valueCode"'),
        ("Bundle.entry[0].resource.extension('http://d').value", 4, '"resource"'),
        ("Bundle.entry[0].resource.`name`.first()", 6, '"name"'),
        ("Bundle.entry[5].resource.name", 3, '"entry"'),
        ("(no path", 1, "{"),
    ],
)
def test_an_expression_leads_to_line_and_column(expression: str, line: int, text: str) -> None:
    places = locate(REQUEST.encode(), "json")
    found = places.of(expression)
    assert found is not None
    assert found.line == line
    assert places.line(line)[found.column - 1 :].startswith(text)


def test_no_expression_and_no_resource_have_no_position() -> None:
    assert locate(REQUEST.encode(), "json").of(None) is None
    assert locate(b"", "json").of("Patient") is None
    assert locate(b"  ", "xml").of("Patient") is None


XML = """<?xml version="1.0"?>
<!-- <name> is no element here -->
<Bundle xmlns="http://hl7.org/fhir">
  <entry><resource>
    <Patient>
      <text><div xmlns="http://www.w3.org/1999/xhtml"><p title="a>b">1</p></div></text>
      <name>
        <given value="A"/>
        <given value="B">
          <extension url="http://a"><valueString value="x"/></extension>
        </given>
      </name>
      <deceasedBoolean value="false"/>
    </Patient>
  </resource></entry>
</Bundle>"""


@pytest.mark.parametrize(
    ("expression", "line", "text"),
    [
        ("Bundle", 3, "<Bundle"),
        ("Bundle.entry[0].resource", 4, "<resource"),
        ("Bundle.entry[0].resource.name[0].given[1]", 9, "<given"),
        ("Bundle.entry[0].resource.name[0].given[1].extension[0].value", 10, "<valueString"),
        ("Bundle.entry[0].resource.name[0].given[1].extension('http://a').url", 10, "<extension"),
        ("Bundle.entry[0].resource.name[0].family", 7, "<name"),
        ("Bundle.entry[0].resource.deceased", 13, "<deceasedBoolean"),
        ("Bundle.entry[0].resource.text.div", 6, "<div"),
        ("Bundle.type", 3, "<Bundle"),
    ],
)
def test_xml_has_positions_too(expression: str, line: int, text: str) -> None:
    places = locate(XML.encode(), "xml")
    found = places.of(expression)
    assert found is not None
    assert found.line == line
    assert places.line(line)[found.column - 1 :].startswith(text)


def test_xml_in_another_encoding_has_the_same_positions() -> None:
    for encoding in ("utf-16", "iso-8859-1"):
        text = XML.replace('"1.0"', f'"1.0" encoding="{encoding}"').replace("<!-- ", "<!-- é ")
        assert locate(text.encode(encoding), "xml").of("Bundle.entry[0].resource.name[0]") == Position(7, 7)


@pytest.mark.parametrize(
    ("body", "format", "line", "column"),
    [
        (b'{"resourceType": "Patient",\n "name": [}', "json", 2, 11),
        (b'{"a": 1,\n "b": NaN}', "json", 2, 7),
        (b'{"a": 1,\n "a": 2}', "json", 2, 2),
        (b'{"a": 1,\n "b": "\xff"}', "json", 2, 8),
        (b"{", "json", 1, 2),
        (b"<Patient>\n <name></Patient>", "xml", 2, 18),
    ],
)
def test_a_text_that_cannot_be_read_says_where(body: bytes, format: str, line: int, column: int) -> None:
    assert locate(body, format).trouble == Position(line, column)


def test_a_whole_text_has_no_trouble() -> None:
    assert locate(REQUEST.encode(), "json").trouble is None
    assert locate(XML.encode(), "xml").trouble is None


def test_what_stands_before_the_break_is_still_found() -> None:
    body = REQUEST[: REQUEST.index('"extension": [\n')].encode()
    assert locate(body, "json").of("Bundle.entry[0].resource.deceased") == Position(11, 7)


# Every value of a random document is found where its text begins.

NAMES = st.text('abc"\\é \n:{[,', min_size=1, max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.text('a"\\é\n:{},[]', max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(st.text("abcdef", min_size=2, max_size=4), TREES, min_size=1, max_size=4)
SPACES = st.sampled_from(["", " ", "\n", "\r\n", "\n\t "])


class Writer:
    """Writes JSON with spaces of its choice, and remembers where each value or name begins."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.text = ""
        self.places: dict[str, int] = {}

    def space(self) -> None:
        self.text += self.data.draw(SPACES)

    def value(self, value: Any, path: str | None) -> None:
        if isinstance(value, dict):
            self.many(
                "{}",
                path,
                [(f"{path}.{n}" if n.isascii() and n.isalnum() else None, n, v) for n, v in value.items()],
            )
        elif isinstance(value, list):
            self.many("[]", path, [(path and f"{path}[{i}]", None, v) for i, v in enumerate(value)])
        else:
            self.text += json.dumps(value, ensure_ascii=self.data.draw(st.booleans()))

    def many(self, brackets: str, path: str | None, parts: list[tuple[str | None, str | None, Any]]) -> None:
        self.text += brackets[0]
        for index, (inner, name, value) in enumerate(parts):
            self.text += "," if index else ""
            self.space()
            if path and inner:
                self.places[inner] = len(self.text)
            if name is not None:
                self.text += json.dumps(name)
                self.space()
                self.text += ":"
                self.space()
            self.value(value, inner if path else None)
            self.space()
        self.text += brackets[1]


def simple(places: dict[str, int]) -> Iterator[tuple[str, int]]:
    """Without lists in lists, which FHIR does not have and FHIRPath cannot name."""
    yield from ((path, at) for path, at in places.items() if "][" not in path)


@given(DOCUMENTS, st.data())
def test_every_path_of_a_random_document_leads_to_its_value(
    document: dict[str, Any], data: st.DataObject
) -> None:
    writer = Writer(data)
    writer.value(document, "Root")
    places = locate(writer.text.encode(), "json")
    assert json.loads(writer.text) == document
    for path, offset in simple(writer.places):
        before = writer.text[:offset]
        expected = Position(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
        assert places.of(path) == expected, path


@given(st.binary(max_size=300), st.sampled_from(["json", "xml"]))
def test_no_bytes_make_it_fail(body: bytes, format: str) -> None:
    places = locate(body, format)
    for found in (places.of("Patient.name[0].given"), places.trouble):
        assert found is None or (found.line >= 1 and found.column >= 1)
    assert isinstance(places.line(1), str)


@pytest.mark.parametrize(
    ("unit", "format"),
    [
        ('{"a":[', "json"),
        ('"\\"\n', "json"),
        ('"', "json"),
        ("<!-- ", "xml"),
        ('<a "', "xml"),
        ("<a '\"", "xml"),
        ("<a><![CDATA[", "xml"),
        ("<?", "xml"),
        ("<a/ ", "xml"),
        ("<!", "xml"),
    ],
)
@pytest.mark.deep
def test_no_text_makes_the_scan_quadratic(unit: str, format: str) -> None:
    body = (unit * (300_000 // len(unit))).encode()
    start = time.process_time()
    locate(body, format).of("Patient.name")
    assert time.process_time() - start < 2


def test_a_fixture_has_positions_for_all_elements_of_its_claim() -> None:
    body = (FIXTURES / "json" / "lbp-initial.json").read_bytes()
    places: Positions = locate(body, "json")
    claim = json.loads(body)["entry"][0]["resource"]
    for name in claim:
        found = places.of(f"Bundle.entry[0].resource.{name}")
        assert found is not None
        assert places.line(found.line)[found.column - 1 :].startswith(f'"{name}"')


def test_a_resource_inside_another_body_is_placed_in_that_body() -> None:
    body = b"""{"resourceType": "Parameters", "parameter": [{"name": "mode"},
  {"name": "resource", "resource": {"resourceType": "Patient",
    "gender": "x"}}]}"""
    places = locate(body, "json", "Parameters.parameter[1].resource")
    assert places.of("Patient.gender") == Position(3, 5)
    assert places.of("Patient") == Position(2, 24)
