"""`fourfold check`: holds every mapping against its live schema."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.checking.problems import Problem, Severity, counted
from adapters.checking.source import Place, check_source
from adapters.options import SourceOptions
from commands.opening import source_options
from domain.model.errors import MappingError
from domain.model.keys import SourceName
from settings import read_settings, source_lines

EPILOG = """Examples:

fourfold check --config city.toml

fourfold check --config city.toml --source hr --source finance

fourfold check --config city.toml --json

Nothing is written to a department. Exit status: 0 no errors, 1 errors, 2 wrong use.
"""
Found = Mapping[SourceName, Sequence[Problem]]


def check(
    *,
    config: Annotated[Path, typer.Option(help="The city file.")] = Path("city.toml"),
    source: Annotated[
        list[str] | None, typer.Option(help="Only this source; may be given several times.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check the mappings against the live schemas: every finding of every source at once."""
    try:
        options = _chosen(source_options(read_settings(config), config.parent), source or [])
        lines = source_lines(config)
    except MappingError as error:
        print(f"fourfold check: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    places = {each.name: Place(str(config), lines.get(each.name, 1)) for each in options}
    found = asyncio.run(_check(options, places))
    (_print_json if as_json else _print_lines)(found)
    every = (problem for problems in found.values() for problem in problems)
    raise typer.Exit(int(any(each.severity is Severity.ERROR for each in every)))


def _chosen(options: Sequence[SourceOptions], names: Sequence[str]) -> list[SourceOptions]:
    known = {str(each.name): each for each in options}
    unknown = [name for name in names if name not in known]
    if unknown:
        told = ", ".join(known)
        print(f"fourfold check: no source {unknown[0]!r}; there are: {told}", file=sys.stderr)
        raise typer.Exit(2)
    return [known[name] for name in dict.fromkeys(names)] if names else list(options)


async def _check(options: Sequence[SourceOptions], places: Mapping[SourceName, Place]) -> Found:
    """The sources at the same time; each of them one statement after another."""
    answers = await asyncio.gather(*(check_source(each, places[each.name]) for each in options))
    return {each.name: found for each, found in zip(options, answers, strict=True)}


def _counts(found: Found) -> dict[Severity, int]:
    every = [problem.severity for problems in found.values() for problem in problems]
    return {severity: every.count(severity) for severity in Severity}


def _print_lines(found: Found) -> None:
    for name, problems in found.items():
        print(f"{name}: {counted(len(problems), 'finding', 'findings') if problems else 'ok'}")
        for problem in problems:
            print(f"  {problem}")
    counts = _counts(found)
    print(", ".join(f"{count} {severity}" for severity, count in counts.items()))


def _print_json(found: Found) -> None:
    listed = [
        {
            "source": name,
            "severity": problem.severity,
            "file": problem.finding.file,
            "line": problem.finding.line,
            "message": problem.finding.message,
            "fix": problem.finding.remedy,
        }
        for name, problems in found.items()
        for problem in problems
    ]
    told = {"findings": listed, "sources": list(found), "counts": _counts(found)}
    print(json.dumps(told, ensure_ascii=False, indent=2))
