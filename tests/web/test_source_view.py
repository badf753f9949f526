"""The source beside the findings: which lines are shown, and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.web.source_view import Gap, Line, Mark, view, visible


def lines(shown: list[Line | Gap]) -> list[Line]:
    return [x for x in shown if isinstance(x, Line)]


def gaps(shown: list[Line | Gap]) -> list[Gap]:
    return [x for x in shown if isinstance(x, Gap)]


def test_a_short_source_is_shown_whole() -> None:
    shown = view("a\r\nb\nc", {2: [Mark("warning", 1, 7), Mark("error", 1, 8)]})
    assert [(x.number, x.text, x.severity) for x in lines(shown)] == [
        (1, "a", None),
        (2, "b", "error"),
        (3, "c", None),
    ]
    assert not gaps(shown)


def test_of_a_long_source_the_lines_around_faults_are_shown() -> None:
    source = "\n".join(f"line {n}" for n in range(1, 10_001))
    shown = view(source, {5000: [Mark("error", 1, 1)], 10_000: [Mark("information", 1, 2)]})
    numbers = [x.number for x in lines(shown)]
    assert set(range(4996, 5005)) <= set(numbers)
    assert numbers[-1] == 10_000
    assert numbers[0] == 1
    assert [(g.first, g.last) for g in gaps(shown)] == [(9, 4995), (5005, 9995)]


def test_errors_are_shown_first_where_not_all_can_be() -> None:
    marks = {n: [Mark("information", 1, n)] for n in range(1, 90_000, 20)}
    marks[99_990] = [Mark("error", 1, 1)]
    shown = lines(view("\n" * 100_000, marks))
    assert 99_990 in {x.number for x in shown}
    assert len(shown) < 3100


@given(st.integers(1, 9000), st.sets(st.integers(1, 9000), max_size=60))
def test_lines_and_gaps_together_are_the_whole_source(count: int, faulty: set[int]) -> None:
    marks = {n: [Mark("error", 1, 1)] for n in faulty if n <= count}
    shown = view("\n".join("x" * count), marks)
    covered: list[int] = []
    for part in shown:
        covered += [part.number] if isinstance(part, Line) else range(part.first, part.last + 1)
    assert covered == list(range(1, count + 1))
    assert set(marks) <= {x.number for x in lines(shown)}


def test_a_long_line_is_cut_around_its_fault() -> None:
    source = "x" * 5000 + "FAULT" + "y" * 5000
    (line,) = lines(view(source, {1: [Mark("error", 5001, 1)]}))
    assert "FAULT" in line.text
    assert len(line.text) < 700
    (line,) = lines(view(source, {}))
    assert line.text.startswith("xxx")
    assert line.text.endswith("more characters")


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\u2066", "\u200b", "\ufeff", "\x85"])
def test_characters_that_hide_or_turn_the_line_are_named(character: str) -> None:
    assert visible(f"a{character}b") == f"a⟨U+{ord(character):04X}⟩b"


def test_letters_of_all_scripts_stay() -> None:
    text = "Zoë\t王 مريم 👩"
    assert visible(text) == text
