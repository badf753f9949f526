"""The store: every fact the payer keeps, on SQLite or PostgreSQL, one transaction per use case."""

from fhirpa.store.audit import Anchor, Problem, take_anchor, verify_events
from fhirpa.store.errors import (
    DuplicateSubmission,
    ModeMismatch,
    NotFound,
    NumberTaken,
    ReadOnlyUnit,
    Refused,
    SchemaOutdated,
    StaleCase,
    StoreBusy,
    StoreError,
)
from fhirpa.store.records import (
    Exchange,
    NewDetermination,
    NewEvent,
    RosterMember,
    Submission,
    SubmittedBody,
)
from fhirpa.store.store import Store
from fhirpa.store.unit import Unit

__all__ = [
    "Anchor",
    "DuplicateSubmission",
    "Exchange",
    "ModeMismatch",
    "NewDetermination",
    "NewEvent",
    "NotFound",
    "NumberTaken",
    "Problem",
    "ReadOnlyUnit",
    "Refused",
    "RosterMember",
    "SchemaOutdated",
    "StaleCase",
    "Store",
    "StoreBusy",
    "StoreError",
    "Submission",
    "SubmittedBody",
    "Unit",
    "take_anchor",
    "verify_events",
]
