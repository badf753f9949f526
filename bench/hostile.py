"""CPU seconds that each hostile body costs, in process with everything on.

python bench/hostile.py [PART OF A NAME]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.live.hostile_inputs import INPUTS
from tests.workflow.services import open_services

MEDIA = {"json": "application/fhir+json", "xml": "application/fhir+xml"}


def main() -> None:
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Path(folder))
        client = create_app(bind(services)).test_client()
        for name, make in INPUTS.items():
            if wanted not in name:
                continue
            body, form, operation = make()
            headers = {"Content-Type": MEDIA[form], "Accept": MEDIA["json"]}
            start = time.process_time()
            response = client.post(f"/fhir/2.2.1/Claim/{operation}", data=body, headers=headers)
            spent = time.process_time() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"{spent:7.2f} s  HTTP {response.status_code}  {len(body) / 1e6:5.1f} MB in "
                f"{len(response.data) / 1e6:5.2f} MB out  peak {peak:5} MB  {name}",
                flush=True,
            )
        services.close()


if __name__ == "__main__":
    main()
