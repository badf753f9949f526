"""How documents are to be validated, as the user said; travels to the workers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`guide` None: as each document declares. `profile`: one more to hold each resource against.

    `terminology`: the folder of code lists that `fhirpa terminology load` wrote; `service`: the address of a
    terminology service. `excerpts`: keep the source lines of what is found.
    """

    guide: str | None = None
    profile: str | None = None
    terminology: str | None = None
    service: str | None = None
    excerpts: bool = False
