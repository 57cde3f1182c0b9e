"""The folder of a city: city.toml, keys, mapping files; and what of an earlier city must go."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from demo.errors import CityOptionsError
from demo.identifiers import CITY
from demo.layouts import layout
from demo.mappingfile import mapping_text
from domain.model.departments import RECORD_ORDER, Department

CITY_FILE: Final = "city.toml"
TRUTH_FILE: Final = "truth.json"
KEY_BYTES: Final = 32
_KEYS: Final = ("keys/index.key", "keys/data.key")
_PLATFORM: Final = "platform.sqlite"
_ANCHORS: Final = "audit-anchors.jsonl"
_HEAD: Final = """[platform]
url = "sqlite:///platform.sqlite"
index_key_file = "keys/index.key"
data_key_file = "keys/data.key"
issuer = "http://127.0.0.1:{port}"
division = "{city}"

[graph]
debug = true
"""


def default_urls() -> dict[Department, str]:
    """One SQLite file for each department, beside city.toml."""
    return {department: f"sqlite:///{department}.sqlite" for department in RECORD_ORDER}


def prepare_folder(folder: Path) -> None:
    """Makes the folder and its parts. Raises CityOptionsError."""
    if folder.exists() and not folder.is_dir():
        raise CityOptionsError(f"{folder} is a file; name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mappings").mkdir(exist_ok=True)
        (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    except OSError as exc:
        raise CityOptionsError(f"{folder} cannot be written to; name another folder") from exc


def forget_city(folder: Path) -> None:
    """Removes what tells of an earlier city: half-made, its files would lie about the databases."""
    city = folder / CITY_FILE
    if not city.exists():
        return
    for stale in (*folder.glob(f"{_PLATFORM}*"), folder / _ANCHORS, folder / TRUTH_FILE, city):
        stale.unlink(missing_ok=True)


def _write_key(path: Path) -> None:
    if path.exists():
        return
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(KEY_BYTES) + "\n", encoding="ascii")


def _source(department: Department, url: str) -> str:
    quoted = url.replace("\\", "\\\\").replace('"', '\\"')
    return f"""
[[sources]]
name = "{department}"
department = "{department}"
divisions = []
url = "{quoted}"
mapping = "mappings/{department}.toml"
"""


def write_city_file(folder: Path, urls: Mapping[Department, str], port: int) -> list[Path]:
    """Writes city.toml, the keys where there are none, and the four mappings; answers the files."""
    for name in _KEYS:
        _write_key(folder / name)
    city = folder / CITY_FILE
    sources = "".join(_source(department, urls[department]) for department in RECORD_ORDER)
    city.touch(mode=0o600)  # a URL may hold a password
    city.write_text(_HEAD.format(port=port, city=CITY) + sources, encoding="utf-8")
    files = [city]
    for department in RECORD_ORDER:
        path = folder / "mappings" / f"{department}.toml"
        path.write_text(mapping_text(layout(department)), encoding="utf-8")
        files.append(path)
    return files
