"""How hard a text is to read, by the usual formulas.

English: Flesch-Kincaid grade level, years of school. Spanish: Fernández Huerta's index, 100 is easy; 70 to
80 is what the seventh grade reads.
"""

import re

_WORD = re.compile(r"[a-záéíóúüñ']+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.?!:;]+(?=\s|$)|\n+")


def grade(text: str) -> float:
    """School grade of an English text."""
    sentences, words = _parts(text)
    syllables = sum(map(english_syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def huerta(text: str) -> float:
    """Ease of a Spanish text."""
    sentences, words = _parts(text)
    syllables = sum(map(spanish_syllables, words))
    return 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / len(sentences)


def english_syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end."""
    bare = re.sub(r"(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyszxc])es$", "", word.lower())
    return max(len(re.findall(r"[aeiouy]+", bare)), 1)


def spanish_syllables(word: str) -> int:
    """Groups of vowels; two strong vowels, or a weak one with an accent, are two syllables."""
    bare = re.sub(r"(?<=[qg])u(?=[eiéí])", "", word.lower())
    groups = re.findall(r"[aeiouáéíóúü]+", bare)
    extra = sum(len(re.findall(r"(?=[aeoáéó][aeoáéó]|[íú][aeo]|[aeo][íú])", g)) for g in groups)
    return max(len(groups) + extra, 1)


def _parts(text: str) -> tuple[list[str], list[str]]:
    sentences = [s for s in _SENTENCE.split(text) if s and _WORD.search(s)]
    return sentences, _WORD.findall(text)
