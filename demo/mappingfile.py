"""Writes a layout down as a mapping file, the form docs/mapping.md fixes."""

from collections.abc import Iterator, Mapping
from typing import Any

from demo.layouts import OWN_MARK, ROWS, Column, Layout
from demo.rendering import YES_NO

_STRUCTURE = ("join", "rows")


def _word(name: str) -> str:
    bare = name.replace("_", "").replace("-", "")
    return name if bare.isascii() and bare.isalnum() else _literal(name)


def _literal(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list() | tuple():
            return "[" + ", ".join(_literal(item) for item in value) + "]"
        case Mapping():
            inner = ", ".join(f"{_word(k)} = {_literal(v)}" for k, v in value.items())
            return f"{{ {inner} }}"
    return str(value)


def _options(column: Column) -> dict[str, object]:
    if column.codes:
        return {"codes": column.codes}
    match column.format:
        case "unit" | "":
            return {}
        case "split":
            return {"split": ";"}
        case "fen":
            return {"divide": 100}
        case form if YES_NO in form:
            yes, no = form.split(YES_NO)
            return {"true": [yes], "false": [no]}
    return {"date": column.format}


def _place(column: Column, alias: str) -> str:
    where = f"{alias}.{column.name}" if alias else column.name
    options = _options(column)
    return _literal({"column": where, **options} if options else where)


def _alias(part: str) -> str:
    head, _, alias = part.partition(".")
    return "" if alias.startswith("rows.") or not head else alias


def _lines(layout: Layout, parts: list[str]) -> Iterator[str]:
    for column in (c for part in parts for c in layout.of_part(part)):
        if column.is_indicator:
            yield f"{_word(column.source)} = {_place(column, _alias(column.part))}"


def _header(name: str, section: Mapping[str, Any]) -> Iterator[str]:  # Any: parsed TOML
    yield ""
    yield f"[{name}]"
    for key, value in section.items():
        if key not in _STRUCTURE:
            yield f"{key} = {_literal(value)}"


def _child(layout: Layout, part: str) -> Iterator[str]:
    yield from _header(part, layout.section(part))
    extra = next((c for c in layout.of_part(part) if c.source == "@extra"), None)
    if extra:
        word = "effectiveOn" if part.endswith("REL") else "period"
        yield f"{word} = {_place(extra, '')}"
    yield f"[{part}.indicators]"
    yield from _lines(layout, [part])


def _entity(layout: Layout, entity: str) -> Iterator[str]:
    section = layout.skeleton[entity]
    yield from _header(entity, section)
    joins = [f"{entity}.{alias}" for alias in section.get("join", {})]
    for part in joins:
        yield from _header(part.replace(".", ".join."), layout.section(part))
    yield ""
    yield f"[{entity}.indicators]"
    yield from _lines(layout, [entity, *joins])
    for category in section.get("rows", {}):
        yield from _child(layout, f"{entity}{ROWS}{category}")


def _operational(layout: Layout, entity: str) -> Iterator[str]:
    yield from _header(entity, layout.skeleton[entity])
    yield f"[{entity}.columns]"
    for column in layout.of_part(entity):
        yield f"{column.source.removeprefix(OWN_MARK)} = {_place(column, '')}"


def _codes(layout: Layout) -> Iterator[str]:
    for name in sorted({c.codes for c in layout.columns if c.codes}):
        yield ""
        yield f"[codes.{name}]"
        for stored, canonical in layout.codes[name].canonical.items():
            yield f"{_literal(stored)} = {_literal(canonical)}"


def mapping_text(layout: Layout) -> str:
    """The whole mapping file of one department."""
    lines = ["format = 1", f"title = {_literal(layout.skeleton['title'])}", *_codes(layout)]
    for entity in ("person", "unit"):
        lines += _entity(layout, entity)
    for entity in ("pool", "plan", "leader_line", "occupation", "succession"):
        if entity in layout.skeleton:
            lines += _operational(layout, entity)
    return "\n".join(lines) + "\n"
