"""Drawing numbers that no case has."""

from collections.abc import Callable

from fhirpa.store import Unit
from fhirpa.um.numbers import DIGITS, make_number
from fhirpa.workflow.services import Services


def number_maker(services: Services, unit: Unit) -> Callable[[str], str]:
    """Draws numbers by prefix that no case has, and that were not drawn by the same maker before."""
    drawn: set[str] = set()

    def draw(prefix: str) -> str:
        while True:
            number = make_number(prefix, int(services.ids.digits(DIGITS)))
            if number not in drawn and not unit.number_taken(number):
                drawn.add(number)
                return number

    return draw
