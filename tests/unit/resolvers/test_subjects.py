"""Subjects of the rows of lists: where all is usual no function is called for each of them."""

from collections.abc import Sequence

import pytest

from domain.identity.matching import MatchLevel
from domain.model.alike import SubjectRows
from domain.model.departments import Department
from domain.model.keys import EntityKind, KeysOfSource, LocalKey, SourceName
from domain.model.subjects import IdentityState, Subject
from resolvers.subjects import subjects_of_owners, subjects_of_rows
from store.forms import OwnerRow, form_of, owners_of
from store.links import key_index, key_indexes
from tests.support.counting import calls_of
from tests.support.links import SEALS

EST, FIN, HR = Department.ESTABLISHMENT, Department.FINANCE, Department.HR
USUAL = "hr hr CERTAIN ,establishment establishment HIGH ,finance finance LOW 1"


def key(department: Department, text: str) -> LocalKey:
    return LocalKey(department, SourceName(department.value), text)


def a_page(size: int, text: str = USUAL) -> tuple[list[LocalKey], list[OwnerRow]]:
    """Rows of the Establishment Office, and what the cross-reference says of each."""
    keys = [key(EST, f"e{number}") for number in range(size)]
    rows: list[OwnerRow] = [(f"p{n}", text, [f"h{n}", f"e{n}", f"f{n}"]) for n in range(size)]
    return keys, rows


MIXED = (
    ("p0", USUAL, ["h0", "e0", "f0"]),
    ("p1", "establishment establishment CERTAIN ,finance finance MEDIUM ", ["e1", "f1"]),
    ("p2", "hr hr CERTAIN ,establishment establishment HIGH ", ["h2", "e2"]),
    (None, None, None),
    ("p4", USUAL, ["h4", "e4", "f4"]),
    ("p5", "establishment establishment CERTAIN ,finance finance CONFLICT ", ["e5", "f5"]),
)
"""Of six rows: two alike, one with fewer records, one that nobody has, two that are not sure."""


def held(rows: Sequence[OwnerRow]) -> SubjectRows:
    keys = [key(EST, f"e{number}") for number in range(len(rows))]
    return subjects_of_owners(EntityKind.PERSON, keys, rows, SEALS)


def test_subjects_held_by_columns_are_those_that_are_made_one_by_one() -> None:
    keys = [key(EST, f"e{number}") for number in range(len(MIXED))]
    each = subjects((keys, list(MIXED)))

    found = held(MIXED)

    assert list(found) == each
    assert [found[i] for i in range(len(found))] == each
    assert found.ids == [subject.id for subject in each]
    for part in found.parts:
        at = part.at or range(len(found))
        assert list(part.subjects) == [each[i] for i in at]
        assert [part.subject(i) for i in range(part.size)] == [each[i] for i in at]
        assert list(part.ids) == [each[i].id for i in at]
        for place, source in enumerate(part.sources):
            own = [each[i].keys[place] for i in at]
            assert list(part.texts(place)) == [one.text for one in own]
            assert {one.source for one in own} == {source}


def test_a_source_that_has_changed_its_department_is_held_as_each_link_tells_it() -> None:
    rows: list[OwnerRow] = [
        ("p0", "establishment establishment HIGH ,finance x HIGH ", ["e0", "f0"]),
        ("p1", "establishment establishment HIGH ,hr x HIGH ", ["e1", "h1"]),
    ]
    keys = [key(EST, "e0"), key(EST, "e1")]

    found = held(rows)

    assert list(found) == subjects((keys, rows))
    assert [each.keys[1].department for each in found] == [FIN, HR]


def test_who_is_not_the_row_that_was_listed_is_told() -> None:
    rows = MIXED[:3]
    keys = [key(EST, f"e{number}") for number in range(3)]

    assert not held(rows).lacks(keys)
    assert held(rows).lacks([keys[0], keys[2], keys[1]])
    assert held(rows).lacks([*keys[:2], key(FIN, "e2")])
    assert held(rows).lacks([*keys[:2], key(HR, "e2")])


@pytest.mark.parametrize("size", [2, 200])
def test_a_page_held_by_columns_calls_nothing_for_each_row(size: int) -> None:
    small, page = a_page(1), a_page(size)

    def ids(page: tuple[list[LocalKey], list[OwnerRow]]) -> list[str]:
        return subjects_of_owners(EntityKind.PERSON, *page, SEALS).ids

    ids(small)  # What the form says is worked out once.

    assert calls_of(lambda: ids(page))[1] == calls_of(lambda: ids(small))[1]


def subjects(page: tuple[list[LocalKey], list[OwnerRow]]) -> list[Subject]:
    keys, rows = page
    return subjects_of_rows(EntityKind.PERSON, keys, owners_of(SEALS, rows), SEALS)


@pytest.mark.parametrize("size", [2, 200])
def test_a_page_calls_the_same_few_functions_however_many_it_holds(size: int) -> None:
    small, page = a_page(1), a_page(size)
    subjects(small)  # What the form says is worked out once.

    assert calls_of(lambda: subjects(page))[1] == calls_of(lambda: subjects(small))[1]
    assert calls_of(lambda: key_indexes(SEALS, page[0]))[1].total() <= 6


def test_indexes_of_many_keys_are_those_of_each() -> None:
    own = [key(HR, ""), key(HR, "张三"), key(HR, "\ud800")]

    of_one = KeysOfSource(HR, SourceName("hr"), [each.text for each in own])

    for keys in ([*a_page(3)[0], *own], own, own[:2], a_page(3)[0], [], of_one):
        assert key_indexes(SEALS, keys) == [key_index(SEALS, each) for each in keys]


def test_a_usual_subject_has_its_keys_in_the_order_of_departments_and_no_links() -> None:
    (found,) = subjects(a_page(1))

    keys = (key(EST, "e0"), key(FIN, "f0"), key(HR, "h0"))
    assert found == Subject(EntityKind.PERSON, "p0", IdentityState.LINKED, keys, links=None)
    assert found.is_linked


@pytest.mark.parametrize(
    ("text", "is_usual"),
    [
        (USUAL, True),
        ("hr hr CERTAIN ", True),
        ("hr hr CERTAIN ,finance finance MEDIUM ", False),
        ("hr hr CERTAIN ,finance finance CONFLICT ", False),
        ("hr hr CERTAIN ,finance finance CONFLICT 1", True),
        ("hr hr CERTAIN 2", False),
        ("hr hr CERTAIN ,hr hr CERTAIN ", False),
        ("hr hr-a CERTAIN ,hr hr-b CERTAIN ", True),
        (None, False),
    ],
)
def test_what_is_usual_is_sure_clear_and_one_a_source(text: str | None, is_usual: bool) -> None:  # noqa: FBT001 - a case
    assert form_of(text).is_usual is is_usual


def test_records_of_two_instances_come_in_the_order_of_their_names() -> None:
    owner = ("p", "hr hr-b CERTAIN ,finance f HIGH ,hr hr-a CERTAIN ", ["b", "f", "a"])

    (found,) = owners_of(SEALS, [owner])

    assert found is not None
    assert [(each.source, each.text) for each in found.keys] == [
        ("f", "f"),
        ("hr-a", "a"),
        ("hr-b", "b"),
    ]
    assert MatchLevel.HIGH in form_of(owner[1]).levels
