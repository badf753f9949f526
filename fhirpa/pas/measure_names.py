"""Names of outcome measures as charts write them.

Names only, never an item's text. Our ids are those of the measures file of the policies.
"""

import re
from collections.abc import Iterator
from typing import Final

_MEASURES: Final = (
    *("ODI", "RMDQ", "NDI", "PSFS", "NPRS", "LEFS", "UEFI", "DASH", "QUICKDASH", "SPADI", "KOOS", "HOOS"),
    *("PROMIS-PF", "6MWT", "TUG", "10MWT", "5XSTS", "BBS", "MINI-BESTEST", "FGA", "DHI", "ABC", "FIM"),
    *("AM-PAC", "FMA-UE", "ARAT", "COPM", "GRIP", "ROM", "PDMS-3", "BOT-3", "BAYLEY-4", "PEDI-CAT"),
    *("GMFM-66", "GMFM-88", "AIMS", "TIMP", "LIMB-VOLUME", "PFDI-20", "ICIQ-UI", "GAS", "FOTO-FS"),
)
_OTHER_NAMES: Final = {
    "Oswestry": "ODI",
    "Oswestry Disability Index": "ODI",
    "Oswestry Low Back Pain Disability Questionnaire": "ODI",
    "Modified Oswestry": "ODI",
    "Roland Morris": "RMDQ",
    "Roland-Morris Disability Questionnaire": "RMDQ",
    "Neck Disability Index": "NDI",
    "Patient-Specific Functional Scale": "PSFS",
    "Numeric Pain Rating Scale": "NPRS",
    "Lower Extremity Functional Scale": "LEFS",
    "Upper Extremity Functional Index": "UEFI",
    "Disabilities of the Arm, Shoulder and Hand": "DASH",
    "Quick Disabilities of the Arm, Shoulder and Hand": "QUICKDASH",
    "Q-DASH": "QUICKDASH",
    "Shoulder Pain and Disability Index": "SPADI",
    "6 minute walk test": "6MWT",
    "Six minute walk test": "6MWT",
    "Timed Up and Go": "TUG",
    "Timed Up & Go": "TUG",
    "Timed Up and Go test": "TUG",
    "10 meter walk test": "10MWT",
    "Five times sit to stand": "5XSTS",
    "5 times sit to stand": "5XSTS",
    "5x sit to stand": "5XSTS",
    "Berg": "BBS",
    "Berg Balance": "BBS",
    "Berg Balance Scale": "BBS",
    "Functional Gait Assessment": "FGA",
    "Dizziness Handicap Inventory": "DHI",
    "Activities-specific Balance Confidence Scale": "ABC",
    "ABC Scale": "ABC",
    "Functional Independence Measure": "FIM",
    "Fugl-Meyer Assessment Upper Extremity": "FMA-UE",
    "Action Research Arm Test": "ARAT",
    "Canadian Occupational Performance Measure": "COPM",
    "Grip strength": "GRIP",
    "Range of motion": "ROM",
    "Peabody Developmental Motor Scales": "PDMS-3",
    "PDMS-2": "PDMS-3",  # the earlier edition has the same scale
    "Bruininks-Oseretsky Test of Motor Proficiency": "BOT-3",
    "BOT-2": "BOT-3",
    "Alberta Infant Motor Scale": "AIMS",
    "Test of Infant Motor Performance": "TIMP",
    "PDMS": "PDMS-3",
    "Bayley Scales of Infant and Toddler Development": "BAYLEY-4",
    "Bayley-4 Motor": "BAYLEY-4",
    "Bayley 4": "BAYLEY-4",
    "BOT": "BOT-3",
    "Pediatric Evaluation of Disability Inventory Computer Adaptive Test": "PEDI-CAT",
    "Gross Motor Function Measure": "GMFM-66",
    "GMFM": "GMFM-66",
    "Knee injury and Osteoarthritis Outcome Score": "KOOS",
    "Hip disability and Osteoarthritis Outcome Score": "HOOS",
    "Numeric Pain Rating": "NPRS",
    "Numeric Rating Scale": "NPRS",
    "6MWD": "6MWT",
    "6 minute walk distance": "6MWT",
    "TUG test": "TUG",
    "Gait speed": "10MWT",
    "Walking speed": "10MWT",
    "10MWS": "10MWT",
    "5TSTS": "5XSTS",
    "FTSTS": "5XSTS",
    "5xSST": "5XSTS",
    "Mini Balance Evaluation Systems Test": "MINI-BESTEST",
    "Activities Specific Balance Confidence": "ABC",
    "Fugl-Meyer Upper Extremity": "FMA-UE",
    "Fugl Meyer UE": "FMA-UE",
    "Activity Measure for Post Acute Care": "AM-PAC",
    "Hand grip strength": "GRIP",
    "Handgrip strength": "GRIP",
    "Grip dynamometer": "GRIP",
    "Dynamometer grip": "GRIP",
    "Goniometry": "ROM",
    "PROMIS Physical Function": "PROMIS-PF",
    "Pelvic Floor Distress Inventory": "PFDI-20",
    "Limb volume difference": "LIMB-VOLUME",
    "Goal Attainment Scaling": "GAS",
}
_LONGEST: Final = 60


def _squashed(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


_BY_SQUASHED: Final = {
    **{_squashed(name): measure for name, measure in _OTHER_NAMES.items()},
    **{_squashed(name): name for name in _MEASURES},
}


def measure_name(name: str) -> str:
    """Our id of a measure ('quick dash' is QUICKDASH), else the sender's text, upper case and shortened."""
    found = (_BY_SQUASHED.get(_squashed(way)) for way in _ways(name))
    return next((m for m in found if m), " ".join(name.upper().split())[:_LONGEST])


def _ways(name: str) -> Iterator[str]:
    """A name as a whole, without words of a score, before its brackets, and what stands in them."""
    yield name
    head, bracket, tail = name.partition("(")
    for part in (head, tail.partition(")")[0]) if bracket else (head,):
        yield part
        yield re.sub(r"(?i)\b(total|score|index score|percent|t-score|test|questionnaire)\b", "", part)


def is_known_measure(name: str) -> bool:
    """True for the measures that this server has an id for."""
    return name in _MEASURES
