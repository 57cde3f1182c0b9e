"""The two locks: they fit pyproject.toml and each other, and every package has its hashes."""

import re
import tomllib
from collections.abc import Iterable, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.project import ROOT

_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)", re.MULTILINE)


def pins(lock: str) -> dict[str, Version]:
    """The version of each package in the text of a lock."""
    return {canonicalize_name(f["name"]): Version(f["version"]) for f in _PIN.finditer(lock)}


def without_hash(lock: str) -> list[str]:
    """The packages of a lock that could be exchanged on their way."""
    entries = re.split(r"\n(?=\w)", lock)
    return [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry]


def unmet(wanted: Iterable[str], pinned: Mapping[str, Version]) -> list[str]:
    """The requirements that a lock does not fulfil."""
    requirements = [Requirement(each) for each in wanted]
    found = {each: pinned.get(canonicalize_name(each.name)) for each in requirements}
    return [str(each) for each, version in found.items() if not _fits(each, version)]


def _fits(requirement: Requirement, version: Version | None) -> bool:
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _lock(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _wanted(*groups: str) -> list[str]:
    project = tomllib.loads(_lock("pyproject.toml"))
    chosen = [each for group in groups for each in project["dependency-groups"][group]]
    return [*project["project"]["dependencies"], *chosen]


def test_the_locks_hold_what_the_project_asks_for() -> None:
    assert unmet(_wanted("build"), pins(_lock("requirements.lock"))) == []
    assert unmet(_wanted("build", "dev"), pins(_lock("requirements-dev.lock"))) == []


def test_both_locks_pin_the_same_versions() -> None:
    runtime, dev = pins(_lock("requirements.lock")), pins(_lock("requirements-dev.lock"))

    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_locked_package_has_its_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        assert without_hash(_lock(name)) == []
        assert "://" not in _lock(name)


def test_sqlalchemy_stays_where_every_dialect_imports() -> None:
    assert pins(_lock("requirements.lock"))["sqlalchemy"] == Version("2.0.58")


def test_the_guard_sees_a_stale_pin_and_a_missing_hash() -> None:
    lock = "rich==13.0 \\\n    --hash=sha256:0\n    # via x\ntyper==0.1\n    # via x\n"

    assert unmet(["rich>=14", "typer", "orjson"], pins(lock)) == ["rich>=14", "orjson"]
    assert without_hash(lock) == ["typer"]
