"""The questionnaire of each policy, from its criteria's asks and the catalogue of questions (questionnaire.yaml).

What is asked only of a renewal, or only at home, stands behind the question that says which it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.um.criterion import Criterion, Road
from fhirpa.um.questionnaire import AnswerKind, Condition, Option, Question, Questionnaire, Questionnaires
from fhirpa.um.rules import Measure, Policy, PolicyRole

Json = dict[str, Any]
_FIRST, _RENEWAL, _HOME = "first", "renewal", "home"


@dataclass(slots=True)
class _Wanted:
    """Link ids that one policy's criteria ask for: on which occasions, and which an answer is waited for."""

    occasions: dict[str, set[str]] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)

    def add(self, criteria: Iterable[Criterion], information: Json, occasion: str | None = None) -> None:
        """Everything that the criteria ask for; without an occasion, that of each criterion itself."""
        for criterion in criteria:
            for links, waits in _asked(criterion, information):
                for link in links:
                    when = {occasion} if occasion else _occasions(criterion)
                    self.occasions.setdefault(link, set()).update(when)
                self.required.update(links if waits else ())


def build_questionnaires(
    content: Json, information: Json, policies: Mapping[str, Policy], measures: Mapping[str, Measure]
) -> Questionnaires:
    """One questionnaire for each policy that asks for something, and the general one with every question."""
    catalogue = _Catalogue(content, measures)
    found = (_of_policy(p, policies, information, catalogue) for p in policies.values())
    return Questionnaires(
        general=catalogue.general(max(p.effective for p in policies.values())),
        by_policy={q.policy_id: q for q in found if q and q.policy_id},
    )


def links_of(questions: Iterable[Json]) -> Iterator[str]:
    """Every link id of the catalogue."""
    for content in questions:
        yield content["id"]
        yield from links_of(content.get("questions", ()))


def _of_policy(
    policy: Policy, policies: Mapping[str, Policy], information: Json, catalogue: "_Catalogue"
) -> Questionnaire | None:
    wanted = _Wanted()
    wanted.add(policy.criteria, information)
    if not wanted.occasions:
        return None
    if policy.role is PolicyRole.DIAGNOSIS:
        by_role = {p.role: p for p in policies.values()}
        if policy.renews_as is None:
            wanted.add(by_role[PolicyRole.RENEWAL].criteria, information, _RENEWAL)
        wanted.add(by_role[PolicyRole.HOME].criteria, information, _HOME)
    if policy.renews_as == policy.id or _RENEWAL not in set().union(*wanted.occasions.values()):
        for occasions in wanted.occasions.values():  # what is asked first is asked of every request
            occasions.update({_RENEWAL} if _FIRST in occasions else ())
    return catalogue.of_policy(policy, wanted)


def _asked(criterion: Criterion, information: Json) -> Iterator[tuple[tuple[str, ...], bool]]:
    """(link ids, whether the line waits for them) of everything that a criterion asks for."""
    always = not criterion.lines_of_business and criterion.age_below is None
    waits = always and criterion.holds and criterion.when_undetermined is not Road.NOBODY
    for key in dict.fromkeys(item.key for item in criterion.ask.values()):
        content = information[key]
        yield tuple(content.get("questionnaire", ())), waits and not content.get("optional", False)
        yield tuple(content.get("also", ())), False
    if criterion.ask:
        yield tuple(link for links in criterion.parts.values() for link in links), waits


def _occasions(criterion: Criterion) -> set[str]:
    if criterion.from_block > 0:
        return {_RENEWAL}
    return {_FIRST, _RENEWAL} if criterion.on_renewal else {_FIRST}


class _Catalogue:
    """The questions of questionnaire.yaml, and forms made of them."""

    def __init__(self, content: Json, measures: Mapping[str, Measure]) -> None:
        self._content = content
        self._measures = measures

    def general(self, effective: date) -> Questionnaire:
        """Every question but those that only steer; measures are named by their answer."""
        wanted = _Wanted({link: {_FIRST, _RENEWAL} for link in links_of(self._content["questions"])})
        return Questionnaire(
            id="",
            version=f"{self._content['version']}.0.0",
            title=self._content["title"],
            purpose=self._content["purpose"],
            effective=effective,
            questions=self._chosen(wanted, ()),
        )

    def of_policy(self, policy: Policy, wanted: _Wanted) -> Questionnaire:
        """What the policy's criteria ask for; `version` begins with the policy's."""
        cuts = (c.measure for c in policy.impairment if c.measure)
        named = {"policy": policy.id, "title": policy.title, "source": policy.source}
        return Questionnaire(
            id=policy.id.lower(),
            version=f"{policy.version}.{self._content['version']}.0",
            title=self._content["policy_title"].format(**named),
            purpose=self._content["policy_purpose"].format(**named),
            effective=policy.effective,
            questions=self._chosen(wanted, tuple(dict.fromkeys((*cuts, *policy.measures)))),
            policy_id=policy.id,
        )

    def _chosen(self, wanted: _Wanted, measures: tuple[str, ...]) -> tuple[Question, ...]:
        found = [q for c in self._content["questions"] for q in self._question(c, wanted, measures)]
        settled = [_hoisted(q) for q in found]
        used = {q.when.link for top in settled for q in top.walk() if q.when}
        controls = {c["id"] for c in self._content["questions"] if "control" in c}
        return tuple(q for q in settled if q.link not in controls or q.link in used)

    def _question(self, content: Json, wanted: _Wanted, measures: tuple[str, ...]) -> Iterator[Question]:
        if content.get("each") and measures:
            for name in measures:
                yield from self._of_measure(content, self._measures[name], wanted)
            return
        inner = tuple(
            q for c in content.get("questions", ()) for q in self._question(c, wanted, measures)
        )
        if not (inner or content["id"] in wanted.occasions or "control" in content):
            return
        yield replace(
            _plain(content, self._options(content)),
            questions=inner,
            required=not content.get("each") and any(_required([content], wanted)),
            initial=False if "control" in content else None,
            when=Condition(content["when"], True) if "when" in content else self._when(content["id"], wanted),
        )

    def _of_measure(self, content: Json, measure: Measure, wanted: _Wanted) -> Iterator[Question]:
        """The group of one measure: its score with range and unit; side and deviation where it has them."""
        own = f"{content['id']}.{measure.id}"
        left_out = {"name"} | ({"side"} if not measure.sides else set())
        left_out |= {"sd"} if measure.mean is None else set()
        inner = []
        for part in content["questions"]:
            name = part["id"].rpartition(".")[2]
            if name not in left_out and part["id"] in wanted.occasions:
                question = replace(
                    _plain(part, self._options(part)),
                    link=f"{own}.{name}",
                    stands_for=part["id"],
                    required=part.get("required", False),
                    when=self._when(part["id"], wanted),
                )
                inner.append(_measured(question, measure) if name == "score" else question)
        if inner:
            text = self._content["measure"].format(
                measure=measure.id,
                label=measure.label,
                lowest=measure.lowest,
                highest=measure.highest,
                better=self._content["better"]["high" if measure.higher_is_better else "low"],
            )
            group = _plain(content, ())
            yield replace(group, link=own, text=text, stands_for=f"{content['id']}.name", questions=tuple(inner))

    def _options(self, content: Json) -> tuple[Option, ...]:
        options = content.get("options", {})
        if options == "measures":
            return tuple(Option(m.id, m.label) for m in self._measures.values())
        return tuple(Option(code, label) for code, label in options.items())

    def _when(self, link: str, wanted: _Wanted) -> Condition | None:
        """The condition under which a question is put; None: always."""
        occasions = wanted.occasions.get(link, set())
        controls = {c["control"]: c["id"] for c in self._content["questions"] if "control" in c}
        if occasions == {_HOME}:
            return Condition(controls[_HOME], True)
        if occasions >= {_FIRST, _RENEWAL} or not occasions & {_FIRST, _RENEWAL}:
            return None
        return Condition(controls[_RENEWAL], _RENEWAL in occasions)


def _required(questions: Iterable[Json], wanted: _Wanted) -> Iterator[bool]:
    """For each question, whether it must be answered; a group must where one of its questions must."""
    for content in questions:
        yield content.get("required", False) and content["id"] in wanted.required
        if content["kind"] == AnswerKind.GROUP:
            yield from _required(content["questions"], wanted)


def _plain(content: Json, options: tuple[Option, ...]) -> Question:
    lowest, highest = content.get("range", (None, None))
    return Question(
        link=content["id"],
        text=content["text"],
        kind=AnswerKind(content["kind"]),
        repeats=content.get("repeats", False),
        options=options,
        loinc=content.get("loinc"),
        unit=content.get("unit"),
        lowest=None if lowest is None else Decimal(lowest),
        highest=None if highest is None else Decimal(highest),
        longest=content.get("longest"),
    )


def _measured(question: Question, measure: Measure) -> Question:
    return replace(
        question, loinc=measure.loinc, unit=measure.unit, lowest=measure.lowest, highest=measure.highest
    )


def _hoisted(question: Question) -> Question:
    """A group whose questions all have one condition has it itself, and they no more."""
    inner = tuple(_hoisted(q) for q in question.questions)
    conditions = {q.when for q in inner}
    if question.kind is AnswerKind.GROUP and len(conditions) == 1 and question.when is None:
        (shared,) = conditions
        inner = tuple(replace(q, when=None) for q in inner)
        return replace(question, questions=inner, when=shared)
    return replace(question, questions=inner)
