"""What of a mapping is left where the live schema lacks a part of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from adapters.mapping.model import MAIN, EntityRule, SourceMapping, join_paths
from adapters.port import LINK_KEY
from adapters.sql.headcount import keeps_headcount
from adapters.sql.misfit import Scope
from domain.catalogue import handles
from domain.model.keys import CategoryCode, EntityKind, IndicatorName

HEADCOUNT = "headcount"


@dataclass(frozen=True, slots=True)
class Losses:
    """What cannot be answered until the schema fits again."""

    entities: frozenset[EntityKind] = frozenset()
    indicators: Mapping[EntityKind, frozenset[IndicatorName]] = field(default_factory=dict)
    rows: Mapping[EntityKind, frozenset[CategoryCode]] = field(default_factory=dict)
    operational: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.entities or self.operational or any(self.indicators.values()))

    def hit(
        self,
        kind: EntityKind,
        names: frozenset[IndicatorName],
        rows: frozenset[CategoryCode] = frozenset(),
    ) -> bool:
        """Whether something is asked for that is lost."""
        return (
            kind in self.entities
            or not names.isdisjoint(self.indicators.get(kind, frozenset()))
            or not rows.isdisjoint(self.rows.get(kind, frozenset()))
        )


def without(mapping: SourceMapping, scopes: Iterable[Scope]) -> tuple[SourceMapping, Losses]:
    """The mapping without the parts that do not fit, and what is lost with them."""
    wrong = set(scopes)
    if not wrong:
        return mapping, Losses()
    whole = frozenset(kind for kind in mapping.entities if (str(kind),) in wrong)
    kept = {k: _kept(rule, wrong) for k, rule in mapping.entities.items() if k not in whole}
    operational = frozenset(scope[0] for scope in wrong if scope[0] in mapping.operational)
    left = SourceMapping(
        mapping.file,
        kept,
        {name: rule for name, rule in mapping.operational.items() if name not in operational},
    )
    losses = Losses(
        entities=whole,
        indicators={k: _all_names(mapping.entities[k]) - _all_names(r) for k, r in kept.items()},
        rows={
            k: frozenset(mapping.entities[k].rows.keys() - r.rows.keys()) for k, r in kept.items()
        },
        operational=operational | _lost_headcount(mapping, left),
    )
    return left, losses


def _kept(entity: EntityRule, wrong: set[Scope]) -> EntityRule:
    scope: Scope = (str(entity.kind),)
    joins = {name: join for name, join in entity.joins.items() if _stands(entity, name, wrong)}
    rows = {
        code: replace(
            rule,
            columns={
                name: column
                for name, column in rule.columns.items()
                if (*scope, "rows", code, "indicators", name) not in wrong
                and all(
                    (*scope, "rows", code, "join", step) not in wrong
                    for step in join_paths(rule.joins, [column.join])
                )
            },
        )
        for code, rule in entity.rows.items()
        if (*scope, "rows", code) not in wrong
    }
    columns = {
        name: rule
        for name, rule in entity.columns.items()
        if (*scope, "indicators", name) not in wrong and (rule.join == MAIN or rule.join in joins)
    }
    link = entity.link_key
    if link and ((*scope, "link_key") in wrong or link.rule.join not in {MAIN, *joins}):
        link = None
    return replace(entity, joins=joins, columns=columns, rows=rows, link_key=link)


def _stands(entity: EntityRule, name: str, wrong: set[Scope]) -> bool:
    """Whether a join and all joins it goes through fit."""
    return all((str(entity.kind), "join", step) not in wrong for step in entity.join_paths([name]))


def _all_names(entity: EntityRule) -> frozenset[IndicatorName]:
    link = {LINK_KEY} if entity.link_key else frozenset()
    return frozenset(entity.columns).union(link, *(rows.columns for rows in entity.rows.values()))


def _lost_headcount(mapping: SourceMapping, left: SourceMapping) -> frozenset[str]:
    person, now = mapping.entities.get(EntityKind.PERSON), left.entities.get(EntityKind.PERSON)
    if person is None or not keeps_headcount(person):
        return frozenset()
    has_all = now is not None and _headcount_columns(person) == _headcount_columns(now)
    return frozenset() if has_all else frozenset({HEADCOUNT})


def _headcount_columns(person: EntityRule) -> object:
    """The rules that a headcount rests on; equal ones count alike."""
    names = (handles.PAYROLL_UNIT_CODE, handles.OCCUPIED_UNIT_CODE, handles.ESTABLISHMENT_TYPE)
    more = (handles.PAYROLL_STATUS, handles.PERSON_STATUS)
    return [person.columns.get(name) for name in (*names, *more)]
