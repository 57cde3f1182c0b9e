"""The command line of `fourfold explain`: what stands in the file, and what is asked beside it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.main import main

TWO = "query A { sources { name } } query B { sources { state } }"


def explained(folder: Path, document: bytes | str, *words: str) -> tuple[int, str]:
    path = folder / "asked.graphql"
    path.write_bytes(document.encode() if isinstance(document, str) else document)
    done = CliRunner().invoke(main, ["explain", str(path), *words])
    return done.exit_code, done.output


def test_one_operation_of_several_is_planned_by_its_name(tmp_path: Path) -> None:
    status, shown = explained(tmp_path, TWO, "--plan", "--operation", "B")

    assert (status, "not planned" in shown) == (0, False)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (TWO, "no_one_operation; name one operation of the document with --operation"),
        ("fragment A on Person { name }", "invalid_document; the server refuses the document"),
        ("{ nonsense }", "invalid_document; the server refuses the document"),
        ("query($i: ID!) { person(id: $i) { name } }", "invalid_variables; the server refuses"),
        ("subscription { sourceChanged { name } }", "no_query; queries alone have a plan"),
    ],
)
def test_what_nobody_answers_has_no_plan_and_is_a_problem(
    tmp_path: Path, document: str, reason: str
) -> None:
    status, shown = explained(tmp_path, document, "--plan")

    assert status == 1
    assert reason in shown


@pytest.mark.parametrize("document", ["", " \n"])
def test_an_empty_file_is_told(tmp_path: Path, document: str) -> None:
    status, shown = explained(tmp_path, document)

    assert status == 2
    assert "asked.graphql is empty: write a GraphQL query in it" in shown


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    status, shown = explained(tmp_path, "{ persons }  # naïve".encode("latin-1"))

    assert status == 2
    assert "is no UTF-8 text" in shown
