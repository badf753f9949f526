"""Check digits of authorization numbers and of NPIs find what people mistype."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.npi import is_valid_npi
from fhirpa.um.numbers import is_valid_number, make_number

VALUES = st.integers(0, 10**9 - 1)


@given(st.sampled_from("ARC"), VALUES)
def test_every_number_made_is_valid(prefix: str, value: int) -> None:
    assert is_valid_number(make_number(prefix, value))


@given(VALUES, st.integers(1, 10), st.integers(1, 9))
def test_a_single_wrong_digit_is_found(value: int, place: int, shift: int) -> None:
    number = make_number("A", value)
    wrong = str((int(number[place]) + shift) % 10)
    assert not is_valid_number(number[:place] + wrong + number[place + 1 :])


@given(VALUES, st.integers(1, 9))
def test_two_neighbours_swapped_are_found(value: int, place: int) -> None:
    number = make_number("A", value)
    if number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert not is_valid_number(swapped)


@pytest.mark.parametrize(("prefix", "value"), [("X", 1), ("AR", 1), ("", 1), ("A", -1), ("A", 10**9)])
def test_another_prefix_or_a_value_out_of_range_is_refused(prefix: str, value: int) -> None:
    with pytest.raises(ValueError, match=r"must|is A"):
        make_number(prefix, value)


@given(st.text(max_size=14))
def test_any_text_can_be_asked(text: str) -> None:
    if is_valid_number(text):
        assert make_number(text[0], int(text[1:10])) == text
    assert not is_valid_npi(text) or (len(text) == 10 and text.isdigit())


@pytest.mark.parametrize("npi", ["1234567893", "1992999825", "8189991234"])
def test_a_right_npi_is_valid(npi: str) -> None:
    assert is_valid_npi(npi)


@pytest.mark.parametrize("npi", [None, "", "1234567890", "123456789", "3029993456", "123456789a"])
def test_a_wrong_npi_is_not(npi: str | None) -> None:
    assert not is_valid_npi(npi)
