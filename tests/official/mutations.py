"""The kinds of change. Each takes a resource with its spots, changes it in place and says where, or None."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.official import mutations_bundle, mutations_form, mutations_meaning, mutations_value
from tests.official.mutation import Mutation

MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        **mutations_form.MUTATIONS,
        **mutations_value.MUTATIONS,
        **mutations_meaning.MUTATIONS,
        **mutations_bundle.MUTATIONS,
    }
)
