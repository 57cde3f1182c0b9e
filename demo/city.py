"""Makes the demo city: four databases, mappings, city.toml and the truth about what was planted."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demo.errors import CityOptionsError
from demo.folder import TRUTH_FILE, default_urls, forget_city, prepare_folder, write_city_file
from demo.keys import unit_keys
from demo.layouts import layout
from demo.progress import Progress
from demo.truth import TruthWriter
from demo.units.build import build_units
from demo.units.plan import UnitPlan
from demo.values import Values
from demo.writing.loading import Loader, connect, department_errors, loading_url
from demo.writing.people import PERSON_LISTS, PeopleMaker
from demo.writing.rows import Scribe
from demo.writing.units import UNIT_LISTS, UnitsMaker
from domain.model.departments import RECORD_ORDER, Department
from domain.model.keys import IndicatorName

LEAST_PERSONS: Final = 125
LEAST_UNITS: Final = 25
LEAST_PERSONS_A_UNIT: Final = 5
_CONSTANTS: Final[Values] = {
    IndicatorName("@live"): "Y",
}


@dataclass(frozen=True, slots=True)
class CityOptions:
    """Which city: folder, size, seed; `urls` of databases that are not files in the folder.

    `port` is where the city's server will listen: its address names the issuer of tokens.
    """

    folder: Path
    persons: int = 2000
    units: int = 80
    seed: int = 1
    urls: Mapping[Department, str] = field(default_factory=dict)
    port: int = 8000


@dataclass(frozen=True, slots=True)
class CitySummary:
    """What was made: rows by department, entries by list of truth.json, files.

    `missing` are the kinds that found no room; none in a city of 500 persons and 40 units.
    """

    rows: Mapping[Department, int]
    planted: Mapping[str, int]
    files: tuple[Path, ...]
    missing: tuple[str, ...] = ()


def _check(options: CityOptions) -> None:
    if options.persons < LEAST_PERSONS:
        raise CityOptionsError(f"at least {LEAST_PERSONS} persons: fewer make no city")
    if options.units < LEAST_UNITS:
        raise CityOptionsError(f"at least {LEAST_UNITS} units: fewer make no city")
    if options.persons < options.units * LEAST_PERSONS_A_UNIT:
        raise CityOptionsError(
            f"at least {LEAST_PERSONS_A_UNIT} persons a unit: more persons or fewer units"
        )


def _open(
    options: CityOptions, urls: Mapping[Department, str], stack: ExitStack
) -> dict[Department, Loader]:
    loaders: dict[Department, Loader] = {}
    for department in RECORD_ORDER:
        with department_errors(department):
            url = loading_url(urls[department], options.folder)
            loader = connect(layout(department), url)
        stack.callback(loader.close)
        loaders[department] = loader
    # Only now, with all four within reach, does the earlier city go.
    forget_city(options.folder)
    for department, loader in loaders.items():
        with department_errors(department):
            loader.open()
    return loaders


def _fill(
    units: list[UnitPlan],
    options: CityOptions,
    loaders: Mapping[Department, Loader],
    truth: TruthWriter,
    progress: Progress,
) -> tuple[str, ...]:
    """Writes every row; gives the kinds that found no room."""
    scribes = {
        department: Scribe(layout(department), unit_keys(department, units), _CONSTANTS)
        for department in RECORD_ORDER
    }
    people = PeopleMaker(units, options.persons, options.seed, truth)
    missing = people.write(scribes, loaders, progress)
    UnitsMaker(units, truth).write(scribes, loaders)
    for done, department in enumerate(RECORD_ORDER, start=1):
        with department_errors(department):
            loaders[department].finish()
        progress.advance("indexes", done, len(RECORD_ORDER))
    return tuple(missing)


def make_city(options: CityOptions, progress: Progress) -> CitySummary:
    """Fills the four databases and writes the files; all but the keys follows from size and seed.

    Raises CityOptionsError for a city that cannot be made as asked, CityDatabaseError when a
    database refuses.
    """
    _check(options)
    prepare_folder(options.folder)
    urls = default_urls() | dict(options.urls)
    units = build_units(options.units, options.persons, options.seed)
    head = {"seed": options.seed, "persons_count": options.persons, "units_count": options.units}
    path = options.folder / TRUTH_FILE
    with ExitStack() as stack:
        loaders = _open(options, urls, stack)
        truth = stack.enter_context(TruthWriter(path, head, PERSON_LISTS + UNIT_LISTS))
        missing = _fill(units, options, loaders, truth, progress)
        truth.finish()
        files = [*write_city_file(options.folder, urls, options.port), path]
        rows = {d: sum(loader.counts.values()) for d, loader in loaders.items()}
        return CitySummary(rows, dict(truth.counts), tuple(files), missing)
