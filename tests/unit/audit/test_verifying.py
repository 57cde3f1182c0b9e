"""What the check of a chain finds, and that it finds nothing in a genuine one."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit.chain import Head, Link, head_of, next_link
from domain.audit.verifying import ChainCheck, Finding, Payload, Row, Tampering, lost_chains
from tests.support.auditing import KEY, START, a_chain, forged, moved

KEYS = {KEY.key_id: KEY.secret}


def checked(
    rows: list[Row], anchor: Head | None = None, start: Head | None = None
) -> list[Finding]:
    check = ChainCheck(start or Head("c1"), KEYS, anchor)
    return [f for row in rows for f in check.feed(row)] + check.end()


def told(rows: list[Row], anchor: Head | None = None) -> list[tuple[Tampering, int]]:
    return [(f.kind, f.sequence) for f in checked(rows, anchor)]


def renumbered(rows: list[Row]) -> list[Row]:
    return [moved(row, place) for place, row in enumerate(rows, 1)]


def test_a_genuine_chain_has_no_findings() -> None:
    rows = a_chain(50)

    assert checked(rows, head_of(rows[-1].link)) == []


def test_an_erased_payload_leaves_the_chain_whole() -> None:
    rows = a_chain(5)
    rows[2] = Row(rows[2].link, Payload.ERASED)

    assert checked(rows, head_of(rows[-1].link)) == []


def test_a_chain_may_begin_behind_a_checkpoint() -> None:
    rows = a_chain(9)

    assert checked(rows[4:], head_of(rows[-1].link), head_of(rows[3].link)) == []


@pytest.mark.parametrize("column", ["at", "digest", "hash", "previous"])
def test_an_edited_column_is_found(column: str) -> None:
    rows = a_chain(9)
    changed = {"at": START.replace(year=2027)}.get(column, "f" * 64)
    whole = {**rows[4].link._asdict(), column: changed}
    rows[4] = rows[4]._replace(link=Link(**whole))

    assert told(rows) == [(Tampering.EDIT, 5)]


def test_an_edited_payload_is_found() -> None:
    rows = a_chain(9)
    rows[4] = rows[4]._replace(payload=rows[4].payload.replace("allowed", "denied"))
    rows[6] = Row(rows[6].link, Payload.UNREADABLE)

    assert told(rows) == [(Tampering.EDIT, 5), (Tampering.EDIT, 7)]


def test_an_edited_last_row_is_found() -> None:
    rows = a_chain(9)
    rows[8] = rows[8]._replace(link=forged(rows[8].link))

    assert told(rows) == [(Tampering.EDIT, 9)]


def test_deleted_rows_are_found_where_they_were() -> None:
    rows = a_chain(9)

    assert told(rows[:3] + rows[5:]) == [(Tampering.DELETE, 4)]
    assert told(rows[2:]) == [(Tampering.DELETE, 1)]


def test_a_gap_that_was_closed_is_found_too() -> None:
    rows = a_chain(9)

    assert told(renumbered(rows[:3] + rows[4:])) == [(Tampering.DELETE, 4)]


def test_an_inserted_row_is_found_where_it_stands() -> None:
    rows = a_chain(9)
    stranger = Row(forged(rows[3].link), Payload.UNREADABLE)

    assert told(renumbered([*rows[:3], stranger, *rows[3:]])) == [(Tampering.INSERT, 4)]


def test_an_inserted_copy_is_found_where_it_stands() -> None:
    rows = a_chain(9)

    assert told(renumbered([*rows[:5], rows[2], *rows[5:]]))[0][1] == 6


def test_a_row_added_behind_the_anchored_end_is_found() -> None:
    rows = a_chain(9)
    stranger = moved(Row(forged(rows[8].link), Payload.UNREADABLE), 10)

    assert told([*rows, stranger], head_of(rows[8].link)) == [(Tampering.INSERT, 10)]


@pytest.mark.parametrize("other", [5, 8])
def test_swapped_rows_are_found(other: int) -> None:
    rows = a_chain(9)
    rows[3], rows[other - 1] = moved(rows[other - 1], 4), moved(rows[3], other)

    assert told(rows) == [(Tampering.SWAP, 4), (Tampering.SWAP, other)]


def test_a_chain_that_was_cut_off_is_found_by_its_anchor() -> None:
    rows = a_chain(9)

    assert told(rows[:6], head_of(rows[8].link)) == [(Tampering.TRUNCATE, 7)]


def test_a_chain_of_which_nothing_is_left_is_found_by_its_anchor() -> None:
    [found] = lost_chains({"c1": Head("c1", 9, "f" * 64), "c2": Head("c2", 3)}, {"c2"})

    assert (found.kind, found.chain) == (Tampering.TRUNCATE, "c1")


def test_another_chain_written_over_the_anchored_one_is_found() -> None:
    rows = a_chain(9)
    other = next_link(head_of(rows[7].link), KEY, START.replace(microsecond=0), "other")

    assert told([*rows[:8], Row(other, Payload.ERASED)], head_of(rows[8].link)) == [
        (Tampering.EDIT, 9)
    ]


def test_rows_under_an_unknown_secret_are_found() -> None:
    check = ChainCheck(Head("c1"), {"k2": b"x" * 32})

    assert check.feed(a_chain(1)[0]) + check.end()


LENGTH = 12


@given(st.data())
def test_whatever_is_done_to_a_chain_is_found(data: st.DataObject) -> None:
    rows = a_chain(LENGTH)
    anchor = head_of(rows[-1].link)
    order = data.draw(
        st.lists(st.integers(0, LENGTH - 1), max_size=LENGTH + 3).filter(
            lambda places: places != list(range(LENGTH))
        )
    )

    assert told(renumbered([rows[place] for place in order]), anchor)


def test_a_step_of_the_chain_is_cheap(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints the CPU time of one step: digest and hash. The goal is 30 us with its entry."""
    payload = a_chain(1)[0].payload
    began = time.process_time()
    a_chain(2000)
    whole = (time.process_time() - began) / 2000 * 1e6
    began = time.process_time()
    for _ in range(2000):
        next_link(Head("c1"), KEY, START, payload)
    step = (time.process_time() - began) / 2000 * 1e6

    with capsys.disabled():
        sys.stdout.write(
            f"\nchain step {step:.1f} us of CPU, with making and spelling its entry {whole:.1f}\n"
        )
    assert step < 2000
