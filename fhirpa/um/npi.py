"""The National Provider Identifier's check digit."""


def is_valid_npi(npi: str | None) -> bool:
    """True for ten digits whose Luhn sum with the prefix 80840 ends in zero.

    Source: CMS, NPI check digit requirements (45 CFR 162.406); US Core us-core-16 and us-core-17. That
    issued numbers start with 1 or 2 is no part of either, and test numbers of the field do not.
    """
    if npi is None or len(npi) != 10 or not npi.isascii() or not npi.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed("80840" + npi)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
