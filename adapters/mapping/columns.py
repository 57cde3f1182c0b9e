"""Column words of a mapping file to column rules, with every mistake noted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from adapters.mapping.concat import concat_text
from adapters.mapping.convert import FAULT, Convert, converter
from adapters.mapping.expressions import Expression, parse_expression
from adapters.mapping.file import ColumnPart
from adapters.mapping.findings import Findings
from adapters.mapping.lines import Path
from adapters.mapping.model import MAIN, ColumnRule
from domain.catalogue.codes import code_set
from domain.catalogue.indicators import Indicator, ValueType, catalogue
from domain.model.records import UnknownCode

_WORDS: Final[dict[ValueType, tuple[str, ...]]] = {
    ValueType.CODE: ("codes",),
    ValueType.DATE: ("date",),
    ValueType.BOOLEAN: ("true", "false"),
    ValueType.INT: ("divide",),
    ValueType.DECIMAL: ("divide",),
}
_ALL_WORDS: Final = ("codes", "date", "true", "false", "divide", "split", "empty")
_ORIGINS: Final = ("column", "sql", "const", "concat")
_OPEN_SETS: Final = frozenset({"division"})
"""Code sets that hold the city's own part of a list too long to keep."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a column is read as: the words that make sense, the code set, how a value is read."""

    words: frozenset[str]
    code_set: str | None = None
    reader: Callable[[ColumnRule], Convert] | None = None


def target_of(indicator: Indicator) -> Target:
    """What the column of an indicator is read as."""
    words = {"empty", *_WORDS.get(indicator.type, ())}
    if indicator.is_month:
        words.add("date")
    if indicator.name in catalogue().categories[indicator.category].multi_valued:
        words.add("split")
    return Target(frozenset(words), indicator.code_set, lambda rule: converter(rule, indicator))


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """Reads the columns of one mapping file; `dialect` is that of the source's database."""

    findings: Findings
    codes: Mapping[str, Mapping[str, str]]
    dialect: str

    def rule(
        self, part: ColumnPart, path: Path, joins: frozenset[str], target: Target
    ) -> ColumnRule:
        """The rule of one column."""
        self._one_origin(part, path)
        self._fitting_words(part, path, target)
        self._date_pattern(part, path)
        join, column = self._place(part.column, path, joins)
        if part.concat is not None:
            join, parts = self._together(part.concat, path, joins)
        else:
            parts = ()
        rule = ColumnRule(
            line=self.findings.line(path),
            join=join,
            column=column,
            sql=self._concat(parts, part.separator, path)
            if part.concat is not None
            else self.expression(part.sql, path),
            const=part.const,
            codes=self._codes(part, path, target.code_set),
            date=part.date,
            true=frozenset(_word(word) for word in part.true),
            false=frozenset(_word(word) for word in part.false),
            divide=Decimal(part.divide) if part.divide else None,
            split=part.split,
            parts=parts,
            empty=frozenset(_word(word).strip() for word in part.empty),
        )
        self._constant(rule, part, path, target)
        return rule

    def expression(self, text: str | None, path: Path) -> Expression | None:
        """A checked SQL expression; None where there is none or it is wrong."""
        if text is None:
            return None
        try:
            return parse_expression(text, self.dialect)
        except ValueError as error:
            self.findings.add(
                path, f"{'.'.join(path)}: {error}", "write one expression over this table's columns"
            )
            return None

    def _constant(self, rule: ColumnRule, part: ColumnPart, path: Path, target: Target) -> None:
        """A constant is read as a stored value would be; nothing of its column may be wrong yet."""
        is_judged = rule.const is not None and (part.codes is None) == (rule.codes is None)
        if target.reader is None or not is_judged:
            return
        found = target.reader(rule)(rule.const)
        is_unknown = isinstance(found, UnknownCode) and target.code_set not in _OPEN_SETS
        if found is FAULT or is_unknown:
            message = f"{'.'.join(path)}: the constant {rule.const!r} is no value of this column"
            self.findings.add(path, message, "give a value as a row would hold it")

    def _one_origin(self, part: ColumnPart, path: Path) -> None:
        given = [word for word in _ORIGINS if getattr(part, word) is not None]
        if len(given) != 1:
            message = f"{'.'.join(path)}: {len(given)} of {', '.join(_ORIGINS)} are given"
            self.findings.add(path, message, "give exactly one of them")
        if part.separator and part.concat is None:
            message = f"{'.'.join(path)}: 'separator' means nothing without 'concat'"
            self.findings.add(path, message, "remove it, or name the columns in concat")

    def _together(
        self, names: Sequence[str], path: Path, joins: frozenset[str]
    ) -> tuple[str, tuple[str, ...]]:
        """The join and the columns that `concat` names; all are of one table."""
        places = [self._place(name, path, joins) for name in names]
        if len({join for join, _ in places}) > 1:
            message = f"{'.'.join(path)}: the columns of concat stand in different tables"
            self.findings.add(path, message, "name columns of one table or join")
        return places[0][0], tuple(column for _, column in places if column)

    def _concat(self, parts: Sequence[str], separator: str, path: Path) -> Expression | None:
        if len(parts) < 2:
            return None
        try:
            return parse_expression(concat_text(parts, separator, self.dialect), self.dialect)
        except ValueError as error:
            message = f"{'.'.join(path)}: {error}"
            self.findings.add(path, message, "name the columns as they are, and a plain separator")
            return None

    def _fitting_words(self, part: ColumnPart, path: Path, target: Target) -> None:
        for word in _ALL_WORDS:
            if getattr(part, word) not in (None, []) and word not in target.words:
                message = f"{'.'.join(path)}: {word!r} means nothing here"
                self.findings.add(
                    path, message, "remove it; docs/mapping.md says where each word fits"
                )

    def _date_pattern(self, part: ColumnPart, path: Path) -> None:
        if part.date is None:
            return
        try:
            datetime.strptime(datetime(2000, 1, 1).strftime(part.date), part.date)  # noqa: DTZ001, DTZ007 - only the pattern is tried
        except ValueError:
            readable = False
        else:
            readable = "%Y" in part.date or "%y" in part.date
        if not readable:
            self.findings.add(
                path, f"{'.'.join(path)}: {part.date!r} is no date pattern", 'use one like "%Y%m%d"'
            )

    def _place(
        self, column: str | None, path: Path, joins: frozenset[str]
    ) -> tuple[str, str | None]:
        if column is None or "." not in column:
            return MAIN, column
        join, _, name = column.partition(".")
        if join not in joins:
            self.findings.add(
                path,
                f"{column!r}: there is no join {join!r}",
                "declare it under [….join] or name a column",
            )
            return MAIN, None
        return join, name

    def _codes(self, part: ColumnPart, path: Path, target: str | None) -> Mapping[str, str] | None:
        codes = self._named_codes(part, path)
        if codes is None or target is None or target in _OPEN_SETS:
            return codes
        wrong = sorted(set(codes.values()) - set(code_set(target)))
        if wrong:
            message = f"{'.'.join(path)}: {', '.join(wrong)} not in the code set {target}"
            self.findings.add(
                path, message, f"map to codes of domain/catalogue/codesets/{target}.csv"
            )
        return codes

    def _named_codes(self, part: ColumnPart, path: Path) -> Mapping[str, str] | None:
        if not isinstance(part.codes, str):
            return part.codes
        if part.codes not in self.codes:
            self.findings.add(
                path, f"{'.'.join(path)}: there is no table [codes.{part.codes}]", "declare it"
            )
            return None
        return self.codes[part.codes]


def _word(word: object) -> str:
    match word:
        case bool():
            return "true" if word else "false"
        case _:
            return str(word)
