"""What a profile demands, compiled for the walk: only what has to be looked at, made once per profile."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Final

from fhirpa.fhir.fhirpath.shapes import Shape, shape
from fhirpa.fhir.tables import resource_types
from fhirpa.validation.contexts import ContextPlan, context_plan
from fhirpa.validation.discriminator_paths import THIS, extension_url
from fhirpa.validation.discriminators import Matcher, Matchers, has_url, matches_none
from fhirpa.validation.elements import Binding, Discriminator, Element, Profile, Slicing
from fhirpa.validation.links import Links, links_of
from fhirpa.validation.rules import Rule, rules
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terms import Terms
from fhirpa.validation.type_plans import TypePlans, firm
from fhirpa.validation.values import Test, fitting, same_as
from fhirpa.validation.wishes import Wish, wishes_of

# Extensions are sliced by url wherever a profile names some, whether it says so or not.
_BY_URL: Final = Slicing((Discriminator("value", "url"),), "open", False)
_DEFAULT: Final = "@default"


@dataclass(frozen=True, slots=True)
class SlicePlan:
    """A slice: what it demands of its items, and how they are told. `url`: of an extension slice.

    `wishes` gives what tells them in words.
    """

    name: str
    element: "ElementPlan"
    matches: Matcher
    url: str | None
    wishes: Callable[[], tuple[Wish, ...]]


@dataclass(frozen=True, slots=True)
class SlicingPlan:
    """`by` says in words what tells the slices apart. With `by_url` no slice has to be tried.

    `default` is the slice of what is of no other.
    """

    slices: tuple[SlicePlan, ...]
    rules: str
    ordered: bool
    by: str
    by_url: Mapping[str, int] | None
    default: int | None


@dataclass(frozen=True, slots=True)
class ElementPlan:
    """What a profile says of an element, and nothing that R4 says anyway.

    `types` is None where R4's are left alone. `profiles`: by type code, of which an item must meet one.
    `targets`: by type code, where references may lead. `beside` is the JSON name of what stands beside it.
    `is_missed`: its absence is a fault. `is_deep`: something is said of each item, not only of their number
    and slices; `has_limits`: of its value itself; `is_same` and `fits` test that against `fixed` and
    `pattern`.
    """

    label: str
    min: int
    max: int | None
    types: frozenset[str] | None
    profiles: Mapping[str, tuple[str, ...]]
    targets: Mapping[str, Links] | None
    fixed: Any
    pattern: Any
    binding: Binding | None
    rules: tuple[Rule, ...]
    max_length: int | None
    min_value: Any
    max_value: Any
    slicing: SlicingPlan | None
    children: tuple["ElementPlan", ...]
    # What the walk would else work out again for each item.
    beside: str = field(init=False)
    is_missed: bool = field(init=False)
    is_deep: bool = field(init=False)
    has_limits: bool = field(init=False)
    is_same: Test = field(init=False, compare=False)
    fits: Test = field(init=False, compare=False)

    def __post_init__(self) -> None:
        limits = (self.fixed, self.pattern, self.max_length, self.min_value, self.max_value)
        has_limits = any(limit is not None for limit in limits)
        slices = self.slicing.slices if self.slicing else ()
        has_types = self.types is not None or bool(self.profiles) or self.targets is not None
        object.__setattr__(self, "beside", "_" + self.label)
        object.__setattr__(self, "is_missed", self.min > 0 or any(s.element.min > 0 for s in slices))
        is_deep = has_limits or has_types or any((self.binding, self.rules, self.children))
        object.__setattr__(self, "is_deep", is_deep)
        object.__setattr__(self, "has_limits", has_limits)
        object.__setattr__(self, "is_same", same_as(self.fixed))
        object.__setattr__(self, "fits", fitting(self.pattern))

    @property
    def is_idle(self) -> bool:
        """True if it demands nothing."""
        return not (
            self.min
            or self.max is not None
            or self.types
            or self.profiles
            or self.targets is not None
            or self.fixed is not None
            or self.pattern is not None
            or self.binding
            or self.rules
            or self.max_length
            or self.min_value is not None
            or self.max_value is not None
            or self.slicing
            or self.children
        )


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """A profile's root, and for an extension where it may stand and the urls of those inside."""

    profile: Profile
    root: ElementPlan
    inner_urls: frozenset[str]
    context: ContextPlan
    is_modifier: bool
    url: str = field(init=False)
    canonical: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.profile.url)
        object.__setattr__(self, "canonical", self.profile.canonical)


class Plans:
    """All plans over one set of tables, made when they are wanted. Threads may share it."""

    def __init__(self, tables: TableSet) -> None:
        self.tables = tables
        self.terms = Terms(tables)
        self.types = TypePlans(tables)
        self._matchers = Matchers(tables, self.terms)
        self._plans: dict[str, ProfilePlan] = {}
        self._named: dict[str, frozenset[str]] = {}
        self._candidates: dict[tuple[tuple[str, ...], str], tuple[ProfilePlan, ...] | None] = {}

    def profile(self, canonical: str) -> ProfilePlan | None:
        """The plan of a profile or extension; None where the tables have none."""
        if canonical not in self._plans:
            found = self.tables.profile(canonical)
            if found is None:
                return None  # not kept: senders name what they like
            # With or without version, it is made once.
            self._plans[canonical] = self._plans.get(found.canonical) or self._make(found)
            self._plans.setdefault(found.canonical, self._plans[canonical])
        return self._plans[canonical]

    def extension(self, url: str) -> ProfilePlan | None:
        """The plan of an extension by its url."""
        plan = self.profile(url)
        return plan if plan and plan.profile.type == "Extension" else None

    def places_of(self, url: str) -> frozenset[str]:
        """The element paths (Claim.item) at which profiles beside an extension's definition name it."""
        if url not in self._named:
            folder = url.rpartition("/")[0] + "/"
            beside = [c for c in self.tables.canonicals("profile") if c.startswith(folder)]
            plans = [plan for c in beside if (plan := self.profile(c))]
            found = {p for plan in plans for p in _naming(plan.root, plan.profile.type, url)}
            self._named[url] = frozenset(found)
        return self._named[url]

    def is_profile(self, target: str) -> bool:
        """True for the canonical of a profile, False for the bare name of an R4 type."""
        return ":" in target or not self.tables.is_type(target)

    def candidates(self, targets: tuple[str, ...], shape: Shape) -> tuple[ProfilePlan, ...] | None:
        """Of profiles and types, the profiles for one type of resource; None if there is nothing to check.

        That is where the type itself is a target, or a profile that is not known.
        """
        key = (targets, shape.name)
        if key not in self._candidates:
            self._candidates[key] = self._find_candidates(targets, shape.lineage)
        return self._candidates[key]

    def _find_candidates(
        self, targets: tuple[str, ...], lineage: frozenset[str]
    ) -> tuple[ProfilePlan, ...] | None:
        plans: list[ProfilePlan] = []
        for target in targets:
            if not self.is_profile(target):
                if target in lineage:
                    return None
                continue
            plan = self.profile(target)
            if plan is None:
                return None
            if plan.profile.type in lineage:
                plans.append(plan)
        return tuple(plans)

    def _make(self, profile: Profile) -> ProfilePlan:
        inner = (profile.root.children or {}).get("extension")
        urls = [extension_url(self.tables, s) for s in (inner.slices or {}).values()] if inner else []
        return ProfilePlan(
            profile,
            self._element(profile.root, None),
            frozenset(u for u in urls if u),
            context_plan(self.tables, profile),
            profile.root.is_modifier,
        )

    def _element(self, element: Element, slice_name: str | None) -> ElementPlan:
        children = [self._element(child, None) for child in (element.children or {}).values()]
        stated = element.stated
        is_slice = slice_name is not None
        types = "types" in stated
        return ElementPlan(
            label=element.name.removesuffix("[x]"),
            min=element.min if is_slice or "min" in stated else 0,
            max=element.max if is_slice or "max" in stated else None,
            types=self._types(element) if types else None,
            profiles=self._profiles(element) if types else {},
            targets=links_of(element) if types else None,
            fixed=element.fixed if "fixed" in stated else None,
            pattern=element.pattern if "pattern" in stated else None,
            binding=firm(element.binding) if "binding" in stated else None,
            rules=rules(element.constraints),
            max_length=element.max_length if "maxLength" in stated else None,
            min_value=element.min_value if "minValue" in stated else None,
            max_value=element.max_value if "maxValue" in stated else None,
            slicing=self._slicing(element, slice_name),
            children=tuple(child for child in children if not child.is_idle),
        )

    def _types(self, element: Element) -> frozenset[str] | None:
        """The allowed types by name, where the data can have others: of choices, of inner resources."""
        codes = frozenset(t.code for t in element.types)
        if element.name.endswith("[x]"):
            return codes
        if "Resource" in codes:
            return None
        if any(self.tables.is_type(c) and self.tables.base(c).kind == "resource" for c in codes):
            return frozenset(n for n in resource_types() if not codes.isdisjoint(shape(n).lineage))
        return None

    def _profiles(self, element: Element) -> dict[str, tuple[str, ...]]:
        # An extension is checked against its definition wherever it stands, by its url.
        return {t.code: t.profiles for t in element.types if t.profiles and t.code != "Extension"}

    def _slicing(self, element: Element, outer: str | None) -> SlicingPlan | None:
        is_extension = element.name in ("extension", "modifierExtension")
        slicing = element.slicing or (_BY_URL if is_extension else None)
        if not element.slices or slicing is None:
            return None
        made = [self._slice(element, name, slicing, outer) for name in element.slices]
        urls = {s.url: index for index, s in enumerate(made) if s.url}
        defaults = [index for index, s in enumerate(made) if s.name.rpartition("/")[2] == _DEFAULT]
        return SlicingPlan(
            tuple(made),
            slicing.rules,
            slicing.ordered,
            ", ".join(d.path if d.path != THIS else f"its {d.kind}" for d in slicing.discriminators),
            urls if len(urls) == len(made) else None,
            defaults[0] if defaults else None,
        )

    def _slice(self, element: Element, name: str, slicing: Slicing, outer: str | None) -> SlicePlan:
        slice_ = (element.slices or {})[name]
        is_by_url = [(d.kind, d.path) for d in slicing.discriminators] == [("value", "url")]
        url = extension_url(self.tables, slice_) if is_by_url and slice_.types else None
        full = f"{outer}/{name}" if outer else name
        plan = self._element(slice_, full)
        if element.name.endswith("[x]") or url:
            plan = replace(plan, types=None)
        if name == _DEFAULT:
            matches: Matcher = matches_none
        else:
            matches = has_url(url) if url else self._matchers.of(slice_, slicing.discriminators)
        by = () if url or name == _DEFAULT else slicing.discriminators
        wishes = cache(partial(wishes_of, self.tables, self._matchers, slice_, by))
        return SlicePlan(full, plan, matches, url, wishes)


def _naming(plan: ElementPlan, path: str, url: str) -> Iterator[str]:
    """The paths at and below an element that have a slice for the extension."""
    slices = plan.slicing.slices if plan.slicing else ()
    for below in (*plan.children, *(s.element for s in slices)):
        is_slice = any(below is s.element for s in slices)
        yield from _naming(below, path if is_slice else f"{path}.{below.label}", url)
    if any(s.url == url for s in slices):
        yield path.rpartition(".")[0]
