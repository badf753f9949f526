"""Updates of a request, as an EHR makes them: a new Claim that names the one before it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from fhirpa.testkit.answer import Answer, read_answer
from fhirpa.workflow.services import Services
from tests.workflow.requests import SD, Json
from tests.workflow.services import post

Edit = Callable[[Json], None]
_PRIOR = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
_CERTIFICATION = "https://codesystem.x12.org/005010/1322"


def claim(bundle: Json) -> Json:
    """The Claim that asks."""
    found: Json = bundle["entry"][0]["resource"]
    return found


def update(bundle: Json, suffix: str, *edits: Edit, version: str = "2.2.1") -> Json:
    """The next version of a request, with new identifiers and fullUrl; 2.2.1 holds the Claim before it."""
    out = deepcopy(bundle)
    entries = [e for e in out["entry"][1:] if e["resource"]["resourceType"] != "Claim"]
    prior, asking = deepcopy(out["entry"][0]), out["entry"][0]
    root = str(asking["resource"]["id"]).split("--")[0]
    asking["resource"]["id"] = f"{root}--{suffix}"
    asking["fullUrl"] = f"https://ehr.example/fhir/Claim/{root}--{suffix}"
    asking["resource"]["meta"] = {"profile": [SD + "profile-claim-update"]}
    asking["resource"]["identifier"][0]["value"] += f"-{suffix}"
    out["identifier"]["value"] += f"-{suffix}"
    related: Json = {"relationship": {"coding": [{"system": _PRIOR, "code": "prior"}]}}
    related["claim"] = {"reference": prior["fullUrl"], "identifier": prior["resource"]["identifier"][0]}
    asking["resource"]["related"] = [related]
    unflag(asking["resource"])
    for edit in edits:
        edit(asking["resource"])
    out["entry"] = [asking, *([prior] if version == "2.2.1" else []), *entries]
    return out


def unflag(asking: Json) -> None:
    """What was flagged in the version before is no change any more."""
    for entry in (*asking["item"], *asking.get("supportingInfo", [])):
        kept = [e for e in entry.get("extension", []) if "infoChanged" not in e["url"]]
        entry["extension"] = kept
        if not kept:
            del entry["extension"]


def flag(entry: Json, code: str) -> None:
    """Flag an item or a supporting entry as added or changed."""
    entry.setdefault("extension", []).append({"url": SD + "extension-infoChanged", "valueCode": code})


def certification(element: Json, code: str) -> None:
    """Set the certification type of the Claim or an item."""
    url = SD + "extension-certificationType"
    kept = [e for e in element.get("extension", []) if e["url"] != url]
    concept = {"coding": [{"system": _CERTIFICATION, "code": code}]}
    element["extension"] = [*kept, {"url": url, "valueCodeableConcept": concept}]


def item(asking: Json, sequence: int) -> Json:
    """The item of a sequence."""
    found: Json = next(i for i in asking["item"] if i["sequence"] == sequence)
    return found


def adds_item(code: str, quantity: int, sequence: int = 2, *, like: int = 1, **more: Any) -> Edit:
    """Adds an item that is like another one but for its code and quantity."""

    def edit(asking: Json) -> None:
        new = deepcopy(item(asking, like))
        new["sequence"] = sequence
        new["productOrService"]["coding"][0]["code"] = code
        new["quantity"]["value"] = quantity
        for extension in new["extension"]:
            if "TraceNumber" in extension["url"]:
                extension["valueIdentifier"]["value"] += f"-{sequence}"
        new.update(more)
        flag(new, "added")
        asking["item"].append(new)

    return edit


def asks_for(quantity: int, sequence: int = 1, *, flagged: bool = True) -> Edit:
    """Changes the quantity of an item."""

    def edit(asking: Json) -> None:
        item(asking, sequence)["quantity"]["value"] = quantity
        if flagged:
            flag(item(asking, sequence), "changed")

    return edit


def cancels_item(sequence: int) -> Edit:
    """Cancels one item, flagged as the guide says."""

    def edit(asking: Json) -> None:
        entry = item(asking, sequence)
        certification(entry, "3")
        entry["modifierExtension"] = [{"url": SD + "modifierextension-infoCancelled", "valueBoolean": True}]
        flag(entry, "changed")

    return edit


def cancels_all(asking: Json) -> None:
    """Cancels the request as a whole."""
    certification(asking, "3")


def answer(services: Services, bundle: Json, version: str = "2.2.1") -> Answer:
    """Submit and read the decision; the status must be 200."""
    status, resource = post(services, bundle, version)
    assert status == 200, resource
    return read_answer(resource)


def actions(found: Answer) -> dict[int, str | None]:
    """Review actions by item."""
    return {x.sequence: x.action for x in found.lines if not x.added}


def number_of(found: Answer) -> str | None:
    """The first authorization number of an answer."""
    return next((x.number for x in found.lines if x.number), None)
