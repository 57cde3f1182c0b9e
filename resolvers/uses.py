"""Who read the data of a department (数据反查 of use): entries of the audit log, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from domain.audit.entry import Told, decided, instant_text
from domain.catalogue.indicators import catalogue
from domain.model.departments import RECORD_ORDER, Department
from domain.model.errors import BadInputError, ForbiddenError
from domain.model.keys import IndicatorName, SourceName
from domain.model.principal import Principal
from domain.model.roles import REVIEWERS, Role
from resolvers.context import RequestContext
from resolvers.cursors import Cursors, Place, digest_of
from resolvers.pages import Page, page_size
from resolvers.sources import Sources
from resolvers.traces import hashes_of, ids_by_public_id
from store.audit.reading import AuditBook, Use
from store.audit.reading import Place as LogPlace
from store.audit.subjects import Kind

USES: Final = 50
"""Entries of a page where nobody says how many."""
_OWN: Final = frozenset({*REVIEWERS, Role.DATA_STEWARD})
"""Who may see who read the data of the own department."""


@dataclass(frozen=True, slots=True)
class UseFilter:
    """Which entries; what is None does not matter."""

    department: Department | None = None
    person_id: str | None = None
    since: datetime | None = None


class FieldsUsed(NamedTuple):
    """Indicators of one level under one decision, for rows of one class."""

    rows: str | None
    level: str
    decision: str
    indicators: tuple[IndicatorName, ...]


class SourceUsed(NamedTuple):
    """One source that was asked: rows it gave, and OK or why it gave none."""

    source: str
    rows: int
    state: str


@dataclass(frozen=True, slots=True)
class DataUse:
    """One entry as far as it concerns the departments that are shown; None: it was erased."""

    at: datetime
    told: Told | None
    fields: tuple[FieldsUsed, ...] = ()
    sources: tuple[SourceUsed, ...] = ()


async def list_uses(
    context: RequestContext, asked: UseFilter, first: int | None, after: str | None
) -> Page[DataUse]:
    """A page of entries. Raises ForbiddenError, BadInputError."""
    departments = decide_departments(context.principal, asked.department)
    book = context.audit
    if book is None:
        raise BadInputError("未启用审计 (the audit log is off)")
    size = page_size(first, USES)
    cursors = Cursors(context.store.seals, "Query.dataUses", digest_of(asked, departments))
    before = None if after is None else _log_place(cursors.open(after))
    groups = await _groups(context, book, asked, departments)
    found = await book.uses(groups, since=asked.since, before=before, limit=size + 1)
    shown = partial(show_use, context.reads.sources, departments)
    return Page(
        nodes=[shown(use) for use in found[:size]],
        place=lambda index: _place(found[:size][index].place),
        cursors=cursors,
        has_next=len(found) > size,
        has_previous=before is not None,
        driver=None,
        total=partial(book.count, groups, asked.since),
    )


def decide_departments(
    principal: Principal | None, asked: Department | None
) -> tuple[Department, ...]:
    """Whose data: of all for auditors, of the own department for its people.

    Raises ForbiddenError.
    """
    refusal = ForbiddenError(
        "仅限审计管理员与本部门人员 (auditors and the department's own people)"
    )
    if principal is None:
        raise refusal
    if Role.AUDIT_ADMIN in principal.roles:
        return RECORD_ORDER if asked is None else (asked,)
    own = principal.rights.department
    if own is None or not principal.roles & _OWN or asked not in {None, own}:
        raise refusal
    return (own,)


def show_use(sources: Sources, departments: Sequence[Department], use: Use) -> DataUse:
    """One entry, cut to what these departments hold."""
    if use.told is None:
        return DataUse(use.place.at, None)
    return DataUse(
        at=use.place.at,
        told=use.told,
        fields=tuple(_fields(use.told, frozenset(departments))),
        sources=tuple(_sources(use.told, sources, departments)),
    )


def _fields(told: Told, departments: frozenset[Department]) -> Sequence[FieldsUsed]:
    found = [
        FieldsUsed(one.rows, one.level, one.decision, _held(one.indicators, departments))
        for one in decided(told)
    ]
    return [one for one in found if one.indicators]


def _held(names: Sequence[str], departments: frozenset[Department]) -> tuple[IndicatorName, ...]:
    indicators = catalogue().indicators
    known = [IndicatorName(name) for name in names if name in indicators]
    return tuple(name for name in known if not departments.isdisjoint(indicators[name].holders))


def _sources(
    told: Told, sources: Sources, departments: Sequence[Department]
) -> Sequence[SourceUsed]:
    return [
        SourceUsed(name, told["rows"].get(name, 0), state)
        for name, state in told["sources"].items()
        if (reader := sources.by_name.get(SourceName(name))) is not None
        and reader.description.department in departments
    ]


async def _groups(
    context: RequestContext,
    book: AuditBook,
    asked: UseFilter,
    departments: Sequence[Department],
) -> list[Sequence[str]]:
    """What an entry must have touched: one of each group; nothing where all departments are meant.

    So auditors see refusals too, which touched no department.
    """
    groups: list[Sequence[str]] = []
    keys = book.keys
    if asked.person_id is not None:
        groups.append(hashes_of(keys, await ids_by_public_id(context.store, asked.person_id)))
    if len(departments) < len(RECORD_ORDER):
        touched = [one for d in departments for one in keys.every_subject(Kind.DEPARTMENT, d)]
        groups.append(touched)
    return groups


def _place(place: LogPlace) -> Place:
    return Place(SourceName(place.chain), (instant_text(place.at), str(place.sequence)))


def _log_place(place: Place) -> LogPlace:
    at, sequence = place.position
    return LogPlace(datetime.fromisoformat(str(at)), str(place.source), int(str(sequence)))
