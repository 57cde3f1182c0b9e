"""Operations are counted under few names, whatever clients send."""

from resolvers.measuring import (
    ANONYMOUS,
    MAX_NAMES,
    OTHER,
    Operation,
    OperationFigures,
    Outcome,
)


def ended(name: str | None) -> Operation:
    operation = Operation(name)
    operation.ended(has_data=True, has_errors=False)
    return operation


def test_ten_thousand_names_make_few_series() -> None:
    figures = OperationFigures()

    for number in range(10_000):
        figures.add(ended(f"Lookup{number:04}x"), 0.01)

    assert len(figures.durations) == MAX_NAMES + 1
    assert len(figures.outcomes) == MAX_NAMES + 1
    assert figures.outcomes[OTHER, "answered"] == 10_000 - MAX_NAMES


def test_operations_that_were_refused_take_no_name_from_others() -> None:
    figures = OperationFigures()

    for number in range(1000):
        figures.add(Operation(f"Bad{number}"), 0.01)

    assert figures.add(ended("Lookup"), 0.01) == "Lookup"
    assert figures.outcomes == {(OTHER, "refused"): 1000, ("Lookup", "answered"): 1}


def test_a_name_that_may_hold_a_number_of_a_person_is_not_shown() -> None:
    figures = OperationFigures()

    assert figures.add(ended("P370702198503151232"), 0.1) == OTHER
    assert figures.add(ended("x" * 65), 0.1) == OTHER
    assert figures.add(ended("名"), 0.1) == OTHER
    assert figures.add(ended(None), 0.1) == ANONYMOUS


def test_how_an_operation_ended_is_told_by_its_data_and_errors() -> None:
    found = {}
    for has_data in (True, False):
        for has_errors in (True, False):
            operation = Operation("Lookup")
            operation.ended(has_data=has_data, has_errors=has_errors)
            found[has_data, has_errors] = operation.outcome

    assert found == {
        (True, False): Outcome.ANSWERED,
        (True, True): Outcome.PARTIAL,
        (False, True): Outcome.FAILED,
        (False, False): Outcome.ANSWERED,
    }
