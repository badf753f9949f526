"""What a terminology service has answered: in a file that several processes share, each answer for a time."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from fhirpa.validation.terminology.service import Question

FILE: Final = "answers.sqlite"
MOST_ANSWERS: Final = 200_000
KEPT_SECONDS: Final = 7 * 86_400.0
UNDECIDED_SECONDS: Final = 3_600.0
# A reader is on somebody's way; a writer is not.
_READ_WAIT: Final = 0.05
_WRITE_WAIT: Final = 2.0

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS answer (
    service TEXT, value_set TEXT, system TEXT, code TEXT, verdict INTEGER, expires REAL,
    PRIMARY KEY (service, value_set, system, code)
) WITHOUT ROWID"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS answer_expires ON answer (expires)"
_GET: Final = """
SELECT verdict, expires FROM answer
WHERE service = ? AND value_set = ? AND system = ? AND code = ? AND expires > ?"""
_PUT: Final = "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)"
_EXPIRED: Final = "DELETE FROM answer WHERE expires <= ?"
_COUNT: Final = "SELECT count(*) FROM answer"
_SURPLUS: Final = """
DELETE FROM answer WHERE (service, value_set, system, code) IN
(SELECT service, value_set, system, code FROM answer ORDER BY expires LIMIT ?)"""

_T = TypeVar("_T")


class Answers:
    """The answers of one service. Each call opens the file anew: any thread and process may use it.

    A file that cannot be read or written only costs the memory of answers: nothing is raised.
    """

    def __init__(self, path: Path, service: str, most: int = MOST_ANSWERS) -> None:
        self._path = path
        self._service = service
        self._most = most

    def get(self, question: Question) -> tuple[bool | None, float] | None:
        """The verdict, and until when it holds (seconds since 1970); None where there is none."""
        if not self._path.exists():
            return None
        key = (self._service, *question, time.time())
        row = self._with_file(_READ_WAIT, lambda file: file.execute(_GET, key).fetchone())
        return (None if row[0] is None else bool(row[0]), float(row[1])) if row else None

    def put(self, question: Question, verdict: bool | None) -> None:
        """Keep an answer: for a week, or an hour where the service could not say."""
        row = (self._service, *question, verdict, time.time() + seconds_kept(verdict))
        self._with_file(_WRITE_WAIT, lambda file: file.execute(_PUT, row))

    def prune(self) -> None:
        """Drop what has expired, and of too many answers those that expire first."""

        def work(file: sqlite3.Connection) -> None:
            file.execute(_EXPIRED, (time.time(),))
            (count,) = file.execute(_COUNT).fetchone()
            if count > self._most:
                file.execute(_SURPLUS, (count - self._most,))

        self._with_file(_WRITE_WAIT, work)

    def _with_file(self, wait: float, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """Do something with the file in one transaction; None if that fails."""
        try:
            if wait == _WRITE_WAIT:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=wait)) as file, file:
                if wait == _WRITE_WAIT:
                    file.execute("PRAGMA journal_mode = WAL")
                    file.execute(_TABLE)
                    file.execute(_INDEX)
                return work(file)
        except (sqlite3.Error, OSError):
            return None


def seconds_kept(verdict: bool | None) -> float:
    """How long an answer holds."""
    return UNDECIDED_SECONDS if verdict is None else KEPT_SECONDS
