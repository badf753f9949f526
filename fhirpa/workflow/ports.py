"""What crosses the border between the web (or the CLI) and the use cases."""

from dataclasses import dataclass
from datetime import datetime


class Unavailable(Exception):
    """The use case could not be carried out now and nothing was written; the same call may succeed later."""


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
    """Status and the body, already encoded in `format`."""

    status: int
    body: bytes
    format: str
