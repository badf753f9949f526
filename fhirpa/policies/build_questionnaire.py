"""The questionnaire of each policy: its criteria's asks, and the questions of questionnaire.yaml.

What is asked only of a renewal, or only at home, stands behind the question that says which it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fhirpa.policies.build_questions import Catalogue, Occasion
from fhirpa.um.criterion import Criterion, Road
from fhirpa.um.questionnaire import Questionnaire, Questionnaires
from fhirpa.um.rules import Measure, Policy, PolicyRole, ServiceCode

Json = dict[str, Any]


@dataclass(slots=True)
class _Wanted:
    """Link ids that one policy's criteria ask for: on which occasions, and which an answer is waited for."""

    information: Json
    occasions: dict[str, set[Occasion]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)

    def add(self, criteria: Iterable[Criterion], occasion: Occasion | None = None) -> None:
        """Everything that the criteria ask for; without an occasion, that of each criterion itself."""
        for criterion in criteria:
            when = {occasion} if occasion else _occasions(criterion)
            for link, waits in self._asked(criterion):
                self.occasions.setdefault(link, set()).update(when)
                self.required.update([link] if waits else [])

    def _asked(self, criterion: Criterion) -> Iterator[tuple[str, bool]]:
        """(link id, whether the line waits for it) of everything that a criterion asks for."""
        waits = criterion.holds and criterion.when_undetermined is not Road.NOBODY
        for key in dict.fromkeys(item.key for item in criterion.ask.values()):
            content = self.information[key]
            for link in content.get("questionnaire", ()):
                yield link, waits and not content.get("optional", False)
            for link in content.get("also", ()):
                yield link, False


def build_questionnaires(
    content: Json,
    information: Json,
    policies: Mapping[str, Policy],
    measures: Mapping[str, Measure],
    services: Mapping[str, ServiceCode],
) -> Questionnaires:
    """The general questionnaire, and one for each policy that asks for something.

    `content` and `information` are the checked files questionnaire.yaml and information.yaml.
    """
    catalogue = Catalogue(content, measures, services)
    forms = (_of_policy(p, policies, information, catalogue) for p in policies.values())
    latest = max((p.effective for p in policies.values()), default=date.min)
    return Questionnaires(_general(content, catalogue, latest), tuple(f for f in forms if f))


def links_of(questions: Iterable[Json]) -> Iterator[str]:
    """Every link id of the catalogue."""
    for content in questions:
        yield content["id"]
        yield from links_of(content.get("questions", ()))


def _general(content: Json, catalogue: Catalogue, effective: date) -> Questionnaire:
    """Every question but those that only steer; measures are named by their answer."""
    every = {link: {Occasion.FIRST, Occasion.RENEWAL} for link in links_of(content["questions"])}
    return Questionnaire(
        version=f"{content['version']}.0.0",
        title=content["title"],
        purpose=content["purpose"],
        effective=effective,
        questions=catalogue.chosen(every, frozenset(), ()),
    )


def _of_policy(
    policy: Policy, policies: Mapping[str, Policy], information: Json, catalogue: Catalogue
) -> Questionnaire | None:
    """What the policy's criteria ask for; the version begins with the policy's."""
    wanted = _Wanted(information)
    wanted.add(policy.criteria)
    if not wanted.occasions:
        return None
    if policy.role is PolicyRole.DIAGNOSIS:
        by_role = {p.role: p for p in policies.values()}
        if policy.renews_as is None and PolicyRole.RENEWAL in by_role:
            wanted.add(by_role[PolicyRole.RENEWAL].criteria, Occasion.RENEWAL)
        if PolicyRole.HOME in by_role:
            wanted.add(by_role[PolicyRole.HOME].criteria, Occasion.HOME)
    if policy.renews_as == policy.id or Occasion.RENEWAL not in set().union(*wanted.occasions.values()):
        for occasions in wanted.occasions.values():  # what is asked first is asked of every request
            occasions.update({Occasion.RENEWAL} if Occasion.FIRST in occasions else ())
    content = catalogue.content
    named = {"policy": policy.id, "title": policy.title, "source": policy.source}
    return Questionnaire(
        version=f"{policy.version}.{content['version']}.0",
        title=content["policy_title"].format(**named),
        purpose=content["policy_purpose"].format(**named),
        effective=policy.effective,
        questions=catalogue.chosen(
            wanted.occasions, frozenset(wanted.required), _measures(policy, catalogue)
        ),
        policy_id=policy.id,
    )


def _measures(policy: Policy, catalogue: Catalogue) -> tuple[Measure, ...]:
    """Those of the policy, but for tests without norms at the ages that it covers."""
    cuts = (c.measure for c in policy.impairment if c.measure)
    named = (catalogue.measures[name] for name in dict.fromkeys((*cuts, *policy.measures)))
    return tuple(m for m in named if _has_norms(m, policy))


def _has_norms(measure: Measure, policy: Policy) -> bool:
    if measure.normed_months is None:
        return True
    youngest, oldest = measure.normed_months
    below = policy.age_below_months
    return (policy.age_from_months or 0) <= oldest and (below is None or youngest < below)


def _occasions(criterion: Criterion) -> set[Occasion]:
    if criterion.from_block > 0:
        return {Occasion.RENEWAL}
    return {Occasion.FIRST, Occasion.RENEWAL} if criterion.on_renewal else {Occasion.FIRST}
