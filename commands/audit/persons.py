"""Whom an auditor means by an ID number, which never is an argument of a command."""

import sys
from typing import Final

import typer

from domain.identity.id_numbers import is_searchable, normalise_id_number
from domain.model.errors import BadInputError

PROMPT: Final = "ID number"


def read_number() -> str:
    """An ID number that is typed unseen, or comes by standard input."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(PROMPT, hide_input=True)
        return typed
    return sys.stdin.readline().strip()


def normalised(text: str) -> str:
    """The number as it is looked up. Raises BadInputError, which does not repeat it."""
    if not is_searchable(text):
        raise BadInputError("an ID number has 15 or 18 characters")
    return normalise_id_number(text).text
