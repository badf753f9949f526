"""Faults of the Claim: mandatory elements and patterns of the Claim profiles, by version.

Profiles profile-claim, profile-claim-update and profile-claim-inquiry of both versions; where the guide's own
examples break a rule, the rule is a warning here.
"""

from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import Json, code_of, codings, extensions, objects, rows, text, whole
from fhirpa.pas.checks_dates import check_dates
from fhirpa.pas.checks_faults import Faults, filled
from fhirpa.pas.checks_items import check_items, has_cancel_type
from fhirpa.pas.checks_references import check_party
from fhirpa.pas.codes import SD, TEMP_CODES
from fhirpa.pas.versions import PasVersion

_STATUS = ("active", "cancelled", "draft", "entered-in-error")
_USE = ("claim", "preauthorization", "predetermination")
_INFO_CANCELLED = SD + "modifierextension-infoCancelled"


def check_claim(graph: BundleGraph, claim: Entry, version: PasVersion, out: Faults, *, inquiry: bool) -> None:
    """Report all faults of the Claim that asks."""
    resource, path = claim.resource, claim.path
    _patterns(resource, path, out)
    _identifiers(resource, path, version, out, inquiry=inquiry)
    _parties(graph, claim, out)
    _insurance(graph, claim, out)
    if not inquiry:
        _related(resource, path, version, out)
    _care_team(resource, path, out)
    _supporting_info(resource, path, version, out, inquiry=inquiry)
    _diagnoses(resource, path, out)
    check_items(resource, path, version, out, inquiry=inquiry, whole_cancel=has_cancel_type(resource))
    check_dates(resource, path, version, out)
    _sequences(resource, path, out)
    _modifiers(resource, path, out)


def _shown(value: Any, known: tuple[str, ...]) -> str:
    if value is None:
        return "missing"
    return f"'{value}'" if isinstance(value, str) and value in known else "no code of FHIR's list"


def _patterns(claim: Json, path: str, out: Faults) -> None:
    if claim.get("status") != "active":
        out.error(
            "claim-status",
            "value",
            f"Claim.status is {_shown(claim.get('status'), _STATUS)}; it has to be 'active', also in an "
            "update that cancels (a cancellation is told by certification type 3 and infoCancelled).",
            f"{path}.status",
        )
    if claim.get("use") != "preauthorization":
        out.error(
            "claim-use",
            "value",
            f"Claim.use is {_shown(claim.get('use'), _USE)}; it has to be 'preauthorization'.",
            f"{path}.use",
        )
    why = {
        "type": "Give the claim type (professional, institutional or oral).",
        "created": "Give the day or instant at which the request was made.",
        "priority": "Give the process priority (stat, normal or deferred).",
    }
    for name, advice in why.items():
        out.need(claim, name, path, "claim-element-missing", advice)
    if filled(claim.get("implicitRules")):
        out.error(
            "implicit-rules",
            "not-supported",
            "implicitRules names rules that this server does not know. Leave it out.",
            f"{path}.implicitRules",
        )


def _identifiers(claim: Json, path: str, version: PasVersion, out: Faults, *, inquiry: bool) -> None:
    key = "claim-identifier-missing"
    identifiers = claim.get("identifier")
    needed = not inquiry or version.strict_requests
    if not objects(identifiers):
        if needed:
            why = "Give the trace number of the event (system and value)."
            out.error(key, "required", f"identifier is missing. {why}", f"{path}.identifier")
        return
    for index, identifier in rows(identifiers):
        if version.strict_requests:
            for name in ("system", "value"):
                why = "The guide asks for system and value of every identifier of the Claim."
                out.need(identifier, name, f"{path}.identifier[{index}]", key, why)
    most = 2 if version.strict_requests and not inquiry else 1
    if len(objects(identifiers)) > most:
        out.warn(
            "claim-identifier-repeated",
            "business-rule",
            f"There are {len(objects(identifiers))} identifiers; the guide allows {most}. All were kept.",
            f"{path}.identifier",
        )


def _parties(graph: BundleGraph, claim: Entry, out: Faults) -> None:
    wanted = {
        "patient": (("Patient",), "Refer to the Patient who is the beneficiary."),
        "insurer": (("Organization",), "Refer to the Organization that is the payer."),
        "provider": (
            ("Organization", "PractitionerRole"),
            "Refer to the Organization or PractitionerRole that makes the request.",
        ),
    }
    for name, (types, why) in wanted.items():
        if out.need(claim.resource, name, claim.path, f"claim-{name}-missing", why):
            check_party(graph, claim, claim.resource[name], f"{claim.path}.{name}", types, out)


def _insurance(graph: BundleGraph, claim: Entry, out: Faults) -> None:
    entries = list(rows(claim.resource.get("insurance")))
    if not entries:
        out.error(
            "claim-insurance-missing",
            "required",
            "insurance is missing. Give one insurance with sequence, focal (true) and coverage.",
            f"{claim.path}.insurance",
        )
    some_focal = any(i.get("focal") is True for _, i in entries)
    for index, insurance in entries:
        path = f"{claim.path}.insurance[{index}]"
        key = "insurance-element-missing"
        out.need(insurance, "sequence", path, key, "Give a positive integer.")
        if out.need(insurance, "coverage", path, key, "Refer to the Coverage in the Bundle."):
            check_party(graph, claim, insurance["coverage"], f"{path}.coverage", ("Coverage",), out)
            _beneficiary(graph, claim, insurance["coverage"], out)
        if out.need(insurance, "focal", path, key, "Set it to true.") and insurance["focal"] is not True:
            report = out.warn if some_focal else out.error
            report(
                "insurance-not-focal",
                "value",
                "focal is not true; a PAS request names only the coverage that is to decide. Set it to true, "
                "or leave this insurance out.",
                f"{path}.focal",
            )


def _beneficiary(graph: BundleGraph, claim: Entry, coverage: Any, out: Faults) -> None:
    found = graph.find(coverage, claim)
    patient = graph.find(claim.resource.get("patient"), claim)
    beneficiary = graph.find(found.resource.get("beneficiary"), found.entry) if found else None
    if found and patient and beneficiary and beneficiary.path != patient.path:
        out.warn(
            "beneficiary-differs",
            "business-rule",
            "Coverage.beneficiary is another Patient than Claim.patient. Claim.patient was used.",
            f"{found.path}.beneficiary",
        )


def _related(claim: Json, path: str, version: PasVersion, out: Faults) -> None:
    related = objects(claim.get("related"))
    if not related or not version.update_names_predecessor:  # 2.0.1: Claim.related is free
        return
    key = "claim-related"
    if len(related) > 1:
        out.error(
            key,
            "structure",
            f"There are {len(related)} related Claims; an update names exactly one, its predecessor.",
            f"{path}.related",
        )
    first = related[0]
    out.need(first, "claim", f"{path}.related[0]", key, "Refer to the Claim that this one updates.")
    if not any(c.code == "prior" for c in codings(first.get("relationship"))):
        out.error(
            key,
            "value",
            "relationship is not 'prior' (system http://terminology.hl7.org/CodeSystem/"
            "ex-relatedclaimrelationship), the only one that an update may have.",
            f"{path}.related[0].relationship",
        )


def _care_team(claim: Json, path: str, out: Faults) -> None:
    key = "care-team-element-missing"
    for index, member in rows(claim.get("careTeam")):
        at = f"{path}.careTeam[{index}]"
        out.need(member, "sequence", at, key, "Give a positive integer.")
        out.need(member, "provider", at, key, "Refer to an Organization or PractitionerRole.")
        if not extensions(member, "extension-careTeamClaimScope"):
            out.error(
                key,
                "required",
                "The extension careTeamClaimScope is missing. Set it to true for a provider of the whole "
                "request, to false for a provider of single items.",
                f"{at}.extension",
            )


def _supporting_info(claim: Json, path: str, version: PasVersion, out: Faults, *, inquiry: bool) -> None:
    key = "supporting-info-element-missing"
    for index, info in rows(claim.get("supportingInfo")):
        at = f"{path}.supportingInfo[{index}]"
        out.need(info, "sequence", at, key, "Give a positive integer.")
        out.need(info, "category", at, key, "Give the kind of information (PASTempCodes).")
        kind = code_of(info.get("category"), TEMP_CODES)
        if kind in ("patientEvent", "admissionDates", "dischargeDates"):
            _event_dates(kind, info, at, version, out)
        elif kind == "additionalInformation" and not inquiry:
            out.need(info, "valueReference", at, key, "Refer to the document or resource in the Bundle.")
            if version.strict_requests and not extensions(info, "extension-documentInformation"):
                out.error(
                    key,
                    "required",
                    "The extension documentInformation is missing. Add it with at least reportTypeCode.",
                    f"{at}.extension",
                )
        elif kind == "freeFormMessage" and not inquiry:
            out.need(info, "valueString", at, key, "Give the message.")


def _event_dates(kind: str, info: Json, at: str, version: PasVersion, out: Faults) -> None:
    if not filled(info.get("timingDate")) and not filled(info.get("timingPeriod")):
        out.error(
            "supporting-info-element-missing",
            "required",
            "timing is missing. Give timingDate or timingPeriod.",
            f"{at}.timing",
        )
    elif kind == "dischargeDates" and version.strict_requests and filled(info.get("timingPeriod")):
        out.warn(
            "discharge-not-a-date",
            "value",
            "Version 2.2.1 of the guide wants a single discharge date (timingDate); the period was read.",
            f"{at}.timing",
        )


def _diagnoses(claim: Json, path: str, out: Faults) -> None:
    key = "diagnosis-element-missing"
    for index, diagnosis in rows(claim.get("diagnosis")):
        at = f"{path}.diagnosis[{index}]"
        out.need(diagnosis, "sequence", at, key, "Give a positive integer.")
        out.need(diagnosis, "diagnosisCodeableConcept", at, key, "Give the diagnosis as a code.")


def _sequences(claim: Json, path: str, out: Faults) -> None:
    for name in ("item", "supportingInfo", "careTeam", "diagnosis", "insurance"):
        seen: dict[int, int] = {}
        for index, element in rows(claim.get(name)):
            sequence = whole(element.get("sequence"))
            if sequence is None:
                continue
            if sequence in seen:
                out.error(
                    "sequence-duplicate",
                    "duplicate",
                    f"Sequence {sequence} is also that of {name}[{seen[sequence]}]. Give each {name} a "
                    "sequence of its own and keep it through all updates.",
                    f"{path}.{name}[{index}].sequence",
                )
            seen.setdefault(sequence, index)


def _modifiers(claim: Json, path: str, out: Faults) -> None:
    _unknown_modifiers(claim, path, (), out)
    for name in ("item", "supportingInfo", "careTeam", "diagnosis", "insurance", "related"):
        known = (_INFO_CANCELLED,) if name in ("item", "supportingInfo") else ()
        for index, element in rows(claim.get(name)):
            at = f"{path}.{name}[{index}]"
            _unknown_modifiers(element, at, known, out)
            if name in ("item", "supportingInfo"):
                _change_flags(element, at, out)


def _unknown_modifiers(element: Json, path: str, known: tuple[str, ...], out: Faults) -> None:
    for index, extension in rows(element.get("modifierExtension")):
        if extension.get("url") not in known:
            out.error(
                "modifier-extension-unknown",
                "not-supported",
                "This modifier extension changes the meaning of what it stands in, and is not one that this "
                "server understands (spec-25). Leave it out, or say the same with elements of the guide.",
                f"{path}.modifierExtension[{index}]",
            )


def _change_flags(element: Json, path: str, out: Faults) -> None:
    for index, extension in rows(element.get("modifierExtension")):
        if extension.get("url") == _INFO_CANCELLED and not isinstance(extension.get("valueBoolean"), bool):
            out.error(
                "info-cancelled-not-boolean",
                "value",
                "infoCancelled needs valueBoolean: true if the entry is no longer asked for, else false.",
                f"{path}.modifierExtension[{index}].value",
            )
    for extension in extensions(element, "extension-infoChanged"):
        if text(extension.get("valueCode")) not in ("added", "changed"):
            out.warn(
                "info-changed-code",
                "value",
                "infoChanged holds neither 'added' nor 'changed' and was ignored.",
                f"{path}.extension",
            )
