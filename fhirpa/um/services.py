"""Does a line belong to the programme, and to which discipline?"""

from dataclasses import dataclass

from fhirpa.um.context import DecisionContext
from fhirpa.um.providers import taxonomies
from fhirpa.um.request import AuthorizationRequest, Service, ServiceLine
from fhirpa.um.rules import RuleSet, ServiceCode
from fhirpa.um.terms import CodeKind, Discipline, Setting


@dataclass(frozen=True, slots=True)
class TherapyLine:
    """A line of the programme. `code` is None for a whole service type (all therapy of a discipline)."""

    line: ServiceLine
    code: ServiceCode | None
    discipline: Discipline
    setting: Setting
    habilitative: bool | None  # None: no modifier says so

    @property
    def is_evaluation(self) -> bool:
        """True for an initial evaluation."""
        return self.code is not None and self.code.evaluation

    @property
    def is_re_evaluation(self) -> bool:
        """True for a re-evaluation."""
        return self.code is not None and self.code.re_evaluation

    @property
    def is_timed(self) -> bool:
        """True where a unit is a span of time."""
        return self.code is not None and self.code.timed

    @property
    def is_passive(self) -> bool:
        """True for a passive modality."""
        return self.code is not None and self.code.passive


@dataclass(frozen=True, slots=True)
class OutsideLine:
    """A line that is not the programme's, or whose discipline the data leaves open; `reason` says which."""

    line: ServiceLine
    reason: str
    is_evaluation: bool = False


def classify(
    line: ServiceLine, request: AuthorizationRequest, context: DecisionContext, rules: RuleSet
) -> TherapyLine | OutsideLine:
    """The line's code, discipline and setting, or why it has none."""
    table = rules.services
    code = _code(line.service, rules)
    if not _in_programme(line, code, rules):
        return OutsideLine(line, "outside-programme")
    by_modifier = {table.modifiers[m] for m in line.modifiers if m in table.modifiers}
    possible = _possible(line, code, rules)
    by_provider = {table.taxonomies[t] for t in taxonomies(line, request, context) if t in table.taxonomies}
    discipline = _agreed(by_modifier, possible, by_provider)
    evaluation = code is not None and code.evaluation
    if discipline is None and (by_modifier or (len(possible) == 1 and by_provider)):
        return OutsideLine(line, "discipline-question", evaluation)
    if discipline is None:
        return OutsideLine(line, "discipline-awaited", evaluation)
    setting = setting_of(line, code, set(taxonomies(line, request, context)), rules)
    return TherapyLine(line, code, discipline, setting, _habilitative(line, rules))


def _code(service: Service, rules: RuleSet) -> ServiceCode | None:
    return rules.services.codes.get(service.code or "") if service.kind is CodeKind.PROCEDURE else None


def _in_programme(line: ServiceLine, code: ServiceCode | None, rules: RuleSet) -> bool:
    table = rules.services
    if set(line.modifiers) & table.foreign_modifiers:
        return False
    if line.service_end is not None and _code(line.service_end, rules) is None:
        return False  # a range of codes that leaves the programme
    if line.service.kind is CodeKind.SERVICE_TYPE:
        return line.service.code in table.service_types
    if line.service.kind is CodeKind.NONE:
        return line.service_type in table.service_types or line.revenue_code in table.revenue_codes
    return code is not None


def _possible(line: ServiceLine, code: ServiceCode | None, rules: RuleSet) -> set[Discipline]:
    """The disciplines that code, service type and revenue code leave, the code first."""
    table = rules.services
    if line.service.kind is CodeKind.SERVICE_TYPE:
        return {table.service_types[line.service.code or ""]}
    possible = set(code.disciplines) if code else set(Discipline)
    for found in (
        table.service_types.get(line.service_type or ""),
        table.revenue_codes.get(line.revenue_code or ""),
    ):
        if found is not None and len(possible) > 1:
            possible &= {found}
    return possible


def _agreed(
    by_modifier: set[Discipline], possible: set[Discipline], by_provider: set[Discipline]
) -> Discipline | None:
    """The one discipline in which everything that was said agrees; None where it does not or is open.

    A provider of both disciplines (a clinic) says nothing.
    """
    left = possible & by_modifier if by_modifier else possible
    if len(by_modifier) > 1:
        return None
    if len(by_provider) == 1:
        left &= by_provider
    return next(iter(left)) if len(left) == 1 else None


def setting_of(line: ServiceLine, code: ServiceCode | None, providers: set[str], rules: RuleSet) -> Setting:
    """The place that was sent; without one, home where code or agency (its taxonomies) say so.

    A modifier of telehealth beside another place leaves the place open.
    """
    remote = bool(set(line.modifiers) & rules.services.telehealth_modifiers)
    if line.place_of_service:
        place = rules.places.get(line.place_of_service, Setting.OTHER)
        return Setting.OTHER if remote and place is not Setting.TELEHEALTH else place
    if remote:
        return Setting.TELEHEALTH
    at_home = (code is not None and code.at_home) or providers & rules.services.home_agencies
    return Setting.HOME if at_home else Setting.UNKNOWN


def _habilitative(line: ServiceLine, rules: RuleSet) -> bool | None:
    said = {rules.services.habilitative_modifiers.get(m) for m in line.modifiers} - {None}
    return said.pop() if len(said) == 1 else None
