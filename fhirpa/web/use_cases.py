"""What the web needs from the rest of the house; the composition root binds it, tests bind fakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fhirpa.workflow.clocks import Figures
from fhirpa.workflow.inspection import Inspection
from fhirpa.workflow.ports import Answer, AnswerFault, Incoming
from fhirpa.workflow.validate_call import Asked

Json = dict[str, Any]


class Definitions(Protocol):
    """The definitional resources of one guide version (fhirpa.pas.capability.Definitions)."""

    def capability_statement(self, base_url: str, max_body_bytes: int, mode: str) -> Json:
        """The statement of the endpoint below `base_url`."""

    def read(self, resource_type: str, resource_id: str) -> Json | None:
        """One resource, or None."""

    def search(self, resource_type: str, wanted: Mapping[str, str] | None = None) -> Sequence[Json]:
        """The resources of a type that fit the search parameters (_id, name, status, url, version)."""


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases bound to their services, and the settings that show in HTTP.

    `submit`, `inquire` and `validate` never raise for bad input: they answer 4xx themselves; `inspect` raises
    FhirError for an unknown profile. All raise workflow.ports.Unavailable when the same call may succeed
    later. `answer_faults` validates an answer that `answer_is_sampled` picked.
    """

    submit: Callable[[Incoming], Answer]
    inquire: Callable[[Incoming], Answer]
    answer_is_sampled: Callable[[], bool]
    answer_faults: Callable[[str, str, Answer], Sequence[AnswerFault]]  # operation, version, answer
    validate: Callable[[Incoming, Asked], Answer]
    inspect: Callable[[bytes, str, str | None, str | None], Inspection]  # body, format, version, profile
    clock_figures: Callable[[], Figures]
    ready: Callable[[], bool]
    definitions: Callable[[str], Definitions]
    now: Callable[[], datetime]
    base_url: str  # public address without trailing slash
    mode: str  # 'sandbox' | 'strict'
    max_body_bytes: int
    validate_page_bytes: int  # largest source on the page /validate
    validate_per_minute: int  # of one address, in one process; 0 for no limit
