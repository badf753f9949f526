"""What a function is to the compiler."""

from collections.abc import Callable
from dataclasses import dataclass

from fhirpa.fhir.fhirpath.code import Code


@dataclass(frozen=True, slots=True)
class Function:
    """`build` makes the code of a call from that of its input and its arguments, `fewest` to `most` of them.

    It may raise ValueError for arguments that can never be right.
    """

    fewest: int
    most: int
    build: Callable[..., Code]
