"""What crosses the border between the web (or the CLI) and the use cases."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """One HTTP call as the use case sees it. `client` is None in open access."""

    body: bytes
    format: str  # 'json' | 'xml'
    version: str  # '2.0.1' | '2.2.1'
    client: str | None
    received_at: datetime
    answer_format: str = "json"
    pretty: bool = False
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and the body, already encoded in `format`.

    `findings` counts what validation found in the request, as (kind, verdict, how many).
    """

    status: int
    body: bytes
    format: str
    findings: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """Something that validation holds against an answer of ours.

    `resource` is the type of the entry that it is in: member, coverage and providers are echoed as they were
    sent, with the sender's faults. `place` is a path without indices.
    """

    severity: str  # error, warning
    resource: str
    kind: str
    key: str
    place: str


class Unavailable(Exception):
    """The call could not be served now (database busy or away); the same call may succeed later.

    Nothing was decided. The web answers 503 and asks the caller to wait `retry_after` seconds.
    """

    def __init__(self, retry_after: int = 5) -> None:
        self.retry_after = retry_after
        super().__init__(f"not available now, again in {retry_after} s")
