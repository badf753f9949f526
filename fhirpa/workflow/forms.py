"""The questionnaires that are published: of the rules in force and of all before them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fhirpa.pas.questionnaire import Forms
from fhirpa.policies.load import Rulebook
from fhirpa.policies.rulebook import FixedRules
from fhirpa.um.questionnaire import Questionnaires


@dataclass(frozen=True, slots=True)
class Published:
    """Every version of every questionnaire so far, and the same as resources."""

    forms: Forms
    resources: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class FormShelf:
    """The published questionnaires by the version of the rules in force; made when these take effect."""

    base_url: str
    rulebook: Rulebook | FixedRules
    _kept: dict[str, Published] = field(default_factory=dict)

    def at(self, instant: datetime) -> Published:
        """Those of the rules in force at an instant, and older ones for who was asked by them."""
        version = self.rulebook.at(instant).version
        if version not in self._kept:
            sets = [rules.questionnaires for rules in self.rulebook.until(instant)]
            forms = Forms(self.base_url, Questionnaires.merged(sets))
            self._kept[version] = Published(forms, forms.resources())
        return self._kept[version]
