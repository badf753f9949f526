"""Countries, states and currencies: ISO 3166-1 and -2, the postal service's list, ISO 4217."""

import re
from functools import cache
from typing import Final

from fhirpa.validation.terminology.public_codes import public_codes

_FILE: Final = "countries.json"

# Left to users by ISO 3166-1, clause 8.1: nobody can say that one of these does not exist.
_LOCAL: Final = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ|AA[A-Z]|Q[M-Z][A-Z]|X[A-Z]{2}|ZZ[A-Z]|9\d\d").fullmatch
_PART: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}", re.ASCII).fullmatch


@cache
def _countries(form: int) -> frozenset[str]:
    """The codes of one form: 0 alpha-2, 1 alpha-3, 2 numeric."""
    return frozenset(row.split("-")[form] for row in public_codes(_FILE, "countries"))


def is_country(code: str) -> bool | None:
    """Whether a code is one of ISO 3166-1 in any of its forms; None for those left to users."""
    if any(code in _countries(form) for form in range(3)):
        return True
    return None if _LOCAL(code) else False


def is_country_2(code: str) -> bool | None:
    """The same for two letters."""
    return is_country(code) if len(code) == 2 else False


def is_country_3(code: str) -> bool | None:
    """The same for three letters."""
    return is_country(code) if len(code) == 3 and not code.isdigit() else False


def is_country_number(code: str) -> bool | None:
    """The same for three digits."""
    return is_country(code) if len(code) == 3 and code.isdigit() else False


def is_country_part(code: str) -> bool | None:
    """Whether a code is one of ISO 3166-2. Exact for the US; elsewhere only country and form are known."""
    found = _PART(code)
    if found is None:
        return False
    if found[1] == "US":
        return code[3:] in public_codes(_FILE, "us")
    return False if is_country(found[1]) is False else None


def is_postal_state(code: str) -> bool:
    """Whether the US Postal Service has the two letters (Publication 28, appendix B)."""
    return code in public_codes(_FILE, "postal")


def is_currency(code: str) -> bool:
    """Whether a code is one of ISO 4217."""
    return code in public_codes("currencies.json", "currencies")
