"""What every use case needs, opened once per process."""

from dataclasses import dataclass
from typing import Any

from fhirpa.config import Clock, IdMaker, Mode, Settings
from fhirpa.pas import capability
from fhirpa.pas.questionnaire import Forms
from fhirpa.policies.load import load_rules
from fhirpa.store import Store
from fhirpa.um.rules import RuleSet
from fhirpa.validation.terminology import Terminology, open_terminology
from fhirpa.workflow.validators import Validators


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, store, rules, validators, clock and id maker."""

    settings: Settings
    store: Store
    rules: RuleSet
    clock: Clock
    ids: IdMaker
    validators: Validators
    forms: Forms  # every version of every questionnaire
    published: tuple[dict[str, Any], ...]  # the same as resources

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        rules: RuleSet | None = None,
        clock: Clock | None = None,
        ids: IdMaker | None = None,
        validators: Validators | None = None,
    ) -> "Services":
        """Open the store (migrated to the current schema) and load the rules; `validators` may be warm ones.

        Raises store.ModeMismatch if the database belongs to the other mode, validation.tables.TablesError for
        a terminology folder with a file that is no code list.
        """
        clock = clock or Clock()
        store = Store.open(settings)
        kept = validators or Validators(clock.now, _terminology(settings))
        rules = rules or load_rules()
        forms = Forms(settings.base_url, rules.questionnaires)
        return cls(settings, store, rules, clock, ids or IdMaker(), kept, forms, forms.resources())

    @property
    def questions(self) -> Forms:
        """The questionnaires of the rules in force, by which is named what a case waits for."""
        return Forms(self.settings.base_url, self.rules.questionnaires)

    def close(self) -> None:
        """Give back the database connections."""
        self.store.close()

    def ready(self) -> bool:
        """True if the database answers."""
        return self.store.ping()

    def definitions(self, version: str) -> capability.Definitions:
        """Capability statement, operation definitions, topic and questionnaires of one guide version."""
        return capability.load(version).publishing(self.published)

    @property
    def sandbox(self) -> bool:
        """True in sandbox mode: unknown members are enrolled, well-formed NPIs count as in network."""
        return self.settings.mode is Mode.SANDBOX


def _terminology(settings: Settings) -> Terminology | None:
    token = settings.terminology_token
    return open_terminology(
        settings.terminology_dir,
        settings.terminology_url,
        token=token.get_secret_value() if token else None,
    )
