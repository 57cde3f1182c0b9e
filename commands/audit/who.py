"""`fourfold audit who`: who has read one person's data; asking this is itself an entry."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from commands.audit.opening import (
    CITY_FILE,
    CONSOLE,
    AuditDesk,
    ByOption,
    ConfigOption,
    JsonOption,
    instant,
    run,
)
from commands.audit.persons import normalised, read_number
from domain.audit.entry import Action, Touched, decided
from domain.audit.verifying import Payload
from domain.model.errors import BadInputError
from resolvers.traces import hashes_of, ids_by_number, ids_by_public_id
from store.audit.opening import AuditLog
from store.audit.reading import Use

_GONE: Final = (Payload.ERASED.value, Payload.UNREADABLE.value)

EPILOG = """Examples:

fourfold audit who --person UGVyc29uOjdmM2E

fourfold audit who --id-number                     (asks for the number, unseen)

fourfold audit who --id-number --since 2026-01-01 --json < number.txt

Exit status: 0 done, 1 the platform database is away, 2 wrong use.
"""
PersonOption = Annotated[
    str | None, typer.Option("--person", help="The id of the person, as the graph shows it.")
]
NumberOption = Annotated[
    bool,
    typer.Option("--id-number", help="Ask for the ID number; or read it from standard input."),
]


def who(  # noqa: PLR0913  # one parameter an option
    *,
    person: PersonOption = None,
    id_number: NumberOption = False,
    since: Annotated[str, typer.Option("--since", help="From this day on.")] = "1970-01-01",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    by: ByOption = CONSOLE,
    as_json: JsonOption = False,
    config: ConfigOption = CITY_FILE,
) -> None:
    """List who read one person: when, for which purpose, and which kinds of fields."""

    async def work(desk: AuditDesk) -> list[Use]:
        start = instant(since, "--since")
        ids, hashes = await meant(desk.log, person, asks_number=id_number)
        found = await desk.log.book.uses([hashes], since=start, limit=limit) if hashes else []
        # Kept before anything is shown.
        await desk.keep(Action.EXPORT, Touched(persons=tuple(ids[:1])))
        return found

    uses = run("who", config, work, by=by)
    shown = [_shown(use) for use in uses]
    if as_json:
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        _print(shown)


async def meant(
    log: AuditLog, person: str | None, *, asks_number: bool
) -> tuple[Sequence[str], Sequence[str]]:
    """The ids of the person that is meant, and all its hashes. Raises BadInputError."""
    if (person is None) is not asks_number:
        raise BadInputError("give exactly one of --person and --id-number")
    if person is not None:
        ids = await ids_by_public_id(log.store, person)
        return ids, hashes_of(log.book.keys, ids)
    number = normalised(read_number())
    ids = await ids_by_number(log.store, number)
    return ids, hashes_of(log.book.keys, ids, number)


def _shown(use: Use) -> dict[str, Any]:
    """One entry for whoever asks who read."""
    at = use.place.at.isoformat(timespec="milliseconds")
    place = {"chain": use.place.chain, "sequence": use.place.sequence}
    told = use.told
    if told is None:
        return {"at": at, **place, use.state.value: True}
    actor = told["actor"]
    return {
        "at": at,
        **place,
        "account": actor["name"],
        "sub": actor["sub"],
        "roles": actor["roles"],
        "department": actor["department"],
        "address": actor["address"],
        "action": told["action"],
        "purpose": told["purpose"],
        "case": told["case"],
        "operation": told["operation"],
        "fields": [one._asdict() for one in decided(told)],
        "result": told["result"],
    }


def _class(one: dict[str, Any]) -> str:
    return " ".join(one[part] for part in ("rows", "level", "decision") if one[part])


def _print(shown: Sequence[dict[str, Any]]) -> None:
    for one in shown:
        time = one["at"].replace("T", " ")[: len("2026-01-31 08:00:00")]
        if gone := [word for word in _GONE if word in one]:
            print(f"{time}  ({gone[0]})")
            continue
        purpose = ":".join(part for part in (one["purpose"], one["case"]) if part)
        classes = ", ".join(_class(each) for each in one["fields"])
        what = one["operation"] or one["action"]
        parts = (one["account"], one["department"], purpose, what, classes, one["result"])
        print("  ".join([time, *(part or "-" for part in parts)]))
