"""No shape of input makes time grow faster than its size: four times the size, about four times the time."""

import gc
import time
from itertools import pairwise

import pytest

from tests.validation.hostile import SHAPES, Json, Shape, known_extensions, slice_items, unknown_extensions
from tests.validation.sources import validator

WORST = 9.0  # times the time, for four times the size; quadratic growth would give sixteen


def seconds(resource: Json) -> float:
    """Processor time of one validation; without the collector, which would go over all that tests keep."""
    own = validator("pas-2.2.1")
    gc.disable()
    try:
        started = time.thread_time()
        own.validate(resource)
        return time.thread_time() - started
    finally:
        gc.enable()


@pytest.mark.deep
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_four_times_the_size_takes_about_four_times_as_long(shape: Shape) -> None:
    count = SHAPES[shape]
    seconds(shape(5))  # what is compiled and kept is not counted
    small, large = shape(count), shape(4 * count)
    # Other work on the machine can only add time: of several trials the best says what is needed.
    ratios = []
    for _ in range(4):
        took = min(seconds(small) for _ in range(2)), seconds(large)
        ratios.append(took[1] / took[0])
        if ratios[-1] < WORST:
            return
    assert min(ratios) < WORST


@pytest.mark.parametrize(
    ("shape", "count"), [(unknown_extensions, 10_000), (known_extensions, 5_000), (slice_items, 5_000)]
)
def test_thousands_of_items_in_one_element_take_less_than_a_few_seconds(shape: Shape, count: int) -> None:
    assert seconds(shape(count)) < 5


def test_elements_nested_to_the_limit_and_far_beyond_get_a_report() -> None:
    took = []
    for depth in (50, 90, 500, 3000):
        item: Json = {"linkId": "1", "type": "group"}
        for number in range(depth):
            item = {"linkId": str(number), "type": "group", "item": [item]}
        took.append(seconds({"resourceType": "Questionnaire", "status": "draft", "item": [item]}))
    assert all(later < 1 for _, later in pairwise(took))
