"""What can go wrong in the store.

StoreError
├── ModeMismatch            the database belongs to the other mode
├── SchemaOutdated          the schema is not the one this program knows
├── StoreUnavailable        not now; the request may be repeated
│   ├── StoreBusy           somebody else held the lock for too long
│   └── StoreAway           the database cannot be reached, or cannot write at present
├── ReadOnlyUnit            a program asked a reading unit to write
├── NotFound                no such case, member or exchange
├── StaleCase               the case was changed by somebody else in between
├── DuplicateSubmission     the same bundle has been decided already
├── NumberTaken             a case, authorization or reference number is in use
├── UnknownFormat           a kept decision that a later program wrote
└── Refused                 a constraint or trigger of the database refused the write

Texts carry keys and numbers of our own, never PHI.
"""


class StoreError(Exception):
    """Any error of the store."""


class ModeMismatch(StoreError):
    """A sandbox database was opened in strict mode, or the other way round."""


class SchemaOutdated(StoreError):
    """The database schema is older (or newer) than the program; run the migrations."""


class StoreUnavailable(StoreError):
    """The same unit may succeed later."""


class StoreBusy(StoreUnavailable):
    """A lock could not be had in time, or the database broke up a deadlock. Nothing was written."""


class StoreAway(StoreUnavailable):
    """The connection was lost, nothing answers, or the disk is full or fails.

    Nothing was written, unless the connection was lost while the database said that it had committed:
    who repeats must find out, as `Unit.find_submission` does.
    """


class ReadOnlyUnit(StoreError):
    """A writing method was called on a unit from `Store.read()`."""


class NotFound(StoreError):
    """What was asked for by key is not there."""


class StaleCase(StoreError):
    """The case has another version than the caller worked on. Nothing was written."""


class DuplicateSubmission(StoreError):
    """Another transaction decided the same bundle. The unit rolls back; answer with `case_id`."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        super().__init__(f"the bundle is already decided as case {case_id}")


class UnknownFormat(StoreError):
    """The decision is kept in a format that this program does not read; a later program wrote it."""


class NumberTaken(StoreError):
    """A number that must be unique is in use by another case. Nothing was written; draw another one."""


class Refused(StoreError):
    """A constraint or trigger of the database refused the write. Nothing was written.

    Either a mistake in the program or something the law forbids; the text names the constraint.
    """
