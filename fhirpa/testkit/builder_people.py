"""The cast: invented practices, clinicians and member names, all in Texas, none of them real.

The NPIs have right check digits and begin with 19999, where none is known to have been given out.
"""

from dataclasses import dataclass
from datetime import date

from fhirpa.testkit.builder_terms import npi


@dataclass(frozen=True, slots=True)
class Practice:
    """An organization that treats, orders, or pays."""

    slug: str
    name: str
    npi: str | None
    ein: str
    street: str
    city: str
    postal_code: str
    phone: str


@dataclass(frozen=True, slots=True)
class Clinician:
    """A therapist or an ordering practitioner, with the practice he or she works at."""

    slug: str
    family: str
    given: str
    npi: str
    taxonomy: str  # NUCC
    practice: Practice


@dataclass(frozen=True, slots=True)
class Person:
    """What a scenario fixes about its member; name and numbers are minted per file."""

    gender: str
    born: date
    city: str = "Austin"
    postal_code: str = "78704"
    language: str = "en"


PAYER = Practice(
    "lone-star-plan",
    "Lone Star Example Health Plan",
    None,
    "74-0000101",
    "1 Payer Plaza",
    "Dallas",
    "75201",
    "214-555-0100",
)
PECAN = Practice(
    "pecan-street-pt",
    "Pecan Street Physical Therapy",
    npi("199990010"),
    "74-0000102",
    "410 Pecan Street",
    "Austin",
    "78701",
    "512-555-0110",
)
BRAZOS = Practice(
    "brazos-rehab",
    "Brazos Valley Rehabilitation Hospital Outpatient",
    npi("199990020"),
    "74-0000103",
    "2200 Memorial Drive",
    "Bryan",
    "77802",
    "979-555-0120",
)
MESQUITE = Practice(
    "little-mesquite",
    "Little Mesquite Pediatric Therapy",
    npi("199990030"),
    "74-0000104",
    "88 Mission Road",
    "San Antonio",
    "78210",
    "210-555-0130",
)
HILLS = Practice(
    "hill-country-home",
    "Hill Country Home Therapy",
    npi("199990040"),
    "74-0000105",
    "15 Ranch Road 12",
    "Wimberley",
    "78676",
    "512-555-0140",
)
WRONG_NPI = Practice(
    "cedar-park-pt",
    "Cedar Park Therapy Associates",
    "1999900507",  # the check digit is wrong on purpose
    "74-0000106",
    "600 Discovery Boulevard",
    "Cedar Park",
    "78613",
    "512-555-0150",
)
UNLISTED = Practice(
    "caddo-lake-pt",
    "Caddo Lake Physical Therapy",
    npi("199990080"),
    "74-0000109",
    "31 Cypress Street",
    "Marshall",
    "75670",
    "903-555-0180",
)
COLORADO = Practice(
    "colorado-river-fm",
    "Colorado River Family Medicine",
    npi("199990060"),
    "74-0000107",
    "77 Congress Avenue",
    "Austin",
    "78701",
    "512-555-0160",
)
GULF = Practice(
    "gulf-coast-specialists",
    "Gulf Coast Specialists",
    npi("199990070"),
    "74-0000108",
    "9 Fannin Street",
    "Houston",
    "77030",
    "713-555-0170",
)

PT_ORTHO = Clinician("okafor-pt", "Okafor", "Benedict", npi("199990110"), "2251X0800X", PECAN)
PT_NEURO = Clinician("lindqvist-pt", "Lindqvist", "Maja", npi("199990120"), "2251N0400X", BRAZOS)
OT_NEURO = Clinician("haddad-ot", "Haddad", "Samir", npi("199990130"), "225XN1300X", BRAZOS)
PT_PAEDIATRIC = Clinician("villarreal-pt", "Villarreal", "Ximena", npi("199990140"), "2251P0200X", MESQUITE)
OT_PAEDIATRIC = Clinician("brandt-ot", "Brandt", "Colleen", npi("199990150"), "225XP0200X", MESQUITE)
PT_HOME = Clinician("nakagawa-pt", "Nakagawa", "Ren", npi("199990160"), "225100000X", HILLS)
PT_WRONG_NPI = Clinician("dubois-pt", "Dubois", "Armand", npi("199990170"), "225100000X", WRONG_NPI)
PT_UNLISTED = Clinician("marchetti-pt", "Marchetti", "Gia", npi("199990180"), "225100000X", UNLISTED)

FAMILY_DOCTOR = Clinician("ferreira-md", "Ferreira", "Lucia", npi("199990210"), "207Q00000X", COLORADO)
ORTHOPAEDIST = Clinician("osei-md", "Osei", "Kwame", npi("199990220"), "207X00000X", GULF)
NEUROLOGIST = Clinician("petrov-md", "Petrov", "Anna", npi("199990230"), "2084N0400X", GULF)
PAEDIATRICIAN = Clinician("cho-md", "Cho", "Eun-ji", npi("199990240"), "208000000X", COLORADO)
PHYSICIAN_ASSISTANT = Clinician("whitaker-pa", "Whitaker", "Dale", npi("199990250"), "363A00000X", COLORADO)

FAMILY_NAMES = (
    *("Alvarado", "Bergstrom", "Castillo", "Delacroix", "Everhart", "Fontaine", "Guerrero", "Hollis"),
    *("Ibarra", "Jankowski", "Kimani", "Lozano", "Montoya", "Novak", "Ortega", "Pruitt"),
    *("Quiroga", "Rosales", "Stavros", "Thibodeaux", "Underwood", "Vasquez", "Winslow", "Zamora"),
)
GIVEN_NAMES = {
    "female": ("Adela", "Beatrix", "Carmen", "Dolores", "Estelle", "Frances", "Graciela", "Hattie"),
    "male": ("Arturo", "Boyd", "Cesar", "Dwight", "Emilio", "Forrest", "Gilbert", "Hector"),
}
