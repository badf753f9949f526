"""Check digits of the public numbering rules."""

from typing import Final

_PERMUTATION: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def has_luhn_digit(digits: str) -> bool:
    """Whether the last digit is the check digit by modulus 10 (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total % 10 == 0


def is_npi(digits: str) -> bool:
    """Whether the check digit of a National Provider Identifier is right (45 CFR 162.406; prefix 80840)."""
    return has_luhn_digit("80840" + digits)


def has_loinc_digit(code: str) -> bool:
    """Whether the digit behind the hyphen is the modulus 10 check digit (LOINC Users' Guide, appendix)."""
    return has_luhn_digit(code.replace("-", ""))


def is_concept_id(digits: str) -> bool:
    """Whether a SNOMED CT identifier is a concept's, with a right Verhoeff digit (RF2, 5.5 and 5.7)."""
    return digits[-3:-1] in ("00", "10") and _verhoeff(digits) == 0


def _verhoeff(digits: str) -> int:
    """The checksum in the dihedral group D5: 0 for a number with its right check digit."""
    checksum = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        for _ in range(place % 8):
            value = _PERMUTATION[value]
        checksum = _product(checksum, value)
    return checksum


def _product(one: int, other: int) -> int:
    """The product in D5, of rotations (0 to 4) and reflections (5 to 9)."""
    if one < 5:
        return (one + other) % 5 + (5 if other >= 5 else 0)
    turned = (one - other) % 5
    return turned if other >= 5 else turned + 5
