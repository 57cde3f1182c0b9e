"""Two answers are compared as JSON; what differs is told without ID numbers."""

import orjson
import pytest

from benchmarks.client import Answer
from benchmarks.comparing import canonical, data_of, differences, expect_same, masked
from benchmarks.errors import DifferenceError

NUMBER = "370702194704079814"


def an_answer(data: object, status: int = 200, **more: object) -> Answer:
    return Answer(status, orjson.dumps({"data": data, **more}), 0.001)


def test_the_order_of_keys_makes_no_difference() -> None:
    assert canonical({"a": 1, "b": [{"c": 2, "d": 3}]}) == canonical(
        {"b": [{"d": 3, "c": 2}], "a": 1}
    )


def test_the_order_of_a_list_does() -> None:
    assert canonical([1, 2]) != canonical([2, 1])


def test_equal_answers_pass() -> None:
    expect_same([an_answer({"a": 1})], [an_answer({"a": 1}, extensions={"statements": {}})])


def test_a_difference_is_told_with_its_path() -> None:
    floor = {"a": {"b": [1, {"c": None}]}, "only": 1}
    ours = {"a": {"b": [1, {"c": "x"}]}}

    assert list(differences(floor, ours)) == [
        'a.b[1].c: floor null, ours "x"',
        "only: only in the floor",
    ]


def test_one_and_true_are_different_and_so_are_null_and_nothing() -> None:
    assert list(differences({"a": 1}, {"a": True})) == ["a: floor 1, ours true"]
    assert list(differences({}, {"a": None})) == ["a: only in ours"]


def test_id_numbers_are_never_shown() -> None:
    found = list(differences({"a": NUMBER}, {"a": "370702470407981"}))

    assert found == ['a: floor "***", ours "***"']
    assert masked(f"x {NUMBER[:-1]}X y") == "x *** y"


def test_a_difference_ends_the_benchmark_and_names_the_key_by_its_place() -> None:
    same, other = an_answer({"a": 1}), an_answer({"a": 2})

    with pytest.raises(DifferenceError, match=r"key 1: a: floor 1, ours 2$"):
        expect_same([same, same], [same, other])


@pytest.mark.parametrize(
    "answer",
    [
        an_answer({}, status=500),
        an_answer(None, errors=[{"message": f"nobody has {NUMBER}"}]),
        Answer(200, b"<html>", 0.001),
    ],
)
def test_errors_are_no_answers(answer: Answer) -> None:
    with pytest.raises(DifferenceError) as caught:
        data_of(answer)

    assert NUMBER not in str(caught.value)
