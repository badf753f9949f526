"""The validator of a guide, with what is known beside its tables; made once in a process."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fhirpa.cli.validating.options import Options
from fhirpa.validation import Report, load_set
from fhirpa.validation.validator import Validator

if TYPE_CHECKING:
    from fhirpa.validation.terminology import Terminology

# The token is no option, so that no list of processes shows it.
BEARER: Final = "FHIRPA_TERMINOLOGY_TOKEN"
# How long one document waits for a terminology service; what is unanswered then stays unknown.
_PATIENCE: Final = 20.0


def validate(resource: Any, guide: str, options: Options) -> Report:
    """The report on a resource; with a terminology service, after it has answered what was asked.

    Raises KeyError where the guide has no profile of the name in `options`, TablesError for a terminology
    folder with a file that is no code list.
    """
    validator = _validator(guide, options.terminology, options.service)
    report = validator.validate(resource, options.profile)
    known = _terminology(options.terminology, options.service)
    if known is not None and known.has_service and known.settle(_PATIENCE):
        report = validator.validate(resource, options.profile)
    return report


@cache
def _validator(guide: str, folder: str | None, service: str | None) -> Validator:
    return Validator(load_set(guide, terminology=_terminology(folder, service)))


@cache
def _terminology(folder: str | None, service: str | None) -> "Terminology | None":
    if folder is None and service is None:
        return None
    from fhirpa.validation.terminology import open_terminology

    return open_terminology(folder, service, token=os.environ.get(BEARER))
