"""Lines of a text by offset and by number."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.lines import Lines

CHUNK = 4096
texts = st.text(alphabet="a\n\r", max_size=50) | st.builds(
    lambda parts: "".join(parts),
    st.lists(st.sampled_from(["\n", "x" * (CHUNK - 1), "x" * CHUNK, "\n" * CHUNK, "y\n"]), max_size=8),
)


@given(texts, st.data())
def test_every_offset_has_the_line_and_column_that_counting_gives(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    before = text[:offset].split("\n")
    assert Lines(text).at(offset) == (len(before), len(before[-1]) + 1)


@given(texts)
def test_every_line_is_found_by_its_number(text: str) -> None:
    lines = Lines(text)
    expected = text.split("\n")
    assert lines.count == len(expected)
    for number in {1, 2, len(expected) // 2, len(expected) - 1, len(expected)} & set(
        range(1, lines.count + 1)
    ):
        assert lines.text(number) == expected[number - 1].rstrip("\r")
        assert lines.at(lines.start(number)) == (number, 1)


@pytest.mark.parametrize("number", [0, -1, 4])
def test_a_line_that_is_not_there_is_an_error(number: int) -> None:
    with pytest.raises(IndexError):
        Lines("a\nb\nc").start(number)


@pytest.mark.parametrize("text", ["\n" * 20_000_000, "x" * 20_000_000])
def test_much_text_costs_little_memory(text: str) -> None:
    tracemalloc.start()
    lines = Lines(text)
    places = [lines.at(n * 10_000) for n in range(2000)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(set(places)) == 2000
    assert most < 5_000_000
