"""Bodies of up to 20 MB that are made to take long: each a name and a maker."""

import gzip
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fhirpa.fhir.codec import decode, encode
from tests.workflow.requests import Json, request

MB = 1_000_000
SIZE = 10 * MB
_HOLE = "HOLE-FOR-MUCH"
Body = tuple[bytes, str, str]  # body, json or xml, $submit or $inquire


def _base() -> Json:
    return deepcopy(request("lbp-initial", key="hostile"))


def _claim(bundle: Json) -> Json:
    claim: Json = bundle["entry"][0]["resource"]
    return claim


def _filled(bundle: Json, much: bytes, quoted: bool = True) -> bytes:
    """The bundle with `much` in place of the hole (with its quotes if it is no text)."""
    hole = b'"%s"' % _HOLE.encode() if quoted else _HOLE.encode()
    body = encode(bundle, "json")
    assert hole in body
    return body.replace(hole, much, 1)


def _json(body: bytes) -> Body:
    return body, "json", "$submit"


def _xml(body: bytes) -> Body:
    return body, "xml", "$submit"


def _list_in_claim(name: str, item: bytes, size: int = SIZE) -> Body:
    bundle = _base()
    _claim(bundle)[name] = [_HOLE]
    return _json(_filled(bundle, b",".join([item] * (size // (len(item) + 1)))))


def _text_in(path: tuple[Any, ...], text: bytes) -> Body:
    bundle = _base()
    node: Any = bundle
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = _HOLE
    return _json(_filled(bundle, text, quoted=False))


def _entries(count: int, entry: bytes) -> Body:
    bundle = _base()
    bundle["entry"].append(_HOLE)
    return _json(_filled(bundle, b",".join([entry.replace(b"#", b"%d" % n) for n in range(count)])))


def _items(count: int) -> Body:
    bundle = _base()
    item = _claim(bundle)["item"][0]
    _claim(bundle)["item"] = [{**item, "sequence": n + 1} for n in range(count)]
    return _json(encode(bundle, "json"))


def _nested_extensions(depth: int, count: int) -> Body:
    inner: Json = {"url": "http://x.example/a", "valueString": "x"}
    for _ in range(depth):
        inner = {"url": "http://x.example/a", "extension": [inner]}
    bundle = _base()
    _claim(bundle)["extension"] = [_HOLE]
    return _json(_filled(bundle, b",".join([encode(inner, "json")] * count)))


def _duplicated_evidence(count: int) -> Body:
    """Every supporting resource of the request many times, each referred to."""
    bundle = _base()
    claim = _claim(bundle)
    referred = [x for x in claim["supportingInfo"] if "valueReference" in x]
    wanted = referred[0]["valueReference"]["reference"].rpartition("/")[2]
    entry = next(e for e in bundle["entry"] if e["fullUrl"].endswith(wanted))
    for n in range(count):
        copy = deepcopy(entry)
        copy["fullUrl"] = f"{entry['fullUrl'][:-8]}{n:08x}"
        if "id" in copy["resource"]:
            copy["resource"]["id"] = copy["fullUrl"].rpartition("/")[2].rpartition(":")[2]
        bundle["entry"].append(copy)
        info = {**deepcopy(referred[0]), "sequence": 100_000 + n}
        info["valueReference"] = {"reference": copy["fullUrl"]}
        claim["supportingInfo"].append(info)
    return _json(encode(bundle, "json"))


def _many_in(kind: str, name: str, item: bytes, count: int) -> Body:
    """A list of one resource of the request, with a running number in place of #."""
    bundle = _base()
    holder = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)
    holder[name] = [_HOLE]
    return _json(_filled(bundle, b",".join([item.replace(b"#", b"%d" % n) for n in range(count)])))


def _with_hole_in_address() -> Json:
    bundle = _base()
    patient = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    patient["address"] = [{"line": [_HOLE]}]
    return bundle


def _trace_numbers(items: int, each: int) -> Body:
    bundle = _base()
    item = _claim(bundle)["item"][0]
    url = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-itemTraceNumber"
    own = [x for x in item["extension"] if x["url"] != url]
    _claim(bundle)["item"] = [
        {
            **item,
            "sequence": n + 1,
            "extension": [
                *own,
                *(
                    {"url": url, "valueIdentifier": {"system": "urn:x", "value": f"{n}-{m}"}}
                    for m in range(each)
                ),
            ],
        }
        for n in range(items)
    ]
    return _json(encode(bundle, "json"))


def _answers(count: int, depth: int) -> Body:
    """A QuestionnaireResponse with many answers, each nested."""
    answer: Json = {"linkId": "x", "answer": [{"valueString": "x"}]}
    for _ in range(depth):
        answer = {"linkId": "x", "item": [answer]}
    bundle = _base()
    claim = _claim(bundle)
    url = "urn:uuid:3b8f6d4e-5d5c-4c0a-9d0e-0123456789ab"
    claim["supportingInfo"].append(
        {
            "sequence": 5000,
            "category": claim["supportingInfo"][0]["category"],
            "timingDate": "2026-11-20",
            "valueReference": {"reference": url},
        }
    )
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [_HOLE]}
    bundle["entry"].append({"fullUrl": url, "resource": response})
    return _json(_filled(bundle, b",".join([encode(answer, "json")] * count)))


def _number_of_blanks() -> Body:
    """An outcome measure whose score is a text: a number, a million blanks and something else."""
    bundle = deepcopy(request("evidence-as-observations", key="hostile"))
    scores = [e["resource"] for e in bundle["entry"] if "valueQuantity" in e["resource"]]
    for score in scores:
        del score["valueQuantity"]
        score["valueString"] = _HOLE
    body = encode(bundle, "json").replace(_HOLE.encode(), b"1" + b" " * MB + b"x")
    return _json(body)


def _hidden_div() -> Body:
    """UTF-16 text whose bytes read as UTF-8 are start tags without end, beside a real narrative."""
    hidden = (b"<div/" * 200_000).decode("utf-16-le")
    document = (
        '<?xml version="1.0" encoding="UTF-16LE"?><Bundle xmlns="http://hl7.org/fhir">'
        f'<id value="{hidden}"/><entry><resource><Basic><text><status value="generated"/>'
        '<div xmlns="http://www.w3.org/1999/xhtml">x</div></text></Basic></resource></entry></Bundle>'
    )
    return _xml(document.encode("utf-16-le"))


def _as_xml(made: Body) -> Body:
    return encode(decode(made[0], "json"), "xml"), "xml", made[2]


def _references(count: int, target: str) -> Body:
    item = b'{"sequence":1,"provider":{"reference":"%s"}}' % target.encode()
    return _list_in_claim("careTeam", item, count * (len(item) + 1))


def _xml_of(inner: bytes) -> Body:
    head = b'<Bundle xmlns="http://hl7.org/fhir">'
    return _xml(head + inner + b"</Bundle>")


PATIENT = ("entry", 0, "resource", "patient", "reference")
CREATED = ("entry", 0, "resource", "created")
FULL_URL = ("entry", 1, "fullUrl")
IDENTIFIER = ("identifier", "value")
DIV = ("entry", 0, "resource", "text")


def _narrative(div: bytes) -> Body:
    bundle = _base()
    _claim(bundle)["text"] = {"status": "generated", "div": _HOLE}
    return _json(_filled(bundle, div, quoted=False))


INPUTS: dict[str, Callable[[], Body]] = {
    "10 MB of [": lambda: _json(b"[" * SIZE),
    '10 MB of {"a":': lambda: _json(b'{"a":' * (SIZE // 5)),
    "10 MB of blanks": lambda: _json(b" " * SIZE),
    "10 MB of digits": lambda: _json(b'{"resourceType":"Bundle","total":' + b"9" * SIZE + b"}"),
    "10 MB of decimals": lambda: _json(b'{"resourceType":"Bundle","total":1.' + b"9" * SIZE + b"}"),
    "a huge exponent": lambda: _text_in(("entry", 0, "resource", "item", 0, "quantity", "value"), b"1"),
    "10 MB of escapes": lambda: _text_in(IDENTIFIER, b"\\u0041" * (SIZE // 6)),
    "10 MB of surrogate pairs": lambda: _text_in(IDENTIFIER, b"\\ud83d\\ude00" * (SIZE // 12)),
    "10 MB of one text": lambda: _text_in(IDENTIFIER, b"x" * SIZE),
    "20 MB of one text": lambda: _text_in(IDENTIFIER, b"x" * (20 * MB)),
    "10 MB of blanks in a text": lambda: _text_in(IDENTIFIER, b"x" + b" " * SIZE + b"x"),
    "10 MB of different names": lambda: _json(
        b'{"resourceType":"Bundle",' + b",".join(b'"a%d":1' % n for n in range(SIZE // 11)) + b"}"
    ),
    "10 MB of empty objects": lambda: _list_in_claim("item", b"{}"),
    "10 MB of nulls": lambda: _list_in_claim("item", b"null"),
    "10 MB of small items": lambda: _list_in_claim("item", b'{"sequence":1}'),
    "10 MB of identifiers": lambda: _list_in_claim("identifier", b'{"system":"urn:x","value":"1"}'),
    "10 MB of diagnoses": lambda: _list_in_claim(
        "diagnosis", b'{"sequence":1,"diagnosisCodeableConcept":{"coding":[{"code":"M54.50"}]}}'
    ),
    "10 MB of supportingInfo": lambda: _list_in_claim(
        "supportingInfo", b'{"sequence":1,"category":{"text":"x"},"valueReference":{"reference":"Patient/1"}}'
    ),
    "10 MB of extensions": lambda: _list_in_claim(
        "extension", b'{"url":"http://x.example/a","valueString":"x"}'
    ),
    "deeply nested extensions": lambda: _nested_extensions(40, 4000),
    "1,900 entries": lambda: _entries(
        1900,
        b'{"fullUrl":"http://x.example/Observation/#","resource":{"resourceType":"Observation","id":"#",'
        b'"status":"final","code":{"text":"x"}}}',
    ),
    "100,000 entries": lambda: _entries(
        100_000,
        b'{"fullUrl":"http://x.example/Basic/#","resource":{"resourceType":"Basic","code":{"text":"x"}}}',
    ),
    "100,000 entries of one name": lambda: _entries(
        100_000,
        b'{"fullUrl":"http://x.example/Basic/1","resource":{"resourceType":"Basic","code":{"text":"x"}}}',
    ),
    "999 items": lambda: _items(999),
    "10,000 items": lambda: _items(10_000),
    "900 documents": lambda: _duplicated_evidence(900),
    "900 documents in XML": lambda: _as_xml(_duplicated_evidence(900)),
    "999 items in XML": lambda: _as_xml(_items(999)),
    "identifiers of the Claim": lambda: _many_in(
        "Claim", "identifier", b'{"system":"urn:x","value":"#"}', 300_000
    ),
    "identifiers of the Patient": lambda: _many_in(
        "Patient", "identifier", b'{"system":"urn:x","value":"#"}', 300_000
    ),
    "names of the Patient": lambda: _many_in("Patient", "name", b'{"family":"a#"}', 500_000),
    "identifiers of the insurer": lambda: _many_in(
        "Organization", "identifier", b'{"system":"http://hl7.org/fhir/sid/us-npi","value":"#"}', 150_000
    ),
    "classes of the Coverage": lambda: _many_in(
        "Coverage", "class", b'{"type":{"text":"x"},"value":"#"}', 250_000
    ),
    "30,000 identifiers": lambda: _many_in("Claim", "identifier", b'{"system":"urn:x","value":"#"}', 30_000),
    "30,000 identifiers of the Patient": lambda: _many_in(
        "Patient", "identifier", b'{"system":"urn:x","value":"#"}', 30_000
    ),
    "90,000 identifiers of the Patient": lambda: _many_in(
        "Patient", "identifier", b'{"system":"urn:x","value":"#"}', 90_000
    ),
    "90,000 identifiers of the Patient in XML": lambda: _as_xml(
        _many_in("Patient", "identifier", b'{"system":"urn:x","value":"#"}', 90_000)
    ),
    "290,000 lines of an address": lambda: _json(
        _filled(_with_hole_in_address(), b",".join([b'"a"'] * 290_000))
    ),
    "10 MB of lines of an address": lambda: _json(
        _filled(_with_hole_in_address(), b",".join([b'"a"'] * (SIZE // 4)))
    ),
    "999 items with 50 trace numbers each": lambda: _trace_numbers(999, 50),
    "999 items with 20 trace numbers each": lambda: _trace_numbers(999, 20),
    "999 items with 90 trace numbers each": lambda: _trace_numbers(999, 90),
    "20,000 answers": lambda: _answers(20_000, 0),
    "200,000 answers": lambda: _answers(200_000, 0),
    "1,000 answers, nested": lambda: _answers(1000, 30),
    "20,000 answers in XML": lambda: _as_xml(_answers(20_000, 0)),
    "a million-character reference": lambda: _text_in(PATIENT, b"a/" * (MB // 2)),
    "a reference of upper case": lambda: _text_in(PATIENT, b"A" * MB),
    "a reference of types": lambda: _text_in(PATIENT, b"http://x/" + b"Patient/" * (MB // 8)),
    "a reference of many histories": lambda: _text_in(PATIENT, b"Patient/1/_history/" * (MB // 19) + b"\\n!"),
    "a number of blanks": _number_of_blanks,
    "a reference of histories": lambda: _text_in(PATIENT, b"Patient/1" + b"/_history/1" * (MB // 11)),
    "a reference of dots": lambda: _text_in(PATIENT, b"http://" + b"." * MB + b"/Patient/1"),
    "a reference of colons": lambda: _text_in(PATIENT, b"a:" * (MB // 2)),
    "a fullUrl of slashes": lambda: _text_in(FULL_URL, b"http://x" + b"/" * MB),
    "a fullUrl of types": lambda: _text_in(FULL_URL, b"http://x" + b"/Patient" * (MB // 8) + b"/!"),
    "a million digits of date": lambda: _text_in(CREATED, b"2026-11-23T10:00:00." + b"0" * MB + b"!"),
    "a million digits of time": lambda: _text_in(CREATED, b"2026-11-23T10:00:00." + b"0" * MB + b"Z"),
    "a uri without end": lambda: _text_in(("identifier", "system"), b"urn:oid:2" + b".1" * (MB // 2) + b"!"),
    "100,000 references to nowhere": lambda: _references(100_000, "http://x.example/Practitioner/1"),
    "100,000 references to the patient": lambda: _references(100_000, "urn:uuid:nobody"),
    "a narrative of attributes": lambda: _narrative(b"<div " + b"a='b' " * (MB // 6) + b">"),
    "a narrative of brackets": lambda: _narrative(b"<" * MB),
    "a narrative of tags": lambda: _narrative(b"<div>" * (SIZE // 5)),
    "a narrative of ends": lambda: _narrative(b"<div xmlns=''>" + b"</" * (SIZE // 2)),
    "XML: 10 MB of tags": lambda: _xml_of(b"<entry>" * (SIZE // 7)),
    "XML: 10 MB of entries": lambda: _xml_of(b"<entry/>" * (SIZE // 8)),
    "XML: 10 MB of unknown elements": lambda: _xml_of(b'<a value="1"/>' * (SIZE // 14)),
    "XML: 10 MB of attributes": lambda: _xml_of(
        b"<entry " + b" ".join(b'a%d="1"' % n for n in range(SIZE // 12)) + b"/>"
    ),
    "XML: 10 MB of one attribute": lambda: _xml_of(b'<id value="' + b"x" * SIZE + b'"/>'),
    "XML: 10 MB of text": lambda: _xml_of(b"x" * SIZE),
    "XML: 10 MB of comments": lambda: _xml_of(b"<!---->" * (SIZE // 7)),
    "XML: comments before a bracket": lambda: _xml(b"<!-- -->" * (SIZE // 8) + b"<"),
    "XML: blanks before a bracket": lambda: _xml(b" " * SIZE + b"<"),
    "XML: open instructions": lambda: _xml(b"<?a " * (SIZE // 4)),
    "a hidden div": _hidden_div,
    "XML: open comments": lambda: _xml(b"<!--" * (SIZE // 4)),
    "XML: 10 MB of instructions": lambda: _xml(b"<?a?>" * (SIZE // 5) + b"<!DOCTYPE x>"),
    "XML: 10 MB of namespaces": lambda: _xml_of(
        b"<entry " + b" ".join(b'xmlns:a%d="urn:%d"' % (n, n) for n in range(SIZE // 26)) + b"/>"
    ),
    "XML: a narrative": lambda: _xml_of(
        b'<text><div xmlns="http://www.w3.org/1999/xhtml">' + b"<b>x</b>" * (SIZE // 8) + b"</div></text>"
    ),
    "XML: character references": lambda: _xml_of(b'<id value="' + b"&#65;" * (SIZE // 5) + b'"/>'),
    "20 MB behind gzip": lambda: _json(b'{"resourceType":"Bundle","x":"' + b"y" * (19 * MB) + b'"}'),
}


def zipped(body: bytes) -> bytes:
    """The body as gzip sends it."""
    return gzip.compress(body, 1)
