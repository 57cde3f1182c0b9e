"""The rooms are ours: no distribution claims their names, no module hides a standard one."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from tests.support.project import ROOMS, ROOT, SINGLE_FILES, project_files

OURS = (*ROOMS, "tests")


def foreign_claims(distributions: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The rooms that somebody else's distribution installs too."""
    names = (*OURS, *SINGLE_FILES)
    claims = {name: sorted(set(distributions.get(name, ())) - {"fourfold"}) for name in names}
    return {name: others for name, others in claims.items() if others}


def imported_from_elsewhere(origins: Mapping[str, str | None]) -> list[str]:
    """The rooms whose code Python would take from another folder than this one."""
    return [
        name
        for name, origin in origins.items()
        if origin is None or not Path(origin).resolve().is_relative_to(ROOT)
    ]


def origins(names: Iterable[str]) -> dict[str, str | None]:
    """Where Python would take each of these from."""
    specs = {name: find_spec(name) for name in names}
    return {name: spec.origin if spec else None for name, spec in specs.items()}


def named_after_standard_modules(paths: Iterable[str]) -> list[str]:
    """The modules and packages that carry the name of one of Python's own."""
    return [
        path
        for path in paths
        if path.endswith(".py")
        and set(PurePosixPath(path).with_suffix("").parts) & sys.stdlib_module_names
    ]


def test_no_installed_distribution_claims_a_room() -> None:
    assert foreign_claims(packages_distributions()) == {}


def test_every_room_is_imported_from_this_checkout() -> None:
    present = [name for name in SINGLE_FILES if (ROOT / f"{name}.py").exists()]

    assert imported_from_elsewhere(origins([*OURS, *present])) == []


def test_no_module_is_named_after_a_standard_one() -> None:
    assert named_after_standard_modules(project_files()) == []


def test_the_guard_sees_a_foreign_distribution() -> None:
    assert foreign_claims({"cache": ["cache", "fourfold"], "rich": ["rich"]}) == {
        "cache": ["cache"]
    }


def test_the_guard_sees_a_room_from_elsewhere(tmp_path: Path) -> None:
    planted = {"cache": str(tmp_path / "cache.py"), "auth": None, "store": str(ROOT / "store/x.py")}

    assert imported_from_elsewhere(planted) == ["cache", "auth"]


def test_the_guard_sees_a_hidden_standard_module() -> None:
    planted = ["auth/token.py", "schema/types/person.py", "store/links.py", "docs/token.md"]

    assert named_after_standard_modules(planted) == ["auth/token.py", "schema/types/person.py"]
