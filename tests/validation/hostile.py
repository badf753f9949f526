"""Shapes that a sender could use to keep the validator busy: each grows with its number, in size linearly."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

Json = dict[str, Any]

_BASE: Final = "http://example.org/fhir"
_CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition"
_PAS: Final = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"


def _patient(**content: Any) -> Json:
    return {"resourceType": "Patient", **content}


def _organization(number: int, **content: Any) -> Json:
    return {"resourceType": "Organization", "id": f"o{number}", "name": "x", **content}


def _bundle(resources: list[Json], **entry: Any) -> Json:
    urls = [f"{_BASE}/{r['resourceType']}/{r.get('id', 'x')}" for r in resources]
    entries = [{"fullUrl": u, "resource": r, **entry} for u, r in zip(urls, resources, strict=True)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _claim(**content: Any) -> Json:
    return {"resourceType": "Claim", "meta": {"profile": [f"{_PAS}/profile-claim"]}, **content}


def unknown_extensions(count: int) -> Json:
    """Many in one element."""
    own = [{"url": f"http://example.org/{n}", "valueCode": "x"} for n in range(count)]
    return _patient(meta={"profile": [f"{_CORE}/us-core-patient"]}, extension=own)


def known_extensions(count: int) -> Json:
    """Many of one definition, where one may stand."""
    inner = [{"url": "text", "valueString": "x"}]
    return _patient(
        meta={"profile": [f"{_CORE}/us-core-patient"]},
        extension=[{"url": f"{_CORE}/us-core-race", "extension": inner}] * count,
    )


def slice_items(count: int) -> Json:
    """Items that have to be told apart by their content."""
    codes = ("patientEvent", "additionalInformation", "freeFormMessage", "other")
    system = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes"
    info = [
        {
            "sequence": n + 1,
            "category": {"coding": [{"system": system, "code": codes[n % 4]}]},
            "valueString": "x",
        }
        for n in range(count)
    ]
    return _claim(supportingInfo=info)


def claim_items(count: int) -> Json:
    """Service lines, each with references to others by number."""
    item = [
        {"sequence": n + 1, "productOrService": {"text": "x"}, "informationSequence": [n + 1]}
        for n in range(count)
    ]
    info = [{"sequence": n + 1, "category": {"text": "x"}} for n in range(count)]
    return _claim(item=item, supportingInfo=info)


def declared_profiles(count: int) -> Json:
    """The same profile again and again."""
    return _patient(meta={"profile": [f"{_CORE}/us-core-patient", f"{_PAS}/profile-beneficiary"] * count})


def unknown_profiles(count: int) -> Json:
    """Profiles that nobody knows."""
    return _patient(meta={"profile": [f"http://example.org/p{n}" for n in range(count)]})


def one_full_url(count: int) -> Json:
    """Entries that all have one fullUrl, and refer to it."""
    url = f"{_BASE}/Organization/o"
    made = _bundle([_organization(0, partOf={"reference": url}) for _ in range(count)])
    for entry in made["entry"]:
        entry["fullUrl"] = url
    return made


def versions(count: int) -> Json:
    """Versions of one resource, each with a reference to the next."""
    url = f"{_BASE}/Organization/o"
    resources = [
        _organization(
            0, meta={"versionId": str(n)}, partOf={"reference": f"{url}/_history/{(n + 1) % count}"}
        )
        for n in range(count)
    ]
    made = _bundle(resources)
    for entry in made["entry"]:
        entry["fullUrl"] = url
    return made


def chain(count: int) -> Json:
    """Entries each of which refers to the next, the last one to the first."""
    profile = {"profile": [f"{_CORE}/us-core-organization"]}
    return _bundle(
        [
            _organization(n, meta=profile, partOf={"reference": f"Organization/o{(n + 1) % count}"})
            for n in range(count)
        ]
    )


def star(count: int) -> Json:
    """Claims that all refer to the same entries, which profiles must be met by."""
    claims = [
        _claim(id=f"c{n}", patient={"reference": "Patient/x"}, insurer={"reference": "Organization/o0"})
        for n in range(count)
    ]
    return _bundle([_patient(id="x"), _organization(0), *claims])


def contained(count: int) -> Json:
    """Contained resources, referred to by number, that refer to each other in a circle."""
    inner = [_organization(n, partOf={"reference": f"#o{(n + 1) % count}"}) for n in range(count)]
    own = [{"reference": f"#o{n}"} for n in range(count)]
    return _patient(contained=inner, generalPractitioner=own)


def contained_alone(count: int) -> Json:
    """Contained resources that nothing refers to."""
    return _patient(contained=[_organization(n) for n in range(count)])


def texts(count: int) -> Json:
    """A list of values with extensions beside each."""
    extra = {"extension": [{"url": "http://example.org/x", "valueCode": "x"}]}
    return _patient(name=[{"given": ["x"] * count, "_given": [extra] * count}])


def narrative(count: int) -> Json:
    """A narrative of many elements."""
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{"<p>x</p>" * count}</div>'
    return _patient(text={"status": "generated", "div": div})


def long_values(count: int) -> Json:
    """Long texts where expressions and lexical forms look for patterns."""
    value = "a-1." * count + "!"
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1" * count}
    return {
        "resourceType": "Practitioner",
        "meta": {"profile": [f"{_CORE}/us-core-practitioner"]},
        "language": value,
        "birthDate": "2026-" * count,
        "identifier": [npi, {"value": value, "system": "http://x/" + "a" * count}],
        "name": [{"family": value}],
        "photo": [{"data": "QUJD" * count, "url": value}],
    }


def answers(count: int) -> Json:
    """A response to a questionnaire with many items side by side."""
    item = [{"linkId": str(n), "answer": [{"valueString": "x"}]} for n in range(count)]
    profile = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse"
    return {
        "resourceType": "QuestionnaireResponse",
        "meta": {"profile": [profile]},
        "status": "completed",
        "item": item,
    }


def questions(count: int) -> Json:
    """A questionnaire with many items in groups."""
    item = [
        {"linkId": f"g{n}", "type": "group", "item": [{"linkId": str(n), "type": "string", "text": "x"}]}
        for n in range(count)
    ]
    profile = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire"
    return {"resourceType": "Questionnaire", "meta": {"profile": [profile]}, "status": "draft", "item": item}


def faults(count: int) -> Json:
    """Fault after fault."""
    return _patient(name=[{"use": "wrong", "period": {"start": "2026", "end": "2025"}} for _ in range(count)])


def bundles_in_bundles(count: int) -> Json:
    """Bundles in a Bundle."""
    inner = [{**_bundle([_organization(n)]), "id": f"b{n}"} for n in range(count)]
    return _bundle(inner)


# Shape -> a number at which it takes some tens of milliseconds.
SHAPES: Final = MappingProxyType(
    {
        unknown_extensions: 1500,
        known_extensions: 600,
        slice_items: 500,
        claim_items: 300,
        declared_profiles: 2000,
        unknown_profiles: 2000,
        one_full_url: 800,
        versions: 800,
        chain: 400,
        star: 100,
        contained: 400,
        contained_alone: 400,
        texts: 1500,
        narrative: 10000,
        long_values: 20000,
        answers: 600,
        questions: 300,
        faults: 1500,
        bundles_in_bundles: 300,
    }
)
Shape = Callable[[int], Json]
