"""The person or unit of a mapping file: indicators, joins, child tables, and all mistakes."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.mapping.columns import ColumnReader, Target, target_of
from adapters.mapping.convert import Convert, date_reader, guarded, month_reader
from adapters.mapping.file import ColumnPart, EntityPart, RowsPart
from adapters.mapping.joins import JoinReader
from adapters.mapping.lines import Path
from adapters.mapping.model import ColumnRule, EntityRule, LinkKey, RowsRule
from adapters.mapping.tables import table_name
from domain.catalogue.indicators import Category, Indicator, catalogue
from domain.model.keys import CategoryCode, EntityKind, IndicatorName

_LINK_NAME: Final = re.compile(r"\w[\w-]{0,31}")


def _month(rule: ColumnRule) -> Convert:
    return guarded(month_reader(rule.date))


def _day(rule: ColumnRule) -> Convert:
    return guarded(date_reader(rule.date))


@dataclass(frozen=True, slots=True)
class EntityReader:
    """Reads one entity of a mapping file."""

    columns: ColumnReader
    kind: EntityKind
    part: EntityPart
    mapped: set[IndicatorName] = field(default_factory=set)

    def rule(self) -> EntityRule:
        """The entity's rule; mistakes are noted and the wrong parts left out."""
        part, path = self.part, (str(self.kind),)
        joins = JoinReader(self.columns, part.join, (*path, "join"), str(self.kind)).joins()
        self._refuse_twice(part.key, (*path, "key"))
        return EntityRule(
            line=self.columns.findings.line(path),
            kind=self.kind,
            table=table_name(part.table),
            key=tuple(part.key),
            personal_key=part.personal_key or self._is_link_key(part),
            where=self.columns.expression(part.where, (*path, "where")),
            version=part.version,
            joins=joins,
            columns=self._own_columns(frozenset(joins)),
            rows=self._rows(),
            link_key=self._link_key(frozenset(joins)),
        )

    def _is_link_key(self, part: EntityPart) -> bool:
        """Whether persons are keyed by their link key, which is kept as a hash only."""
        return part.link_key is not None and [part.link_key.column] == part.key

    def _link_key(self, joins: frozenset[str]) -> LinkKey | None:
        part, path = self.part.link_key, (str(self.kind), "link_key")
        if part is None:
            return None
        findings = self.columns.findings
        if self.kind is not EntityKind.PERSON:
            findings.add(path, "link_key means nothing for units", "map unitCode, uscc or unitName")
            return None
        if part.const is not None:
            findings.add(path, f"{'.'.join(path)}: a key cannot be constant", "name its column")
        if not _LINK_NAME.fullmatch(part.name):
            message = f"{'.'.join(path)}: {part.name!r} is no name of a link key"
            findings.add(path, message, "use up to 32 letters, digits, hyphens and underscores")
        target = Target(frozenset({"empty"}))
        return LinkKey(part.name, self.columns.rule(part, path, joins, target))

    def _refuse_twice(self, names: Sequence[str], path: Path) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            message = f"{'.'.join(path)}: {name!r} is named twice"
            self.columns.findings.add(path, message, "name each column once")

    def _order(self, words: Sequence[str], path: Path) -> tuple[tuple[str, bool], ...]:
        """Columns, and whether each is from the greatest down; at most one "-" says so."""
        order = [(word.removeprefix("-"), word.startswith("-")) for word in words]
        for word, (name, _) in zip(words, order, strict=True):
            if not name or name.startswith("-"):
                message = f"{'.'.join(path)}: {word!r} is no column to order by"
                self.columns.findings.add(path, message, 'write "COLUMN" or "-COLUMN"')
        self._refuse_twice([name for name, _ in order if name], path)
        return tuple(order)

    def _own_columns(self, joins: frozenset[str]) -> dict[IndicatorName, ColumnRule]:
        path = (str(self.kind), "indicators")
        rules: dict[IndicatorName, ColumnRule] = {}
        for name, part in self.part.indicators.items():
            indicator = self._indicator(name, (*path, name))
            if indicator is None:
                continue
            category = catalogue().categories[indicator.category]
            if category.is_row(indicator):
                message = f"{name!r} has many values"
                remedy = f"map it under [{self.kind}.rows.{category.code}.indicators]"
                self.columns.findings.add((*path, name), message, remedy)
                continue
            rules[indicator.name] = self._rule(part, (*path, name), joins, indicator)
        return rules

    def _rule(
        self, part: ColumnPart, path: Path, joins: frozenset[str], indicator: Indicator
    ) -> ColumnRule:
        if indicator.name in self.mapped:
            message = f"{indicator.name!r} is mapped twice"
            self.columns.findings.add(path, message, "leave one of them out")
        self.mapped.add(indicator.name)
        return self.columns.rule(part, path, joins, target_of(indicator))

    def _indicator(self, name: str, path: Path) -> Indicator | None:
        indicator = catalogue().find(name)
        if indicator is None:
            near = difflib.get_close_matches(name, catalogue().indicators, n=1)
            remedy = (
                f"did you mean {near[0]!r}?"
                if near
                else "names are those of domain/catalogue/indicators.csv"
            )
            self.columns.findings.add(path, f"there is no indicator {name!r}", remedy)
        elif catalogue().categories[indicator.category].subject != self.kind:
            self.columns.findings.add(
                path, f"{name!r} is not an indicator of a {self.kind}", "move or remove it"
            )
            return None
        return indicator

    def _rows(self) -> dict[CategoryCode, RowsRule]:
        rules: dict[CategoryCode, RowsRule] = {}
        for code, part in self.part.rows.items():
            category = catalogue().categories.get(CategoryCode(code))
            if category is None or category.subject != self.kind:
                path = (str(self.kind), "rows", code)
                message = f"there is no category {code!r} of a {self.kind}"
                self.columns.findings.add(
                    path, message, "use a category code of domain/catalogue/categories.csv"
                )
                continue
            rules[category.code] = self._rows_rule(category, part)
        return rules

    def _rows_rule(self, category: Category, part: RowsPart) -> RowsRule:
        path = (str(self.kind), "rows", str(category.code))
        joins = JoinReader(self.columns, part.join, (*path, "join"), str(category.code)).joins()
        return RowsRule(
            line=self.columns.findings.line(path),
            category=category.code,
            table=table_name(part.table),
            on=dict(part.on),
            order=self._order(part.order, (*path, "order")),
            limit=part.limit,
            where=self.columns.expression(part.where, (*path, "where")),
            extra=self._extra(category, part, path),
            columns=self._row_columns(category, part, (*path, "indicators")),
            joins=joins,
        )

    def _extra(self, category: Category, part: RowsPart, path: Path) -> ColumnRule | None:
        given = {"period": part.period, "effectiveOn": part.effective_on}
        wanted = category.extra_key[0] if category.extra_key else None
        for word, column in given.items():
            if column is not None and word != wanted:
                self.columns.findings.add(
                    (*path, word), f"{category.code} has no {word!r}", "remove it"
                )
        if wanted is None:
            return None
        column = given[wanted]
        if column is None:
            self.columns.findings.add(
                path, f"{category.code} needs {wanted!r}", "map the row's month or date"
            )
            return None
        target = Target(frozenset({"date"}), reader=_month if wanted == "period" else _day)
        return self.columns.rule(column, (*path, wanted), frozenset(), target)

    def _row_columns(
        self, category: Category, part: RowsPart, path: Path
    ) -> dict[IndicatorName, ColumnRule]:
        rules: dict[IndicatorName, ColumnRule] = {}
        for name, column in part.indicators.items():
            indicator = self._indicator(name, (*path, name))
            if indicator is None:
                continue
            if indicator.category != category.code or not indicator.many:
                message = f"{name!r} is no repeated indicator of {category.code}"
                self.columns.findings.add(
                    (*path, name), message, "move it to its own category or to the entity"
                )
                continue
            joins = frozenset(part.join)
            rules[indicator.name] = self._rule(column, (*path, name), joins, indicator)
        return rules
