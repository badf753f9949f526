"""What every use case needs, opened once per process."""

from dataclasses import dataclass
from datetime import datetime

from fhirpa.config import Clock, IdMaker, Mode, Settings
from fhirpa.pas import capability
from fhirpa.pas.questionnaire import Forms
from fhirpa.policies.load import Rulebook, load_rulebook
from fhirpa.policies.rulebook import FixedRules
from fhirpa.store import Store
from fhirpa.um.rules import RuleSet
from fhirpa.validation.terminology import Terminology, open_terminology
from fhirpa.workflow.forms import FormShelf
from fhirpa.workflow.validators import Validators


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, store, rules, validators, clock and id maker."""

    settings: Settings
    store: Store
    rulebook: Rulebook | FixedRules  # all versions of the rules
    clock: Clock
    ids: IdMaker
    validators: Validators
    shelf: FormShelf

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

        `rules`: those that hold on every day, instead of the versions of the program and of the payer.
        Raises policies.load.RulesError for a rules file that cannot be used, store.ModeMismatch if the
        database belongs to the other mode, validation.tables.TablesError for a terminology folder with a file
        that is no code list.
        """
        clock = clock or Clock()
        store = Store.open(settings)
        kept = validators or Validators(clock.now, _terminology(settings))
        book = FixedRules(rules) if rules else load_rulebook(settings.policy_dir)
        shelf = FormShelf(settings.base_url, book)
        return cls(settings, store, book, clock, ids or IdMaker(), kept, shelf)

    @property
    def rules(self) -> RuleSet:
        """The rules in force now. What was received before is judged by `rules_at` its receipt."""
        return self.rulebook.at(self.clock.now())

    def rules_at(self, received_at: datetime) -> RuleSet:
        """The rules in force on the day of receipt, in the plan's time zone."""
        return self.rulebook.at(received_at)

    @property
    def questions(self) -> Forms:
        """The questionnaires of the rules in force, by which is named what a case waits for."""
        return Forms(self.settings.base_url, self.rules.questionnaires)

    @property
    def forms(self) -> Forms:
        """Every version of every questionnaire so far."""
        return self.shelf.at(self.clock.now()).forms

    def close(self) -> None:
        """Give back the database connections."""
        self.store.close()

    def ready(self) -> bool:
        """True if the database answers."""
        return self.store.ping()

    def definitions(self, version: str) -> capability.Definitions:
        """Capability statement, operation definitions, topic and questionnaires of one guide version."""
        return capability.load(version).publishing(self.shelf.at(self.clock.now()).resources)

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
