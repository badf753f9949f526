"""`python -m fhirpa.cli`: the same as the console script."""

from fhirpa.cli import main

main()
