"""An independent check of a response Bundle: what clients and the conformance suite look at.

Written from the guide's text and shares no code with the writers.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
SD = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
X12 = "https://codesystem.x12.org/"
OPEN = ("not met", "denied", "deny", "not certified", "adverse", "insufficient", "likely", "refuse", "reject")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_RESTFUL = re.compile(r"^(https?://.*/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)$")


def problems(body: Json, version: str, *, inquiry: bool = False) -> list[str]:
    """All faults found in a response Bundle; empty if there are none."""
    return [
        *_bundle(body, version, inquiry=inquiry),
        *_references(body),
        *(p for r in _of(body, "ClaimResponse") for p in _claim_response(r, version)),
        *(p for r in _of(body, "CommunicationRequest") for p in _communication_request(r, version)),
        *(p for r in _of(body, "Task") for p in _task(r, version)),
        *_everywhere(body, "Bundle"),
    ]


def _of(body: Json, kind: str) -> list[Json]:
    return [e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == kind]


def _bundle(body: Json, version: str, *, inquiry: bool) -> Iterator[str]:
    if body["type"] != "collection" or not _STAMP.match(body["timestamp"]):
        yield "Bundle.type or timestamp"
    if not inquiry and version == "2.2.1" and not body["identifier"]["value"]:
        yield "Bundle.identifier"
    first = body["entry"][0]["resource"]["resourceType"]
    if first != "ClaimResponse" and not (inquiry and version == "2.0.1" and first == "OperationOutcome"):
        yield f"first entry is {first}"
    urls = Counter(e["fullUrl"] for e in body["entry"])
    yield from (f"{url} {n} times" for url, n in urls.items() if n > 1)
    for entry in body["entry"]:
        if set(entry) != {"fullUrl", "resource"}:
            yield f"entry has {sorted(entry)}"
        if not entry["resource"]["meta"]["profile"]:
            yield f"{entry['fullUrl']} declares no profile"
        if entry["resource"]["resourceType"] == "Claim":
            yield "the Claim is in the Bundle"


def _references(body: Json) -> Iterator[str]:
    """Everything reachable from the ClaimResponses, except through request, is there exactly once."""
    urls = Counter(e["fullUrl"] for e in body["entry"])
    for entry in body["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] != "ClaimResponse":
            continue
        rest = {k: v for k, v in resource.items() if k != "request"}
        for reference in _literals(rest):
            if urls[reference] != 1:
                yield f"{reference} is in the Bundle {urls[reference]} times"


def resolved(reference: str, holder: str) -> str:
    """The absolute URL of a reference that stands in the entry with this fullUrl."""
    base = _RESTFUL.match(holder)
    return reference if ":" in reference or not base else base[1] + reference


def _literals(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _literals(one)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for one in value.values():
            yield from _literals(one)


def _claim_response(r: Json, version: str) -> Iterator[str]:
    if (r["status"], r["use"]) != ("active", "preauthorization") or not _STAMP.match(r["created"]):
        yield "ClaimResponse.status, use or created"
    if r["outcome"] not in ("complete", "error") or (r["outcome"] == "error") != bool(r.get("error")):
        yield "ClaimResponse.outcome"
    if version == "2.2.1" and not r.get("request"):
        yield "ClaimResponse.request"
    numbers = [n["number"] for n in r.get("processNote", [])]
    if numbers != list(range(1, len(numbers) + 1)) or not all(n["text"] for n in r.get("processNote", [])):
        yield "processNote numbers"
    if len({n["text"] for n in r.get("processNote", [])}) != len(numbers):
        yield "the same note twice"
    for element in (*r.get("item", []), *r.get("addItem", [])):
        if not set(element.get("noteNumber", [])) <= set(numbers):
            yield "noteNumber leads nowhere"
        if not element["adjudication"]:
            yield "no adjudication"
    if version == "2.0.1" and (r.get("addItem") or r.get("adjudication") or r.get("extension")):
        yield "addItem, adjudication or extension of the later version"
    items = {i["itemSequence"] for i in r.get("item", [])}
    for added in r.get("addItem", []):
        if len(added["itemSequence"]) != 1 or not set(added["itemSequence"]) <= items:
            yield "addItem.itemSequence"
    texts = {n["number"]: n["text"].lower() for n in r.get("processNote", [])}
    for element in r.get("item", []):
        codes = [c["code"] for c in _codings(element["adjudication"]) if c["system"].endswith("/306")]
        if len(codes) != 1 or codes[0] not in ("A1", "A3", "A4", "A6", "C", "CT", "NA"):
            yield f"line with review action {codes}"
        said = " ".join(texts[n] for n in element.get("noteNumber", []))
        if codes == ["A4"] and any(word in said for word in OPEN):
            yield "an open line is spoken of as if it were closed"


def _communication_request(r: Json, version: str) -> Iterator[str]:
    on_request = [e for e in r.get("extension", []) if e["url"] == SD + "extension-serviceLineNumber"]
    on_payload = [
        e for e in r["payload"][0].get("extension", []) if e["url"] == SD + "extension-serviceLineNumber"
    ]
    if (len(on_request), len(on_payload)) != ((1, 0) if version == "2.2.1" else (0, 1)):
        yield "serviceLineNumber"
    if r["status"] != "active" or not r["identifier"][0]["value"]:
        yield "CommunicationRequest.status or identifier"
    if version == "2.2.1" and not re.fullmatch(r"\d{1,7}-\d", r["payload"][0]["contentString"]):
        yield "payload.contentString is no LOINC code"
    if any(len(r.get(k, [])) > 1 for k in ("identifier", "category", "medium", "payload")):
        yield "more than one identifier, category, medium or payload"


def _task(r: Json, version: str) -> Iterator[str]:
    kinds = [i["type"]["coding"][0]["code"] for i in r["input"]]
    code = r["code"]["coding"][0]["code"]
    questions = "questionnaire-context" if version == "2.2.1" else "questionnaires-needed"
    needed = {"attachment-request-code": "attachments-needed", "attachment-request-questionnaire": questions}[
        code
    ]
    if kinds.count("payer-url") != 1 or needed not in kinds or set(kinds) > {"payer-url", needed}:
        yield f"Task.input {kinds}"
    line = "extension-serviceLineNumber" if version == "2.2.1" else "extension-paLineNumber"
    for given in r["input"]:
        if given["type"]["coding"][0]["code"] == "payer-url":
            if not given["valueUrl"]:
                yield "payer-url without value"
        elif [e["url"] for e in given["extension"]] != [SD + line]:
            yield "Task.input without line number"
    if r["status"] not in (
        "requested",
        "accepted",
        "rejected",
        "in-progress",
        "failed",
        "completed",
        "on-hold",
    ):
        yield "Task.status is none of HRex's"
    for needed in ("identifier", "for", "reasonReference", "requester", "owner"):
        if not r.get(needed):
            yield f"Task.{needed}"
    if "identifier" not in r["requester"] or "identifier" not in r["owner"]:
        yield "Task.requester or owner without identifier"


def _codings(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for one in value:
            yield from _codings(one)
    elif isinstance(value, dict):
        if "code" in value and "system" in value:
            yield value
        for one in value.values():
            yield from _codings(one)


def _everywhere(value: Any, path: str) -> Iterator[str]:
    if value is None or value in ("", [], {}):
        yield f"{path} is empty"
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _everywhere(one, f"{path}[{index}]")
    elif isinstance(value, dict):
        if str(value.get("system", "")).startswith(X12) and "display" in value:
            yield f"{path} has an X12 descriptor"
        unit_system = value.get("system", X12 + "005010/673") if path.endswith("uantity") else None
        if unit_system and "code" in value and unit_system != X12 + "005010/673":
            yield f"{path}: prof-3"
        if path.endswith("uantity") and not ("value" in value and ("unit" in value or "code" in value)):
            yield f"{path}: prof-2"
        for name, one in value.items():
            yield from _everywhere(one, f"{path}.{name}")
