"""The import contracts of pyproject.toml: each really refuses what it is there to refuse."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOMS, ROOT

CHAMBERS = (
    "adapters/hooks",
    "domain/catalogue",
    "domain/cases",
    "domain/identity",
    "domain/model",
    "domain/oversight",
    "resolvers/planning",
)
PLANTED = {
    "Rooms look down only": {"resolvers/x.py": "import schema"},
    "The heart does no I/O": {"domain/model/x.py": "import asyncio"},
    "Chambers of the heart": {"domain/model/x.py": "import domain.catalogue"},
    "Only adapters, store, demo and benchmarks speak SQL": {"bulk/x.py": "import sqlalchemy"},
    "The schema asks resolvers only": {"schema/x.py": "import store"},
    "Strawberry is known to the schema and the faces only": {"resolvers/x.py": "import strawberry"},
    "Of the resolvers only planning knows graphql-core": {"resolvers/x.py": "import graphql"},
    "The demo knows no adapters": {"demo/x.py": "import adapters"},
    "Only the faces know the settings": {"store/x.py": "import settings"},
    "The cache knows nouns only": {"cache/x.py": "import domain.catalogue"},
    "Sign-in knows nouns and the catalogue only": {"auth/x.py": "import domain.identity"},
    "Hooks do not know each other": {
        "adapters/hooks/a.py": "import adapters.hooks.b",
        "adapters/hooks/b.py": "",
    },
    "No circles inside a room": {"store/a.py": "import store.b", "store/b.py": "import store.a"},
}
ALLOWED = {
    "resolvers/planning/x.py": "import graphql\nimport store\nimport domain.model",
    "commands/x.py": "import sqlalchemy\nimport settings\nimport schema",
    "schema/x.py": "import strawberry\nimport resolvers\nimport auth\nimport domain.model",
    "demo/x.py": "import sqlalchemy\nimport domain.catalogue",
}


def checked(folder: Path, modules: dict[str, str]) -> tuple[int, str]:
    """What import-linter says of a house with our rooms, our contracts and these modules."""
    for name in (*ROOMS, *CHAMBERS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "__init__.py").touch()
    for path, text in modules.items():
        (folder / path).write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("contract", PLANTED)
def test_a_contract_refuses_a_planted_import(contract: str, tmp_path: Path) -> None:
    status, told = checked(tmp_path, PLANTED[contract])

    assert status == 1
    assert f"{contract} BROKEN" in told


@pytest.mark.slow
def test_what_the_rooms_may_do_is_allowed(tmp_path: Path) -> None:
    status, told = checked(tmp_path, ALLOWED)

    assert status == 0, told


def test_every_contract_has_a_planted_violation() -> None:
    told = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = told.split("[[tool.importlinter.contracts]]")[1:]

    assert len(contracts) == len(PLANTED)
    assert all(any(f'name = "{name}"' in each for each in contracts) for name in PLANTED)
