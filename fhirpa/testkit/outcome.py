"""What came of a request, read from the answer of any PAS server, in the form that the index uses."""

from typing import Any

from fhirpa.testkit.builder_terms import PAS, X12, Json


def outcome(status: int, answer: Json) -> Json:
    """`{"status": …}` for an answer that is no 2xx; else `{"error": …}` with the first error's code, or
    `{"lines": …}` with each line's review action. `answer` is the parsed body; it may be anything.
    """
    if not 200 <= status < 300:
        return {"status": status}
    response = claim_response(answer)
    errors = [_code(e.get("code"), X12 + "901") for e in _objects(response.get("error"))]
    if response.get("outcome") == "error" or errors:
        return {"error": next((e for e in errors if e), None)}
    return {"lines": {str(i.get("itemSequence")): _action(i) for i in _objects(response.get("item"))}}


def claim_response(answer: Json) -> Json:
    """The ClaimResponse of a PAS Response Bundle, or an empty object."""
    resources = [e.get("resource") for e in _objects(answer.get("entry"))]
    found = (r for r in resources if isinstance(r, dict) and r.get("resourceType") == "ClaimResponse")
    return next(found, {})


def _action(item: Json) -> str | None:
    for adjudication in _objects(item.get("adjudication")):
        for review in _extensions(adjudication, "extension-reviewAction"):
            for code in _extensions(review, "extension-reviewActionCode"):
                found = _code(code.get("valueCodeableConcept"), X12 + "306")
                if found:
                    return found
    return None


def _extensions(element: Json, name: str) -> list[Json]:
    return [e for e in _objects(element.get("extension")) if e.get("url") == PAS + name]


def _code(concept: Any, system: str) -> str | None:
    codings = _objects(concept.get("coding")) if isinstance(concept, dict) else []
    return next((str(c["code"]) for c in codings if c.get("system") == system and c.get("code")), None)


def _objects(value: Any) -> list[Json]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
