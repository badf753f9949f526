"""Requests that are no PAS requests: answered with 400 and an OperationOutcome that names each fault."""

from copy import deepcopy
from dataclasses import replace
from datetime import date

from fhirpa.testkit.builder_people import Person
from fhirpa.testkit.builder_terms import Json
from fhirpa.testkit.scenario import Expected, Scenario
from fhirpa.testkit.scenarios_common import BACK_REQUEST

_REFUSED = Expected(status=400)
_REQUEST = replace(BACK_REQUEST, person=Person("female", date(1985, 5, 5)))


def _claim_alone(bundle: Json) -> Json:
    claim: Json = bundle["entry"][0]["resource"]
    return claim


def _without_claim(bundle: Json) -> Json:
    return {**bundle, "entry": bundle["entry"][1:]}


def _patient_missing(bundle: Json) -> Json:
    out = deepcopy(bundle)
    out["entry"][0]["resource"]["patient"] = {"reference": "Patient/not-in-the-bundle"}
    return out


def _same_full_url_twice(bundle: Json) -> Json:
    return {**bundle, "entry": [*bundle["entry"], deepcopy(bundle["entry"][-1])]}


def _not_a_preauthorization(bundle: Json) -> Json:
    out = deepcopy(bundle)
    out["entry"][0]["resource"]["use"] = "claim"
    return out


NOT_A_BUNDLE = Scenario(
    "bad-not-a-bundle",
    "A Claim without a Bundle around it",
    "The operation takes a Bundle; a Claim alone refers to nothing that could be read.",
    _REFUSED,
    _REQUEST,
    bend=_claim_alone,
)
NO_CLAIM = Scenario(
    "bad-no-claim",
    "A Bundle without a Claim",
    "The first entry has to be the Claim; here is none at all.",
    _REFUSED,
    _REQUEST,
    bend=_without_claim,
)
PATIENT_MISSING = Scenario(
    "bad-patient-unresolvable",
    "Claim.patient refers to nothing in the Bundle",
    "Without the patient nothing can be decided, and the Bundle has to hold what its Claim refers to.",
    _REFUSED,
    _REQUEST,
    bend=_patient_missing,
)
TWICE = Scenario(
    "bad-duplicate-full-url",
    "Two entries with the same fullUrl",
    "A reference would lead to two places.",
    _REFUSED,
    _REQUEST,
    bend=_same_full_url_twice,
)
WRONG_USE = Scenario(
    "bad-claim-use",
    "Claim.use is 'claim'",
    "A claim for payment went to the wrong door.",
    _REFUSED,
    _REQUEST,
    bend=_not_a_preauthorization,
)

BAD = (NOT_A_BUNDLE, NO_CLAIM, PATIENT_MISSING, TWICE, WRONG_USE)
