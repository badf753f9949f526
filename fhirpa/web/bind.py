"""The use cases of the house, bound to opened services, as the web wants them."""

from functools import partial

from fhirpa.web.use_cases import UseCases
from fhirpa.workflow.answer_check import answer_faults, answer_is_sampled
from fhirpa.workflow.clocks import figures
from fhirpa.workflow.inquire import inquire
from fhirpa.workflow.inspection import inspect
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from fhirpa.workflow.validate import validate


def bind(services: Services) -> UseCases:
    """What `create_app` takes."""
    return UseCases(
        submit=partial(submit, services),
        inquire=partial(inquire, services),
        answer_is_sampled=partial(answer_is_sampled, services),
        answer_faults=partial(answer_faults, services),
        validate=partial(validate, services),
        inspect=partial(inspect, services),
        clock_figures=partial(figures, services),
        ready=services.ready,
        definitions=services.definitions,
        now=services.clock.now,
        base_url=services.settings.base_url,
        mode=services.settings.mode.value,
        max_body_bytes=services.settings.max_body_bytes,
        validate_page_bytes=services.settings.validate_page_bytes,
        validate_per_minute=services.settings.validate_per_minute,
    )
