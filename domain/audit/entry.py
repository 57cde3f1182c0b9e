"""What one entry of the audit log says, and its canonical text; nobody's ID number, no value."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

VERSION: Final = 2
_KEPT: Final = 256
_DELETE: Final = b"\x7f"
"""The one sign of ASCII that is spelled differently by whoever is fast."""


class Action(StrEnum):
    """What was done: the graph was asked or told, or somebody dealt with the log itself."""

    QUERY = "query"
    MUTATION = "mutation"
    EXPORT = "export"
    PURGE = "purge"
    ERASE = "erase"


class Result(StrEnum):
    """How it ended for the one who asked."""

    ALLOWED = "allowed"
    MASKED = "masked"
    REFUSED = "refused"
    FAILED = "failed"


_NOTHING: Final[Mapping[str, Any]] = {}  # Any: of whatever is not there


class Actor(NamedTuple):
    """Who did it, as far as the sign-in knew; with sign-in off only the address is known."""

    sub: str = ""
    sid: str = ""
    client: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    department: str | None = None
    divisions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    acr: str = ""
    address: str = ""


class Question(NamedTuple):
    """What was asked, and for what; `document` is the digest of the text, `policy` the rules'."""

    action: Action = Action.QUERY
    operation: str | None = None
    document: str = ""
    purpose: str | None = None
    case: str | None = None
    policy: str | None = None


class Touched(NamedTuple):
    """Whom and what it touched: ids of the platform, which the log keeps as keyed hashes only.

    `numbers` are normalised ID numbers that somebody was looked up by; `fields` are indicators by
    class of rows, sensitivity and decision; `rows` and `states` stand by source. `erased`
    are entries of the log, by chain and sequence, whose contents this one lets go.
    """

    persons: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = _NOTHING
    rows: Mapping[str, int] = _NOTHING
    states: Mapping[str, str] = _NOTHING
    departments: tuple[str, ...] = ()
    erased: Mapping[str, Sequence[int]] = _NOTHING

    def __repr__(self) -> str:
        """Without anybody's number."""
        return f"Touched(persons={self.persons}, units={self.units}, rows={self.rows})"


class Entry(NamedTuple):
    """One entry before it is chained."""

    at: datetime
    trace: str
    actor: Actor
    question: Question
    touched: Touched
    result: Result
    milliseconds: float = 0.0


Told = Mapping[str, Any]  # Any: JSON
"""An entry as it is read back: its subjects are keyed hashes by kind."""


def whole_milliseconds(at: datetime) -> datetime:
    """The instant as the log keeps it: UTC, whole milliseconds."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)


def instant_text(at: datetime) -> str:
    """The one spelling of an instant."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds")


def canonical(value: object) -> str:
    """JSON with one spelling: keys sorted, no spaces, ASCII."""
    text = _plain(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")) if text is None else text


def _plain(value: object) -> str | None:
    """The same where it is ASCII all through: that is spelled by whoever is fast."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # half a character of a stranger's
        return None
    return text.decode() if text.isascii() and _DELETE not in text else None


@lru_cache(_KEPT)
def _actor_form(actor: Actor) -> orjson.Fragment:
    """Names of officials are Chinese: they are spelled once, not in every entry."""
    return orjson.Fragment(canonical(actor._asdict()))


@lru_cache(_KEPT)
def _question_form(question: Question) -> Mapping[str, object]:
    return {name: orjson.Fragment(canonical(value)) for name, value in question._asdict().items()}


def payload_text(entry: Entry, subjects: Mapping[str, Sequence[str]], salt: str) -> str:
    """The canonical text of an entry. `salt` is random and erased with it.

    So the digest that stays in the chain tells nothing about what was erased.
    """
    at, trace, actor, question, touched, result, milliseconds = entry
    _, _, _, decided_on, rows, states, departments, erased = touched
    told = {
        **_question_form(question),
        "v": VERSION,
        "salt": salt,
        "at": instant_text(at),
        "trace": trace,
        "actor": _actor_form(actor),
        "subjects": subjects,
        "fields": decided_on,
        "rows": rows,
        "sources": states,
        "departments": departments,
        "erased": erased,
        "result": result,
        "ms": round(milliseconds, 1),
    }
    text = _plain(told)
    return (
        canonical({**told, **question._asdict(), "actor": actor._asdict()})
        if text is None
        else text
    )


class Decided(NamedTuple):
    """What was decided on indicators of one level; `rows` is None where an entry does not say."""

    rows: str | None
    level: str
    decision: str
    indicators: Sequence[str]


def decided(told: Told) -> list[Decided]:
    """The decisions of an entry of whatever version."""
    given = told["fields"]
    by_rows = {None: given} if told["v"] == 1 else given
    return [
        Decided(rows, level, decision, names)
        for rows, levels in by_rows.items()
        for level, by in levels.items()
        for decision, names in by.items()
    ]


def told(text: str) -> Told:
    """An entry read back from its canonical text."""
    read: Told = json.loads(text)
    return read
