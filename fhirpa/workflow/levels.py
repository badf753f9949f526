"""Which validation level holds for a sender. A registry of clients would be asked here."""

from collections.abc import Iterable

from fhirpa.config import Settings, ValidationLevel


def level_for(settings: Settings, names: Iterable[str | None]) -> ValidationLevel:
    """The level of the first of a sender's names that has one, else that of everybody."""
    levels = settings.validation_levels
    return next((levels[n] for n in names if n and n in levels), settings.validation_level)
