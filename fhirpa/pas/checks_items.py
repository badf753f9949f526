"""Faults of the Claim's items: mandatory parts by version, and where the items point."""

from fhirpa.pas.access import Json, code_of, extensions, is_cancelled, objects, rows, whole
from fhirpa.pas.checks_faults import Faults, filled
from fhirpa.pas.codes import X12_CERTIFICATION_TYPE
from fhirpa.pas.versions import PasVersion

_POINTERS = {
    "careTeamSequence": "careTeam",
    "diagnosisSequence": "diagnosis",
    "informationSequence": "supportingInfo",
}
_EXTENSIONS = {
    "extension-serviceItemRequestType": "request type (X12 1525)",
    "extension-certificationType": "certification type (X12 1322)",
}


def check_items(
    claim: Json, path: str, version: PasVersion, out: Faults, *, inquiry: bool, whole_cancel: bool
) -> None:
    """Report the faults of all items. `whole_cancel`: certification type 3 stands at the Claim itself."""
    items = list(rows(claim.get("item")))
    if not items:
        _no_items(path, version, out, inquiry=inquiry, whole_cancel=whole_cancel)
    targets = {name: _sequences(claim, name) for name in _POINTERS.values()}
    for index, item in items:
        at = f"{path}.item[{index}]"
        _mandatory(item, at, version, out, inquiry=inquiry)
        for pointer, name in _POINTERS.items():
            _pointers(item, pointer, name, targets[name], at, out)


def _no_items(path: str, version: PasVersion, out: Faults, *, inquiry: bool, whole_cancel: bool) -> None:
    # The guide says of a cancellation of the whole request that no items are needed.
    if whole_cancel or (inquiry and not version.inquiry_items_required):
        return
    report = out.warn if inquiry else out.error
    report(
        "claim-item-missing",
        "required",
        "item is missing. Give one item per service line, with sequence, category and productOrService "
        "(in an inquiry the data-absent code 'not-applicable' stands for any service).",
        f"{path}.item",
    )


def _mandatory(item: Json, at: str, version: PasVersion, out: Faults, *, inquiry: bool) -> None:
    key = "item-element-missing"
    strict = version.strict_requests and not inquiry  # 2.2.1 made these mandatory for requests
    out.need(item, "sequence", at, key, "Give a positive integer; it names the line in every answer.")
    out.need(item, "productOrService", at, key, "Give the service (CPT, HCPCS or X12 1365 code).")
    if not inquiry:
        out.need(item, "category", at, key, "Give the service type (X12 1365).")
    if strict:
        why = "Give the place of service code; version 2.2.1 of the guide asks for it on every item."
        out.need(item, "locationCodeableConcept", at, key, why)
        for url, label in _EXTENSIONS.items():
            if not extensions(item, url):
                out.error(
                    "item-extension-missing",
                    "required",
                    f"The extension {url.removeprefix('extension-')} is missing. Give the {label}; version "
                    "2.2.1 of the guide asks for it on every item.",
                    f"{at}.extension",
                )
    _quantity(item, at, out, strict=strict)
    if is_cancelled(item) and not has_cancel_type(item):
        out.warn(
            "cancelled-without-certification-type",
            "business-rule",
            "The item is flagged infoCancelled but has no certification type 3 (spec-70). It was read as "
            "cancelled.",
            f"{at}.extension",
        )


def has_cancel_type(element: Json) -> bool:
    """True if an item, or the Claim as a whole, carries certification type 3 (cancel)."""
    found = extensions(element, "extension-certificationType")
    return any(code_of(e.get("valueCodeableConcept"), X12_CERTIFICATION_TYPE) == "3" for e in found)


def _quantity(item: Json, at: str, out: Faults, *, strict: bool) -> None:
    quantity = item.get("quantity")
    if not isinstance(quantity, dict):
        return
    if strict:
        why = "Give the number that is asked for."
        out.need(quantity, "value", f"{at}.quantity", "item-element-missing", why)
    if not filled(quantity.get("unit")) and not filled(quantity.get("code")):
        out.warn(
            "quantity-without-unit",
            "business-rule",
            "The quantity has neither unit nor code, so it is not known what it counts. Give a unit (visit, "
            "unit) or a code of X12 673 (VS, UN).",
            f"{at}.quantity",
        )


def _sequences(claim: Json, name: str) -> set[int]:
    found = (whole(element.get("sequence")) for element in objects(claim.get(name)))
    return {s for s in found if s is not None}


def _pointers(item: Json, pointer: str, name: str, known: set[int], at: str, out: Faults) -> None:
    values = item.get(pointer)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if whole(value) not in known:
            out.warn(
                "sequence-unknown",
                "not-found",
                f"There is no {name} with this sequence; the pointer was ignored.",
                f"{at}.{pointer}[{index}]",
            )
