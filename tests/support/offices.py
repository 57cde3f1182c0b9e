"""The Establishment Office of a demo city as three instances: city, first and second counties."""

import re
import tomllib
from pathlib import Path
from typing import Final

from domain.catalogue import handles
from tests.support.city import TestCity, source_urls
from tests.support.databases import Kind

INSTANCES: Final = {
    "establishment-a": (["370700"], "LIKE '370700%'"),
    "establishment-b": (["370702", "370703", "370704", "370705"], "BETWEEN '370701' AND '370709'"),
    "establishment-c": (["370724", "370725", "370781"], "> '370709'"),
}
_UNIT: Final = {"person": "postUnit"}
_PARTS: Final = ("person", "unit", "plan", "pool", "leader_line", "occupation")


def split_office(city: TestCity, folder: Path) -> Path:
    """A city file over the same databases; each instance sees the units of its own codes only.

    The third one names no divisions: it may hold any.
    """
    listed = tomllib.loads(city.config.read_text(encoding="utf-8"))
    urls = source_urls(city.config)
    lines = [
        "[platform]",
        'url = "sqlite:///platform.sqlite"',
        f"index_key_file = '{city.folder / listed['platform']['index_key_file']}'",
        f"data_key_file = '{city.folder / listed['platform']['data_key_file']}'",
        "[graph]",
        "debug = true",
        "[auth]",
        "enabled = false",
    ]
    text = (city.folder / "mappings" / "establishment.toml").read_text(encoding="utf-8")
    for name, (divisions, codes) in INSTANCES.items():
        mapping = folder / f"{name}.toml"
        mapping.write_text(_narrowed(text, codes, city.kind), encoding="utf-8")
        shown = divisions if name != "establishment-c" else []
        lines += _source(name, "establishment", urls["establishment"], mapping, shown)
    for name in ("organization", "finance", "hr"):
        mapping = city.folder / "mappings" / f"{name}.toml"
        lines += _source(name, name, urls[name], mapping, [])
    config = folder / "city.toml"
    config.write_text("\n".join(lines), encoding="utf-8")
    return config


def _source(name: str, department: str, url: str, mapping: Path, divisions: list[str]) -> list[str]:
    return [
        "[[sources]]",
        f'name = "{name}"',
        f'department = "{department}"',
        f"divisions = {divisions}",
        f"url = '{url}'",
        f"mapping = '{mapping}'",
    ]


def _narrowed(text: str, codes: str, kind: Kind) -> str:
    quote = '"' if kind == "postgresql" else ""
    for part in _PARTS:
        column = f"{quote}{_UNIT.get(part, handles.UNIT_CODE)}{quote}"
        where = f"where = '''{column} {codes} '''"
        text = re.sub(rf"(?m)^(\[{part}\]\ntable = .*)$", rf"\1\n{where}", text)
    return text
