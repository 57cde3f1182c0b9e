"""Cursors: sealed for one list under one filter, unreadable, refused anywhere else."""

import pytest

from domain.model.errors import BadInputError
from domain.model.keys import SourceName
from resolvers.cursors import LONGEST, Cursors, Place, digest_of
from resolvers.pages import MAX_PAGE, page_size
from store.sealing import Seals
from tests.unit.resolvers.city import SEALS

NUMBER = "370702198503151232"
PLACE = Place(SourceName("hr"), (None, NUMBER))
CURSORS = Cursors(SEALS, "persons", digest_of("name", None))


def test_a_cursor_gives_its_place_back() -> None:
    assert CURSORS.open(CURSORS.seal(PLACE)) == PLACE


def test_a_key_that_is_an_id_number_is_not_readable_in_it() -> None:
    cursor = CURSORS.seal(PLACE)

    assert NUMBER not in cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "other",
    [
        Cursors(SEALS, "units", CURSORS.digest),
        Cursors(SEALS, "persons", digest_of("name", "张三")),
        Cursors(Seals(b"i" * 32, b"e" * 32), "persons", CURSORS.digest),
    ],
    ids=["list", "filter", "secret"],
)
def test_a_cursor_of_another_list_filter_or_secret_is_refused(other: Cursors) -> None:
    with pytest.raises(BadInputError):
        CURSORS.open(other.seal(PLACE))


@pytest.mark.parametrize(
    "forged", ["", "x", "张三", "\ud800", "A" * (LONGEST + 1), CURSORS.seal(PLACE)[:-2]]
)
def test_a_forged_cursor_is_refused(forged: str) -> None:
    with pytest.raises(BadInputError):
        CURSORS.open(forged)


@pytest.mark.parametrize("first", [-1, MAX_PAGE + 1, 2**31 - 1])
def test_a_negative_or_huge_page_is_refused(first: int) -> None:
    with pytest.raises(BadInputError):
        page_size(first, 20)


@pytest.mark.parametrize(("first", "size"), [(None, 20), (0, 0), (MAX_PAGE, MAX_PAGE)])
def test_any_other_page_is_given(first: int | None, size: int) -> None:
    assert page_size(first, 20) == size
