"""Code systems and value sets that a rule or a short public list decides.

A test says True for a code that is there, False for one that is not, None where it cannot know. A version
behind a canonical makes no difference to a rule.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from fhirpa.validation.terminology.languages import is_language, is_simple_language
from fhirpa.validation.terminology.media_types import is_media_type
from fhirpa.validation.terminology.places_and_money import (
    is_country,
    is_country_2,
    is_country_3,
    is_country_number,
    is_country_part,
    is_currency,
    is_postal_state,
)
from fhirpa.validation.terminology.time_zones import is_time_zone
from fhirpa.validation.terminology.units import is_unit

Test = Callable[[str], bool | None]

LANGUAGES: Final = "urn:ietf:bcp:47"
MEDIA_TYPES: Final = "urn:ietf:bcp:13"
COUNTRIES: Final = "urn:iso:std:iso:3166"
CURRENCIES: Final = "urn:iso:std:iso:4217"
UNITS: Final = "http://unitsofmeasure.org"
STATES: Final = "https://www.usps.com/"
TIME_ZONES: Final = "https://www.iana.org/time-zones"

SYSTEMS: Final[Mapping[str, Test]] = MappingProxyType(
    {
        LANGUAGES: is_language,
        MEDIA_TYPES: is_media_type,
        COUNTRIES: is_country,
        f"{COUNTRIES}:-1": is_country,
        f"{COUNTRIES}:-2": is_country_part,
        CURRENCIES: is_currency,
        UNITS: is_unit,
        STATES: is_postal_state,
        TIME_ZONES: is_time_zone,
    }
)

_HL7: Final = "http://hl7.org/fhir/ValueSet/"
_THO: Final = "http://terminology.hl7.org/ValueSet/"
_US_CORE: Final = "http://hl7.org/fhir/us/core/ValueSet/"

# Whole systems, and selections from them that a value set makes by a filter.
VALUE_SETS: Final[Mapping[str, tuple[str, Test]]] = MappingProxyType(
    {
        _HL7 + "all-languages": (LANGUAGES, is_language),
        _US_CORE + "us-core-usps-state": (STATES, is_postal_state),
        _US_CORE + "simple-language": (LANGUAGES, is_simple_language),
        _HL7 + "mimetypes": (MEDIA_TYPES, is_media_type),
        "http://www.rfc-editor.org/bcp/bcp13.txt": (MEDIA_TYPES, is_media_type),
        _HL7 + "currencies": (CURRENCIES, is_currency),
        _HL7 + "ucum-units": (UNITS, is_unit),
        _THO + "ucum-units": (UNITS, is_unit),
        _THO + "v3-UnitsOfMeasureCaseSensitive": (UNITS, is_unit),
        _HL7 + "timezones": (TIME_ZONES, is_time_zone),
        _HL7 + "country": (COUNTRIES, is_country),
        _HL7 + "iso3166-1-2": (COUNTRIES, is_country_2),
        _HL7 + "iso3166-1-3": (COUNTRIES, is_country_3),
        _HL7 + "iso3166-1-N": (COUNTRIES, is_country_number),
        _THO + "v3-Country": (COUNTRIES, is_country_3),
        _THO + "v3-Country2": (COUNTRIES, is_country_2),
        _THO + "USPS-State": (STATES, is_postal_state),
    }
)
