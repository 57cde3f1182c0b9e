"""The pure parts of the floor and of what starts it."""

from datetime import date

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from benchmarks.client import length_of
from benchmarks.errors import BenchmarkError
from benchmarks.floor.cells import converter
from benchmarks.floor.columns import Shape, read_fields
from benchmarks.floor.server import server_options
from benchmarks.jobs.every import JOBS
from benchmarks.processes import listening, ticks
from commands import serve
from domain.model.departments import Department

_QUEUES = "00000000:00000000 00:00000000 00000000"
TABLE = f"""  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt
   0: 0100007F:1F90 00000000:0000 0A {_QUEUES}     0        0 4711 1
   1: 0100007F:1F90 0100007F:C350 01 {_QUEUES}     0        0 4712 1
"""


def test_both_servers_run_with_the_same_options() -> None:
    ours = serve.server_options("127.0.0.1", 1)
    # Ours is the same parser, with a bound on how long headers may take; only ours has WebSockets.
    assert issubclass(ours.pop("http"), HttpToolsProtocol)
    shared = {name: value for name, value in ours.items() if not name.startswith("ws")}
    assert server_options("127.0.0.1", 1) == {**shared, "http": "httptools", "ws": "none"}


@pytest.mark.parametrize(
    ("department", "form", "cell", "shown"),
    [
        ("hr", "text", " x ", "x"),
        ("hr", "text", "  ", None),
        ("organization", "day", "20190228", date(2019, 2, 28)),
        ("organization", "day", "20190230", None),
        ("finance", "slashed day", "2019/02/28", date(2019, 2, 28)),
        ("finance", "day number", 20190228, date(2019, 2, 28)),
        ("finance", "month number", 201902, "2019-02"),
        ("hr", "dotted month", "2019.02", "2019-02"),
        ("finance", "cents", 123405, "1234.05"),
        ("finance", "words 是 否", "否", False),
        ("finance", "words 是 否", None, None),
        ("establishment", "code gender", "1", {"code": "1", "name": "男性"}),
        ("establishment", "code gender", " 1", {"code": "1", "name": "男性"}),
        ("establishment", "code gender", "?", {"code": "?", "name": None}),
        ("establishment", "code gender", None, None),
        ("hr", "code gender gender", "男", {"code": "1", "name": "男性"}),
        ("establishment", "division", "110101", {"code": "110101", "name": "110101"}),
        ("hr", "id number", "37070219470407981x", "37070219470407981X"),
    ],
)
def test_the_floor_reads_cells_as_departments_write_them(
    department: str, form: str, cell: object, shown: object
) -> None:
    assert converter(department, form)(cell) == shown


def test_a_field_is_taken_from_its_first_holder_that_has_the_person() -> None:
    field = next(each for each in read_fields("lookup") if each.path == "basics.birthDate")

    chosen = [field.choice(held) for held in (set(Department), {"finance", "hr"}, set[str]())]

    assert [cell and cell.department for cell in chosen] == ["organization", "hr", None]


def test_the_answer_is_nested_by_the_paths_of_its_fields() -> None:
    shape = Shape(["own", "one.a", "one.b", "two.c"])

    assert shape([1, 2, 3, 4]) == {"own": 1, "one": {"a": 2, "b": 3}, "two": {"c": 4}}


def test_jobs_have_names_and_documents_of_their_own() -> None:
    assert len({job.name for job in JOBS}) == len({job.document for job in JOBS}) == len(JOBS)


def test_only_a_listening_socket_counts_as_owning_the_port() -> None:
    assert listening(TABLE, 8080) == {"4711"}
    assert listening(TABLE, 80) == set()


def test_ticks_are_found_behind_a_name_with_brackets() -> None:
    stat = "12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 70 30 0 0"

    assert ticks(stat) == 100


def test_the_length_of_a_body_is_read_whatever_the_case() -> None:
    assert length_of(b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 42\r\n\r\n") == 42
    with pytest.raises(BenchmarkError):
        length_of(b"HTTP/1.1 200 OK\r\n\r\n")
