"""What is known beside the tables: the lists that a payer has loaded, and a terminology service."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fhirpa.validation.rows import Row
from fhirpa.validation.terminology.folder import Folder
from fhirpa.validation.terminology.shapes import shape_of

if TYPE_CHECKING:
    from fhirpa.validation.terminology.asking import Asker

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0

# What looks like a code, and like no sentence: nothing else is sent to a service.
_is_code: Final = re.compile(r"[A-Za-z0-9._:+\-*/%\[\]{}'^]{1,40}").fullmatch


class Terminology:
    """Hand it to `load_set`. Threads may share it, and so may several sets."""

    def __init__(self, folder: Folder | None, asker: "Asker | None") -> None:
        self.folder = folder
        self.has_service = asker is not None
        self._asker = asker

    def row(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """A loaded list (`kind` is codesystem or valueset): its canonical with version, and its row."""
        return self.folder.row(kind, canonical) if self.folder else None

    def ask(self, value_set: str, system: str, code: str) -> bool | None:
        """What the service has said of a code in a value set ('' for: in its system); None: nothing yet.

        Only systems whose codes have a known form are asked about, and only codes of that form.
        """
        if self._asker is None:
            return None
        shape = shape_of(system)
        if shape is None or not _is_code(code) or shape.fault(code):
            return None
        return self._asker.answer((value_set, system, code))

    def settle(self, seconds: float) -> bool:
        """Wait for the service to answer what was asked so far; True if a validation would now know more."""
        return self._asker.settle(seconds) if self._asker else False


def open_terminology(
    directory: Path | str | None = None,
    url: str | None = None,
    *,
    token: str | None = None,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> Terminology | None:
    """What is known beside the tables: lists loaded into a folder, a service; None for neither.

    `url` is the FHIR base address of the service, `token` a bearer token. With both, the service's answers
    are kept in the folder. No list is read and nothing asked yet. Raises ValueError for an address without
    http(s), TablesError for a folder with a file that is no list.
    """
    if not directory and not url:
        return None
    folder = Folder(Path(directory)) if directory else None
    if folder:
        folder.open()
    return Terminology(folder, _asker(url, token, connect_seconds, read_seconds, folder) if url else None)


def _asker(
    url: str, token: str | None, connect_seconds: float, read_seconds: float, folder: Folder | None
) -> "Asker":
    from fhirpa.validation.terminology.answers import FILE, Answers
    from fhirpa.validation.terminology.asking import Asker
    from fhirpa.validation.terminology.service import Client

    client = Client(url, token, connect_seconds, read_seconds)
    return Asker(client, Answers(folder.path / FILE, url) if folder else None)
