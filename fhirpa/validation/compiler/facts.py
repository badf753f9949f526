"""What an ElementDefinition says that a validator can check: without its texts, mappings and examples."""

from typing import Final

from fhirpa.validation.compiler.package import Json

_HL7: Final = "http://hl7.org/fhir/StructureDefinition/"
_RELEASE: Final = "|4.0.1"
_FHIRPATH: Final = "http://hl7.org/fhirpath/System."
_FHIR_TYPE: Final = _HL7 + "structuredefinition-fhir-type"
_BEST_PRACTICE: Final = _HL7 + "elementdefinition-bestpractice"
_TYPE_MUST_SUPPORT: Final = _HL7 + "elementdefinition-type-must-support"
_MAX_VALUE_SET: Final = _HL7 + "elementdefinition-maxValueSet"
_MIN_VALUE_SET: Final = _HL7 + "elementdefinition-minValueSet"
_ADDITIONAL: Final = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
# The definitions name types of FHIRPath for these; what JSON holds there is this.
_BY_BASE_PATH: Final = {"Resource.id": "id", "Element.id": "string", "Extension.url": "uri"}


def element_facts(element: Json) -> Json:
    """The facts that `element` states, under the names of the table format (profiles/README.md).

    What it doesn't state is absent, so that a differential gives only what it changes.
    """
    facts: Json = {}
    if "min" in element:
        facts["min"] = element["min"]
    if "max" in element:
        facts["max"] = element["max"] if element["max"] == "*" else int(element["max"])
    if "type" in element:
        facts["types"] = _types(element)
    if reference := element.get("contentReference"):
        facts["ref"] = reference.removeprefix(_HL7)
    for key, value in sorted(element.items()):
        if key.startswith("fixed"):
            facts["fixed"] = value
        elif key.startswith("pattern"):
            facts["pattern"] = value
        elif key.startswith(("minValue", "maxValue")):
            facts[key[:8]] = value
    if "maxLength" in element:
        facts["maxLength"] = element["maxLength"]
    if "binding" in element:
        facts["binding"] = _binding(element["binding"])
    if "slicing" in element:
        facts["slicing"] = _slicing(element["slicing"])
    facts |= {short: True for short, key in _FLAGS.items() if element.get(key)}
    if "constraint" in element:
        facts["constraints"] = [_constraint(c) for c in element["constraint"] if "expression" in c]
    return facts


_FLAGS: Final = {"modifier": "isModifier", "mustSupport": "mustSupport"}


def _types(element: Json) -> list[str | Json]:
    base_path = element.get("base", {}).get("path", "")
    if base_path in _BY_BASE_PATH:
        return [_BY_BASE_PATH[base_path]]
    if base_path.endswith(".value") and "xmlAttr" in element.get("representation", ()):
        return [t["code"].rpartition("/")[2] for t in element["type"]]  # the bare value: System.String
    return [_type(t) for t in element["type"]]


def _type(stated: Json) -> str | Json:
    code: str = stated["code"]
    if code.startswith(_FHIRPATH):
        named = extension_values(stated, _FHIR_TYPE)
        code = str(named[0]) if named else code.removeprefix(_FHIRPATH).lower()
    row: Json = {"code": code}
    if profiles := stated.get("profile"):
        row["profiles"] = [short_canonical(p) for p in profiles]
    if targets := stated.get("targetProfile"):
        row["targets"] = [short_canonical(t) for t in targets]
        marks = stated.get("_targetProfile", [])
        if supported := [t for t, m in zip(row["targets"], marks, strict=False) if m and _must_support(m)]:
            row["supportedTargets"] = supported
    if _must_support(stated):
        row["mustSupport"] = True
    for key in ("aggregation", "versioning"):
        if key in stated:
            row[key] = stated[key]
    return row if len(row) > 1 else code


def _must_support(owner: Json) -> bool:
    """True where one type or target of several is what has to be supported."""
    return True in extension_values(owner, _TYPE_MUST_SUPPORT)


def short_canonical(canonical: str) -> str:
    """A definition of HL7's own namespace by its last part alone: Patient, SimpleQuantity, Extension."""
    name = canonical.removeprefix(_HL7).removesuffix(_RELEASE)
    return name if name[:1].isupper() else canonical


def full_canonical(canonical: str) -> str:
    """The reverse of `short_canonical`."""
    return canonical if ":" in canonical else _HL7 + canonical


def _binding(stated: Json) -> Json:
    row: Json = {"strength": stated["strength"]}
    if "valueSet" in stated:
        # Nothing is checked against an example, so its version says nothing.
        pin = _RELEASE if stated["strength"] == "example" else ""
        row["valueSet"] = stated["valueSet"].removesuffix(pin)
    for key, url in (("max", _MAX_VALUE_SET), ("min", _MIN_VALUE_SET)):
        if values := extension_values(stated, url):
            row[key] = values[0]
    if additional := [_additional(x) for x in stated.get("extension", ()) if x["url"] == _ADDITIONAL]:
        row["additional"] = additional
    return row


def _additional(extension: Json) -> Json:
    parts = {x["url"]: _value(x) for x in extension["extension"]}
    row: Json = {key: parts[key] for key in ("purpose", "valueSet")}
    # A usage context may be of any type; who is to tell whether it holds for one resource?
    return row | ({"limited": True} if "usage" in parts or parts.get("any") is True else {})


def _slicing(stated: Json) -> Json:
    row: Json = {"by": [[d["type"], d["path"]] for d in stated.get("discriminator", ())]}
    row["rules"] = stated.get("rules", "open")
    if stated.get("ordered"):
        row["ordered"] = True
    return row


def _constraint(stated: Json) -> Json:
    row: Json = {"key": stated["key"], "expression": stated["expression"]}
    if stated["severity"] != "error":
        row["severity"] = stated["severity"]
    if True in extension_values(stated, _BEST_PRACTICE):
        row["bestPractice"] = True
    return row


def extension_values(owner: Json, url: str) -> list[str | bool]:
    """The values of all extensions of `owner` that have this url."""
    return [_value(x) for x in owner.get("extension", ()) if x["url"] == url]


def _value(extension: Json) -> str | bool:
    value: str | bool = next(v for k, v in extension.items() if k.startswith("value"))
    return value
