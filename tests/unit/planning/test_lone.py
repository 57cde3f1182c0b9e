"""Which unit comes with a person is learned from the last one that did not."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from adapters.port import PairReader
from domain.catalogue.handles import OCCUPIED_UNIT_CODE, PERSON_NAME, UNIT_NAME, UNIT_STATUS
from domain.model.keys import IndicatorName, SourceName
from resolvers.planning.lone import Lone
from resolvers.planning.rows import Prepared

OFFICE, BUREAU = SourceName("establishment"), SourceName("hr")


class Rows:
    """A prepared read that can bring a unit too, and says which indicators of it."""

    def pair(self, _: IndicatorName, names: frozenset[IndicatorName]) -> PairReader:
        return cast("PairReader", names)


def lone(*reads: tuple[SourceName, IndicatorName]) -> Lone:
    rows: Any = Rows()
    own: Any = None
    prepared: Sequence[tuple[int, Prepared]] = [
        (i, Prepared(source, own, rows, frozenset({name}), set()))
        for i, (source, name) in enumerate(reads)
    ]
    shown: Any = SimpleNamespace(codes={OCCUPIED_UNIT_CODE: (0, None)})
    return Lone(own, own, shown, tuple(prepared))


PERSON = [(OFFICE, PERSON_NAME), (BUREAU, PERSON_NAME)]


def test_a_unit_of_the_same_source_comes_with_the_row_that_names_it() -> None:
    person, unit = lone(*PERSON), lone((OFFICE, UNIT_NAME))

    person.learn(OCCUPIED_UNIT_CODE, unit)

    assert person.pair is not None
    assert person.pair.names == {UNIT_NAME}
    assert [p.rows is person.pair.rows for _, p in person.pair.reads] == [True, False]


def test_a_unit_that_other_rows_show_does_not_end_it_for_those_to_come() -> None:
    person, usual = lone(*PERSON), lone((OFFICE, UNIT_NAME))
    elsewhere, twofold = lone((BUREAU, UNIT_NAME)), lone((OFFICE, UNIT_NAME), (BUREAU, UNIT_STATUS))

    learned = []
    for unit in (elsewhere, usual, twofold, usual):
        person.learn(OCCUPIED_UNIT_CODE, unit)
        learned.append(person.pair is not None)

    assert learned == [False, True, False, True]


def test_what_was_learned_of_a_unit_is_not_worked_out_again() -> None:
    person, unit = lone(*PERSON), lone((OFFICE, UNIT_NAME))
    person.learn(OCCUPIED_UNIT_CODE, unit)
    learned = person.pair

    person.learn(OCCUPIED_UNIT_CODE, unit)

    assert person.pair is learned
