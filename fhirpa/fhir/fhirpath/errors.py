"""What can go wrong with an expression.

FhirPathError
├── FhirPathSyntaxError      when it is compiled: it cannot be read
│   └── UnknownFunction      it calls a function that this engine does not have
└── EvaluationError          when it is evaluated: this data gives it no meaning
"""


class FhirPathError(Exception):
    """Base of all errors of this package."""


class FhirPathSyntaxError(FhirPathError):
    """The text is not FHIRPath. `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position})")
        self.position = position


class UnknownFunction(FhirPathSyntaxError):
    """The text calls `name`, which is no function of this engine."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(f"unknown function {name}()", position)
        self.name = name


class EvaluationError(FhirPathError):
    """The data makes the expression fail, as the specification demands. The message holds no data."""
