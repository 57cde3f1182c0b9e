"""A plan as the text of a mapping file: what is sure stands, what is doubtful is a comment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import tomlkit

from adapters.drafting.inventory import HEADING, one_line, remark, table_entry
from adapters.drafting.live import LiveTable
from adapters.drafting.planning import Doubt, Draft, Hanging, Pick, Planner, names_in_two
from adapters.drafting.sections import Section, sections
from adapters.mapping.model import MAIN
from domain.catalogue import handles
from domain.model.departments import Department
from domain.model.keys import EntityKind

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_CANDIDATES: Final = 4
_HEAD: Final = """# Drafted by `fourfold draft`: {tables} tables and views, {columns} columns.
# Lines that stand are proposals that one indicator fits alone: read each of them.
# Lines behind "#?" are doubtful, with the candidates: take one, or leave it.
# Then run `fourfold check`: it names the codes of the data that `codes` must translate.
format = 1
"""
_GUESS: Final = (
    "# No table looks like persons or units. This one is a guess: put yours in its place."
)


def draft_text(tables: Sequence[LiveTable], department: Department | None) -> str:
    """The first mapping of a live schema."""
    columns = sum(len(table.columns) for table in tables)
    lines = [_HEAD.format(tables=len(tables), columns=columns)]
    drafts = Planner(tables, department).drafts()
    for draft in drafts:
        lines += [*_entity(draft), ""]
    own = frozenset(draft.table.name for draft in drafts if not draft.is_guess)
    for section in sections(tables, own, department):
        lines += [*_section(section), ""]
    lines.append(HEADING)
    for table in tables:
        lines += table_entry(table)
    return "\n".join(lines) + "\n"


def _entity(draft: Draft) -> Iterator[str]:
    if draft.is_guess:
        yield _GUESS
    yield f"[{draft.kind}]{_beside(draft.table.comment)}"
    yield f"table = {toml(str(draft.table.name))}"
    how = "" if draft.table.key else "no primary key: is this one unique?"
    yield f"key = {_names(draft.key)}{_beside(how)}"
    if _is_personal(draft):
        yield f"personal_key = true{_beside('the key is the ID number')}"
    yield from _link_key(draft)
    for join in draft.joins:
        yield from _join(draft, join)
    yield f"[{draft.kind}.indicators]"
    yield from _picks(draft.picks)
    for join in draft.joins:
        yield from _picks(join.picks)
    yield from _name_of_two_columns(draft)
    yield from _doubts(draft.doubts, MAIN)
    for join in draft.joins:
        yield from _doubts(join.doubts, join.name)
    for rows in draft.rows.values():
        yield from _rows(draft, rows)


def _is_personal(draft: Draft) -> bool:
    keyed = {pick.indicator for pick in draft.picks if pick.column.name in draft.key}
    return len(draft.key) == 1 and handles.ID_NUMBER in keyed


def _link_key(draft: Draft) -> Iterator[str]:
    """Without ID numbers persons are linked by another key that several departments know."""
    if draft.kind is not EntityKind.PERSON or draft.is_guess or handles.ID_NUMBER in draft.taken:
        return
    keys = [draft.table.key, *(tuple(each) for each in draft.table.unique)]
    for names in dict.fromkeys(keys):
        if len(names) == 1:
            column = f"column = {toml(names[0])}"
            what = "no ID number: a key of other departments too? give it one name there"
            yield one_line(f'#? link_key = {{ {column}, name = "employeeNo" }} # {what}')


def _name_of_two_columns(draft: Draft) -> Iterator[str]:
    """Family and given name in a column each; which one stands first is for the department."""
    if draft.kind is not EntityKind.PERSON or handles.PERSON_NAME in draft.taken:
        return
    pair = names_in_two(draft.table)
    if pair:
        texts = ", ".join(map(toml, pair))
        yield one_line(f"#? personName = {{ concat = [{texts}] }} # or the other way round")


def _section(section: Section) -> Iterator[str]:
    yield f"# Is this the {section.name}? Uncomment all of it and map what is missing, or leave it."
    yield f"#? [{section.name}]"
    yield one_line(f"#? table = {toml(str(section.table))}")
    yield f"#? [{section.name}.columns]"
    for word, column in section.columns.items():
        yield one_line(f"#? {word} = {toml(column)}")


def _join(draft: Draft, join: Hanging) -> Iterator[str]:
    yield f"[{draft.kind}.join.{_key(join.name)}]{_beside(join.table.comment)}"
    yield f"table = {toml(str(join.table.name))}"
    yield f"on = {_pairs(join.on)}"


def _rows(draft: Draft, rows: Hanging) -> Iterator[str]:
    lines = list(_rows_lines(draft, rows))
    if rows.lacks_extra:
        yield "#? these rows need a month or day of their own: name its column, then uncomment"
        lines = [line if line.startswith("#") else f"#? {line}" for line in lines]
    yield from lines


def _rows_lines(draft: Draft, rows: Hanging) -> Iterator[str]:
    yield f"[{draft.kind}.rows.{rows.name}]{_beside(rows.table.comment)}"
    yield f"table = {toml(str(rows.table.name))}"
    yield f"on = {_pairs(rows.on)}"
    if rows.extra is not None:
        word = "period" if rows.name in {"PAY", "FUN"} else "effectiveOn"
        yield f"{word} = {toml(rows.extra)}"
    elif rows.lacks_extra:
        yield 'period = "?"'
    yield f"[{draft.kind}.rows.{rows.name}.indicators]"
    yield from _picks(rows.picks)
    yield from _doubts(rows.doubts, MAIN)


def _picks(picks: Sequence[Pick]) -> Iterator[str]:
    for pick in picks:
        place = _place(pick.join, pick.column.name)
        yield f"{pick.indicator} = {toml(place)}{_beside(remark(pick.column))}"


def _doubts(doubts: Sequence[Doubt], join: str) -> Iterator[str]:
    for doubt in doubts:
        names = [each.indicator.name for each in doubt.candidates[:_MOST_CANDIDATES]]
        place = toml(_place(join, doubt.column.name))
        others = f"; or {', '.join(names[1:])}" if names[1:] else ""
        yield one_line(f"#? {names[0]} = {place} # {remark(doubt.column)}{others}")


def _place(join: str, column: str) -> str:
    return column if join == MAIN else f"{join}.{column}"


def _beside(comment: str) -> str:
    text = one_line(comment)
    return f" # {text}" if text else ""


def _names(names: Sequence[str]) -> str:
    return toml(names[0]) if len(names) == 1 else f"[{', '.join(map(toml, names))}]"


def _pairs(pairs: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_key(own)} = {toml(other)}" for own, other in pairs.items()) + " }"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml(name)


def toml(text: str) -> str:
    """A text as TOML writes it."""
    return tomlkit.string(text).as_string()
