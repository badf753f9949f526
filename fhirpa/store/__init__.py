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
    StoreAway,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from fhirpa.store.records import (
    Exchange,
    KeptEvent,
    KeptExchange,
    KeptExemptionEvent,
    NewDetermination,
    NewEvent,
    NewExemptionEvent,
    QueuedCase,
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
    "KeptEvent",
    "KeptExchange",
    "KeptExemptionEvent",
    "ModeMismatch",
    "NewDetermination",
    "NewEvent",
    "NewExemptionEvent",
    "NotFound",
    "NumberTaken",
    "Problem",
    "QueuedCase",
    "ReadOnlyUnit",
    "Refused",
    "RosterMember",
    "SchemaOutdated",
    "StaleCase",
    "Store",
    "StoreAway",
    "StoreBusy",
    "StoreError",
    "StoreUnavailable",
    "Submission",
    "SubmittedBody",
    "Unit",
    "take_anchor",
    "verify_events",
]
