"""The form of codes whose lists are licensed or too long to carry: their form is public knowledge.

A broken form is a warning: the owner of the list may widen it, and the receiver judges the code itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fhirpa.validation.terminology.check_digits import has_loinc_digit, is_concept_id, is_npi

NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_CMS: Final = "www.cms.gov/Medicare/Coding/"


@dataclass(frozen=True, slots=True)
class Shape:
    """`label` names the code, `form` says what it looks like; `check` judges a check digit.

    What `free` matches is another notation of the same system, and not judged.
    """

    label: str
    form: str
    pattern: str
    check: Callable[[str], bool] | None = None
    free: str | None = None

    def fault(self, code: str) -> str | None:
        """What is wrong with the form of a code, as a sentence; None if nothing is."""
        if self.free and re.search(self.free, code, re.ASCII):
            return None
        if re.fullmatch(self.pattern, code, re.ASCII) is None:
            return f"does not have the form of a {self.label}: {self.form}."
        if self.check and not self.check(code):
            return f"has a wrong check digit for a {self.label}: {self.form}."
        return None


_CPT: Final = Shape(
    "CPT code",
    "five digits, or four digits and a letter; two characters for a modifier",
    r"\d{5}|\d{4}[A-Z]|[0-9A-Z]{2}",
)
# HCPCS Level I is CPT, and the guides' own examples send its codes with this system.
_HCPCS: Final = Shape(
    "HCPCS code",
    "a letter and four digits, or a CPT code; two characters for a modifier",
    r"[A-Z]\d{4}|\d{5}|\d{4}[A-Z]|[0-9A-Z]{2}",
)
_ICD_10_CM: Final = Shape(
    "ICD-10-CM code",
    "a letter, a digit and a third character, then a dot before up to four more",
    r"[A-Z]\d[0-9A-Z](\.[0-9A-Zx]{1,4})?",
)
_ICD_10_PCS: Final = Shape("ICD-10-PCS code", "seven digits or letters without I and O", r"[0-9A-HJ-NP-Z]{7}")
_ICD_9_CM: Final = Shape(
    "ICD-9-CM code",
    "two or three digits, V with two or E with three, then a dot before up to two more",
    r"(\d{2,3}|V\d{2}|E\d{3})(\.\d{1,2})?",
)
_REVENUE: Final = Shape("revenue code", "four digits", r"\d{4}")
_NUBC: Final = Shape("code of an NUBC list", "up to four digits and letters", r"[0-9A-Za-z]{1,4}")
_NUCC: Final = Shape(
    "provider taxonomy code", "ten characters, three digits first and X last", r"\d{3}[0-9A-Z]{6}X"
)
_NDC: Final = Shape(
    "National Drug Code",
    "ten or eleven digits, or four or five, three or four, and one or two with hyphens",
    r"\d{10,11}|\d{4,5}-\d{3,4}(-\d{1,2})?",
)
_RXNORM: Final = Shape("RxNorm identifier (RXCUI)", "one to eight digits", r"[1-9]\d{0,7}")
_SNOMED: Final = Shape(
    "SNOMED CT concept identifier",
    "six to eighteen digits with partition 00 or 10 and a Verhoeff check digit last",
    r"[1-9]\d{5,17}",
    is_concept_id,
    free=r"[|:+=,{}()\s]",
)
_LOINC: Final = Shape(
    "LOINC code",
    "up to seven digits, a hyphen and a check digit",
    r"\d{1,7}-\d",
    has_loinc_digit,
    free=r"^(LP|LA|LL|LG|MTHU)",
)
_CDT: Final = Shape("CDT code", "D and four digits", r"D\d{4}")
_CVX: Final = Shape("vaccine code (CVX)", "one to three digits", r"\d{1,3}")
_X12: Final = Shape("code of an X12 list", "up to ten letters and digits", r"[0-9A-Za-z]{1,10}")
NPI_SHAPE: Final = Shape(
    "National Provider Identifier", "ten digits, the last a check digit", r"\d{10}", is_npi
)

SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "http://www.ama-assn.org/go/cpt": _CPT,
        "urn:oid:2.16.840.1.113883.6.12": _CPT,
        f"http://{_CMS}HCPCSReleaseCodeSets": _HCPCS,
        f"https://{_CMS}HCPCSReleaseCodeSets": _HCPCS,
        "urn:oid:2.16.840.1.113883.6.285": _HCPCS,
        "http://hl7.org/fhir/sid/icd-10-cm": _ICD_10_CM,
        "urn:oid:2.16.840.1.113883.6.90": _ICD_10_CM,
        f"http://{_CMS}ICD10": _ICD_10_PCS,
        f"https://{_CMS}ICD10": _ICD_10_PCS,
        "urn:oid:2.16.840.1.113883.6.4": _ICD_10_PCS,
        "http://hl7.org/fhir/sid/icd-9-cm": _ICD_9_CM,
        "https://www.nubc.org/CodeSystem/RevenueCodes": _REVENUE,
        "https://www.nubc.org/revenue-code": _REVENUE,
        **dict.fromkeys(
            (
                "https://www.nubc.org/CodeSystem/TypeOfBill",
                "https://www.nubc.org/CodeSystem/PatDischargeStatus",
                "https://www.nubc.org/CodeSystem/PointOfOrigin",
                "https://www.nubc.org/CodeSystem/PriorityTypeOfAdmitOrVisit",
            ),
            _NUBC,
        ),
        **dict.fromkeys(
            (
                "https://x12.org/codes/service-type-codes",
                "https://x12.org/codes/claim-adjustment-reason-codes",
                "https://x12.org/codes/remittance-advice-remark-codes",
            ),
            _X12,
        ),
        "http://nucc.org/provider-taxonomy": _NUCC,
        "http://hl7.org/fhir/sid/ndc": _NDC,
        "http://www.nlm.nih.gov/research/umls/rxnorm": _RXNORM,
        "http://snomed.info/sct": _SNOMED,
        "http://loinc.org": _LOINC,
        "http://www.ada.org/cdt": _CDT,
        "urn:oid:2.16.840.1.113883.6.13": _CDT,
        "http://hl7.org/fhir/sid/cvx": _CVX,
        NPI: NPI_SHAPE,
    }
)
# The lists of X12 have numbers: data elements of 005010, and external lists.
_is_x12: Final = re.compile(r"https://codesystem\.x12\.org/(005010|external)/\d{1,4}", re.ASCII).fullmatch


def shape_of(system: str) -> Shape | None:
    """The form that the codes of a system have; None where none is known here."""
    return SHAPES.get(system) or (_X12 if _is_x12(system) else None)
