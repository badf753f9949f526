"""FHIR XML is read exactly, or refused with every fault, its FHIRPath and its line."""

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.json_codec import MAX_DEPTH, parse_json
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.fhir.xml_codec import KEYS, MAX_FAULTS, MAX_NODES, dump_xml, parse_xml

FHIR = 'xmlns="http://hl7.org/fhir"'
XHTML = "http://www.w3.org/1999/xhtml"


def patient(content: str, attributes: str = "") -> bytes:
    return f"<Patient {FHIR}{attributes}>{content}</Patient>".encode()


def observed(value: str) -> bytes:
    """A quantity with this text as its value."""
    return f'<Quantity><value value="{value}"/></Quantity>'.encode()


def refused(body: bytes) -> tuple[Issue, ...]:
    with pytest.raises(FhirError) as caught:
        parse_xml(body)
    assert caught.value.status == 400
    return caught.value.issues


FAULTS = [
    ("no XML", b"hello", None, "not-xml"),
    ("JSON", b'{"resourceType":"Patient"}', None, "not-xml"),
    ("nothing", b"", None, "not-xml"),
    ("an end tag that is missing", patient("<name>"), None, "not-xml"),
    ("an attribute twice", patient('<active value="true" value="true"/>'), None, "not-xml"),
    ("an HTML entity", patient("<name>&nbsp;</name>"), None, "not-xml"),
    ("a control character", patient('<id value="&#1;"/>'), None, "not-xml"),
    ("bytes that are not UTF-8", patient("<!-- ? -->").replace(b"?", b"\xff"), None, "not-xml"),
    ("an unknown encoding", b'<?xml version="1.0" encoding="x-none"?><Patient/>', None, "not-xml"),
    ("a DOCTYPE", b"<!DOCTYPE Patient>" + patient('<active value="true"/>'), None, "xml-doctype"),
    ("a DOCTYPE after a comment", b"<!-- x -->\n<!DOCTYPE a>" + patient(""), None, "xml-doctype"),
    (
        "a DOCTYPE in another encoding",
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a>' + patient("").decode()).encode("utf-16"),
        None,
        "xml-doctype",
    ),
    ("a root without namespace", b"<Patient/>", None, "xml-root"),
    ("a root of another namespace", b'<Patient xmlns="urn:hl7-org:v3"/>', None, "xml-root"),
    ("a root of no R4 resource", f"<SubscriptionStatus {FHIR}/>".encode(), None, "xml-root"),
    ("a type as root", f"<HumanName {FHIR}/>".encode(), None, "xml-root"),
    ("an unknown element", patient('<ssn value="1"/>'), "Patient.ssn", "xml-element-unknown"),
    ("a name FHIR cannot have", patient('<John-Doe value="1"/>'), "Patient", "xml-element-unknown"),
    (
        "an attribute as element",
        patient('<extension><url value="x"/></extension>'),
        "Patient.extension[0].url",
        "xml-element-unknown",
    ),
    (
        "an element of another namespace",
        patient('<x xmlns="urn:x"/>'),
        "Patient.x",
        "xml-namespace",
    ),
    (
        "an element without namespace",
        patient('<active xmlns="" value="true"/>'),
        "Patient.active",
        "xml-namespace",
    ),
    (
        "a narrative in the namespace of FHIR",
        patient('<text><status value="generated"/><div>x</div></text>'),
        "Patient.text.div",
        "xml-namespace",
    ),
    ("an unknown attribute", patient("", ' foo="1"'), "Patient", "xml-attribute-unknown"),
    ("a resource id as attribute", patient("", ' id="1"'), "Patient", "xml-attribute-unknown"),
    (
        "an unknown attribute of a value",
        patient('<active value="true" foo="1"/>'),
        "Patient.active",
        "xml-attribute-unknown",
    ),
    (
        "a value where an object belongs",
        patient('<name value="x"/>'),
        "Patient.name[0]",
        "xml-attribute-unknown",
    ),
    ("a wrong order", patient('<gender value="male"/><active value="true"/>'), "Patient.active", "xml-order"),
    (
        "one element before many",
        patient('<gender value="male"/><id value="1"/><active value="true"/><name><text value="x"/></name>'),
        "Patient.id",
        "xml-order",
    ),
    (
        "one element twice",
        patient('<active value="true"/><active value="true"/>'),
        "Patient.active",
        "xml-repeated",
    ),
    ("text in an element", patient("<name>Jane</name>"), "Patient.name[0]", "xml-text"),
    ("text after an element", patient('<active value="true"/>Jane'), "Patient", "xml-text"),
    ("text in a value", patient("<active value='true'>x</active>"), "Patient.active", "xml-text"),
    ("a boolean in capitals", patient('<active value="TRUE"/>'), "Patient.active", "xml-value"),
    ("an empty boolean", patient('<active value=""/>'), "Patient.active", "xml-value"),
    ("a value without value", patient("<active/>"), "Patient.active", "xml-empty"),
    ("a value as text", patient("<active>true</active>"), "Patient.active", "xml-text"),
    ("a value in capitals", patient('<active Value="true"/>'), "Patient.active", "xml-attribute-unknown"),
    (
        "one element again, later",
        patient('<active value="true"/><gender value="male"/><active value="true"/>'),
        "Patient.active",
        "xml-repeated",
    ),
    (
        "a list in two places",
        patient('<name><text value="x"/></name><gender value="male"/><name><text value="x"/></name>'),
        "Patient.name",
        "xml-order",
    ),
    ("text for a resource", patient("<contained>Jane</contained>"), "Patient.contained[0]", "xml-text"),
    ("no resource inside", patient("<contained/>"), "Patient.contained[0]", "xml-resource"),
    (
        "two resources inside",
        patient("<contained><Patient/><Patient/></contained>"),
        "Patient.contained[0]",
        "xml-resource",
    ),
    (
        "something else inside",
        patient("<contained><HumanName/></contained>"),
        "Patient.contained[0]",
        "xml-resource",
    ),
    ("deep nesting", patient("<extension>" * 120 + "</extension>" * 120), None, "xml-too-deep"),
    ("very deep nesting", patient("<extension>" * 100_000), None, "xml-too-long"),
    ("very many elements", patient("<name/>" * (2 * MAX_NODES)), None, "xml-too-long"),
]


@pytest.mark.parametrize(("body", "where", "key"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_refused_at_its_place(body: bytes, where: str | None, key: str) -> None:
    (issue,) = refused(body)
    assert issue.key == key
    if key == "xml-too-deep":
        assert (issue.expression or "").startswith("Patient.extension[0].extension[0]")
    else:
        assert issue.expression == where
    assert "Jane" not in issue.text


def test_every_key_that_is_reported_is_explained() -> None:
    assert {f[3] for f in FAULTS} | {"xml-more-faults"} == set(KEYS)


@pytest.mark.parametrize("junk", ["", "1.0", "+1", "01", "1e3", "one", "0x1", "１", "9" * 5000])
def test_a_whole_number_that_is_none_is_a_fault(junk: str) -> None:
    body = f'<Basic {FHIR}><extension url="x"><valueInteger value="{junk}"/></extension></Basic>'
    (issue,) = refused(body.encode())
    assert (issue.key, issue.expression) == ("xml-value", "Basic.extension[0].value")


@pytest.mark.parametrize("junk", ["", ".5", "5.", "+1", "1,5", "NaN", "INF", "1e", "1e" + "9" * 30])
def test_a_decimal_that_is_none_is_a_fault(junk: str) -> None:
    body = f'<Basic {FHIR}><extension url="x"><valueDecimal value="{junk}"/></extension></Basic>'
    (issue,) = refused(body.encode())
    assert (issue.key, issue.expression) == ("xml-value", "Basic.extension[0].value")


@pytest.mark.parametrize("digits", ["12", "0", "-0", "1.10", "100.0", "1e3", "1E+3", "0.000000001", "1" * 40])
def test_a_decimal_is_the_same_as_in_json(digits: str) -> None:
    body = f'<Basic {FHIR}><extension url="x"><valueDecimal value=" {digits}"/></extension></Basic>'
    ours = parse_xml(body.encode())["extension"][0]["valueDecimal"]
    theirs = parse_json(f'{{"v":{digits}}}'.encode())["v"]
    assert (type(ours), str(ours)) == (type(theirs), str(theirs))


def test_all_faults_are_reported_with_their_lines() -> None:
    body = patient(
        '\n<active value="yes"/>\n<name>\n<family value="x" foo="1"/>\n<nick value="x"/></name>\n'
        '<contact><relationship>x</relationship></contact>\n<birthDate value="x"/>\n<gender value="x"/>'
    )
    assert [(i.expression, i.key, i.text.rsplit("(", 1)[1]) for i in refused(body)] == [
        ("Patient.active", "xml-value", "line 2)"),
        ("Patient.name[0].family", "xml-attribute-unknown", "line 4)"),
        ("Patient.name[0].nick", "xml-element-unknown", "line 5)"),
        ("Patient.contact[0].relationship[0]", "xml-text", "line 6)"),
        ("Patient.birthDate", "xml-order", "line 7)"),
    ]


def test_very_many_faults_are_cut_off_with_a_note() -> None:
    issues = refused(patient('<ssn value="1"/>' * 1000))
    assert len(issues) == MAX_FAULTS + 1
    assert (issues[-1].key, issues[-1].severity) == ("xml-more-faults", "information")


def test_comments_and_processing_instructions_are_nothing() -> None:
    body = b"<?xml-stylesheet href='x'?><!-- a -->" + patient(
        "<!-- b --><?c d?><active value='true'><!-- e --></active><name><!-- f --><text value='x'/></name>"
    )
    assert parse_xml(body) == {"resourceType": "Patient", "active": True, "name": [{"text": "x"}]}


def test_prefixes_and_schema_locations_are_understood() -> None:
    body = (
        f'<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="{XHTML}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir x">'
        '<f:text><f:status value="generated"/><h:div><h:p>x</h:p></h:div></f:text></f:Patient>'
    ).encode()
    resource = parse_xml(body)
    assert resource["text"]["div"] == f'<h:div xmlns:h="{XHTML}"><h:p>x</h:p></h:div>'
    assert parse_xml(dump_xml(resource)) == resource


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_declared_encoding_is_understood(encoding: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    div = f'<div xmlns="{XHTML}">é</div>'
    text = declaration + patient(f'<text><status value="generated"/>{div}</text><id value="é"/>').decode()
    text = text.replace('<id value="é"/>', "").replace("<text>", '<id value="é"/><text>')
    resource = parse_xml(text.encode(encoding))
    assert (resource["id"], resource["text"]["div"]) == ("é", div)


EXTENSION = {"url": "http://example.org/x", "valueBoolean": True}

PAIRS: list[tuple[dict[str, Any], str]] = [
    ({"id": "1"}, '<id value="1"/>'),
    ({"active": False}, '<active value="false"/>'),
    ({"multipleBirthInteger": 2}, '<multipleBirthInteger value="2"/>'),
    ({"name": [{"id": "a", "text": "x"}]}, '<name id="a"><text value="x"/></name>'),
    ({"_birthDate": {"id": "a"}}, '<birthDate id="a"/>'),
    (
        {"birthDate": "2000", "_birthDate": {"id": "a", "extension": [EXTENSION]}},
        '<birthDate value="2000" id="a"><extension url="http://example.org/x"><valueBoolean value="true"/>'
        "</extension></birthDate>",
    ),
    (
        {"name": [{"given": ["a", None, "b"], "_given": [None, {"extension": [EXTENSION]}, None]}]},
        '<name><given value="a"/><given><extension url="http://example.org/x"><valueBoolean value="true"/>'
        '</extension></given><given value="b"/></name>',
    ),
    (
        {"name": [{"_given": [{"id": "a"}, {"id": "b"}]}]},
        '<name><given id="a"/><given id="b"/></name>',
    ),
    (
        {"contained": [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}}]},
        '<contained><Basic><id value="b"/><code><text value="x"/></code></Basic></contained>',
    ),
    (
        {"name": [{"text": 'a"b<c>&d\té\n\r'}]},
        '<name><text value="a&quot;b&lt;c&gt;&amp;d&#9;é&#10;&#13;"/></name>',
    ),
    (
        {"text": {"status": "generated", "div": f"<div xmlns='{XHTML}'>&#233;&quot;é<br></br></div>"}},
        f"<text><status value=\"generated\"/><div xmlns='{XHTML}'>&#233;&quot;é<br></br></div></text>",
    ),
]


@pytest.mark.parametrize(("content", "xml"), PAIRS)
def test_json_and_xml_say_the_same(content: dict[str, Any], xml: str) -> None:
    resource = {"resourceType": "Patient", **content}
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>'
    assert parse_xml(patient(xml)) == resource
    assert dump_xml(resource) == declaration + patient(xml)


def test_resources_inside_parameters_and_bundles_are_carried() -> None:
    inner = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Basic"}}],
    }
    outer = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": inner}]}
    body = dump_xml(outer)
    assert b"<parameter><name value=" in body
    assert b"<resource><Bundle><type" in body
    assert parse_xml(body) == outer


def test_elements_are_written_in_the_order_of_the_tables_and_prettily_on_demand() -> None:
    resource = {"active": True, "id": "1", "resourceType": "Patient", "name": [{"text": "x"}]}
    lines = dump_xml(resource, pretty=True).decode().split("\n")
    assert lines == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<Patient {FHIR}>",
        '  <id value="1"/>',
        '  <active value="true"/>',
        "  <name>",
        '    <text value="x"/>',
        "  </name>",
        "</Patient>",
    ]


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"resourceType": "X"},
        {"resourceType": "Patient", "foo": 1},
        {"resourceType": "Patient", "name": {"text": "x"}},
        {"resourceType": "Patient", "name": ["x"]},
        {"resourceType": "Patient", "active": [True]},
        {"resourceType": "Patient", "_active": "x"},
        {"resourceType": "Patient", "id": "\x01"},
        {"resourceType": "Patient", "id": "\ud800"},
        {"resourceType": "Patient", "id": "\uffff"},
        {"resourceType": "Patient", "text": {"status": "generated", "div": "x"}},
    ],
)
def test_what_xml_cannot_hold_is_a_value_error(resource: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dump_xml(resource)


def test_the_narrative_of_a_document_with_decoys_keeps_its_spelling() -> None:
    div = f"<div xmlns='{XHTML}'><!-- </div> --><div a=\">\"/><p><![CDATA[</div>]]></p></div>"
    body = patient(f"<!-- <div> --><text><?div <div ?><status value='generated'/>{div}</text>")
    assert parse_xml(body)["text"]["div"] == div


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 1000 + b'">]>' + patient('<id value="&b;"/>'),
        patient("<!-- -->" * 400_000),
        patient("<x/>" * 900_000),
        patient("<extension>" * 900_000),
        b"<!--" * 2_000_000,
        patient("", "".join(f' a{i}="1"' for i in range(500_000))),
        patient("", "".join(f' xmlns:a{i}="u{i}"' for i in range(100_000))),
        patient("<active value='" + "1" * 9_000_000 + "'/>"),
        patient("<text><status value='generated'/><div>" + "<div>" * 200 + "<p/>" * 400_000),
    ],
    ids=range(9),
)
@pytest.mark.deep
def test_no_document_of_megabytes_takes_long(body: bytes) -> None:
    started = time.thread_time()
    with contextlib.suppress(FhirError):
        parse_xml(body)
    assert time.thread_time() - started < 3


def test_the_deepest_xml_that_is_read_can_be_written_as_xml_again() -> None:
    inner = "<extension url='x'>" * (MAX_DEPTH - 1) + "</extension>" * (MAX_DEPTH - 1)
    resource = parse_xml(patient(inner))
    assert parse_xml(dump_xml(resource)) == resource
    (issue,) = refused(patient(f"<extension url='x'>{inner}</extension>"))
    assert issue.key == "xml-too-deep"


PIECES = st.sampled_from(
    [
        "<Patient>",
        "</Patient>",
        f"<Bundle {FHIR}>",
        f"<Patient {FHIR}>",
        "<name>",
        "</name>",
        '<active value="true"/>',
        "<div>",
        "</div>",
        f'<div xmlns="{XHTML}">',
        "<text>",
        "</text>",
        "<contained>",
        "<!-- x -->",
        "&amp;",
        "x",
        '<extension url="x" id="y">',
        "</extension>",
        "<valueDecimal value='1.0'/>",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20) | st.binary(max_size=40))
def test_no_body_causes_anything_but_a_refusal(body: str | bytes) -> None:
    raw = body if isinstance(body, bytes) else body.encode(errors="ignore")
    for document in (raw, b"<Patient " + FHIR.encode() + b">" + raw + b"</Patient>"):
        with contextlib.suppress(FhirError):
            assert isinstance(parse_xml(document)["resourceType"], str)
