"""`python -m tests.replay.freeze`: writes the kept decision that later programs must still read.

Once per format, when it is new: what was released is never written again. The file is that of an update, so
that it holds a case, too.
"""

import tempfile
from pathlib import Path
from typing import Final

from fhirpa.store import DecisionFilter
from fhirpa.store.codec import RECORD_FORMAT, unpack
from fhirpa.workflow.submit import submit
from tests.workflow.requests import request
from tests.workflow.services import NOW, incoming, open_services
from tests.workflow.updates import adds_item, update

FILES: Final = Path(__file__).parent / "kept"


def write() -> Path:
    """The text of the second decision on a case, as it is kept today."""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Path(folder))
        first = request("lbp-initial", key="frozen")
        for bundle in (first, update(first, "u1", adds_item("97530", 8))):
            submit(services, incoming(services, bundle))
            services.clock.move(minutes=7)  # type: ignore[attr-defined]
        with services.store.read() as unit:
            *_, kept = unit.stream_decisions(DecisionFilter(NOW))
        services.close()
    path = FILES / f"decision-format-{RECORD_FORMAT}.json"
    path.write_bytes(unpack(kept.content))
    return path


if __name__ == "__main__":
    print(write())
