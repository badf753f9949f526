"""Numbers that people read over the telephone: a letter, nine digits and a check digit.

The check digit (Damm's) finds every single wrong digit and every swap of two neighbours.
"""

# A totally anti-symmetric quasigroup of order ten (H. M. Damm, 2004).
_TABLE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
DIGITS = 9


def make_number(prefix: str, value: int) -> str:
    """The number for `value` (0 <= value < 10**9) behind a one-letter prefix: A, R, C or P.

    Raises ValueError for another prefix or a value out of range.
    """
    if len(prefix) != 1 or prefix not in "ARCP":
        raise ValueError("the prefix is A (authorization), R (reference), C (case) or P (appeal)")
    if not 0 <= value < 10**DIGITS:
        raise ValueError("the value must have at most nine digits")
    digits = f"{value:0{DIGITS}d}"
    return f"{prefix}{digits}{_damm(digits)}"


def is_valid_number(number: str) -> bool:
    """True if the number has our form and its check digit is right."""
    prefix, digits = number[:1], number[1:]
    well_formed = len(digits) == DIGITS + 1 and digits.isascii() and digits.isdigit()
    return prefix in ("A", "R", "C", "P") and well_formed and _damm(digits) == 0


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _TABLE[interim][int(digit)]
    return interim
