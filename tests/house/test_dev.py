"""The task runner `./dev`: what it says, its exit status, and what it does before anything else."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.project import ROOT


def _told(*arguments: str, cwd: Path = ROOT) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "dev"), *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The runner as a module, with its environment in an empty folder."""
    loader = importlib.machinery.SourceFileLoader("dev_runner", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, loader.name, module)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    return module


@pytest.mark.parametrize("command", ["setup", "demo", "test", "lint", "bench", "lock"])
def test_every_command_explains_itself_with_an_example(command: str, tmp_path: Path) -> None:
    status, told = _told(command, "--help", cwd=tmp_path)

    assert status == 0
    assert f"./dev {command}" in told.partition("examples:")[2]
    assert f"  {command}" in _told("--help")[1]


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("lint", "--nonsense"), ("setup", "x")])
def test_wrong_use_ends_with_two(arguments: tuple[str, ...]) -> None:
    assert _told(*arguments)[0] == 2


def test_nothing_is_ready_before_the_stamp_is_written(dev: ModuleType) -> None:
    assert not dev.is_ready("dev")

    dev.write_stamp("dev")

    assert dev.is_ready("dev")
    assert not dev.is_ready("runtime")


def test_another_lock_or_another_folder_makes_the_stamp_worthless(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.write_stamp("dev")
    other = tmp_path / "other.lock"
    other.write_text("rich==1 --hash=sha256:0", encoding="ascii")

    monkeypatch.setitem(dev.LOCKS, "dev", other)

    assert not dev.is_ready("dev")


def test_an_interrupted_setup_starts_again(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev.write_stamp("dev")
    monkeypatch.setattr(dev, "wanted", lambda _level: "newer")
    monkeypatch.setattr(dev, "make_venv", lambda: None)
    monkeypatch.setattr(dev, "install", _interrupted)

    with pytest.raises(KeyboardInterrupt):
        dev.prepare("dev")

    assert not dev.stamp_of("dev").exists()


def _interrupted(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_test_named_from_another_folder_is_found(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_it.py").touch()
    monkeypatch.chdir(tmp_path)

    assert dev.from_here("test_it.py::test_x") == f"{tmp_path}/test_it.py::test_x"
    assert dev.from_here("-k") == "-k"
    assert dev.from_here("quota and full") == "quota and full"


@pytest.mark.parametrize(("status", "ours"), [(0, 0), (1, 1), (2, 1), (4, 2), (5, 1), (-9, 1)])
def test_exit_status_of_tests_is_zero_one_or_two(dev: ModuleType, status: int, ours: int) -> None:
    assert dev.ended(status, wrong_use=4) == ours
