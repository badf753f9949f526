"""What the tables say, typed: elements with their slices, bindings and invariants, profiles, code lists.

Everything is frozen and shared; JSON values (fixed, pattern) are plain dicts that nobody changes.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

ANY_SYSTEM: Final = "*"


@dataclass(frozen=True, slots=True)
class TypeRef:
    """A type that an element may have. A bare name in `profiles` and `targets` is a base definition of R4.

    Where only some of the types or targets of an element must be supported, `must_support` and
    `supported_targets` say which.
    """

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    aggregation: tuple[str, ...] = ()
    versioning: str | None = None
    must_support: bool = False
    supported_targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discriminator:
    """By what slices are told apart. `kind`: value, pattern, exists, type or profile; `path` is FHIRPath."""

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Slicing:
    """How an element is sliced. `rules` is open, closed or openAtEnd."""

    discriminators: tuple[Discriminator, ...]
    rules: str
    ordered: bool


_OF_PURPOSE: Final = MappingProxyType(
    {"maximum": "error", "required": "error", "extensible": "warning", "current": "information"}
)


@dataclass(frozen=True, slots=True)
class AdditionalBinding:
    """A further value set with its purpose (maximum, required, extensible, current, starter…).

    `is_limited`: it binds in some usage only, or one of several repeats; nothing is held against it.
    """

    purpose: str
    value_set: str
    is_limited: bool = False

    @property
    def severity(self) -> str | None:
        """What a code outside is, by http://hl7.org/fhir/valueset-additional-binding-purpose.html.

        The others (minimum, preferred, candidate, ui, starter, component) say nothing of one resource.
        """
        return None if self.is_limited else _OF_PURPOSE.get(self.purpose)


@dataclass(frozen=True, slots=True)
class Binding:
    """What a coded element is bound to; `maximum` and `minimum` are the value sets of R4's two extensions."""

    strength: str
    value_set: str | None
    maximum: str | None
    minimum: str | None
    additional: tuple[AdditionalBinding, ...]


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant. `severity` is error or warning; best-practice rules are advice, whatever the severity.

    `text` is what a breach of it means, for rules that were written by hand.
    """

    key: str
    expression: str
    severity: str
    best_practice: bool
    text: str | None = None


@dataclass(frozen=True, slots=True)
class GuideCheck:
    """A rule of a guide that is more than an expression: `kind` is a check of `guide_checks`."""

    kind: str
    key: str
    severity: str
    text: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a base type, or what a profile makes of one.

    All values are effective (what a profile leaves alone is the base type's), except `constraints`, which
    are those stated here: the invariants of base types stand at the base types. `stated` names what the
    profile itself says, by the names of the table format. `max` is None without limit. `children` is what
    stands inline: all of a backbone in a base type, in a profile only what it constrains.
    """

    name: str
    min: int
    max: int | None
    types: tuple[TypeRef, ...]
    stated: frozenset[str]
    content_reference: str | None = None
    fixed: Any = None
    pattern: Any = None
    binding: Binding | None = None
    constraints: tuple[Constraint, ...] = ()
    max_length: int | None = None
    min_value: Any = None
    max_value: Any = None
    is_modifier: bool = False
    must_support: bool = False
    slicing: Slicing | None = None
    slices: Mapping[str, "Element"] | None = None
    children: Mapping[str, "Element"] | None = None


@dataclass(frozen=True, slots=True)
class BaseType:
    """A type of R4. `children` holds inherited elements too, in order; `constraints` the inherited ones too.

    `kind` is resource, complex-type or primitive-type; `base` the type it is derived from, if any.
    """

    name: str
    kind: str
    base: str | None
    abstract: bool
    constraints: tuple[Constraint, ...]
    children: Mapping[str, Element]


@dataclass(frozen=True, slots=True)
class Context:
    """Where an extension may stand: `kind` is element, extension or fhirpath."""

    kind: str
    expression: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile, or the definition of an extension: `type` is Extension, `context` where it may stand.

    `checks` are rules that its guide states in prose only.
    """

    url: str
    version: str
    type: str
    base: str
    abstract: bool
    context: tuple[Context, ...]
    context_invariants: tuple[str, ...]
    root: Element
    checks: tuple[GuideCheck, ...] = ()

    @property
    def canonical(self) -> str:
        """Url and version."""
        return f"{self.url}|{self.version}"


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """The codes of a system with their displays (None where the tables hold none).

    `complete` is false where the definition lists only some. Without `case_sensitive` the codes stand here
    in lower case. `designations` are further names of a code, in any language; `inactive` codes are no longer
    to be used, `abstract` ones only group others.
    """

    url: str
    version: str
    codes: Mapping[str, str | None]
    complete: bool
    case_sensitive: bool
    designations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    abstract: frozenset[str] = frozenset()

    def has(self, code: str) -> bool | None:
        """Whether the code exists; None where that is not known."""
        if self.key(code) in self.codes:
            return True
        return False if self.complete else None

    def display(self, code: str) -> str | None:
        """The display of a code, where the tables hold it."""
        return self.codes.get(self.key(code))

    def key(self, code: str) -> str:
        """A code as it stands here."""
        return code if self.case_sensitive else code.lower()


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The codes that are in, by system; of the systems in `unknown` others may be in (ANY_SYSTEM: of all).

    The codes of systems in `any_case` stand in lower case. Of the systems in `whole` every code is in,
    listed here or not.
    """

    url: str
    version: str
    codes: Mapping[str, AbstractSet[str]]
    unknown: frozenset[str]
    any_case: frozenset[str]
    whole: frozenset[str] = frozenset()

    def has(self, system: str, code: str) -> bool | None:
        """Whether a code of a system is in; None where the tables cannot know."""
        if (code.lower() if system in self.any_case else code) in self.codes.get(system, ()):
            return True
        return None if ANY_SYSTEM in self.unknown or system in self.unknown else False

    def has_code(self, code: str) -> bool | None:
        """The same for an element of type code, which names no system."""
        for system, own in self.codes.items():
            if (code.lower() if system in self.any_case else code) in own:
                return True
        return None if self.unknown else False
